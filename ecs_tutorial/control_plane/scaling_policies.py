"""Where a scaling policy's numbers lead: the capacity that a breached alarm asks for.

Pure. The policies have the shape in which Application Auto Scaling is given them.
"""

from __future__ import annotations

import math
from typing import Any

from .model import Json

LOW_SHARE = 0.9
# AWS: scales in under 90 percent of the target; seen on its own alarms, not documented.


def tracked_capacity(current: int, value: float, target: float) -> int:
    """The tasks that bring a metric shared by all of them to its target.

    >>> tracked_capacity(2, 90.0, 50.0), tracked_capacity(4, 20.0, 50.0)
    (4, 2)
    """
    # AWS: how it computes the new capacity is not published, only that it leans to more.
    return math.ceil(round(current * value / target, 6))


def stepped_capacity(policy: Json, current: int, breach: float) -> int:
    """The capacity after the step that a breach lies in: metric minus the alarm's threshold.

    >>> steps = [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 2}]
    >>> stepped_capacity({"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps}, 3, 12.0)
    5
    """
    step = next((s for s in policy["StepAdjustments"] if _lies_in(s, breach)), None)
    if step is None:
        return current
    change = step["ScalingAdjustment"]
    match policy.get("AdjustmentType"):
        case "ExactCapacity":
            return int(change)
        case "PercentChangeInCapacity":
            return current + _percent(current, change, policy.get("MinAdjustmentMagnitude") or 1)
        case _:
            return current + int(change)


def _lies_in(step: Json, breach: float) -> bool:
    """Above a threshold the lower bound belongs to the step, below it the upper one."""
    low: Any = step.get("MetricIntervalLowerBound")
    high: Any = step.get("MetricIntervalUpperBound")
    low = -math.inf if low is None else float(low)
    high = math.inf if high is None else float(high)
    return low <= breach < high if breach >= 0 else low < breach <= high


def _percent(current: int, percent: float, least: int) -> int:
    """A part of a task up to one counts as one, more is cut off (API of StepScaling)."""
    exact = current * percent / 100
    whole = math.trunc(exact) if abs(exact) >= 1 else int(math.copysign(1, exact))
    return whole if abs(whole) >= least else int(math.copysign(least, exact))


def cooldown(policy_type: str, policy: Json, *, grows: bool) -> float:
    """Seconds in which a policy leaves the capacity alone after a change; ECS's default is 300."""
    if policy_type == "StepScaling":
        return float(policy.get("Cooldown", 300))
    return float(policy.get("ScaleOutCooldown" if grows else "ScaleInCooldown", 300))
