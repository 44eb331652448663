"""One cluster at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .clusters import ContainerInstance
from .resources import Resources
from .services import Service
from .task_definitions import TaskDefinition
from .tasks import Task


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
