"""One look at a cluster: what ECS answers about its instances, tasks and services.

It only reads, and says so in its client's User-Agent: a lab's time stands still for it.
It draws nothing and keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ecs_tutorial.observer import OBSERVER

Record = dict[str, Any]
A_HUNDRED, TEN = 100, 10
"""How many resources ECS lists or describes in one call; services are described by ten."""


@dataclass(frozen=True)
class Look:
    """The records of one look, as ECS gave them."""

    cluster: str
    container_instances: list[Record] = field(default_factory=list)
    tasks: list[Record] = field(default_factory=list)
    """Those that ECS still knows, stopped ones included."""
    services: list[Record] = field(default_factory=list)


def watching_client() -> Any:
    """A client of ECS by whose reads nothing in a lab moves."""
    import boto3
    from botocore.config import Config

    return boto3.client("ecs", config=Config(user_agent_extra=OBSERVER))


def look(ecs: Any, cluster: str) -> Look:
    """Ask once for everything: seven calls for a hundred instances, tasks and ten services."""
    return Look(cluster, _instances(ecs, cluster), _tasks(ecs, cluster), _services(ecs, cluster))


def look_at_service(ecs: Any, cluster: str, service: str) -> Look:
    """Ask once for a service and its tasks."""
    described = ecs.describe_services(cluster=cluster, services=[service])["services"]
    return Look(cluster, tasks=_tasks(ecs, cluster, serviceName=service), services=described)


def _instances(ecs: Any, cluster: str) -> list[Record]:
    arns = _listed(ecs, "list_container_instances", "containerInstanceArns", cluster=cluster)

    def describe(some: Sequence[str]) -> list[Record]:
        answer = ecs.describe_container_instances(cluster=cluster, containerInstances=some)
        return list(answer["containerInstances"])

    return _described(arns, A_HUNDRED, describe)


def _tasks(ecs: Any, cluster: str, **of: str) -> list[Record]:
    def listed(desired: str) -> list[str]:
        return _listed(ecs, "list_tasks", "taskArns", cluster=cluster, desiredStatus=desired, **of)

    arns = [*listed("RUNNING"), *listed("STOPPED")]

    def describe(some: Sequence[str]) -> list[Record]:
        return list(ecs.describe_tasks(cluster=cluster, tasks=some)["tasks"])

    # A task may have been told to stop between the two lists.
    return _described(list(dict.fromkeys(arns)), A_HUNDRED, describe)


def _services(ecs: Any, cluster: str) -> list[Record]:
    arns = _listed(ecs, "list_services", "serviceArns", cluster=cluster)

    def describe(some: Sequence[str]) -> list[Record]:
        found = ecs.describe_services(cluster=cluster, services=some)["services"]
        return [service for service in found if service["status"] != "INACTIVE"]

    return _described(arns, TEN, describe)


def _listed(ecs: Any, operation: str, member: str, **request: Any) -> list[str]:
    pages = ecs.get_paginator(operation).paginate(
        **request, PaginationConfig={"PageSize": A_HUNDRED}
    )
    return [arn for page in pages for arn in page[member]]


def _described(
    arns: Sequence[str], most: int, describe: Callable[[Sequence[str]], list[Record]]
) -> list[Record]:
    return [record for some in _batches(arns, most) for record in describe(some)]


def _batches(arns: Sequence[str], most: int) -> Iterator[list[str]]:
    rest = iter(arns)
    while batch := list(islice(rest, most)):
        yield batch
