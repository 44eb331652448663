"""The rules by which notebooks are compared where containers are real hide no real difference."""

import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_output
from nbval.plugin import get_sanitize_patterns
from notebook_book import books
from real_outputs import expect_real, kept

from ecs_tutorial import banner
from ecs_tutorial.engine import DOCKER, SIMULATED

CONFIGURATION = Path(__file__).parent / "engine" / "real-containers.cfg"
RULES = dict(get_sanitize_patterns(CONFIGURATION.read_text(encoding="utf-8")))
PS = """\
container id image     created        status        ports               names
0a3b8ece1f15 wordpress 27 seconds ago Up 26 seconds 0.0.0.0:80->80/tcp  ecs-wordpress-2-web-8e2d
502d449e5a22 mysql:8.4 33 seconds ago Up 33 seconds 3306/tcp, 33060/tcp ecs-wordpress-2-sql-cfbe
"""
ROW = "<td>wordpress:6.8-apache</td>\n<td>STOPPED</td>\n<td>80 → 80/tcp</td>\n<td>{code}</td>"
ALIKE = (
    ("09:01:32 has reached a steady state.", "09:00:07 has reached a steady state."),
    ("b6482c5d9130 Up About a minute (healthy)", "9a77f990e183 Up 7 seconds (healthy)"),
    ('<th style="nowrap">0a3b8ece1f15</th>', '<th style="nowrap">9a77f990e183</th>'),
    ('"docker-entrypoint.s…"', '"sh /usr/local/bin/d…"'),
    ("123456789012.dkr.ecr.us-east-1.localhost/wordpress", "127.0.0.1:54559/wordpress"),
    ("mysql mysql:8.4  STOPPED      0  ", "mysql mysql:8.4  STOPPED      137"),
    (ROW.format(code=0), ROW.format(code=137)),
    (
        PS,
        PS.replace("0a3b8ece1f15", "ffffffffffff").replace("27 seconds ago     ", "3 minutes ago "),
    ),
)
"""What is the same in both worlds, but for what a rule names."""
DIFFERENT = (
    (PS, PS[: PS.index("502d")]),
    (PS, PS.replace("Up 26 seconds", "Exited (0) 26 seconds ago")),
    (PS, PS.replace("0.0.0.0:80->80/tcp", "0.0.0.0:8080->80/tcp")),
    (PS, PS.replace("mysql:8.4", "mysql:9.0")),
    (PS, PS.replace("8e2d", "8e2e")),
    (ROW.format(code=0), ROW.format(code=1)),
    (ROW.format(code=0), ROW.format(code=0).replace("STOPPED", "RUNNING")),
    ("Desired 3, running 2.", "Desired 3, running 3."),
    ("37962881 STOPPED  0", "37962881 STOPPED  137"),
    ("09:01:32 has started 1 tasks: (task 661f200f5b000e2ed2d21f2b37962881).",
     "09:01:32 has started 1 tasks: (task 78db89cf5b000e2ed2d21f2b37962881)."),
    ("The page at 203.0.113.1:80 answers with HTTP 200.",
     "The page at 203.0.113.1:80 answers with HTTP 500."),
    ("WordPress › Installation\nWelcome to the famous five-minute WordPress", "SIMULATED"),
    ("[Note] ready for connections.", "[Note] Initializing database files"),
    ("2 container instances, 1 service and 2 running tasks.",
     "2 container instances, 1 service and 1 running tasks."),
)  # fmt: skip


def seen(text):
    """A text as nbval compares it."""
    for regex, replacement in RULES.items():
        text = re.sub(regex, replacement, text)
    return text


@pytest.mark.parametrize(("simulated", "real"), ALIKE)
def test_a_rule_overlooks_what_it_names(simulated, real):
    """Times, ages, an engine's own ids and addresses, and the width that they give a column."""
    assert simulated != real
    assert seen(simulated) == seen(real)


@pytest.mark.parametrize(("expected", "found"), DIFFERENT)
def test_no_rule_hides_a_real_difference(expected, found):
    """A missing container, another count, status, port, image, name, id or page still fails."""
    assert seen(expected) != seen(found)


def test_a_start_cell_is_expected_to_tell_of_real_containers():
    """The banner's two lines are those of the other lab, and a banner without them is told."""
    lines = f"The lab is ready.\n{banner.containers(SIMULATED)}\n{banner.speed(0)}\n"
    output = new_output("stream", name="stdout", text=lines)
    cell = new_code_cell("", id="start", outputs=[output], metadata={"tags": ["start"]})
    expect_real("02-cluster", [cell], {})
    assert cell.outputs[0].text.splitlines()[1:] == [banner.containers(DOCKER), banner.speed(1)]
    with pytest.raises(LookupError):
        expect_real("02-cluster", [cell], {})


def test_a_second_expectation_takes_the_place_of_the_first():
    """A text and a page; what it does not name, as the page's frame, is not expected."""
    printed = new_output("stream", name="stdout", text="simulated\n")
    page = new_output("display_data", data={"text/plain": "simulated", "text/html": "<p>"})
    cell = new_code_cell("", id="browse", outputs=[printed, page])
    expect_real("06", [cell], {"06": {"browse": {"stdout": "real\n", "text/plain": "real"}}})
    assert cell.outputs[0].text == "real\n"
    assert cell.outputs[1].data == {"text/plain": "real"}


def test_each_second_expectation_has_its_cell():
    """None stays behind when its cell has gone or shows the same in both worlds."""
    cells = {book.path.stem: {cell.node.id: cell for cell in book.code} for book in books()}
    for notebook, expected in kept().items():
        for ident, outputs in expected.items():
            shown = {}
            for output in cells[notebook][ident].node.outputs:
                shown |= output.get("data", {"stdout": output.get("text")})
            whole = {kind: text for kind, text in outputs.items() if kind != "instead"}
            assert set(whole) <= set(shown)
            assert all(shown[kind] != text for kind, text in whole.items())
            for words in outputs.get("instead", ()):
                assert any(words in text for text in shown.values())


def test_other_words_are_expected_where_the_kept_ones_stand():
    """In texts and tables alike; words that no output has are told."""
    printed = new_output("stream", name="stdout", text="Built: nothing.\n")
    table = new_output("display_data", data={"text/plain": "1 not built"})
    cell = new_code_cell("", id="build", outputs=[printed, table])
    words = {"nothing": "image", "not built": "SIZE"}
    expect_real("01", [cell], {"01": {"build": {"instead": words}}})
    assert [cell.outputs[0].text, cell.outputs[1].data["text/plain"]] == [
        "Built: image.\n",
        "1 SIZE",
    ]
    with pytest.raises(LookupError):
        expect_real("01", [cell], {"01": {"build": {"instead": words}}})
