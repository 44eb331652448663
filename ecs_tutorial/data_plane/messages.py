"""The messages between an agent and the control plane, as typed dictionaries.

Their shape is that of the Agent Communication Service (aws/amazon-ecs-agent, ecs-agent/acs
and ecs-agent/tcs). Only shapes and the agent's answers are here, no behaviour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict


class PortMapping(TypedDict):
    """A mapping of a range has ``containerPortRange`` alone; the lab publishes none of it."""

    containerPort: NotRequired[int]
    hostPort: NotRequired[int]
    """0: the agent chooses one."""
    protocol: NotRequired[str]


class ContainerDependency(TypedDict):
    containerName: str
    condition: str


class VolumeFrom(TypedDict):
    sourceContainer: str
    readOnly: NotRequired[bool]


class SecretPayload(TypedDict):
    """A variable whose value the agent is to read: of ``ssm`` or ``asm``, in a region."""

    name: str
    valueFrom: str
    region: str
    provider: str


class DockerConfig(TypedDict):
    """``config`` and ``hostConfig`` are JSON texts in the form of Docker's API."""

    config: str
    hostConfig: str
    version: str


class ContainerPayload(TypedDict):
    name: str
    image: str
    cpu: int
    essential: bool
    memory: NotRequired[int | None]
    memoryReservation: NotRequired[int | None]
    command: NotRequired[list[str]]
    entryPoint: NotRequired[list[str]]
    environment: NotRequired[dict[str, str]]
    secrets: NotRequired[list[SecretPayload]]
    portMappings: NotRequired[list[PortMapping]]
    links: NotRequired[list[str]]
    dependsOn: NotRequired[list[ContainerDependency]]
    volumesFrom: NotRequired[list[VolumeFrom]]
    mountPoints: NotRequired[list[dict[str, Any]]]
    overrides: NotRequired[str]
    dockerConfig: NotRequired[DockerConfig]
    startTimeout: NotRequired[int]
    stopTimeout: NotRequired[int]
    healthCheck: NotRequired[dict[str, Any]]


class RoleCredentials(TypedDict):
    """A role of a task; its credentials are the control plane's affair."""

    roleArn: str


class TaskPayload(TypedDict):
    arn: str
    family: str
    version: str
    desiredStatus: str
    """RUNNING, or STOPPED to stop a task sent before."""
    containers: list[ContainerPayload]
    overrides: NotRequired[str]
    volumes: NotRequired[list[dict[str, Any]]]
    roleCredentials: NotRequired[RoleCredentials]
    executionRoleCredentials: NotRequired[RoleCredentials]
    serviceName: NotRequired[str]
    networkMode: NotRequired[str]
    pidMode: NotRequired[str]
    ipcMode: NotRequired[str]


class Payload(TypedDict):
    messageId: str
    clusterArn: str
    containerInstanceArn: str
    seqNum: int
    generatedAt: int
    tasks: list[TaskPayload]


class Message(TypedDict):
    """``{"type": "PayloadMessage", "message": {...}}``"""

    type: str
    message: Mapping[str, Any]


def acknowledgement(
    kind: str, *, cluster: str, container_instance_arn: str, message_id: str
) -> dict[str, Any]:
    """The agent's answer to a message: ``AckRequest`` or ``HeartbeatAckRequest``."""
    return {
        "type": kind,
        "message": {
            "cluster": cluster,
            "containerInstance": container_instance_arn,
            "messageId": message_id,
        },
    }


def health_report(
    *, cluster: str, container_instance_arn: str, task: Mapping[str, Any]
) -> dict[str, Any]:
    """The health of one task's containers."""
    # AWS: goes over a telemetry session of its own; the lab's agent has only one session.
    return {
        "type": "PublishHealthRequest",
        "message": {
            "metadata": {
                "cluster": cluster,
                "containerInstance": container_instance_arn,
                "fin": True,
            },
            "tasks": [task],
        },
    }


def metrics_report(
    *, cluster: str, container_instance_arn: str, tasks: list[dict[str, Any]], simulated: bool
) -> dict[str, Any]:
    """What tasks have taken; ``simulated`` where nothing was measured."""
    # AWS: goes over the telemetry session too, and has no such word as simulated.
    return {
        "type": "PublishMetricsRequest",
        "message": {
            "metadata": {
                "cluster": cluster,
                "containerInstance": container_instance_arn,
                "simulated": simulated,
            },
            "taskMetrics": tasks,
        },
    }
