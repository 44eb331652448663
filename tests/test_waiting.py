"""How waiters wait: in lab time, and where that is slow, in shorter steps of equal patience."""

import botocore.waiter
from hypothesis import given
from hypothesis import strategies as st

from ecs_tutorial import waiting


class Config:
    delay, max_attempts = 15, 40


class Waiter:
    config = Config()


@given(delay=st.integers(1, 60), attempts=st.integers(1, 100))
def test_shorter_steps_give_up_no_sooner(delay, attempts):
    """As much time in all, at most a step more."""
    config = waiting.shorter(delay, attempts)
    whole = config["Delay"] * config["MaxAttempts"]
    assert config["Delay"] <= waiting.LOOK_EVERY
    assert delay * attempts <= whole <= delay * attempts + waiting.LOOK_EVERY


def test_what_the_caller_says_of_a_waiter_counts():
    """Delay and MaxAttempts of the call before those of the waiter; the rest is handed on."""
    seen = []
    wait = waiting.looking_often(lambda waiter, **parameters: seen.append(parameters))
    wait(Waiter(), services=["web"])
    wait(Waiter(), WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    assert seen == [
        {"services": ["web"], "WaiterConfig": {"Delay": 0.5, "MaxAttempts": 1200}},
        {"WaiterConfig": {"Delay": 0.5, "MaxAttempts": 6}},
    ]


def test_waiters_are_as_before_afterwards():
    """Also after it was asked for twice."""
    before = botocore.waiter.time, botocore.waiter.Waiter.wait
    with waiting.waiters(lambda seconds: None, often=True):
        waiting.waiters_sleep(lambda seconds: None, often=True)
        assert botocore.waiter.Waiter.wait is not before[1]
        waiting.waiters_sleep(lambda seconds: None)
        assert botocore.waiter.Waiter.wait is before[1]
    assert (botocore.waiter.time, botocore.waiter.Waiter.wait) == before
