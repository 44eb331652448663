"""How a botocore waiter waits: in lab time, not in the machine's.

A waiter sleeps 15 seconds between two looks. In a lab whose time runs faster, or only
when told to, that sleep becomes what those seconds are there. Where lab time is as slow as
the machine's, a waiter looks more often, and gives up no sooner.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

LOOK_EVERY = 0.5
"""Lab seconds between two looks of a waiter that looks often."""
INSTEAD_OF = "looks_often_instead_of"
Wait = Callable[..., None]


def waiters_sleep(sleep: Callable[[float], None], *, often: bool = False) -> None:
    """From now on botocore's waiters in this process call ``sleep`` between two looks."""
    import botocore.waiter

    botocore.waiter.time = SimpleNamespace(sleep=sleep)
    wait = botocore.waiter.Waiter.wait
    theirs = getattr(wait, INSTEAD_OF, wait)
    botocore.waiter.Waiter.wait = looking_often(theirs) if often else theirs


@contextmanager
def waiters(sleep: Callable[[float], None], *, often: bool = False) -> Iterator[None]:
    """``waiters_sleep`` for a while."""
    import botocore.waiter

    before = botocore.waiter.time, botocore.waiter.Waiter.wait
    waiters_sleep(sleep, often=often)
    try:
        yield
    finally:
        botocore.waiter.time, botocore.waiter.Waiter.wait = before


def looking_often(wait: Wait) -> Wait:
    """A waiter's ``wait`` with as much patience in shorter steps."""

    @functools.wraps(wait)
    def waits(waiter: Any, **parameters: Any) -> None:
        given = dict(parameters.pop("WaiterConfig", None) or {})
        delay = given.pop("Delay", waiter.config.delay)
        attempts = given.pop("MaxAttempts", waiter.config.max_attempts)
        config = shorter(delay, attempts) | given
        wait(waiter, **parameters, WaiterConfig=config)

    setattr(waits, INSTEAD_OF, wait)
    return waits


def shorter(delay: float, attempts: int) -> dict[str, float]:
    """The same time in steps of half a second at most.

    >>> shorter(15, 40)
    {'Delay': 0.5, 'MaxAttempts': 1200}
    """
    step = min(delay, LOOK_EVERY)
    return {"Delay": step, "MaxAttempts": math.ceil(delay / step * attempts) if step else attempts}


def at_speed(speed: float) -> Callable[[float], None]:
    """The sleep that lets ``seconds`` of lab time pass in a lab of this speed."""

    def sleep(seconds: float) -> None:
        time.sleep(seconds / speed)

    return sleep
