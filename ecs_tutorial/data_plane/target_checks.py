"""The health checks of load balancers: when each target is visited, and what was found.

A target is first visited when its registration is through, then once in each interval of lab
time. What its health becomes by that is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ecs_tutorial.clock import Clock, Timer
from ecs_tutorial.data_plane.listener_rules import matches_code
from ecs_tutorial.load_balancers import CheckResult, Target, TargetGroup, TargetId

REGISTRATION_SECONDS = 5.0
# AWS: how long a registration takes is not published; the lab's first check comes after this.

Found = Callable[[int | Exception], None]
Visit = Callable[[TargetGroup, Target, Found], None]
"""Visit a target at its health check's path; the callback gets a status or what went wrong."""
Report = Callable[[str, TargetId, CheckResult], None]


class TargetChecks:
    """All health checks of a lab.

    Args:
        report: takes what was found of a target, by its target group's ARN.
        waits: how much of a registration's pause a target takes, 1 for all of it.
    """

    def __init__(self, clock: Clock, visit: Visit, report: Report, waits: float = 1.0) -> None:
        self._clock = clock
        self._visit = visit
        self._report = report
        self._waits = waits
        self._groups: dict[str, TargetGroup] = {}
        self._timers: dict[tuple[str, TargetId], Timer] = {}

    def observe(self, groups: tuple[TargetGroup, ...]) -> None:
        """Take in which targets there are; saying it twice changes nothing."""
        self._groups = {group.arn: group for group in groups}
        wanted = {
            (group.arn, target.key)
            for group in groups
            for target in group.targets
            if target.state != "draining"
        }
        for key in self._timers.keys() - wanted:
            self._timers.pop(key).cancel()
        for key in sorted(wanted - self._timers.keys()):
            self._check_in(REGISTRATION_SECONDS * self._waits, key)

    def _check_in(self, seconds: float, key: tuple[str, TargetId]) -> None:
        self._timers[key] = self._clock.call_later(seconds, partial(self._check, key))

    def _check(self, key: tuple[str, TargetId]) -> None:
        group = self._groups[key[0]]
        target = next(each for each in group.targets if each.key == key[1])
        self._check_in(group.health_check.interval, key)
        self._visit(group, target, partial(self._found, group, target.key))

    def _found(self, group: TargetGroup, key: TargetId, found: int | Exception) -> None:
        if (group.arn, key) in self._timers:
            self._report(group.arn, key, result_of(found, group.health_check.codes))


def result_of(found: int | Exception, codes: str) -> CheckResult:
    """What a visit says of a target's health.

    >>> result_of(404, "200").description
    'Health checks failed with these codes: [404]'
    """
    if isinstance(found, TimeoutError):
        return CheckResult("Target.Timeout", "Request timed out")
    if isinstance(found, Exception):
        return CheckResult("Target.FailedHealthChecks", "Health checks failed")
    if matches_code(found, codes):
        return CheckResult()
    text = f"Health checks failed with these codes: [{found}]"
    return CheckResult("Target.ResponseCodeMismatch", text)
