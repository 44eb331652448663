"""A task and its containers as an agent remembers them.

Records that the task engine changes and that reports and the introspection API are
read from. They decide nothing and call nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ecs_tutorial.data_plane.messages import ContainerPayload, TaskPayload
from ecs_tutorial.data_plane.runtime import Mount, PublishedPort
from ecs_tutorial.data_plane.transitions import (
    REPORTED_AS,
    Condition,
    ContainerState,
    Dependency,
    Status,
    task_status,
)


@dataclass
class AgentContainer:
    payload: ContainerPayload
    state: ContainerState
    is_busy: bool = False
    """A step has been asked of the runtime and its answer is not there yet."""
    docker_name: str = ""
    runtime_id: str | None = None
    image_digest: str | None = None
    reason: str | None = None
    ports: tuple[PublishedPort, ...] = ()

    @property
    def name(self) -> str:
        return self.state.name

    def change(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def report(self, status: str) -> dict[str, Any]:
        """The entry for this container in SubmitTaskStateChange."""
        entry = {
            "containerName": self.name,
            "status": status,
            "runtimeId": self.runtime_id,
            "imageDigest": self.image_digest,
            "exitCode": self.state.exit_code if status == "STOPPED" else None,
            "reason": self.reason,
            "networkBindings": [_binding(port) for port in self.ports] or None,
        }
        return {key: value for key, value in entry.items() if value is not None}


@dataclass
class AgentTask:
    arn: str
    family: str
    version: str
    cluster: str
    containers: dict[str, AgentContainer]
    payload: TaskPayload
    desired_status: str = "RUNNING"
    is_finished: bool = False
    reason: str | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    volumes: dict[str, Mount] = field(default_factory=dict)
    """What the definition's volumes are on this instance, by name; chosen once."""
    secrets: dict[str, str] | None = None
    """The values of its containers' secrets, once they have been read."""
    unsent: list[dict[str, Any]] = field(default_factory=list)
    """Container changes that no report has carried yet."""

    @classmethod
    def of(cls, payload: TaskPayload, cluster: str) -> AgentTask:
        containers = {c["name"]: AgentContainer(c, state_of(c)) for c in payload["containers"]}
        return cls(
            payload["arn"], payload["family"], payload["version"], cluster, containers, payload
        )

    @property
    def states(self) -> Mapping[str, ContainerState]:
        return {name: container.state for name, container in self.containers.items()}

    @property
    def status(self) -> Status:
        return task_status(container.state for container in self.containers.values())

    def stop(self) -> None:
        """Wish for the end of every container; the steps are the engine's."""
        self.desired_status = "STOPPED"
        for container in self.containers.values():
            container.change(desired="STOPPED")

    def take_report(self) -> dict[str, Any]:
        """The parameters of SubmitTaskStateChange for all that is unsent."""
        report = {
            "task": self.arn,
            "status": REPORTED_AS[self.status],
            "reason": self.reason,
            "containers": self.unsent,
            "pullStartedAt": self.pull_started_at,
            "pullStoppedAt": self.pull_stopped_at,
            "executionStoppedAt": self.execution_stopped_at,
        }
        self.unsent = []
        return {key: value for key, value in report.items() if value is not None}

    def health(self, since: datetime) -> dict[str, Any]:
        """The entry for this task in PublishHealthRequest."""
        return {
            "taskArn": self.arn,
            "taskDefinitionFamily": self.family,
            "taskDefinitionVersion": self.version,
            "containers": [
                {"containerName": c.name, "healthStatus": c.state.health, "statusSince": since}
                for c in self.containers.values()
                if c.state.health
            ],
        }

    def introspection(self) -> dict[str, Any]:
        """This task in the form of the introspection API's ``/v1/tasks``."""
        return {
            "Arn": self.arn,
            "DesiredStatus": self.desired_status,
            "KnownStatus": self.status,
            "Family": self.family,
            "Version": self.version,
            "Containers": [_introspected(c) for c in self.containers.values()],
        }


def state_of(container: ContainerPayload) -> ContainerState:
    return ContainerState(
        name=container["name"],
        essential=container.get("essential", True),
        depends_on=dependencies(container),
        health="UNKNOWN" if container.get("healthCheck") else None,
    )


def dependencies(container: ContainerPayload) -> tuple[Dependency, ...]:
    """``dependsOn``, and what ``links`` and ``volumesFrom`` imply, one for each container."""
    explicit = {
        entry["containerName"]: _condition(entry["condition"])
        for entry in container.get("dependsOn") or ()
    }
    linked: dict[str, Condition] = {
        link.split(":")[0]: "START" for link in container.get("links") or ()
    }
    mounted: dict[str, Condition] = {
        volume["sourceContainer"]: "CREATE" for volume in container.get("volumesFrom") or ()
    }
    merged = mounted | linked | explicit
    return tuple(Dependency(name, condition) for name, condition in merged.items())


def _condition(text: str) -> Condition:
    conditions: dict[str, Condition] = {
        "CREATE": "CREATE",
        "COMPLETE": "COMPLETE",
        "SUCCESS": "SUCCESS",
        "HEALTHY": "HEALTHY",
    }
    return conditions.get(text, "START")


def _binding(port: PublishedPort) -> dict[str, Any]:
    return {
        "bindIP": port.host_ip,
        "containerPort": port.container_port,
        "hostPort": port.host_port,
        "protocol": port.protocol,
    }


def _introspected(container: AgentContainer) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "DockerId": container.runtime_id or "",
        "DockerName": container.docker_name,
        "Name": container.name,
    }
    if container.ports:
        entry["Ports"] = [
            {
                "ContainerPort": port.container_port,
                "Protocol": port.protocol,
                "HostPort": port.host_port,
            }
            for port in container.ports
        ]
    return entry
