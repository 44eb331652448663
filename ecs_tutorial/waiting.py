"""How long a botocore waiter waits: in lab time, not in the machine's.

A waiter sleeps 15 seconds between two looks. In a lab whose time runs faster, or
only when told to, that sleep becomes what those seconds are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace


def waiters_sleep(sleep: Callable[[float], None]) -> None:
    """From now on botocore's waiters in this process call ``sleep`` between two looks."""
    import botocore.waiter

    botocore.waiter.time = SimpleNamespace(sleep=sleep)


def at_speed(speed: float) -> Callable[[float], None]:
    """The sleep that lets ``seconds`` of lab time pass in a lab of this speed."""

    def sleep(seconds: float) -> None:
        time.sleep(seconds / speed)

    return sleep
