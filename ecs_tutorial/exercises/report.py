"""How far a learner is, in words for a notebook and a terminal, as JSON for an instructor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from typing import Any

from ecs_tutorial.exercises import catalogue, progress
from ecs_tutorial.exercises.model import Exercise
from ecs_tutorial.exercises.outcomes import State
from ecs_tutorial.exercises.progress import Progress, Record
from ecs_tutorial.served import lab_folder

NOTHING_YET = "No exercise was attempted yet. Once one was, how far you are stands here."


def how_far() -> str:
    """The learner's progress, as it is kept on this machine."""
    return "\n".join(lines(progress.read(lab_folder.state_folder())))


def lines(kept: Progress) -> Iterator[str]:
    """A line a chapter, and below it one for each exercise that was attempted."""
    if kept.note:
        yield kept.note
    exercises = catalogue.exercises().values()
    if not any(_begun(kept.of(each.key)) for each in exercises):
        yield NOTHING_YET
        return
    yield f"Exercises: {_count(kept, exercises)}."
    for chapter, group in groupby(exercises, lambda each: each.chapter):
        members = list(group)
        yield f"Chapter {chapter}: {_count(kept, members)}."
        yield from (_line(each, kept.of(each.key)) for each in members if _begun(kept.of(each.key)))


def _begun(record: Record) -> bool:
    return record != Record()


def _count(kept: Progress, exercises: Iterable[Exercise]) -> str:
    states = [kept.of(each.key).state for each in exercises]
    return f"{states.count(State.CORRECT)} of {len(states)} correct"


def _line(exercise: Exercise, record: Record) -> str:
    details = [f"checked {_times(record.checks)}"] if record.checks else []
    details += [f"read {record.hints} of {len(exercise.hints)} hints"] if record.hints else []
    details += ["looked at the solution"] if record.solution else []
    return f"  {exercise.key} {exercise.title_in_text}: {record.state}; {', '.join(details)}."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def as_json(kept: Progress) -> Mapping[str, Any]:
    """Every exercise with what is kept of it; no name, no time and no path of the learner's."""
    found = [_row(each, kept.of(each.key)) for each in catalogue.exercises().values()]
    solved = sum(each["outcome"] == State.CORRECT for each in found)
    return {"correct": solved, "of": len(found), "note": kept.note, "exercises": found}


def _row(exercise: Exercise, record: Record) -> dict[str, Any]:
    row = {"key": exercise.key, "chapter": exercise.chapter, "title": exercise.title}
    row |= {"kind": str(exercise.kind), "objective": exercise.objective}
    return row | {"outcome": str(record.state), **asdict(record)}
