"""What Application Auto Scaling has done to a scalable target, as it tells of it.

The sentences are those of AWS's own example of DescribeScalingActivities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

DIMENSION = "ecs:service:DesiredCount"


@dataclass
class Activity:
    """One change, of capacity or of its limits; ``end`` is set once it is over."""

    activity_id: str
    resource_id: str
    description: str
    cause: str
    start: datetime
    status_message: str
    status_code: str = "Successful"
    end: datetime | None = None

    def described(self) -> dict[str, Any]:
        return {
            "ActivityId": self.activity_id,
            "ServiceNamespace": "ecs",
            "ResourceId": self.resource_id,
            "ScalableDimension": DIMENSION,
            "Description": self.description,
            "Cause": self.cause,
            "StartTime": self.start.timestamp(),
            **({"EndTime": self.end.timestamp()} if self.end else {}),
            "StatusCode": self.status_code,
            "StatusMessage": self.status_message,
        }


def limits_in_words(action: Mapping[str, Any]) -> str:
    """What a scheduled action sets.

    >>> limits_in_words({"MinCapacity": 5, "MaxCapacity": 10})
    'min capacity to 5 and max capacity to 10'
    """
    named = (("min", action.get("MinCapacity")), ("max", action.get("MaxCapacity")))
    return " and ".join(f"{name} capacity to {n}" for name, n in named if n is not None)
