"""README says what is so: its lines, its table of commands, its links, its words on the license."""

import re
import struct
import subprocess
import sys
from argparse import _SubParsersAction
from html.parser import HTMLParser

import pytest
from readme_commands import FIRST_WORD, LAST_WORD, ROOT, blocks, command, readme

from ecs_tutorial import cli
from ecs_tutorial.chapters import Chapters

FIRST_SCREEN = 40
"""Lines that a reader sees before scrolling, the picture not counted."""


def section(title: str) -> str:
    """The text under a heading."""
    return re.split(r"^## ", readme().split(f"\n## {title}\n", 1)[1], flags=re.MULTILINE)[0]


def rows(title: str) -> list[list[str]]:
    """The cells of a section's table, its head left out."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def commands() -> dict[str, str]:
    """The commands of ``ecs-tutorial`` with their help."""
    (subparsers,) = (
        action for action in cli.parser()._actions if isinstance(action, _SubParsersAction)
    )
    return {choice.dest: choice.help or "" for choice in subparsers._choices_actions}


def test_the_first_screen_says_what_it_is_and_how_to_start():
    """Title, picture and both command lines come before anything that has to be scrolled to."""
    screen = "\n".join(readme().splitlines()[:FIRST_SCREEN])
    assert screen.startswith("# ")
    assert re.search(r"^!\[.+\]\(notebooks/images/.+\.png\)$", screen, re.MULTILINE)
    assert command("pip", "lab") in screen
    assert command("pip", "tests") in screen


@pytest.mark.parametrize("tool", FIRST_WORD)
@pytest.mark.parametrize("purpose", LAST_WORD)
def test_each_way_to_start_is_one_line_that_takes_the_pins(tool, purpose):
    """A set-up without constraints.txt would get other versions than were tried."""
    line = command(tool, purpose)
    assert "\n" not in line
    assert "install -c constraints.txt -e " in line
    assert ("[test]" in line) == (purpose == "tests")


def test_the_lines_for_windows_say_the_same():
    """Windows differs in the spelling of paths and quotes, in nothing else."""
    spelt = [
        command("pip", purpose)
        .replace("python3", "py", 1)
        .replace(".venv/bin/", ".venv\\Scripts\\")
        .replace("'", '"')
        for purpose in LAST_WORD
    ]
    assert blocks("powershell") == spelt


def test_the_table_of_commands_is_the_help():
    """Every command stands in README, in the same words and order, with its example."""
    expected = [
        [f"`{name}`", text, f"`{cli.EXAMPLES[getattr(cli, name)]}`"]
        for name, text in commands().items()
    ]
    assert rows("The command") == expected


@pytest.mark.parametrize("words", [[], *([name] for name in commands())])
def test_every_command_has_help_and_an_example(words):
    """``--help`` explains each command and ends with an example that begins as one types it."""
    answer = subprocess.run(
        [sys.executable, "-m", "ecs_tutorial", *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.splitlines()[-1].startswith(f"example: ecs-tutorial {''.join(words)}")


def test_the_examples_are_understood():
    """Each example that README gives is a command line which the parser takes."""
    for _, _, example in rows("The command"):
        _, *arguments = example.strip("`").split()
        assert cli.parser().parse_args(arguments).command in commands()


def test_the_exit_codes_are_the_ones_it_gives():
    """README's numbers are the command's own."""
    text = " ".join(section("The command").split())
    assert f"{cli.NEEDS_ATTENTION}: something needs your attention" in text
    assert f"{cli.NO_LAB}: no lab is running" in text


def test_a_command_that_is_not_understood_ends_with_2():
    """The one exit code that the parser chooses is the one README gives."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["dance"])
    assert ended.value.code == 2
    assert "2: the command\nwas not understood" in section("The command")


def test_the_table_of_notebooks_is_the_folder():
    """Every notebook has its row, in order, and nothing else has one."""
    listed = [
        re.findall(r"^\[(.+)\]\(notebooks/(.+)\.ipynb\)$", row[0])
        for row in rows("What you will do")
    ]
    there = [path.stem for path in Chapters(ROOT / "notebooks").notebooks.values()]
    assert listed == [[(name, name)] for name in there]


def test_every_link_leads_somewhere():
    """A link to a file of this repository leads to one that is there."""
    targets = re.findall(r"\]\(([^)#]+)\)", readme())
    missing = [each for each in targets if "://" not in each and not (ROOT / each).exists()]
    assert missing == []


def test_the_picture_is_a_picture_and_says_what_it_shows():
    """The picture is a PNG wide enough to be read, with words for who cannot see it."""
    ((words, path),) = re.findall(r"!\[(.+)\]\((.+\.png)\)", readme())
    head = (ROOT / path).read_bytes()[:24]
    width, height = struct.unpack(">II", head[16:24])
    assert head.startswith(b"\x89PNG")
    assert width >= 1000 > height
    assert len(words.split()) > 8


def test_no_registry_is_named():
    """pip and uv know where packages are; README leaves that to them and to the reader."""
    hosts = set(re.findall(r"https?://([^/\s)]+)", readme()))
    assert hosts <= {"github.com"}


def test_no_path_of_one_machine_stands_in_it():
    """Paths are relative to the clone, so that they hold for every reader."""
    assert not re.findall(r"(?<![\w.:/])/(?:home|root|tmp|work|Users|usr|opt)/", readme())


def test_what_was_not_tried_is_called_untested():
    """Conda, Binder, macOS and Windows are named where README says what nobody ran."""
    ((where, words),) = (row for row in rows("What was tried") if "untested" in row[1])
    assert all(name in where for name in ("macOS", "Windows", "conda", "Binder"))
    assert words.startswith("untested")


def test_the_folded_parts_are_closed():
    """Each <details> has its <summary> and its end, so the page does not swallow what follows."""

    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []

        def handle_starttag(self, tag, attrs):
            self.seen.append(tag)

        def handle_endtag(self, tag):
            self.seen.append(f"/{tag}")

    page = Tags()
    page.feed(readme())
    folded = ["details", "summary", "/summary", "/details"]
    assert page.seen == folded * (len(page.seen) // len(folded))


def test_the_license_is_the_one_it_names():
    """README, pyproject.toml and LICENSE agree."""
    assert "Apache License 2.0" in readme()
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text(encoding="utf-8")
