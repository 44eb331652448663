"""CloudWatch: where the lab's own metrics are put, and what alarms make of them.

moto keeps data points and alarms and lets the two alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import moto.core.utils
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

NAMESPACE = "AWS/ECS"
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
Place = tuple[str, str]
"""An account and a region."""


@dataclass(frozen=True)
class Datum:
    """A metric's values in one minute, in percent, one for each task."""

    name: str
    values: tuple[float, ...]


def put_service_metrics(
    place: Place, service: tuple[str, str], minute: datetime, data: Sequence[Datum]
) -> None:
    """Keep the values of a minute for ``(cluster name, service name)``."""
    account_id, region = place
    dimensions = [
        {"Name": "ClusterName", "Value": service[0]},
        {"Name": "ServiceName", "Value": service[1]},
    ]
    cloudwatch_backends[account_id][region].put_metric_data(
        NAMESPACE,
        [
            {
                "MetricName": each.name,
                "Dimensions": dimensions,
                "Timestamp": minute.astimezone(UTC).replace(tzinfo=None),
                "Unit": "Percent",
                "StatisticValues": {
                    "SampleCount": len(each.values),
                    "Sum": sum(each.values),
                    "Minimum": min(each.values),
                    "Maximum": max(each.values),
                },
            }
            for each in data
        ],
    )


@dataclass(frozen=True)
class Breach:
    """An alarm in state ALARM, with the newest value of its metric."""

    alarm: Alarm
    value: float


def breaches(place: Place, service: tuple[str, str]) -> list[Breach]:
    """Judge each alarm on a service's metrics anew; those that are in ALARM now."""
    account_id, region = place
    backend = cloudwatch_backends[account_id][region]
    judged = [
        (alarm, _values(backend, alarm))
        for alarm in backend.alarms.values()
        if _is_of(alarm, service)
    ]
    return [
        Breach(alarm, values[-1])
        for alarm, values in judged
        if values and _is_in_alarm(alarm, values)
    ]


def _is_of(alarm: Alarm, service: tuple[str, str]) -> bool:
    named = {each.name: each.value for each in alarm.dimensions}
    wanted = {"ClusterName": service[0], "ServiceName": service[1]}
    # AWS: judges alarms on any metric; the lab those on a service's own.
    return alarm.namespace == NAMESPACE and named == wanted


def _values(backend: CloudWatchBackend, alarm: Alarm) -> list[float]:
    """The alarm's statistic in each of the last periods that have data, oldest first."""
    now, length = moto.core.utils.utcnow(), timedelta(seconds=int(alarm.period))
    found = backend.get_metric_statistics(
        namespace=alarm.namespace,
        metric_name=alarm.metric_name,
        start_time=now.replace(second=0, microsecond=0) - length * int(alarm.evaluation_periods),
        end_time=now,
        period=int(alarm.period),
        stats=[alarm.statistic],
        dimensions=[
            {"Name": str(each.name), "Value": str(each.value)} for each in alarm.dimensions
        ],
    )
    return [float(each.get_statistics_for_type(alarm.statistic) or 0.0) for each in found]


def _is_in_alarm(alarm: Alarm, values: Sequence[float]) -> bool:
    """Whether enough data points are beyond the threshold; the alarm's state says it too."""
    beyond = COMPARISONS[alarm.comparison_operator]
    wanted = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    crossed = [value for value in values if beyond(value, float(alarm.threshold))]
    state = "ALARM" if len(crossed) >= wanted else "OK"
    if state != alarm.state_value:
        alarm.update_state(_reason(alarm, crossed, len(values), state), "{}", state)
    return state == "ALARM"


def _reason(alarm: Alarm, crossed: Sequence[float], looked_at: int, state: str) -> str:
    # AWS: also names the data points with their times.
    was = "crossed" if state == "ALARM" else "not crossed"
    return (
        f"Threshold Crossed: {len(crossed)} out of the last {looked_at} datapoints were {was} "
        f"the threshold ({float(alarm.threshold)})."
    )
