"""One look at a cluster: what ECS answers about its instances, tasks and services.

It only reads, and says so in its client's User-Agent: a lab's time stands still for it.
What was asked once and cannot change any more, a stopped task, is not asked again.
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


class Watcher:
    """Looks at one cluster again and again.

    Args:
        ecs: an ECS client.
        cluster: the cluster's name or ARN.
    """

    def __init__(self, ecs: Any, cluster: str) -> None:
        self._ecs = ecs
        self._cluster = cluster
        self._ended: dict[str, Record] = {}

    def look(self) -> Look:
        """Ask once for everything: seven calls for a hundred instances, tasks and ten services."""
        return Look(self._cluster, self._instances(), self._tasks(), self._services())

    def look_at(self, service: str) -> Look:
        """Ask once for a service and its tasks."""
        described = self._ecs.describe_services(cluster=self._cluster, services=[service])
        tasks = self._tasks(serviceName=service)
        return Look(self._cluster, tasks=tasks, services=described["services"])

    def _instances(self) -> list[Record]:
        def describe(some: Sequence[str]) -> list[Record]:
            answer = self._ecs.describe_container_instances(
                cluster=self._cluster, containerInstances=some
            )
            return list(answer["containerInstances"])

        arns = self._listed("list_container_instances", "containerInstanceArns")
        return _described(arns, A_HUNDRED, describe)

    def _tasks(self, **of: str) -> list[Record]:
        def describe(some: Sequence[str]) -> list[Record]:
            return list(self._ecs.describe_tasks(cluster=self._cluster, tasks=some)["tasks"])

        # A task may be told to stop between the two lists, and then is in both.
        wanted, unwanted = (
            self._listed("list_tasks", "taskArns", desiredStatus=desired, **of)
            for desired in ("RUNNING", "STOPPED")
        )
        arns = list(dict.fromkeys([*wanted, *unwanted]))
        open_ones = [arn for arn in arns if arn not in self._ended]
        ended = [self._ended[arn] for arn in arns if arn in self._ended]
        tasks = [*_described(open_ones, A_HUNDRED, describe), *ended]
        self._ended = {t["taskArn"]: t for t in tasks if t["lastStatus"] == "STOPPED"}
        return tasks

    def _services(self) -> list[Record]:
        def describe(some: Sequence[str]) -> list[Record]:
            found = self._ecs.describe_services(cluster=self._cluster, services=some)["services"]
            return [service for service in found if service["status"] != "INACTIVE"]

        return _described(self._listed("list_services", "serviceArns"), TEN, describe)

    def _listed(self, operation: str, member: str, **of: str) -> list[str]:
        pages = self._ecs.get_paginator(operation).paginate(
            cluster=self._cluster, **of, PaginationConfig={"PageSize": A_HUNDRED}
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
