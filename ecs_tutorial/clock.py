"""Time as an input: what the lab's clock is and who is waiting for it.

All clocks hold an agenda of things to be done at a lab time. The manual clock
moves when it is told to, the wall clock by itself at a given speed. The stepping
clock follows the machine's, and stands still within each step, so that what happened
depends on the lab times of the steps alone. Nothing else in the package reads the
system's clock.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

LAB_EPOCH = datetime(2026, 10, 5, 9, 0, 0, tzinfo=UTC)
"""The lab time at which every new lab begins: a Monday, later than the newest AMI in moto."""
FAILED_TIMER = "A timer of the lab failed; the others go on."


@dataclass(order=True)
class Timer:
    """One thing on the agenda; ``cancel`` takes it off."""

    due: datetime
    order: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class Clock(Protocol):
    """What both planes may ask of time."""

    def now(self) -> datetime:
        """The lab time, always with the time zone UTC."""

    def call_at(self, due: datetime, action: Callable[[], None]) -> Timer:
        """Do ``action`` at lab time ``due``, or as soon as possible if that is past."""

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do ``action`` after ``seconds`` of lab time; 0 means after the current step."""


class Agenda:
    """Timers in the order of their due time, first come first served among equals."""

    def __init__(self) -> None:
        self._timers: list[Timer] = []
        self._order = itertools.count()

    def add(self, due: datetime, action: Callable[[], None]) -> Timer:
        timer = Timer(due, next(self._order), action)
        heapq.heappush(self._timers, timer)
        return timer

    @property
    def first(self) -> Timer | None:
        """The timer that is due next, still on the agenda."""
        return self._timers[0] if self._timers else None

    def next_due(self, until: datetime) -> Timer | None:
        """Take the first timer due at or before ``until`` off the agenda."""
        while self._timers and self._timers[0].due <= until:
            timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                return timer
        return None

    def clear(self) -> None:
        self._timers.clear()


class ManualClock:
    """A clock that stands still until ``advance``; tests and fast-forward use it."""

    def __init__(self, start: datetime = LAB_EPOCH) -> None:
        self._now = start
        self.agenda = Agenda()

    def now(self) -> datetime:
        return self._now

    def call_at(self, due: datetime, action: Callable[[], None]) -> Timer:
        return self.agenda.add(max(due, self._now), action)

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        return self.call_at(self._now + timedelta(seconds=seconds), action)

    def advance(self, seconds: float) -> None:
        """Move the lab ``seconds`` on; each timer sees its own due time as now.

        >>> clock = ManualClock()
        >>> seen = []
        >>> _ = clock.call_later(5, lambda: seen.append((clock.now() - LAB_EPOCH).seconds))
        >>> clock.advance(10)
        >>> seen
        [5]
        """
        self.advance_to(self._now + timedelta(seconds=seconds))

    def advance_to(self, until: datetime) -> bool:
        """Move the lab on to a time; whether anything was due by then."""
        moved = False
        while timer := self.agenda.next_due(until):
            moved = True
            self._now = max(self._now, timer.due)
            timer.action()
        self._now = max(self._now, until)
        return moved


class SteppingClock(ManualClock):
    """Moved by the machine's clock, ``speed`` lab seconds a second, when it is to catch up.

    Between two moves it stands still, and a timer sees its own due time however late it is
    done. So what happens in a lab depends on its requests and their lab times alone.
    """

    def __init__(self, speed: float, start: datetime, agenda: Agenda) -> None:
        super().__init__(start)
        self.speed = speed
        self.agenda = agenda
        self._start = start
        self._origin = time.monotonic()

    def ahead(self) -> datetime:
        """Where the machine's clock is by now."""
        elapsed = (time.monotonic() - self._origin) * self.speed
        return self._start + timedelta(seconds=elapsed)

    def catch_up(self) -> bool:
        """Move to where the machine's clock is; whether anything was due by then."""
        return advance_whatever_fails(self, self.ahead())


def advance_whatever_fails(clock: ManualClock, until: datetime) -> bool:
    """Move a clock on to a time. A timer that fails is told in the log and ends no other."""
    moved = False
    while True:
        try:
            return clock.advance_to(until) or moved
        except Exception:
            logging.getLogger(__name__).exception(FAILED_TIMER)
            moved = True


class WallClock:
    """A clock that runs ``speed`` lab seconds a second; a ticker calls ``run_due``.

    Args:
        speed: lab seconds in one second of the machine.
        start: the lab time at the moment of creation.
        agenda: timers to take over, as after a fast-forward on a manual clock.
    """

    def __init__(
        self, speed: float = 1.0, start: datetime = LAB_EPOCH, agenda: Agenda | None = None
    ) -> None:
        self.speed = speed
        self.agenda = agenda or Agenda()
        self._start = start
        self._origin = time.monotonic()

    def now(self) -> datetime:
        elapsed = (time.monotonic() - self._origin) * self.speed
        return self._start + timedelta(seconds=elapsed)

    def call_at(self, due: datetime, action: Callable[[], None]) -> Timer:
        return self.agenda.add(due, action)

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        return self.call_at(self.now() + timedelta(seconds=seconds), action)

    def run_due(self) -> None:
        """Do what is due, and what that in turn puts on the agenda for now."""
        while timer := self.agenda.next_due(self.now()):
            timer.action()


class LabClock:
    """The one clock that everything in a lab holds: manual at first, then by itself.

    ``on_earlier`` is called when something may be due before all that was on the agenda,
    ``on_moved`` when the clock has moved by itself and something was due.
    """

    def __init__(self) -> None:
        self.on_earlier: Callable[[], None] = lambda: None
        self.on_moved: Callable[[], None] = lambda: None
        self._source: ManualClock | WallClock = ManualClock()

    def now(self) -> datetime:
        return self._source.now()

    def call_at(self, due: datetime, action: Callable[[], None]) -> Timer:
        return self._added(self._source.call_at(due, action))

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        return self._added(self._source.call_later(seconds, action))

    def _added(self, timer: Timer) -> Timer:
        if self._source.agenda.first is timer:
            self.on_earlier()
        return timer

    @property
    def seconds_to_next(self) -> float | None:
        """The machine's seconds until something is due, None if nothing is by itself."""
        source, first = self._source, self._source.agenda.first
        if first is None or not self.speed:
            return None
        by_now = source.ahead() if isinstance(source, SteppingClock) else source.now()
        return max((first.due - by_now).total_seconds() / self.speed, 0.0)

    @property
    def speed(self) -> float:
        """Lab seconds in a second of the machine; 0 while it stands still by itself."""
        source = self._source
        return source.speed if isinstance(source, (WallClock, SteppingClock)) else 0.0

    def advance(self, seconds: float) -> None:
        """Move a manual clock on; a clock that runs by itself cannot be moved."""
        if isinstance(self._source, ManualClock) and not self.speed:
            self._source.advance(seconds)

    def play_to(self, until: datetime) -> None:
        """Move a manual clock on to a time, as one that runs by itself has moved there before."""
        if isinstance(self._source, ManualClock) and not self.speed:
            advance_whatever_fails(self._source, until)

    def run_by_itself(self, speed: float, *, in_steps: bool = True) -> None:
        """From here on the clock runs, with everything that is on its agenda."""
        kind = SteppingClock if in_steps else WallClock
        self._source = kind(speed, self._source.now(), self._source.agenda)
        self.on_earlier()

    def catch_up(self) -> None:
        """If the clock goes in steps: here begins one."""
        if isinstance(self._source, SteppingClock) and self._source.catch_up():
            self.on_moved()

    def run_due(self) -> None:
        """Do what has become due while the clock ran by itself."""
        self.catch_up()
        if isinstance(self._source, WallClock):
            self._source.run_due()

    def restart(self) -> None:
        """Back to the beginning, manual, with nothing on the agenda."""
        self._source = ManualClock()
