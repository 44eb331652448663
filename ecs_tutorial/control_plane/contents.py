"""What is in the lab, counted by kind in all accounts and regions; it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass
from typing import Any, cast

from moto.ecr.models import ecr_backends

from . import ecs_api
from .ecs_backend import EcsBackend
from .task_records import needs_of


@dataclass(frozen=True)
class Contents:
    """How many of each kind there are in the lab now."""

    repositories: int = 0
    clusters: int = 0
    instances: int = 0
    """EC2 instances that are not terminated."""
    container_instances: int = 0
    task_definitions: int = 0
    """ACTIVE revisions."""
    services: int = 0
    tasks: int = 0
    """Tasks that have not stopped."""


def contents(instances: int) -> Contents:
    """Count what ECS and ECR hold; how many instances EC2 has is told."""
    stores = [store for backend in ecs_backends() for store in backend.stores.values()]
    definitions = [d for backend in ecs_backends() for d in backend.definitions.values()]
    return Contents(
        repositories=_count(ecr_backends, lambda backend: backend.repositories),
        clusters=sum(store.cluster.status == "ACTIVE" for store in stores),
        instances=instances,
        container_instances=sum(len(store.instances) for store in stores),
        task_definitions=sum(each.status == "ACTIVE" for each in definitions),
        services=sum(s.status != "INACTIVE" for st in stores for s in st.services.values()),
        tasks=sum(len(store.live) for store in stores),
    )


def memory_of_instances() -> int:
    """The MiB that all container instances together offer to tasks."""
    stores = (store for backend in ecs_backends() for store in backend.stores.values())
    return sum(each.registered.memory for store in stores for each in store.instances.values())


def memory_of_tasks() -> int:
    """The MiB that all tasks which have not stopped may take, also before they have started."""
    return sum(
        needs_of(backend.definitions[task.task_definition_arn], task.overrides).memory
        for backend in ecs_backends()
        for store in backend.stores.values()
        for task in store.live.values()
    )


def ecs_backends() -> list[EcsBackend]:
    """The ECS stores that exist so far; asking makes no new one."""
    return [cast(EcsBackend, each) for _, _, each in ecs_api.ecs_backends.iter_backends()]


def _count(backends: Any, held: Callable[[Any], Sized]) -> int:
    return sum(len(held(backend)) for _, _, backend in backends.iter_backends())
