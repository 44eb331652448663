"""The instructor's notes on a chapter: what goes wrong, what to ask, what to skip.

All of it stands in the notebook and its exercises already; here it is in one place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from ecs_tutorial.exercises.model import Exercise, Wrong
from ecs_tutorial.workshop.lessons import Cell, Lesson, Step, is_code, paragraphs, tags

WAIT = "**Wait.**"
HAPPENED = re.compile(r"What happened: (?P<answer>.+?)\.\n(?P<because>.*)", re.S)
CHOICE = re.compile(r"  \d+\. (?P<choice>.+)")
QUESTION = re.compile(
    r"^\*\*\d+\. (?P<asked>[^\n]*\?)\*\*\n\n"
    r"<details>\n<summary>Answer \d+</summary>\n\n(?P<answer>.+?)\n\n</details>",
    re.M | re.S,
)


def notes(lesson: Lesson) -> str:
    """A chapter's notes as a section of the page."""
    parts = {
        "What goes wrong": [*mistakes(lesson), *waits(lesson)],
        "What to ask": [*predictions(lesson), *questions(lesson)],
        "What to skip": list(skippable(lesson)),
    }
    head = f"### {lesson.title}\n\n{lesson.link}, about {lesson.minutes} minutes."
    told = [f"**{name}**\n\n" + _list(found) for name, found in parts.items() if found]
    return "\n\n".join([head, *told]) + "\n"


def _list(points: Sequence[str]) -> str:
    return "\n".join(f"- {point}" for point in points)


def mistakes(lesson: Lesson) -> Iterator[str]:
    """Errors that the chapter makes on purpose, and what learners get wrong in exercises."""
    for step in lesson.steps:
        for cell in step.cells:
            for output in cell.get("outputs", ()):
                if output["output_type"] == "error":
                    yield f"*{step.title}*, on purpose: `{_first_line(output['evalue'])}`"
    for exercise in lesson.exercises:
        yield from (_wrong(exercise, wrong) for wrong in exercise.wrong)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _wrong(exercise: Exercise, wrong: Wrong) -> str:
    written = (ast.get_source_segment(wrong.code, each) for each in ast.parse(wrong.code).body)
    code = "; ".join(" ".join((each or "").split()) for each in written)
    return f"Exercise {exercise.key}, {exercise.title}: `{code}` is told “…{wrong.says}…”."


def waits(lesson: Lesson) -> Iterator[str]:
    """Where a room waits for the lab."""
    for step in lesson.steps:
        for cell in step.cells:
            if not is_code(cell):
                told = [each for each in paragraphs(cell) if each.startswith(WAIT)]
                yield from (f"*{step.title}*, a wait:{each.removeprefix(WAIT)}" for each in told)


def predictions(lesson: Lesson) -> Iterator[str]:
    """What to ask before a cell is run, with what it then shows."""
    for step in lesson.steps:
        answers = iter([found for cell in step.cells if (found := _happened(cell))])
        for cell in step.cells:
            if "predict" in tags(cell):
                asked, choices = _asked(cell)
                answer = next(answers, "the cells after it say")
                yield f"*{step.title}*, before: {asked} ({' / '.join(choices)}) → {answer}"


def _asked(cell: Cell) -> tuple[str, Sequence[str]]:
    """The question and the choices, as a plain prediction shows them."""
    shown = "".join(output.get("data", {}).get("text/plain", "") for output in cell["outputs"])
    question, *below = shown.splitlines()
    return question, [found["choice"] for found in map(CHOICE.match, below) if found]


def _happened(cell: Cell) -> str:
    printed = "".join(output.get("text", "") for output in cell.get("outputs", ()))
    found = HAPPENED.search(printed)
    return found["answer"] if found else ""


def questions(lesson: Lesson) -> Iterator[str]:
    """The closing questions with their answers."""
    text = "\n\n".join(cell["source"] for cell in lesson.cells if not is_code(cell))
    for found in QUESTION.finditer(text.partition("## Questions")[2]):
        yield f"At the end: {found['asked']} → {' '.join(found['answer'].split())}"


def skippable(lesson: Lesson) -> Iterator[str]:
    """On what nothing later builds, with the minutes that it gives back."""
    if not any(step.is_walked for step in lesson.steps):
        yield f"The whole chapter: nothing later builds on it ({_spoken(lesson.minutes)})."
    else:
        yield from (_skipped(step) for step in lesson.steps if not step.is_walked)
    if lesson.exercises:
        doing = sum(each.minutes for each in lesson.exercises)
        count = "exercise" if len(lesson.exercises) == 1 else f"{len(lesson.exercises)} exercises"
        yield f"The {count}, for later: nothing needs the answers ({_spoken(doing)})."


def _skipped(step: Step) -> str:
    return f"*{step.title}*: nothing later builds on it ({_spoken(step.minutes)})."


def _spoken(minutes: int) -> str:
    return "a minute" if minutes == 1 else f"{minutes} minutes"
