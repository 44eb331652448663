"""How the health of a target changes with each check, and when it stops taking requests. Pure.

A new target is healthy after one check that passes; one that was unhealthy needs as many in
a row as the target group's healthy threshold.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..load_balancers import CheckResult, HealthCheck, Target

# AWS: these descriptions are the documented ones where there are such; the words for a
# target that is still being checked are not confirmed.
CHECKING = ("Elb.InitialHealthChecking", "Initial health checks in progress")
DRAINING = ("Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_IN_USE = (
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)


def checked(target: Target, result: CheckResult, check: HealthCheck) -> Target:
    """``target`` after one more check; one that is draining is not checked any more."""
    if target.state == "draining":
        return target
    return _passed(target, check) if result.passed else _failed(target, result, check)


def _passed(target: Target, check: HealthCheck) -> Target:
    counted = replace(target, successes=target.successes + 1, failures=0)
    enough = 1 if target.state == "initial" else check.healthy_threshold
    if target.state == "healthy" or counted.successes < enough:
        return counted
    return replace(counted, state="healthy", reason=None, description=None)


def _failed(target: Target, result: CheckResult, check: HealthCheck) -> Target:
    counted = replace(target, failures=target.failures + 1, successes=0)
    if target.state == "unhealthy" or counted.failures >= check.unhealthy_threshold:
        return replace(
            counted, state="unhealthy", reason=result.reason, description=result.description
        )
    if target.state == "initial":
        return replace(counted, reason=CHECKING[0], description=CHECKING[1])
    return counted


def drained_from(target: Target, now: datetime) -> Target:
    """It takes no new request from here on."""
    reason, description = DRAINING
    return replace(
        target, state="draining", reason=reason, description=description, draining_since=now
    )
