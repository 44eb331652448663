"""CloudWatch: where the lab's own metrics are put, and what alarms make of them.

moto keeps data points and alarms and lets the two alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from moto.cloudwatch.models import cloudwatch_backends

NAMESPACE = "AWS/ECS"
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
