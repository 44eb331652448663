"""The pages by name, each printed by ``ecs-tutorial workshop`` and kept in ``docs``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ecs_tutorial import chapters
from ecs_tutorial.workshop import (
    card,
    error_index,
    glossary,
    notes,
    printed_card,
    solutions,
    timetable,
)
from ecs_tutorial.workshop.lessons import Lesson, lessons

Page = Callable[[Sequence[Lesson]], str]
PLAN = """\
# A workshop

Times, waits, questions and mistakes come from the notebooks and their exercises; a chapter's
minutes are those that it states itself. Each chapter's first cell builds what the chapters before
would have left, so any of them can be left out or given alone. This page is made by
`ecs-tutorial workshop --plan`.
"""


def plan(found: Sequence[Lesson]) -> str:
    """Timetables and the notes on each chapter."""
    days = [timetable.table(found, day) + "\n" for day in timetable.DAYS]
    return "\n".join([PLAN, *days, "## Notes on each chapter\n", *map(notes.notes, found)])


PAGES: Mapping[str, tuple[str, Page]] = {
    "plan": ("workshop.md", plan),
    "card": ("learners-card.md", card.page),
    "card-to-print": ("learners-card.html", printed_card.page),
    "solutions": ("solutions.md", solutions.page),
    "glossary": ("glossary.md", glossary.page),
    "errors": ("errors.md", error_index.page),
}
"""What a page is called at the command line, its file in ``docs``, and how it is made."""


def page(name: str) -> str:
    """A page as the notebooks are now; it ends with one line's end."""
    _, made = PAGES[name]
    return made(lessons(chapters.find())).rstrip("\n") + "\n"
