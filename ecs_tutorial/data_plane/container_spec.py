"""How a task definition's container becomes a container of the runtime.

Names, labels, environment, ports and links as aws/amazon-ecs-agent sets them
(agent/api/task/task.go). Pure but for the generator that ends a name.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from ecs_tutorial.data_plane import secrets
from ecs_tutorial.data_plane.agent_task import AgentContainer, AgentTask
from ecs_tutorial.data_plane.messages import ContainerPayload, PortMapping
from ecs_tutorial.data_plane.runtime import ContainerSpec, Mount, PublishedPort

METADATA_ADDRESS = "http://169.254.170.2"
MINIMUM_CPU_SHARES = 2
SAID_OTHERWISE = frozenset({"Hostname", "User", "WorkingDir", "Labels", "Healthcheck"})
"""Settings of ``dockerConfig.config`` that have a field of their own in a container's spec."""


def docker_name(task: AgentTask, container: str, rng: random.Random) -> str:
    """``ecs-FAMILY-REVISION-CONTAINER-`` and twenty hex digits."""
    plain = re.sub(r"[^A-Za-z0-9-]", "", container)
    return f"ecs-{task.family}-{task.version}-{plain}-{rng.getrandbits(80):020x}"


def published_ports(
    mappings: list[PortMapping], dynamic_port: Callable[[str], int]
) -> tuple[PublishedPort, ...]:
    """The mappings with a host port chosen wherever the definition leaves it open."""
    # AWS: publishes a containerPortRange too, on a range of host ports; the lab passes it over.
    return tuple(
        PublishedPort(port, m.get("hostPort") or dynamic_port(protocol), protocol)
        for m in mappings
        if (port := m.get("containerPort"))
        for protocol in [m.get("protocol") or "tcp"]
    )


def container_spec(task: AgentTask, container: AgentContainer, region: str) -> ContainerSpec:
    """What the runtime is asked for; the container's ports must have been chosen."""
    payload = container.payload
    docker = docker_options(payload, "config")
    return ContainerSpec(
        name=container.docker_name,
        image=payload["image"],
        command=tuple(payload.get("command") or ()),
        entry_point=tuple(payload.get("entryPoint") or ()),
        environment=environment(payload, task, region),
        cpu=max(payload.get("cpu") or 0, MINIMUM_CPU_SHARES),
        memory=payload.get("memory") or None,
        memory_reservation=payload.get("memoryReservation"),
        ports=container.ports,
        links=links(payload, task),
        labels=labels(payload, task, docker.get("Labels") or {}),
        hostname=docker.get("Hostname"),
        user=docker.get("User"),
        working_directory=docker.get("WorkingDir"),
        mounts=tuple(mounts(payload, task)),
        volumes_from=tuple(volumes_from(payload, task)),
        health_check=payload.get("healthCheck"),
        config={name: value for name, value in docker.items() if name not in SAID_OTHERWISE},
        host_config=docker_options(payload, "hostConfig") | namespaces(task),
    )


def namespaces(task: AgentTask) -> dict[str, str]:
    """Whose network, processes and memory a container sees: set once for the whole task."""
    modes = {
        "NetworkMode": task.payload.get("networkMode"),
        "PidMode": task.payload.get("pidMode"),
        "IpcMode": task.payload.get("ipcMode"),
    }
    return {name: mode for name, mode in modes.items() if mode and mode != "bridge"}


def docker_options(
    payload: ContainerPayload, part: Literal["config", "hostConfig"]
) -> dict[str, Any]:
    """A part of the payload's ``dockerConfig``, JSON in the form of Docker's API."""
    config = payload.get("dockerConfig")
    options: dict[str, Any] = json.loads(config[part] or "{}") if config else {}
    return options


def volumes(task: AgentTask, rng: random.Random) -> dict[str, Mount]:
    """The definition's volumes by name: one of the task's own if it names no folder of the host."""
    return {
        volume["name"]: _volume(task, volume, rng)
        for volume in task.payload.get("volumes") or ()
        if volume.get("name")
    }


def _volume(task: AgentTask, volume: Mapping[str, Any], rng: random.Random) -> Mount:
    if path := (volume.get("host") or {}).get("sourcePath"):
        return Mount(path, "", is_host_path=True)
    docker = volume.get("dockerVolumeConfiguration") or {}
    if docker.get("scope") == "shared":
        return Mount(volume["name"], "", outlives_task=True)
    plain = re.sub(r"[^A-Za-z0-9-]", "", volume["name"])
    return Mount(f"ecs-{task.family}-{task.version}-{plain}-{rng.getrandbits(80):020x}", "")


def mounts(payload: ContainerPayload, task: AgentTask) -> Iterator[Mount]:
    for point in payload.get("mountPoints") or ():
        path = point.get("containerPath")
        if path and (volume := task.volumes.get(point.get("sourceVolume") or "")):
            yield replace(volume, target=path, is_read_only=bool(point.get("readOnly")))


def volumes_from(payload: ContainerPayload, task: AgentTask) -> Iterator[str]:
    for volume in payload.get("volumesFrom") or ():
        if runtime_id := task.containers[volume["sourceContainer"]].runtime_id:
            yield f"{runtime_id}:ro" if volume.get("readOnly") else runtime_id


def environment(payload: ContainerPayload, task: AgentTask, region: str) -> dict[str, str]:
    address = f"{METADATA_ADDRESS}/v4/{task.arn.rsplit('/', 1)[1]}-{payload['name']}"
    given = payload.get("environment") or {}
    regions = {"AWS_DEFAULT_REGION": region, "AWS_REGION": region}
    return {
        **regions,
        **given,
        **secrets.environment(payload, task.secrets or {}),
        **task_role(task),
        # AWS: the address ends in an id of the endpoint's own; nothing answers there in the lab.
        "ECS_AGENT_URI": address.replace("/v4/", "/api/"),
        "ECS_CONTAINER_METADATA_URI": address.replace("/v4/", "/v3/"),
        "ECS_CONTAINER_METADATA_URI_V4": address,
    }


def task_role(task: AgentTask) -> dict[str, str]:
    """Where a program in the task would ask for the credentials of the task's role."""
    if "roleCredentials" not in task.payload:
        return {}
    # AWS: the path ends in an id of the credentials' own, and credentials are answered there.
    task_id = task.arn.rsplit("/", 1)[1]
    return {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": f"/v2/credentials/{task_id}"}


def labels(payload: ContainerPayload, task: AgentTask, given: Mapping[str, str]) -> dict[str, str]:
    return {
        **given,
        "com.amazonaws.ecs.cluster": task.cluster,
        "com.amazonaws.ecs.container-name": payload["name"],
        "com.amazonaws.ecs.task-arn": task.arn,
        "com.amazonaws.ecs.task-definition-family": task.family,
        "com.amazonaws.ecs.task-definition-version": task.version,
    }


def links(payload: ContainerPayload, task: AgentTask) -> dict[str, str]:
    """Alias to runtime id; ``db`` alone is its own alias."""
    named = [link.partition(":") for link in payload.get("links") or ()]
    return {alias or name: task.containers[name].runtime_id or "" for name, _, alias in named}
