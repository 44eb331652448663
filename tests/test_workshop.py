"""What an instructor hands out is what the notebooks and the exercises say."""

from __future__ import annotations

import ast
import html
import re
from itertools import pairwise
from pathlib import Path

import pytest

from ecs_tutorial import cli
from ecs_tutorial.chapters import Chapters
from ecs_tutorial.exercises import blanks
from ecs_tutorial.workshop import card, notes, solutions, timetable
from ecs_tutorial.workshop.calls import CLI_SUMMARY, calls_in, clients_in, commands
from ecs_tutorial.workshop.lessons import is_code, lessons, tags
from ecs_tutorial.workshop.pages import PAGES, page

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = lessons(Chapters(ROOT / "notebooks"))


class Lesson:
    """A lesson of some length, for the arithmetic of timetables."""

    def __init__(self, minutes: int, is_excursion: bool = False) -> None:
        self.minutes = self.minutes_without_exercises = minutes
        self.is_excursion = is_excursion
        self.link = f"lesson of {minutes}"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_command_prints(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A page in docs is made, never typed; ``python -m ecs_tutorial.workshop`` makes all anew."""
    assert cli.main(["workshop", f"--{name}"]) == 0
    file, _ = PAGES[name]
    assert capsys.readouterr().out == (ROOT / "docs" / file).read_text(encoding="utf-8")


def test_the_command_offers_each_page() -> None:
    """What the command's help lists are the pages that there are."""
    assert list(cli.WORKSHOP_PAGES) == list(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_links_of_a_page_lead_somewhere(name: str) -> None:
    """Every link of a page is to a file that exists."""
    for target in re.findall(r"\]\(([^)#]+)", page(name)):
        assert (ROOT / "docs" / target).is_file(), target


@pytest.mark.parametrize("lesson", TUTORIAL, ids=lambda each: str(each.chapter))
def test_minutes_are_those_that_the_chapter_states(lesson) -> None:
    """A timetable counts as the chapter's own opening does."""
    time = next(cell for cell in lesson.cells if "time" in tags(cell))
    assert time["source"].startswith(f"**About {lesson.minutes} minutes**")


@pytest.mark.parametrize("day", timetable.DAYS, ids=lambda day: day.name)
def test_a_day_is_in_order_ends_in_time_and_has_breaks(day) -> None:
    """No gap, no overlap, no long stretch without a break, and lunch in the middle of a day."""
    slots = list(timetable.laid_out(timetable.chosen(TUTORIAL, day), day))
    assert slots[0].begins == day.begins
    assert slots[-1].ends <= day.ends
    assert all(a.ends == b.begins for a, b in pairwise(slots))
    stretch = 0
    for slot in slots:
        stretch = stretch + slot.minutes if slot.lesson else 0
        assert stretch <= timetable.LONGEST
    assert sum(slot.minutes == timetable.LUNCH for slot in slots if not slot.lesson) <= 1


def test_the_walk_comes_before_what_nothing_builds_on() -> None:
    """A chapter on which nothing builds is there only if the whole walk is."""
    day = timetable.Day("An hour", 0, 60, is_whole=False)
    excursion, walked = Lesson(10, is_excursion=True), Lesson(50)
    assert timetable.chosen([excursion, walked], day) == [excursion, walked]
    assert timetable.chosen([excursion, walked, Lesson(20)], day) == [walked]


def test_half_a_day_leaves_the_exercises_for_afterwards() -> None:
    """Its chapters are shorter by what is read and done for exercises."""
    half, whole = timetable.DAYS
    for lesson in TUTORIAL:
        assert whole.minutes(lesson) == lesson.minutes
        assert half.minutes(lesson) == lesson.minutes_without_exercises
    assert sum(map(half.minutes, TUTORIAL)) < sum(map(whole.minutes, TUTORIAL))


def test_what_a_day_has_no_time_for_is_named() -> None:
    """Nobody has to compare the table with the list of chapters."""
    day = timetable.Day("An hour", 0, 60, is_whole=False)
    told = timetable.table([Lesson(50), Lesson(40)], day)
    assert "For another time: lesson of 40." in told


def test_a_break_comes_before_what_would_be_too_long() -> None:
    """A chapter is not cut: the break stands before it, and the first in the middle is lunch."""
    day = timetable.Day("A day", 11 * 60, 17 * 60, is_whole=True)
    slots = list(timetable.laid_out([Lesson(60), Lesson(60), Lesson(60)], day))
    assert [slot.minutes for slot in slots] == [60, timetable.LUNCH, 60, timetable.BREAK, 60]


@pytest.mark.parametrize("lesson", TUTORIAL, ids=lambda each: str(each.chapter))
def test_notes_have_all_that_goes_wrong_and_all_that_is_asked(lesson) -> None:
    """Each error on purpose, wrong answer, wait, prediction and question has its line."""
    text = [cell["source"] for cell in lesson.cells if not is_code(cell)]
    errors = [o for c in lesson.cells for o in c.get("outputs", ()) if o["output_type"] == "error"]
    wrong = [each for exercise in lesson.exercises for each in exercise.wrong]
    assert len(list(notes.mistakes(lesson))) == len(errors) + len(wrong)
    assert len(list(notes.waits(lesson))) == sum(each.count("> **Wait.**") for each in text)
    predicted = list(notes.predictions(lesson))
    assert len(predicted) == sum("predict" in tags(cell) for cell in lesson.cells)
    assert [each for each in predicted if not re.search(r" \(.+ / .+\) → \S", each)] == []
    asked = sum(each.count("<summary>Answer") for each in text)
    assert len(list(notes.questions(lesson))) == asked > 0


def test_nothing_may_be_skipped_that_later_chapters_need() -> None:
    """A step that a walk cell stands in is never among what to skip."""
    for lesson in TUTORIAL:
        skipped = " ".join(notes.skippable(lesson))
        walked = [step.title for step in lesson.steps if step.is_walked]
        assert [title for title in walked if f"*{title}*" in skipped] == []
        assert ("whole chapter" in skipped) == (not walked)


def test_the_card_has_every_call_once_with_its_cli_form() -> None:
    """Each operation that a chapter's own cells call stands on the card, in both forms."""
    made = {call for lesson in TUTORIAL for call in card.calls(lesson)}
    rows = [row for row in card.page(TUTORIAL).splitlines() if row.startswith("| ")][1:]
    assert len(rows) == len(made)
    assert [row for row in rows if "| `aws " not in row] == []


def test_the_card_to_print_says_what_the_card_says() -> None:
    """Each call's two forms stand on the page for paper too, in the same order."""
    printed = re.sub(r"<[^>]+>", "", page("card-to-print").partition("<main>")[2])
    rows = [row for row in card.page(TUTORIAL).splitlines() if row.startswith("| ")][1:]
    on_card = [form for row in rows for form in re.findall("`([^`]+)`", row)]
    on_paper = [line for line in html.unescape(printed).splitlines() if line.strip()]
    titles = [lesson.title for lesson in TUTORIAL]
    assert "".join(line for line in on_paper if line not in titles) == "".join(on_card)


def test_a_call_is_read_with_its_parameters() -> None:
    """A card's row is the call in the code, without its values."""
    tree = ast.parse("ecs = boto3.client('ecs')\necs.run_task(cluster='c', **more)")
    (call,) = calls_in(tree, dict(clients_in(tree)))
    assert call.form == "ecs.run_task(cluster, …)"
    block = "arn=$(aws ecs run-task \\\n  --cluster c --query 'tasks[0]')\naws ecs list-tasks"
    assert [each.form for each in commands(block)] == [
        "aws ecs run-task --cluster",
        "aws ecs list-tasks",
    ]
    assert call in commands(block)
    assert CLI_SUMMARY in "".join(cell["source"] for cell in TUTORIAL[1].cells)


def test_solutions_are_those_of_all_exercises_that_stand_in_notebooks() -> None:
    """Each exercise of a notebook has its solved cell on the page, without marks."""
    told = solutions.page(TUTORIAL)
    for lesson in TUTORIAL:
        for exercise in lesson.exercises:
            assert f"### Exercise {exercise.key}: " in told
            assert blanks.solution(exercise.cell) in told
    assert "# blank" not in told
