"""The thread that does what becomes due while the lab's clock runs by itself.

It knows a clock and the lock under which everything in the lab happens, and nothing of
what is due.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from .clock import FAILED_TIMER, LabClock


class Ticker:
    """Looks at a clock's agenda whenever something is due there, once it was started."""

    def __init__(self, clock: LabClock, lock: AbstractContextManager[object]) -> None:
        self._clock = clock
        self._lock = lock
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._woken = threading.Event()
        clock.on_earlier = self._woken.set

    def start(self) -> None:
        """From here on; nothing more if it runs already."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._tick, name="lab clock", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """No look at the agenda begins after this, and the last one has ended."""
        self._stopped = True
        self._woken.set()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()

    def at_once(self, action: Callable[[], None]) -> None:
        """Put on the agenda what another thread brings, and do it without waiting for a tick."""
        with self._lock:
            self._clock.catch_up()
            self._clock.call_later(0, action)
            self._run_due()

    def _tick(self) -> None:
        while True:
            self._woken.clear()
            if self._stopped:
                return
            with self._lock:
                self._run_due()
                seconds = self._clock.seconds_to_next
            self._woken.wait(seconds)

    def _run_due(self) -> None:
        """Do what is due. A timer that fails is told in the log and ends no other."""
        try:
            self._clock.run_due()
        except Exception:
            logging.getLogger(__name__).exception(FAILED_TIMER)
