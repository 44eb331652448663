"""The cells of a notebook that are written from exercises: task, starter, tidying.

An author puts empty cells tagged ``exercise`` where an exercise is to stand; their ids say what
goes there: ``exercise-2-1`` (Markdown), ``exercise-2-1-try`` and, if the exercise makes
something, ``exercise-2-1-tidy``; an incident has ``exercise-13-1-begin`` too. Pure: cells in,
sources out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from ecs_tutorial.exercises import blanks, catalogue
from ecs_tutorial.exercises.model import Exercise

TAG = "exercise"
IDENT = re.compile(r"exercise-(?P<chapter>\w+)-(?P<number>\d+)(?:-(?P<part>begin|try|tidy))?")


def task(exercise: Exercise) -> str:
    """The Markdown before the starter."""
    spoken = "a minute" if exercise.minutes == 1 else f"{exercise.minutes} minutes"
    heading = f"### Exercise {exercise.key}: {exercise.title}"
    help_ = f"Stuck? Run `{exercise.call}.hint(1)`, at last `{exercise.call}.solution()`."
    return f"{heading}\n\n**{exercise.kind}**, about {spoken}. {exercise.task}\n\n{help_}"


def starter(exercise: Exercise) -> str:
    return blanks.starter(exercise.cell)


def beginning(exercise: Exercise) -> str:
    return f"{exercise.call}.begin()"


def tidying(exercise: Exercise) -> str:
    return f"{exercise.call}.tidy()"


PARTS: Mapping[str | None, Callable[[Exercise], str]] = {
    None: task,
    "begin": beginning,
    "try": starter,
    "tidy": tidying,
}


def of_cell(cell: Mapping[str, Any]) -> tuple[Exercise, str | None] | None:
    """The exercise that a cell belongs to, and which part of it; None for other cells."""
    if TAG not in cell["metadata"].get("tags", ()):
        return None
    found = IDENT.fullmatch(cell.get("id", ""))
    if not found:
        raise ValueError(f"a cell tagged {TAG} has the id {cell.get('id')!r}, not exercise-2-1")
    return catalogue.find(f"{found['chapter']}.{found['number']}"), found["part"]


def write(cells: Iterable[MutableMapping[str, Any]]) -> None:
    """Put into each cell tagged ``exercise`` what its exercise says."""
    for cell in cells:
        found = of_cell(cell)
        if found:
            exercise, part = found
            cell["source"] = PARTS[part](exercise)


def exercises_in(cells: Iterable[Mapping[str, Any]]) -> Iterator[Exercise]:
    """The exercises whose tasks stand in a notebook, in its order."""
    for found in map(of_cell, cells):
        if found and found[1] is None:
            yield found[0]
