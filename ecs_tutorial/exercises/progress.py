"""How far a learner is: a plain JSON file in the lab's folder, written whole or not at all.

It holds what was tried, not when. A file that cannot be read is set aside under a name that is
said, and a new one begun; one that cannot be written is said and stops nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ecs_tutorial import private_files
from ecs_tutorial.exercises.outcomes import State
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder

FILE = "progress.json"
VERSION = 1


@dataclass(frozen=True)
class Record:
    """What is kept of one exercise."""

    solved: bool = False
    checks: int = 0
    """How often something was there to be judged."""
    hints: int = 0
    """The highest hint that was read."""
    solution: bool = False
    """Whether the solution was shown."""

    @property
    def state(self) -> State:
        if self.solved:
            return State.CORRECT
        return State.NOT_YET if self.checks else State.NOT_ATTEMPTED


@dataclass(frozen=True)
class Progress:
    """The records of one learner, by the exercise's key."""

    records: Mapping[str, Record]
    note: str = ""
    """What the learner must be told about the file, if anything."""

    def of(self, key: str) -> Record:
        return self.records.get(key, Record())


def checked(key: str, state: State) -> str:
    """Keep that an exercise was judged; returns what must be said about the file, if anything."""
    if state not in (State.NOT_YET, State.CORRECT):
        return ""
    return _change(key, lambda old: _judged(old, state))


def hinted(key: str, number: int) -> str:
    return _change(key, lambda old: replace(old, hints=max(old.hints, number)))


def solution_shown(key: str) -> str:
    return _change(key, lambda old: replace(old, solution=True))


def _judged(old: Record, state: State) -> Record:
    return replace(old, solved=old.solved or state is State.CORRECT, checks=old.checks + 1)


def _change(key: str, change: Any) -> str:
    try:
        folder = lab_folder.state_folder()
        before = read(folder)
        write(folder, {**before.records, key: change(before.of(key))})
        return before.note
    except (OSError, LabError) as error:
        return f"Your progress could not be kept: {error}"


def read(folder: Path) -> Progress:
    """What is kept in the folder; a file that is no progress is set aside."""
    path = folder / FILE
    try:
        return Progress(_records(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Progress({})
    except (ValueError, TypeError, KeyError, AttributeError):
        return Progress({}, _set_aside(path))


def write(folder: Path, records: Mapping[str, Record]) -> None:
    """Keep the records, whole or not at all."""
    content = {"version": VERSION, "exercises": {key: asdict(r) for key, r in records.items()}}
    private_files.write_whole(folder / FILE, json.dumps(content, indent=1) + "\n")


def _records(text: str) -> dict[str, Record]:
    content = json.loads(text)
    if content["version"] != VERSION:
        raise ValueError(f"version {content['version']}")
    return {str(key): _record(kept) for key, kept in content["exercises"].items()}


def _record(kept: Mapping[str, Any]) -> Record:
    known = {each.name: type(each.default) for each in fields(Record)}
    if {name: type(value) for name, value in kept.items()} != known:
        raise ValueError(str(kept))
    return Record(**kept)


def _set_aside(path: Path) -> str:
    number = 1
    while (aside := path.with_name(f"progress-unreadable-{number}.json")).exists():
        number += 1
    path.replace(aside)
    return (
        f"The file with your progress could not be read. It is kept as {aside.name} in the lab's "
        "folder, and a new one was begun."
    )
