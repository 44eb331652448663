"""Small clusters for the tests of placement and of the scheduler, built from words."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ecs_tutorial.control_plane.model import (
    ClusterState,
    ContainerInstance,
    Deployment,
    Resources,
    Service,
    ServiceEvent,
    Task,
    TaskDefinition,
)

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/Wordpress"
AGENT_PORTS = frozenset({(22, "tcp"), (51678, "tcp")})
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


def rng(seed: str = "test") -> random.Random:
    return random.Random(seed)


def instance_arn(name: str) -> str:
    return CLUSTER.replace(":cluster/", ":container-instance/") + f"/{name}"


def instance(
    name: str,
    zone: str = ZONES[0],
    *,
    cpu: int = 2048,
    memory: int = 4096,
    attributes: Mapping[str, str | None] | None = None,
    **fields: Any,
) -> ContainerInstance:
    return ContainerInstance(
        container_instance_arn=instance_arn(name),
        ec2_instance_id=f"i-{name}",
        registered=Resources(cpu, memory, AGENT_PORTS),
        attributes={"ecs.availability-zone": zone, **(attributes or {})},
        **{"registered_at": NOW, **fields},
    )


def definition(
    cpu: int = 10, memory: int = 500, ports: Iterable[int] = (), revision: int = 1, **fields: Any
) -> TaskDefinition:
    container = {
        "name": "wordpress",
        "image": "wordpress",
        "cpu": cpu,
        "memory": memory,
        "portMappings": [{"containerPort": 80, "hostPort": p, "protocol": "tcp"} for p in ports],
    }
    fields = {"container_definitions": (container,), **fields}
    arn = CLUSTER.replace(":cluster/", ":task-definition/").replace("Wordpress", "wordpress")
    return TaskDefinition(f"{arn}:{revision}", "wordpress", revision, **fields)


def task(name: str, on: str, of: TaskDefinition, group: str = "service:web", **fields: Any) -> Task:
    return Task(
        task_arn=CLUSTER.replace(":cluster/", ":task/") + f"/{name}",
        cluster_arn=CLUSTER,
        task_definition_arn=of.task_definition_arn,
        group=group,
        containers=(),
        cpu=str(of.needs.cpu),
        container_instance_arn=instance_arn(on),
        **{"created_at": NOW, "last_status": "RUNNING", "started_by": "ecs-svc/1", **fields},
    )


def deployment(of: TaskDefinition, number: int = 1, **fields: Any) -> Deployment:
    defaults = {"status": "PRIMARY", "desired_count": 1, "created_at": NOW, "updated_at": NOW}
    return Deployment(
        id=f"ecs-svc/{number}", task_definition=of.task_definition_arn, **{**defaults, **fields}
    )


def service(of: TaskDefinition, desired: int, *deployments: Deployment, **fields: Any) -> Service:
    return Service(
        service_arn=CLUSTER.replace(":cluster/", ":service/") + "/web",
        cluster_arn=CLUSTER,
        task_definition=of.task_definition_arn,
        desired_count=desired,
        created_by="arn:aws:iam::123456789012:root",
        deployments=deployments or (deployment(of),),
        **{"service_name": "web", "created_at": NOW, **fields},
    )


def event(message: str, at: datetime = NOW) -> ServiceEvent:
    return ServiceEvent("00000000-0000-0000-0000-000000000000", at, message)


def cluster(
    instances: Iterable[ContainerInstance] = (),
    tasks: Iterable[Task] = (),
    services: Iterable[Service] = (),
    definitions: Iterable[TaskDefinition] = (),
) -> ClusterState:
    """A snapshot whose derived parts are counted here as the store counts them."""
    instances = {each.container_instance_arn: each for each in instances}
    tasks = {each.task_arn: each for each in tasks}
    known = {each.task_definition_arn: each for each in definitions}
    groups: defaultdict[str, set[str]] = defaultdict(set)
    remaining = {arn: each.registered for arn, each in instances.items()}
    for arn, each in tasks.items():
        groups[each.group].add(arn)
        place = each.container_instance_arn
        if place in remaining:
            needs = known[each.task_definition_arn].needs
            remaining[place] = less(remaining[place], needs)
    return ClusterState(
        cluster_arn=CLUSTER,
        instances=instances,
        remaining=remaining,
        tasks=tasks,
        services={each.service_arn: each for each in services},
        task_definitions=known,
        tasks_of={group: frozenset(arns) for group, arns in groups.items()},
    )


def less(resources: Resources, needs: Resources) -> Resources:
    return replace(
        resources,
        cpu=resources.cpu - needs.cpu,
        memory=resources.memory - needs.memory,
        ports=resources.ports | needs.ports,
    )
