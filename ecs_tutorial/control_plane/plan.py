"""The scheduler's wishes: what a Plan may ask the store to do, one action at a time.

Frozen records. The scheduler makes them, the backend carries them out in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .model import StopCode


@dataclass(frozen=True)
class StartTask:
    service_arn: str
    deployment_id: str
    task_definition_arn: str
    container_instance_arn: str | None
    """None: it waits for an instance of its capacity provider."""
    task_id: str
    capacity_provider: str | None = None


@dataclass(frozen=True)
class StopTask:
    task_arn: str
    reason: str
    stop_code: StopCode = "ServiceSchedulerInitiated"


@dataclass(frozen=True)
class DrainTask:
    """It is to stop, once no load balancer has a connection to it any more."""

    task_arn: str
    reason: str
    stop_code: StopCode = "ServiceSchedulerInitiated"


@dataclass(frozen=True)
class RegisterTargets:
    service_arn: str
    target_group_arn: str
    targets: tuple[tuple[str, int, str], ...]
    """EC2 instance id, port, and the task that answers there."""


@dataclass(frozen=True)
class DeregisterTargets:
    target_group_arn: str
    targets: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class AddEvent:
    service_arn: str
    message: str


@dataclass(frozen=True)
class FinishDeployment:
    """A deployment has settled; COMPLETED also drops the older ones from the service."""

    service_arn: str
    deployment_id: str
    rollout_state: Literal["COMPLETED", "FAILED"]
    reason: str


@dataclass(frozen=True)
class RollBack:
    """An older deployment becomes the primary one again."""

    service_arn: str
    deployment_id: str
    reason: str


@dataclass(frozen=True)
class CountFailedTask:
    """No place was found for a task of a deployment that is in progress."""

    service_arn: str
    deployment_id: str


@dataclass(frozen=True)
class CloseService:
    """A draining service has no task left: it becomes INACTIVE."""

    service_arn: str


@dataclass(frozen=True)
class ChangeTaskSet:
    """A task set's desired count was computed anew, or it has become steady or no longer is."""

    service_arn: str
    task_set_id: str
    computed_desired_count: int
    stability_status: Literal["STABILIZING", "STEADY_STATE"]


@dataclass(frozen=True)
class CloseTaskSet:
    """A draining task set has no task left: it is gone."""

    service_arn: str
    task_set_id: str


Action = (
    StartTask
    | StopTask
    | DrainTask
    | RegisterTargets
    | DeregisterTargets
    | AddEvent
    | FinishDeployment
    | RollBack
    | CountFailedTask
    | CloseService
    | ChangeTaskSet
    | CloseTaskSet
)


@dataclass(frozen=True)
class Plan:
    """The scheduler's wishes, in the order they are to be carried out."""

    actions: tuple[Action, ...] = ()
    look_again_at: datetime | None = None
    """When time alone may call for something: a back-off that ends, a repeated event."""
