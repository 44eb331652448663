"""What each task went through, read from the times in describe_tasks; and how many ran when.

Pure. Nothing is remembered from look to look: ECS keeps a task's times, and the task itself
for a while after it has stopped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from ecs_tutorial.notebook.cluster_view import Task, task_of

Record = Mapping[str, Any]
PHASES = {
    "createdAt": "waiting",
    "pullStartedAt": "pulling images",
    "pullStoppedAt": "starting",
    "startedAt": "running",
    "stoppingAt": "stopping",
}
"""By the member that says when a phase begins; each ends where another one begins."""
END = "stoppedAt"


@dataclass(frozen=True)
class Span:
    phase: str
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class History:
    """One task's way; what it is in still ends at the last moment that is known."""

    task: Task
    deployment: str
    spans: tuple[Span, ...]
    stopped_at: datetime | None

    @property
    def begin(self) -> datetime:
        return self.spans[0].begin

    @property
    def end(self) -> datetime:
        return self.spans[-1].end

    def when(self, phase: str) -> datetime | None:
        """When it came into a phase, if it ever did."""
        return next((span.begin for span in self.spans if span.phase == phase), None)


@dataclass(frozen=True)
class Limits:
    """What a rolling update must keep to, in tasks."""

    desired: int
    least: int
    most: int
    least_percent: int
    most_percent: int


@dataclass(frozen=True)
class Count:
    """How many tasks there are from a moment on."""

    at: datetime
    running: int
    wanted: int
    """Running, or on the way to it."""


def histories(tasks: Sequence[Record]) -> list[History]:
    """A history for each task, the oldest first."""
    known = [moment for task in tasks for moment in _moments(task)]
    if not known:
        return []
    ways = [_history(task, max(known)) for task in tasks if task.get("createdAt")]
    return sorted(ways, key=lambda way: (way.begin, way.task.arn))


def _moments(task: Record) -> Iterator[datetime]:
    yield from (task[name] for name in (*PHASES, END) if task.get(name))


def _history(task: Record, last: datetime) -> History:
    begun = [(task[name], phase) for name, phase in PHASES.items() if task.get(name)]
    ends = [(task.get(END) or last, "")]
    spans = tuple(
        Span(phase, begin, max(end, begin)) for (begin, phase), (end, _) in pairwise(begun + ends)
    )
    return History(task_of(task), task.get("startedBy", ""), spans, task.get(END))


def limits(service: Record) -> Limits:
    """As AWS counts them: the least is rounded up, the most down."""
    desired = service.get("desiredCount", 0)
    configured = service.get("deploymentConfiguration", {})
    least = configured.get("minimumHealthyPercent", 100)
    most = configured.get("maximumPercent", 200)
    return Limits(
        desired, math.ceil(desired * least / 100), math.floor(desired * most / 100), least, most
    )


def counts(ways: Iterable[History]) -> list[Count]:
    """A count at each moment at which one changes."""
    changes: dict[datetime, list[int]] = {}
    for way in ways:
        for at, running, wanted in _changes(way):
            change = changes.setdefault(at, [0, 0])
            change[0] += running
            change[1] += wanted
    return list(_summed(changes))


def _changes(way: History) -> Iterator[tuple[datetime, int, int]]:
    """What one task adds to, and later takes from, those that run and those that are wanted."""
    gone = way.when("stopping") or way.stopped_at
    yield way.begin, 0, 1
    if started := way.when("running"):
        yield started, 1, 0
    if gone:
        yield gone, -1 if started else 0, -1


def _summed(changes: Mapping[datetime, Sequence[int]]) -> Iterator[Count]:
    running = wanted = 0
    for at in sorted(changes):
        running, wanted = running + changes[at][0], wanted + changes[at][1]
        yield Count(at, running, wanted)
