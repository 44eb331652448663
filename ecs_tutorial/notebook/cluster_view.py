"""What a cluster's picture shows of two responses, as plain records and in words.

Pure: it reads describe_container_instances and describe_tasks and puts each task on the
instance that carries it. Stopped tasks are left out, they take nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecs_tutorial.notebook.instance_resources import reserved, taken_ports, zone_of
from ecs_tutorial.notebook.marks import Mark

Response = Mapping[str, Any]


@dataclass(frozen=True)
class Share:
    """How much of what an instance registered is reserved."""

    reserved: int
    registered: int

    @property
    def free(self) -> int:
        return self.registered - self.reserved

    @property
    def part(self) -> float:
        return self.reserved / self.registered if self.registered else 0.0


@dataclass(frozen=True)
class Container:
    name: str
    status: str
    ports: tuple[str, ...]
    image: str = ""
    reason: str = ""

    @property
    def words(self) -> str:
        return f"{self.name} {', '.join(self.ports)}".strip()


@dataclass(frozen=True)
class Task:
    task_id: str
    definition: str
    status: str
    containers: tuple[Container, ...]
    arn: str = ""
    group: str = ""
    desired: str = "RUNNING"
    reason: str = ""

    @property
    def service(self) -> str:
        """The service that keeps it running; none if somebody ran it alone."""
        return service_of(self.group)

    @property
    def is_running(self) -> bool:
        return self.status == "RUNNING"


@dataclass(frozen=True)
class Instance:
    ec2_instance_id: str
    zone: str
    status: str
    agent_connected: bool
    cpu: Share
    memory: Share
    ports: tuple[str, ...]
    tasks: tuple[Task, ...]

    @property
    def is_available(self) -> bool:
        return self.status == "ACTIVE" and self.agent_connected

    @property
    def state(self) -> str:
        return f"{self.status}, agent {'connected' if self.agent_connected else 'disconnected'}"


def view(container_instances: Response, tasks: Response) -> list[Instance]:
    """The instances by zone and id, each with its tasks by task definition and id."""
    placed: dict[str, list[Task]] = {}
    for task in tasks.get("tasks", ()):
        if task["lastStatus"] != "STOPPED":
            placed.setdefault(task.get("containerInstanceArn", ""), []).append(task_of(task))
    instances = [
        _instance(instance, placed.get(instance["containerInstanceArn"], []))
        for instance in container_instances.get("containerInstances", ())
    ]
    return sorted(instances, key=lambda instance: (instance.zone, instance.ec2_instance_id))


def _instance(instance: Response, tasks: Sequence[Task]) -> Instance:
    return Instance(
        ec2_instance_id=instance.get("ec2InstanceId") or instance["containerInstanceArn"][-8:],
        zone=zone_of(instance),
        status=instance["status"],
        agent_connected=bool(instance.get("agentConnected")),
        cpu=Share(*reserved(instance, "CPU")),
        memory=Share(*reserved(instance, "MEMORY")),
        ports=tuple(taken_ports(instance)),
        tasks=tuple(sorted(tasks, key=lambda task: (task.definition, task.task_id))),
    )


def service_of(group: str) -> str:
    """The service whose tasks bear this group, if it is one's.

    >>> service_of("service:web"), service_of("family:web")
    ('web', '')
    """
    kind, _, name = group.partition(":")
    return name if kind == "service" else ""


def task_of(task: Response) -> Task:
    """One element of describe_tasks' ``tasks``."""
    return Task(
        task_id=task["taskArn"][-8:],
        definition=task["taskDefinitionArn"].rsplit("/", 1)[-1],
        status=task["lastStatus"],
        containers=tuple(_container(container) for container in task.get("containers", ())),
        arn=task["taskArn"],
        group=task.get("group", ""),
        desired=task.get("desiredStatus", "RUNNING"),
        reason=task.get("stoppedReason", ""),
    )


def _container(container: Response) -> Container:
    return Container(
        name=container["name"],
        status=container.get("lastStatus", "PENDING"),
        ports=tuple(
            f"{binding['hostPort']} → {binding['containerPort']}"
            for binding in container.get("networkBindings", ())
        ),
        image=container.get("image", ""),
        reason=_reason(container),
    )


def _reason(container: Response) -> str:
    """Why a container ended, with its exit code if it has one."""
    code = container.get("exitCode")
    said = [f"exit code {code}"] if code is not None else []
    return ", ".join([*said, *filter(None, [container.get("reason")])])


def words(summary: str, instances: Sequence[Instance]) -> str:
    """All that the picture says, line by line."""
    return "\n".join([summary, *(line for i in instances for line in instance_words(i))])


def instance_words(instance: Instance, marks: Mapping[str, Mark] | None = None) -> Iterator[str]:
    """All that is shown of an instance; its tasks with their services' marks if there are any."""
    yield f"{instance.zone}: {instance.ec2_instance_id} ({instance.state})"
    yield f"    CPU units: {_share_words(instance.cpu)}"
    yield f"    memory MiB: {_share_words(instance.memory)}"
    yield f"    host ports taken: {', '.join(instance.ports) or 'none'}"
    for task in instance.tasks:
        mark = (marks or {}).get(task.service)
        kept_by = f", service {mark.letter} {task.service}" if mark else ""
        yield f"    task {task.task_id}, {task.definition}, {task.status}{kept_by}"
        for container in task.containers:
            yield f"        {container.words}, {container.status}"


def _share_words(share: Share) -> str:
    return f"{share.reserved} of {share.registered} reserved, {share.free} free"
