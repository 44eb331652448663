"""The thread behind a clock that runs by itself, and what other threads bring to the agenda."""

import threading

from ecs_tutorial.clock import LabClock
from ecs_tutorial.ticker import Ticker


def running() -> tuple[LabClock, Ticker]:
    clock = LabClock()
    clock.run_by_itself(1)
    return clock, Ticker(clock, threading.RLock())


def test_what_another_thread_brings_is_done_before_it_goes_on():
    """No tick is waited for: the ticker has not even been started."""
    _, ticker = running()
    done: list[str] = []
    ticker.at_once(lambda: done.append("heard"))
    assert done == ["heard"]


def test_a_failure_does_not_reach_the_thread_that_brought_it(caplog):
    """The thread that listens to an engine goes on listening; the log tells of the failure."""
    _, ticker = running()
    done: list[str] = []
    ticker.at_once([].pop)
    ticker.at_once(lambda: done.append("heard"))
    assert done == ["heard"]
    assert "A timer of the lab failed" in caplog.text


def clocks() -> int:
    return [thread.name for thread in threading.enumerate()].count("lab clock")


def test_it_can_be_started_twice_and_is_one_thread():
    """A lab that is reset starts it again."""
    clock, ticker = running()
    before = clocks()
    done = threading.Event()
    ticker.start()
    ticker.start()
    assert clocks() == before + 1
    clock.call_later(0, done.set)
    assert done.wait(10)
    ticker.stop()
    assert clocks() == before


def test_one_that_was_never_started_can_be_stopped():
    """A lab whose clock stayed manual."""
    before = clocks()
    _, ticker = running()
    ticker.stop()
    assert clocks() == before
