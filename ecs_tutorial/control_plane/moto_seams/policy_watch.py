"""Looks at the alarms of scaling policies each minute, and changes what they ask for.

Which capacity a policy's numbers lead to is ``scaling_policies``' affair, what an alarm
sees CloudWatch's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy, FakeScalableTarget
from moto.cloudwatch.models import Alarm

from ecs_tutorial.clock import Timer
from ecs_tutorial.control_plane.moto_seams.cloudwatch import Breach, breaches
from ecs_tutorial.control_plane.moto_seams.scaling_activities import DIMENSION
from ecs_tutorial.control_plane.scaling_policies import (
    LOW_SHARE,
    cooldown,
    stepped_capacity,
    tracked_capacity,
)

if TYPE_CHECKING:
    from ecs_tutorial.control_plane.moto_seams.application_autoscaling import ScalingBackend

LOOK_AFTER = timedelta(seconds=70)
"""From the beginning of a minute until its data points are there to be judged."""
TRACKED = ("ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization")


@dataclass(frozen=True)
class Change:
    """A capacity that a policy asks for, and why."""

    count: int
    policy: FakeApplicationAutoscalingPolicy
    cause: str


class PolicyWatch:
    """The policies of one account and region, looked after while there are any."""

    def __init__(self, backend: ScalingBackend) -> None:
        self._backend = backend
        self._timer: Timer | None = None
        self._changed: dict[str, datetime] = {}
        """When each target was last scaled by a policy."""

    def begin(self) -> None:
        if self._timer is None and self._targets():
            minute = self._backend.clock.now().replace(second=0, microsecond=0)
            self._timer = self._backend.clock.call_at(minute + LOOK_AFTER, self._look)

    def _targets(self) -> list[FakeScalableTarget]:
        watched = {each.resource_id for each in self._backend.policies.values()}
        targets = self._backend.targets.get(DIMENSION, {}).values()
        return [each for each in targets if each.resource_id in watched]

    def _look(self) -> None:
        self._timer = None
        for target in self._targets():
            service = self._backend.service(target.resource_id)
            changes = list(self._changes(target, service.desired_count)) if service else []
            if changes:
                # What asks for more goes before what asks for less.
                chosen = max(changes, key=lambda each: each.count)
                self._changed[target.resource_id] = self._backend.clock.now()
                self._backend.scale(target, chosen.count, chosen.cause)
        self.begin()

    def _changes(self, target: FakeScalableTarget, current: int) -> Iterator[Change]:
        place = (self._backend.account_id, self._backend.region_name)
        _, cluster, name = target.resource_id.split("/")
        for breach in breaches(place, (cluster, name)):
            for policy in self._policies_of(breach.alarm, target):
                count = within(target, wanted(policy, breach, current))
                if count != current and self._has_cooled(target, policy, grows=count > current):
                    cause = f"monitor alarm {breach.alarm.name} in state ALARM triggered policy "
                    yield Change(count, policy, f"{cause}{policy.policy_name}")

    def _policies_of(
        self, alarm: Alarm, target: FakeScalableTarget
    ) -> list[FakeApplicationAutoscalingPolicy]:
        return [
            policy
            for policy in self._backend.policies.values()
            if policy.resource_id == target.resource_id
            and any(action.startswith(policy.policy_arn) for action in alarm.alarm_actions or ())
        ]

    def _has_cooled(
        self, target: FakeScalableTarget, policy: FakeApplicationAutoscalingPolicy, *, grows: bool
    ) -> bool:
        # AWS: scaling out again goes on in the cooldown if the alarm asks for more than before,
        # and scaling in may be followed by scaling out at once; here both wait.
        last = self._changed.get(target.resource_id)
        seconds = cooldown(str(policy.policy_type), policy._policy_body, grows=grows)
        return last is None or self._backend.clock.now() - last >= timedelta(seconds=seconds)


def wanted(policy: FakeApplicationAutoscalingPolicy, breach: Breach, current: int) -> int:
    body: Any = policy._policy_body
    if policy.policy_type == "StepScaling":
        return stepped_capacity(body, current, breach.value - float(breach.alarm.threshold))
    tracked = tracked_capacity(current, breach.value, float(body["TargetValue"]))
    is_low = breach.alarm.comparison_operator.startswith("Less")
    return min(tracked, current) if is_low else max(tracked, current)


def within(target: FakeScalableTarget, count: int) -> int:
    most = count if target.max_capacity is None else target.max_capacity
    return max(min(count, most), target.min_capacity or 0)


def refuse_unknown_metric(policy_type: str | None, body: Any) -> None:
    if policy_type != "TargetTrackingScaling":
        return
    metric = (body or {}).get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
    if metric not in TRACKED:
        # AWS: tracks requests per target and metrics of one's own too.
        raise AWSValidationException(
            f"This lab tracks {TRACKED[0]} and {TRACKED[1]} only, not {metric}."
        )


def with_thresholds(
    generate: Callable[[FakeApplicationAutoscalingPolicy], list[Alarm]],
) -> Callable[[FakeApplicationAutoscalingPolicy], list[Alarm]]:
    """A tracking policy's two alarms at its target; moto has them at 6 always."""

    def generate_ecs_alarms(policy: FakeApplicationAutoscalingPolicy) -> list[Alarm]:
        high, low = generate(policy)
        target = float(policy._policy_body["TargetValue"])
        high.threshold, low.threshold = target, round(target * LOW_SHARE, 6)
        if policy._policy_body.get("DisableScaleIn"):
            low.actions_enabled, low.alarm_actions = False, []
        return [high, low]

    return generate_ecs_alarms
