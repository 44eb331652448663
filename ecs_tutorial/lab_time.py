"""The time of a lab: how it passes, and how it passes again when a journal is played.

What happens in a lab depends on its requests and their lab times alone; so the same
requests at the same times make the same lab. What a request does is not known here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from . import waiting
from .clock import LabClock
from .journal_entries import Journal, NoJournal
from .ticker import Ticker

REQUEST_SECONDS = 1.0
"""Lab seconds that a request takes while the clock is manual."""


class LabTime:
    """A clock, the thread that does what is due, and the lock under which everything happens.

    Args:
        in_steps: whether the clock, once it runs by itself, stands still within a request and
            a timer. Real containers do not.
    """

    def __init__(self, in_steps: bool) -> None:
        self._in_steps = in_steps
        self.lock = threading.RLock()
        self.clock = LabClock()
        self.journal: Journal = NoJournal()
        self.clock.on_moved = self._settle
        self._ticker = Ticker(self.clock, self.lock)
        self._plays = False

    def advance(self, seconds: float) -> None:
        """Move a manual clock on, and do what becomes due."""
        with self.lock:
            self.clock.advance(seconds)

    def pass_time(self, seconds: float) -> None:
        """Let lab time pass: a manual clock is moved on, one that runs is waited for."""
        if self.clock.speed:
            waiting.at_speed(self.clock.speed)(seconds)
        else:
            self.advance(seconds)

    def run_in_wall_time(self, speed: float) -> None:
        """From here on lab time runs by itself, ``speed`` lab seconds a second."""
        with self.lock:
            self.clock.run_by_itself(speed, in_steps=self._in_steps)
            self.journal.settle()
        self._ticker.start()

    def _settle(self) -> None:
        self.journal.settle()

    def _begin_request(self) -> None:
        """The lab time of a request is that of its beginning."""
        if not self._plays:
            self.clock.advance(REQUEST_SECONDS)
            self.clock.catch_up()

    # --- once more ----------------------------------------------------------

    @contextmanager
    def playing(self, told: Journal) -> Iterator[None]:
        """Within it time moves by ``play_to`` alone, and what happens is told to ``told``."""
        before, self.journal, self._plays = self.journal, told, True
        try:
            yield
        finally:
            self.journal, self._plays = before, False

    def play_to(self, until: datetime) -> None:
        """Do what was due up to a lab time at which a request came."""
        with self.lock:
            self.clock.play_to(until)
