"""How a target's health changes with each check."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ecs_tutorial.control_plane.target_health import checked, drained_from
from ecs_tutorial.load_balancers import CheckResult, HealthCheck, Target

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHECK = HealthCheck(healthy_threshold=3, unhealthy_threshold=2)
GOOD = CheckResult()
BAD = CheckResult("Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]")
TARGET = Target("i-1", 32768)


def after(target, *results):
    for result in results:
        target = checked(target, result, CHECK)
    return target


def test_a_new_target_is_being_registered():
    """Until its first check a target is initial, and says that it is being registered."""
    assert (TARGET.state, TARGET.reason) == ("initial", "Elb.RegistrationInProgress")


def test_one_good_check_makes_a_new_target_healthy():
    """The healthy threshold is for targets that were unhealthy; a healthy one has no reason."""
    found = after(TARGET, GOOD)
    assert (found.state, found.reason, found.description) == ("healthy", None, None)


def test_one_bad_check_leaves_a_new_target_initial():
    """Below the unhealthy threshold it is still being checked for the first time."""
    assert (after(TARGET, BAD).state, after(TARGET, BAD).reason) == (
        "initial",
        "Elb.InitialHealthChecking",
    )


@pytest.mark.parametrize("before", [(), (GOOD,), (GOOD, BAD, GOOD)])
def test_the_unhealthy_threshold_in_a_row_makes_it_unhealthy(before):
    """With the reason of the last check; a good one in between begins the count anew."""
    found = after(TARGET, *before, BAD, BAD)
    assert (found.state, found.reason, found.description) == (
        "unhealthy",
        BAD.reason,
        BAD.description,
    )


def test_an_unhealthy_target_needs_the_healthy_threshold():
    """As many good checks in a row as the target group asks for."""
    sick = after(TARGET, BAD, BAD)
    assert after(sick, GOOD, GOOD, BAD, GOOD, GOOD).state == "unhealthy"
    assert after(sick, GOOD, GOOD, GOOD).state == "healthy"


def test_the_reason_is_that_of_the_last_bad_check():
    """An unhealthy target that fails otherwise says so."""
    found = after(TARGET, BAD, BAD, CheckResult("Target.Timeout", "Request timed out"))
    assert found.description == "Request timed out"


def test_a_draining_target_is_not_judged_any_more():
    """What a late check finds changes nothing."""
    draining = drained_from(replace(TARGET, state="healthy"), NOW)
    assert draining.reason == "Target.DeregistrationInProgress"
    assert after(draining, BAD, BAD, GOOD) == draining
