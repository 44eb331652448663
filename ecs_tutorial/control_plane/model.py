"""The control plane's vocabulary: frozen records named as the ECS API names them.

Every field that ECS answers with carries the API's name in snake_case, so that a
record is also what a response is made of. ``None`` means that the response has no
such key. Nothing here changes a record; the store replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

Json = Mapping[str, Any]
"""A structure as it was given in a request, in the API's own camelCase."""

TaskStatus = Literal["PROVISIONING", "PENDING", "RUNNING", "STOPPED"]
StopCode = Literal[
    "TaskFailedToStart",
    "EssentialContainerExited",
    "UserInitiated",
    "ServiceSchedulerInitiated",
]
Port = tuple[int, str]
"""A host port and its protocol, ``(80, "tcp")``."""


@dataclass(frozen=True)
class Resources:
    """CPU units, MiB of memory and host ports: what an instance has or a task needs."""

    cpu: int = 0
    memory: int = 0
    ports: frozenset[Port] = frozenset()


@dataclass(frozen=True)
class Cluster:
    cluster_arn: str
    cluster_name: str
    status: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"
    settings: tuple[Json, ...] = ()
    configuration: Json | None = None
    capacity_providers: tuple[str, ...] = ()
    default_capacity_provider_strategy: tuple[Json, ...] = ()
    service_connect_defaults: Json | None = None
    statistics: tuple[Json, ...] = ()
    tags: tuple[Json, ...] = ()


@dataclass(frozen=True)
class ContainerInstance:
    """One EC2 instance whose agent has registered.

    ``registered`` is what the agent reported; its ports are those the agent keeps
    for itself. What remains is counted from the tasks, see ``ClusterState.remaining``.
    """

    container_instance_arn: str
    ec2_instance_id: str
    registered: Resources
    attributes: Mapping[str, str | None]
    registered_at: datetime
    status: Literal["ACTIVE", "DRAINING", "INACTIVE"] = "ACTIVE"
    agent_connected: bool = True
    version: int = 1
    version_info: Json | None = None
    tags: tuple[Json, ...] = ()

    @property
    def availability_zone(self) -> str:
        return self.attributes.get("ecs.availability-zone") or ""


def _reserved_memory(container: Json) -> int:
    return int(container.get("memoryReservation") or container.get("memory") or 0)


@dataclass(frozen=True)
class TaskDefinition:
    """A revision of a family, its parts kept as given with the API's defaults filled in."""

    task_definition_arn: str
    family: str
    revision: int
    container_definitions: tuple[Json, ...]
    status: Literal["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"] = "ACTIVE"
    network_mode: str | None = None
    cpu: str | None = None
    memory: str | None = None
    task_role_arn: str | None = None
    execution_role_arn: str | None = None
    volumes: tuple[Json, ...] = ()
    placement_constraints: tuple[Json, ...] = ()
    requires_compatibilities: tuple[str, ...] | None = None
    compatibilities: tuple[str, ...] = ("EXTERNAL", "EC2")
    requires_attributes: tuple[Json, ...] | None = None
    runtime_platform: Json | None = None
    pid_mode: str | None = None
    ipc_mode: str | None = None
    proxy_configuration: Json | None = None
    ephemeral_storage: Json | None = None
    registered_at: datetime | None = None
    registered_by: str | None = None
    deregistered_at: datetime | None = None
    tags: tuple[Json, ...] = ()

    @cached_property
    def needs(self) -> Resources:
        """What one task takes from an instance: CPU, memory, fixed host ports.

        The size of the task counts where it is given, else the sum of its containers.
        """
        containers = self.container_definitions
        return Resources(
            cpu=int(self.cpu or sum(int(c.get("cpu") or 0) for c in containers)),
            memory=int(self.memory or sum(map(_reserved_memory, containers))),
            ports=frozenset(
                (mapping["hostPort"], mapping.get("protocol", "tcp"))
                for c in containers
                for mapping in c.get("portMappings", ())
                if mapping.get("hostPort")
            ),
        )


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
    tags: tuple[Json, ...] = ()

    @property
    def task_id(self) -> str:
        return self.task_arn.rsplit("/", 1)[1]


@dataclass(frozen=True)
class Deployment:
    """One task definition being rolled out for a service; ``id`` is each task's ``startedBy``."""

    id: str
    status: Literal["PRIMARY", "ACTIVE", "INACTIVE"]
    task_definition: str
    desired_count: int
    created_at: datetime
    updated_at: datetime
    failed_tasks: int = 0
    launch_type: str = "EC2"
    rollout_state: Literal["IN_PROGRESS", "COMPLETED", "FAILED"] = "IN_PROGRESS"
    rollout_state_reason: str = ""
    last_failure_at: datetime | None = None
    """When a task of it last stopped without having run; not part of any response."""


@dataclass(frozen=True)
class ServiceEvent:
    id: str
    created_at: datetime
    message: str


@dataclass(frozen=True)
class Service:
    """A service as asked for; its counts are counted from the tasks at each response."""

    service_arn: str
    service_name: str
    cluster_arn: str
    task_definition: str
    desired_count: int
    created_at: datetime
    created_by: str
    status: Literal["ACTIVE", "DRAINING", "INACTIVE"] = "ACTIVE"
    launch_type: str = "EC2"
    scheduling_strategy: Literal["REPLICA", "DAEMON"] = "REPLICA"
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    placement_constraints: tuple[Json, ...] = ()
    placement_strategy: tuple[Json, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    """Newest first; the first is PRIMARY."""
    events: tuple[ServiceEvent, ...] = ()
    """Newest first, at most 100."""
    echoed: Json | None = None
    """Other request members that a response repeats as they were given."""
    tags: tuple[Json, ...] = ()

    @property
    def group(self) -> str:
        return f"service:{self.service_name}"

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]


@dataclass(frozen=True)
class ClusterState:
    """What the scheduler sees: one cluster at one moment.

    ``tasks`` holds those that have not stopped. ``remaining`` gives, by container
    instance ARN, free CPU and memory; its ports are the host ports *taken*, by tasks
    and by the agent. ``tasks_of`` indexes task ARNs by group.
    """

    cluster_arn: str
    instances: Mapping[str, ContainerInstance]
    remaining: Mapping[str, Resources]
    tasks: Mapping[str, Task]
    services: Mapping[str, Service]
    task_definitions: Mapping[str, TaskDefinition]
    tasks_of: Mapping[str, frozenset[str]]
