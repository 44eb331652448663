"""Progress of a learner: kept on disk, whole whatever happens, and never lost."""

import json
import signal
import subprocess
import sys
import time

import pytest

from ecs_tutorial import cli
from ecs_tutorial.exercises import catalogue, exercise, how_far, progress
from ecs_tutorial.exercises.outcomes import State
from ecs_tutorial.exercises.progress import Record

KEEP_ON = """
from ecs_tutorial.exercises import progress
from ecs_tutorial.exercises.outcomes import State
while True:
    progress.checked("2.1", State.NOT_YET)
    print("kept", flush=True)
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A learner of the tests' own."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path))
    return tmp_path


def test_what_was_done_is_kept(home):
    """Checks, the highest hint and whether the solution was shown, in plain JSON."""
    progress.checked("2.1", State.NOT_YET)
    exercise("2.1").hint(2)
    exercise("2.1").hint(1)
    exercise("2.1").solution()
    progress.checked("2.1", State.CORRECT)
    kept = json.loads((home / "progress.json").read_text())
    record = {"solved": True, "checks": 2, "hints": 2, "solution": True}
    assert kept == {"version": 1, "exercises": {"2.1": record}}


def test_once_correct_stays_correct(home):
    """The cluster of an exercise is deleted afterwards; what was done stays done."""
    progress.checked("2.1", State.CORRECT)
    progress.checked("2.1", State.NOT_YET)
    assert progress.read(home).of("2.1").state is State.CORRECT


@pytest.mark.parametrize("state", [State.NOT_ATTEMPTED, State.CANNOT_BE_CHECKED])
def test_what_was_not_judged_is_not_kept(home, state):
    """A starter that runs, or a lab that does not answer, is no attempt."""
    assert progress.checked("2.1", state) == ""
    assert not (home / "progress.json").exists()


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "null", '{"version": 2, "exercises": {}}', '{"version": 1}', "\xff"),
        '{"version": 1, "exercises": {"2.1": {"solved": "yes"}}}',
        '{"version": 1, "exercises": []}',
    ],
)
def test_an_unreadable_file_is_set_aside(home, content):
    """Nothing of it is lost, its new name is said, and a new file is begun."""
    (home / "progress.json").write_bytes(content.encode("latin-1"))
    said = progress.checked("2.1", State.CORRECT)
    assert "kept as progress-unreadable-1.json" in said
    assert (home / "progress-unreadable-1.json").read_bytes() == content.encode("latin-1")
    assert progress.read(home).of("2.1") == Record(solved=True, checks=1)


def test_a_second_unreadable_file_gets_a_name_of_its_own(home):
    """What was set aside before stays."""
    for content in ("first", "second"):
        (home / "progress.json").write_text(content)
        progress.read(home)
    aside = sorted(home.glob("progress-unreadable-*"))
    assert [path.read_text() for path in aside] == ["first", "second"]


def test_a_kill_in_mid_write_leaves_a_whole_file(home):
    """However the process ends, what is on disk is one state or the next."""
    for number in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", KEEP_ON], stdout=subprocess.PIPE, text=True
        ) as kernel:
            for _ in range(3 + number):
                kernel.stdout.readline()
            time.sleep(0.0007 * number)  # each time at another point of a write
            kernel.send_signal(signal.SIGKILL)
        assert progress.read(home).note == ""
        assert progress.read(home).of("2.1").checks >= 3 + number


def test_a_write_that_fails_leaves_the_old_file(home, monkeypatch):
    """A full disk is said, and what was kept before is there."""
    progress.checked("2.1", State.NOT_YET)
    before = (home / "progress.json").read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ecs_tutorial.served.lab_folder.os.fsync", full)
    assert "could not be kept" in progress.checked("2.1", State.CORRECT)
    assert (home / "progress.json").read_bytes() == before


def test_a_folder_that_cannot_be_is_said(tmp_path, monkeypatch):
    """An exercise is judged all the same."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "file"))
    assert "could not be kept" in progress.checked("2.1", State.CORRECT)


def test_before_the_first_attempt_nothing_is_counted(home):
    """The words are the same however many exercises there are."""
    assert how_far().startswith("No exercise was attempted yet.")


def test_how_far_is_told_by_chapter(home):
    """A line for the whole, one a chapter, and one for each exercise that was attempted."""
    progress.checked("2.1", State.NOT_YET)
    exercise("2.1").hint(1)
    told = how_far().splitlines()
    assert told[0] == f"Exercises: 0 of {len(catalogue.exercises())} correct."
    assert [line for line in told if line.startswith("  ")] == [
        "  2.1 a cluster of your own: not yet; checked once, read 1 of 2 hints."
    ]
    assert {line.partition(":")[0] for line in told[1:] if line.startswith("Chapter")} == {
        f"Chapter {each.chapter}" for each in catalogue.exercises().values()
    }


def test_a_title_that_asks_is_quoted(home):
    """As in what a check says: no question mark meets a colon."""
    asking = next(e for e in catalogue.exercises().values() if e.title.endswith("?"))
    progress.checked(asking.key, State.CORRECT)
    assert f"  {asking.key} “{asking.title}”: correct; checked once." in how_far().splitlines()


def test_the_command_says_the_same(home, capsys):
    """The terminal and the notebook have one report."""
    progress.checked("2.1", State.CORRECT)
    assert cli.main(["progress"]) == 0
    assert capsys.readouterr().out == how_far() + "\n"


def test_an_instructor_reads_json(home, capsys):
    """Every exercise with its outcome, and nothing about the learner's machine."""
    progress.checked("2.1", State.CORRECT)
    assert cli.main(["progress", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["correct"], told["of"]) == (1, len(catalogue.exercises()))
    of = {each["key"]: each["outcome"] for each in told["exercises"]}
    assert set(of) == set(catalogue.exercises())
    assert [key for key, outcome in of.items() if outcome == "correct"] == ["2.1"]
    assert str(home) not in json.dumps(told)


def test_a_set_aside_file_needs_attention(home, capsys):
    """The command says where the unreadable file is, with an exit code to notice."""
    (home / "progress.json").write_text("{")
    assert cli.main(["progress"]) == cli.NEEDS_ATTENTION
    assert "progress-unreadable-1.json" in capsys.readouterr().out
