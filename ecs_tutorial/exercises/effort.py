"""What mending an incident took: the learner's calls to AWS, and the time between them.

Calls are counted where botocore sends them, in clients that are made after the incident began.
The time is that of AWS's own answers, so it is lab time in a lab.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

RUNNING: dict[str, Effort] = {}
"""By exercise: the incident that is open in this process."""


@dataclass
class Effort:
    """What an incident has taken so far."""

    calls: int = 0
    times: list[datetime] = field(default_factory=list)
    counting: bool = True

    def note(self, parsed: Any, **_: object) -> None:
        if not self.counting:
            return
        self.calls += 1
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date:
            self.times = [*self.times[:1], parsedate_to_datetime(date)]

    def __str__(self) -> str:
        calls = "1 call" if self.calls == 1 else f"{self.calls} calls"
        if len(self.times) < 2:
            return f"So far: {calls}."
        seconds = (self.times[-1] - self.times[0]).total_seconds()
        minutes, rest = divmod(round(seconds), 60)
        spoken = f"{minutes} min {rest} s" if minutes else f"{rest} s"
        return f"So far: {calls}, in {spoken} by the clock of the answers."


def begin(key: str, session: Any) -> None:
    """Count from here on what new clients of this session call; what was counted is forgotten."""
    end(key)
    effort = RUNNING[key] = Effort()
    session.events.register("after-call.*", effort.note)


def end(key: str) -> None:
    if key in RUNNING:
        RUNNING.pop(key).counting = False


@contextmanager
def uncounted() -> Iterator[None]:
    """Within it nobody's calls are counted: a check is not the learner's work."""
    for effort in RUNNING.values():
        effort.counting = False
    try:
        yield
    finally:
        for effort in RUNNING.values():
            effort.counting = True


def told(key: str) -> str:
    """What an open incident has taken; nothing before the learner's first call."""
    effort = RUNNING.get(key)
    return str(effort) if effort and effort.calls else ""
