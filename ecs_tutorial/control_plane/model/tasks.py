"""Tasks and their containers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .resources import Json

TaskStatus = Literal["PROVISIONING", "PENDING", "RUNNING", "DEACTIVATING", "STOPPING", "STOPPED"]
StopCode = Literal[
    "TaskFailedToStart",
    "EssentialContainerExited",
    "UserInitiated",
    "ServiceSchedulerInitiated",
]


@dataclass(frozen=True)
class NetworkBinding:
    bind_ip: str
    container_port: int
    host_port: int
    protocol: str = "tcp"


@dataclass(frozen=True)
class Container:
    container_arn: str
    task_arn: str
    name: str
    image: str
    cpu: str
    last_status: str = "PENDING"
    memory: str | None = None
    memory_reservation: str | None = None
    runtime_id: str | None = None
    image_digest: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    health_status: str = "UNKNOWN"
    network_bindings: tuple[NetworkBinding, ...] | None = None
    network_interfaces: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Task:
    task_arn: str
    cluster_arn: str
    task_definition_arn: str
    group: str
    containers: tuple[Container, ...]
    created_at: datetime
    cpu: str
    memory: str | None = None
    container_instance_arn: str | None = None
    availability_zone: str | None = None
    desired_status: Literal["RUNNING", "STOPPED"] = "RUNNING"
    last_status: TaskStatus = "PENDING"
    launch_type: str = "EC2"
    capacity_provider_name: str | None = None
    started_by: str | None = None
    health_status: str = "UNKNOWN"
    connectivity: str | None = None
    connectivity_at: datetime | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_code: StopCode | None = None
    stopped_reason: str | None = None
    version: int = 1
    overrides: Json | None = None
    attributes: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    enable_execute_command: bool = False
    protected_until: datetime | None = None
    """Until when no scale-in and no deployment stops it; not part of any response."""
    tags: tuple[Json, ...] = ()

    @property
    def task_id(self) -> str:
        return self.task_arn.rsplit("/", 1)[1]

    def is_protected(self, now: datetime) -> bool:
        return self.protected_until is not None and self.protected_until > now
