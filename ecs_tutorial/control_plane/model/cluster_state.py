"""One cluster at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .clusters import ContainerInstance
from .resources import Resources
from .services import Service
from .task_definitions import TaskDefinition
from .tasks import Task

if TYPE_CHECKING:
    from ..layout import Layout


MOST_PROVISIONING = 500
"""Tasks of a cluster that may wait for capacity at once (quota of ECS)."""


@dataclass(frozen=True)
class RegisteredTarget:
    """An instance's port in a target group, as a load balancer's health checks find it."""

    state: str
    task_arn: str | None = None
    service_arn: str | None = None
    """Who had it registered for that task."""
    description: str | None = None


@dataclass(frozen=True)
class ClusterState:
    """What the scheduler sees: one cluster at one moment.

    ``tasks`` holds those that have not stopped. ``remaining`` gives, by container
    instance ARN, free CPU and memory; its ports are the host ports *taken*, by tasks
    and by the agent. ``tasks_of`` indexes task ARNs by group, ``targets`` holds what is
    registered by target group ARN, EC2 instance id and port; ``target_groups`` names all that
    there are. ``managed_providers`` names the capacity providers whose groups grow for tasks
    that wait.
    """

    cluster_arn: str
    instances: Mapping[str, ContainerInstance]
    remaining: Mapping[str, Resources]
    tasks: Mapping[str, Task]
    services: Mapping[str, Service]
    task_definitions: Mapping[str, TaskDefinition]
    tasks_of: Mapping[str, AbstractSet[str]]
    targets: Mapping[tuple[str, str, int], RegisteredTarget] = field(default_factory=dict)
    target_groups: frozenset[str] = frozenset()
    layout: Layout | None = None
    """What was counted of these instances and tasks before, if somebody keeps it."""
    managed_providers: frozenset[str] = frozenset()
    provisioning_left: int = MOST_PROVISIONING
    """How many more tasks may wait for capacity."""
