"""What is in the lab, counted by kind in all accounts and regions; it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass, replace
from typing import Any, cast

from moto.ecr.models import ecr_backends

from . import ecs_api
from .deployments import task_ceiling
from .ecs_backend import EcsBackend
from .model import Service, Task
from .store import ClusterStore
from .task_records import most_memory
from .task_sets import seen_alone, wanted_of


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
    """The MiB that all tasks may take: those that have not stopped and those still to come."""
    stores = (store for backend in ecs_backends() for store in backend.stores.values())
    return sum(_may_take(store) for store in stores)


def _may_take(store: ClusterStore) -> int:
    services = [each for each in store.services.values() if each.status == "ACTIVE"]
    theirs = {each.group for each in services}
    alone = [task for task in store.live.values() if task.group not in theirs]
    return sum(_memory(alone, store)) + sum(_of_service(each, store) for each in services)


def _of_service(service: Service, store: ClusterStore) -> int:
    if not service.is_external:
        return _of_deployments(service, store)
    wanted = (
        replace(each, computed_desired_count=wanted_of(service, each)) for each in service.task_sets
    )
    return sum(_of_deployments(seen_alone(service, each), store) for each in wanted)


def _of_deployments(service: Service, store: ClusterStore) -> int:
    """Its tasks as it wants them, and as many older ones as a deployment lets stay beside them."""
    newest, wanted = service.deployments[0], store.definitions[service.task_definition]
    tasks = store.tasks_of(service.group)
    if service.as_task_set:
        tasks = [task for task in tasks if task.started_by == newest.id]
    older = _memory((task for task in tasks if task.started_by != newest.id), store)
    beside = max(task_ceiling(service) - service.desired_count, 0)
    return service.desired_count * most_memory(wanted) + sum(sorted(older, reverse=True)[:beside])


def _memory(tasks: Iterable[Task], store: ClusterStore) -> list[int]:
    return [most_memory(store.definitions[t.task_definition_arn], t.overrides) for t in tasks]


def ecs_backends() -> list[EcsBackend]:
    """The ECS stores that exist so far; asking makes no new one."""
    return [cast(EcsBackend, each) for _, _, each in ecs_api.ecs_backends.iter_backends()]


def _count(backends: Any, held: Callable[[Any], Sized]) -> int:
    return sum(len(held(backend)) for _, _, backend in backends.iter_backends())
