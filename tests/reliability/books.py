"""The lab's books: what must add up whatever was asked of it, read through the API alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config

from ecs_tutorial.observer import OBSERVER

SIZES = {"CPU": "cpu", "MEMORY": "memory"}
ON_THE_WAY = ("PROVISIONING", "PENDING")


@dataclass
class Cluster:
    """Everything in one cluster, as its Describe operations tell."""

    record: dict[str, Any]
    instances: dict[str, dict[str, Any]]
    tasks: list[dict[str, Any]]
    services: list[dict[str, Any]]

    @property
    def live(self) -> list[dict[str, Any]]:
        return [task for task in self.tasks if task["lastStatus"] != "STOPPED"]


@dataclass
class Books:
    """Looks at all clusters and names what does not add up."""

    ecs: Any
    services: set[tuple[str, str]] = field(default_factory=set)
    """Cluster and ARN of each service that was ever listed: draining ones are no more."""
    _needs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, lab: Any) -> Books:
        """Books read by an observer, for whom time stands still."""
        return cls(lab._session.client("ecs", config=Config(user_agent_extra=OBSERVER)))

    def objections(self) -> list[str]:
        return [found for cluster in self.clusters() for found in self._of(cluster)]

    def clusters(self) -> list[Cluster]:
        arns = self._listed("list_clusters", "clusterArns")
        return [self.cluster(arn) for arn in arns]

    def cluster(self, arn: str) -> Cluster:
        record = self.ecs.describe_clusters(clusters=[arn])["clusters"][0]
        self.services |= {
            (arn, each) for each in self._listed("list_services", "serviceArns", cluster=arn)
        }
        services = sorted(service for cluster, service in self.services if cluster == arn)
        return Cluster(
            record,
            {
                each["containerInstanceArn"]: each
                for each in self._described(
                    "describe_container_instances",
                    "containerInstances",
                    self._listed("list_container_instances", "containerInstanceArns", cluster=arn),
                    cluster=arn,
                )
            },
            self._described(
                "describe_tasks",
                "tasks",
                [
                    task
                    for status in ("RUNNING", "STOPPED")
                    for task in self._listed(
                        "list_tasks", "taskArns", cluster=arn, desiredStatus=status
                    )
                ],
                cluster=arn,
            ),
            self._described("describe_services", "services", services, 10, cluster=arn),
        )

    def _listed(self, operation: str, key: str, **request: Any) -> list[str]:
        pages = self.ecs.get_paginator(operation).paginate(**request)
        return [arn for page in pages for arn in page[key]]

    def _described(
        self, operation: str, key: str, arns: list[str], most: int = 100, **request: Any
    ) -> list[dict[str, Any]]:
        describe = getattr(self.ecs, operation)
        parts = (arns[at : at + most] for at in range(0, len(arns), most))
        return [found for part in parts for found in describe(**{key: part}, **request)[key]]

    # --- what must add up -------------------------------------------------------

    def _of(self, cluster: Cluster) -> Iterator[str]:
        yield from _counts(cluster)
        yield from _tasks(cluster)
        for arn, instance in cluster.instances.items():
            tasks = [task for task in cluster.live if task.get("containerInstanceArn") == arn]
            yield from self._room(instance, tasks)

    def _room(self, instance: dict[str, Any], tasks: list[dict[str, Any]]) -> Iterator[str]:
        where = instance["containerInstanceArn"]
        registered = _by_name(instance["registeredResources"])
        remaining = _by_name(instance["remainingResources"])
        for name, size in SIZES.items():
            left = registered[name] - sum(self._takes(task, size) for task in tasks)
            if remaining[name] != left:
                yield f"{where} says {remaining[name]} {name} are left, counted are {left}"
            if left < 0:
                yield f"{where} gave more {name} than it has: {left}"
        for protocol, name in (("tcp", "PORTS"), ("udp", "PORTS_UDP")):
            given = Counter(port for task in tasks for port in self._ports(task, protocol))
            own = Counter({str(port): 1 for port in registered[name]})
            twice = sorted(port for port, times in (given + own).items() if times > 1)
            if twice:
                yield f"{where} gave {protocol} ports twice: {twice}"
            held = {p for task in tasks for p in _reported(task, protocol)} | set(given) | set(own)
            if held != set(remaining[name]):
                yield f"{where} shows {name} {sorted(remaining[name])}, taken are {sorted(held)}"

    def _takes(self, task: dict[str, Any], size: str) -> int:
        definition = self._definition(task)
        if definition.get(size):
            return int(definition[size])
        overrides = {
            each["name"]: each for each in task.get("overrides", {}).get("containerOverrides", ())
        }
        containers = (
            {**each, **overrides.get(each["name"], {})}
            for each in definition["containerDefinitions"]
        )
        if size == "memory":
            return sum(c.get("memoryReservation") or c.get("memory") or 0 for c in containers)
        return sum(each.get("cpu") or 0 for each in containers)

    def _ports(self, task: dict[str, Any], protocol: str) -> set[str]:
        """The host ports that the definition itself names."""
        mappings = (
            m for c in self._definition(task)["containerDefinitions"] for m in c["portMappings"]
        )
        return {
            str(m["hostPort"])
            for m in mappings
            if m.get("hostPort") and m.get("protocol", "tcp") == protocol
        }

    def _definition(self, task: dict[str, Any]) -> dict[str, Any]:
        arn = task["taskDefinitionArn"]
        if arn not in self._needs:
            found = self.ecs.describe_task_definition(taskDefinition=arn)
            self._needs[arn] = found["taskDefinition"]
        return self._needs[arn]


def _by_name(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["name"]: each.get("stringSetValue", each["integerValue"]) for each in resources}


def _reported(task: dict[str, Any], protocol: str) -> set[str]:
    return {
        str(binding["hostPort"])
        for container in task["containers"]
        for binding in container.get("networkBindings", ())
        if binding["protocol"] == protocol
    }


def counted(tasks: list[dict[str, Any]]) -> tuple[int, int]:
    """How many are RUNNING, and how many on their way there."""
    states = Counter(task["lastStatus"] for task in tasks)
    return states["RUNNING"], sum(states[each] for each in ON_THE_WAY)


def _counts(cluster: Cluster) -> Iterator[str]:
    record = cluster.record
    said = (record["runningTasksCount"], record["pendingTasksCount"])
    yield from _differ(record["clusterArn"], said, counted(cluster.tasks))
    there = record["registeredContainerInstancesCount"], len(cluster.instances)
    active = sum(service["status"] == "ACTIVE" for service in cluster.services)
    yield from _differ(f"instances of {record['clusterArn']}", *there)
    yield from _differ(f"services of {record['clusterArn']}", record["activeServicesCount"], active)
    for instance in cluster.instances.values():
        where = instance["containerInstanceArn"]
        on_it = [task for task in cluster.tasks if task.get("containerInstanceArn") == where]
        said = (instance["runningTasksCount"], instance["pendingTasksCount"])
        yield from _differ(where, said, counted(on_it))
    for service in cluster.services:
        own = [t for t in cluster.tasks if t["group"] == f"service:{service['serviceName']}"]
        yield from _differ(service["serviceArn"], _said(service), counted(own))
        for each in (*service["deployments"], *service.get("taskSets", ())):
            started = [task for task in own if task.get("startedBy") == each["id"]]
            yield from _differ(each["id"], _said(each), counted(started))


def _said(record: dict[str, Any]) -> tuple[int, int]:
    return record["runningCount"], record["pendingCount"]


def _differ(what: str, said: Any, found: Any) -> Iterator[str]:
    if said != found:
        yield f"{what} says {said}, counted are {found}"


def _tasks(cluster: Cluster) -> Iterator[str]:
    for task in cluster.tasks:
        where, arn = task.get("containerInstanceArn"), task["taskArn"]
        if task["lastStatus"] == "STOPPED":
            if not task.get("stoppedReason") or not task.get("stoppedAt"):
                yield f"{arn} has stopped, and nobody says when or why"
        elif where is None and task["lastStatus"] != "PROVISIONING":
            yield f"{arn} is {task['lastStatus']} on no instance"
        elif where is not None and where not in cluster.instances:
            yield f"{arn} is {task['lastStatus']} on {where}, which is not there"
