"""Exercises: each answer in its place in its notebook, in a lab, and what is said of it."""

import json
import os
import re
import subprocess
import sys
from functools import cache

import pytest
from notebook_book import NOTEBOOKS, ROOT, books

from ecs_tutorial.exercises import blanks, catalogue, cells
from ecs_tutorial.exercises.outcomes import State

BOOKS = {str(book.chapter): book for book in books()}
EXERCISES = list(catalogue.exercises().values())
WRONG = [(each, n) for each in EXERCISES for n in range(len(each.wrong))]
READS = re.compile(r"(Describe|Filter|List|Get|BatchGet)[A-Z]")
MOST_CALLS = 6
"""Of one check: it looks, it does not search."""


def by_key(value):
    return getattr(value, "key", str(value))


@cache
def ended(chapter):
    """The run of a chapter, once, however it ended."""
    program = [sys.executable, ROOT / "tests" / "exercise_run.py", BOOKS[chapter].path]
    return subprocess.run(
        program, env=os.environ, cwd=NOTEBOOKS, capture_output=True, text=True, check=False
    )


def run(chapter):
    """What came of all answers in a chapter, each in its place."""
    done = ended(chapter)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory):
    """A learner of the tests' own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECS_TUTORIAL_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def tried(exercise):
    return run(exercise.chapter)["tried"][exercise.key]


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_key)
def test_the_starter_is_not_attempted(exercise):
    """The starter runs as it stands and says so, with the way to the first hint."""
    found = tried(exercise)["starter"]
    assert found["state"] == State.NOT_ATTEMPTED
    assert f"{exercise.call}.hint(1)" in found["said"]


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_key)
def test_the_solution_is_correct(exercise):
    """What ``solution`` shows is right, and something is said about it."""
    found = tried(exercise)["solution"]
    assert found["state"] == State.CORRECT, found["said"]
    assert len(found["said"].splitlines()) > 1


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_key)
def test_a_second_right_way_is_correct(exercise):
    """A check looks at the cluster: it does not matter how it came about."""
    assert exercise.second != blanks.blank(exercise.cell)
    found = tried(exercise)["second"]
    assert found["state"] == State.CORRECT, found["said"]


@pytest.mark.parametrize(("exercise", "number"), WRONG, ids=by_key)
def test_a_wrong_answer_gets_its_own_message(exercise, number):
    """Not yet, with what was seen and what was expected, and words that no other answer gets."""
    ways = tried(exercise)
    found = ways[f"wrong {number}"]
    assert found["state"] == State.NOT_YET, found["said"]
    assert "\nSeen: " in found["said"]
    assert "\nExpected: " in found["said"]
    says = exercise.wrong[number].says
    assert [name for name, each in ways.items() if says in each["said"]] == [f"wrong {number}"]


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_key)
def test_whatever_was_tried_nothing_is_left(exercise):
    """After tidying up, the lab holds what it held before, whatever the answer was."""
    assert [name for name, each in tried(exercise).items() if each["left"]] == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_key)
def test_a_check_only_looks(exercise):
    """A check makes few calls, all of them reads, and lab time moves by these calls alone."""
    for name, each in tried(exercise).items():
        assert [call for call in each["calls"] if not READS.match(call)] == [], name
        assert len(each["calls"]) <= MOST_CALLS, name
        assert each["seconds"] <= len(each["calls"]), name


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_key)
def test_text_and_html_say_the_same(exercise):
    """Whoever hears the page gets each line that is printed, as a status."""
    for each in tried(exercise).values():
        text = re.sub(r"<[^>]+>", "\n", each["html"])
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        assert [line for line in text.splitlines() if line] == each["said"].splitlines()
        assert 'role="status"' in each["html"]


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_key)
def test_an_exercise_stands_in_its_notebook(exercise):
    """Each exercise is asked once, in its chapter."""
    book = BOOKS[exercise.chapter]
    asked = [each.key for each in cells.exercises_in(cell.node for cell in book.cells)]
    assert asked.count(exercise.key) == 1


@pytest.mark.parametrize("chapter", sorted({each.chapter for each in EXERCISES}))
def test_a_chapter_leaves_the_same_whoever_solves_what(chapter):
    """With every answer tried on the way, the lab holds at the end what the notebook says."""
    assert run(chapter)["left"] == BOOKS[chapter].about["leaves"]


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_key)
def test_an_exercise_has_what_a_learner_needs(exercise):
    """Two hints or more, a wrong answer that is known, a reason, and a starter unlike the rest."""
    assert len(exercise.hints) >= 2
    assert exercise.wrong
    assert exercise.because
    assert cells.starter(exercise) != blanks.solution(exercise.cell)
