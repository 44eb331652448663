"""The thread behind a clock that runs by itself, and what other threads bring to the agenda."""

import threading
import time

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


def test_what_is_due_earlier_than_all_else_is_done_when_it_is_due():
    """A ticker that waits for a far timer is woken for a near one."""
    clock, ticker = running()
    clock.call_later(3600, lambda: None)
    ticker.start()
    time.sleep(0.1)
    done = threading.Event()
    began = time.monotonic()
    clock.catch_up()  # as each request does
    clock.call_later(0.05, done.set)
    assert done.wait(10)
    assert 0.05 <= time.monotonic() - began < 5
    ticker.stop()


def test_a_clock_that_begins_to_run_wakes_it():
    """A reset lab's clock stands still for a moment, while its ticker goes on."""
    clock = LabClock()
    ticker = Ticker(clock, threading.RLock())
    done = threading.Event()
    clock.call_later(0.01, done.set)
    ticker.start()
    time.sleep(0.1)
    assert not done.is_set()
    clock.run_by_itself(1)
    assert done.wait(10)
    ticker.stop()


def test_one_that_was_never_started_can_be_stopped():
    """A lab whose clock stayed manual."""
    before = clocks()
    _, ticker = running()
    ticker.stop()
    assert clocks() == before
