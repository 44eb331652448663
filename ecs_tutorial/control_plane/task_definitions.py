"""RegisterTaskDefinition: what was asked for, checked, becomes a revision of a family.

Fills in what ECS itself fills in and keeps everything else as it was given. The rules
are in ``task_definition_rules``. Knows neither the store, which numbers revisions, nor
what a task does with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ecs_tutorial.control_plane.errors import client_exception
from ecs_tutorial.control_plane.model import Json, TaskDefinition
from ecs_tutorial.control_plane.task_definition_rules import fits_fargate, objections

CONTAINER_DEFAULTS: Mapping[str, Any] = {
    "cpu": 0,
    "portMappings": (),
    "essential": True,
    "environment": (),
    "mountPoints": (),
    "volumesFrom": (),
    "systemControls": (),
}
HEALTH_CHECK_DEFAULTS: Mapping[str, Any] = {"interval": 30, "timeout": 5, "retries": 3}
VCPU = re.compile(r"(\d*\.?\d+)\s*vcpu", re.IGNORECASE)
GIGABYTES = re.compile(r"(\d*\.?\d+)\s*gb", re.IGNORECASE)

ATTRIBUTE_OF_SETTING: Mapping[str, str] = {
    "privileged": "com.amazonaws.ecs.capability.privileged-container",
    "healthCheck": "ecs.capability.container-health-check",
    "dependsOn": "ecs.capability.container-ordering",
    "environmentFiles": "ecs.capability.env-files.s3",
    "memoryReservation": "com.amazonaws.ecs.capability.docker-remote-api.1.21",
}
ATTRIBUTE_OF_TASK_SETTING: Mapping[str, str] = {
    "taskRoleArn": "com.amazonaws.ecs.capability.task-iam-role",
    "pidMode": "ecs.capability.pid-ipc-namespace-sharing",
    "ipcMode": "ecs.capability.pid-ipc-namespace-sharing",
}


def register(
    params: Json, revision: int, arn: str, now: datetime, registered_by: str
) -> TaskDefinition:
    """The revision that ``params`` asks for, or a ClientException in AWS's words."""
    task = fill_in(params)
    for objection in objections(task):
        raise client_exception(objection)
    return TaskDefinition(
        task_definition_arn=arn,
        family=task["family"],
        revision=revision,
        container_definitions=tuple(task["containerDefinitions"]),
        network_mode=task.get("networkMode"),
        cpu=task.get("cpu"),
        memory=task.get("memory"),
        task_role_arn=task.get("taskRoleArn"),
        execution_role_arn=task.get("executionRoleArn"),
        volumes=tuple(task["volumes"]),
        placement_constraints=tuple(task.get("placementConstraints") or ()),
        requires_compatibilities=_requires_compatibilities(task),
        compatibilities=compatibilities(task),
        requires_attributes=requires_attributes(task),
        runtime_platform=task.get("runtimePlatform"),
        pid_mode=task.get("pidMode"),
        ipc_mode=task.get("ipcMode"),
        proxy_configuration=task.get("proxyConfiguration"),
        ephemeral_storage=task.get("ephemeralStorage"),
        registered_at=now,
        registered_by=registered_by,
        tags=tuple(task.get("tags") or ()),
    )


def fill_in(params: Json) -> dict[str, Any]:
    """The request with ECS's defaults; the request itself stays as it is."""
    mode = params.get("networkMode")
    containers = [_container(given, mode) for given in params.get("containerDefinitions") or ()]
    task = {**params, "containerDefinitions": containers}
    task["volumes"] = [_volume(volume) for volume in params.get("volumes") or ()]
    if params.get("cpu") is not None:
        task["cpu"] = in_cpu_units(str(params["cpu"]))
    if params.get("memory") is not None:
        task["memory"] = in_mebibytes(str(params["memory"]))
    return task


def _container(given: Json, network_mode: str | None) -> dict[str, Any]:
    empty = {name: [] if value == () else value for name, value in CONTAINER_DEFAULTS.items()}
    container = {**empty, **given}
    container["portMappings"] = [
        _port_mapping(mapping, network_mode) for mapping in given.get("portMappings") or ()
    ]
    if given.get("healthCheck"):
        container["healthCheck"] = {**HEALTH_CHECK_DEFAULTS, **given["healthCheck"]}
    return container


def _port_mapping(given: Json, network_mode: str | None) -> dict[str, Any]:
    """Port 0 asks for a port of the agent's choice; only bridge mode maps ports at all."""
    mapping = {"protocol": "tcp", **given}
    if "containerPort" in given and "hostPort" not in given:
        maps = network_mode not in ("host", "awsvpc")
        mapping["hostPort"] = 0 if maps else given["containerPort"]
    return mapping


def _volume(given: Json) -> dict[str, Any]:
    # AWS: that a volume with only a name is answered with an empty host is not confirmed.
    return {**given, "host": {}} if set(given) == {"name"} else dict(given)


def in_cpu_units(cpu: str) -> str:
    """A task's CPU in units; vCPUs are converted when the definition is registered.

    >>> in_cpu_units("1 vCPU"), in_cpu_units("0.5vcpu"), in_cpu_units("256")
    ('1024', '512', '256')
    """
    vcpus = VCPU.fullmatch(cpu.strip())
    return str(int(float(vcpus[1]) * 1024)) if vcpus else cpu


def in_mebibytes(memory: str) -> str:
    """A task's memory in MiB; gigabytes are converted when the definition is registered.

    >>> in_mebibytes("1 GB"), in_mebibytes("0.5GB"), in_mebibytes("512")
    ('1024', '512', '512')
    """
    gigabytes = GIGABYTES.fullmatch(memory.strip())
    return str(int(float(gigabytes[1]) * 1024)) if gigabytes else memory


def _requires_compatibilities(task: Json) -> tuple[str, ...] | None:
    given = task.get("requiresCompatibilities")
    return tuple(given) if given else None


def compatibilities(task: Json) -> tuple[str, ...]:
    """The launch types for which the definition is valid; awsvpc rules EXTERNAL out."""
    if task.get("networkMode") != "awsvpc":
        return ("EXTERNAL", "EC2")
    return ("EC2", "FARGATE") if fits_fargate(task) else ("EC2",)


def requires_attributes(task: Json) -> tuple[Json, ...] | None:
    """The attributes that a container instance must have, or None where any will do."""
    names = sorted({*_needed_by_task(task), *_needed_by_containers(task)})
    return tuple({"name": name} for name in names) or None


# AWS: ECS asks for more attributes, such as Docker API versions; its list is not published.
def _needed_by_task(task: Json) -> Iterator[str]:
    for setting, attribute in ATTRIBUTE_OF_TASK_SETTING.items():
        if task.get(setting):
            yield attribute
    if task.get("networkMode") == "awsvpc":
        yield "ecs.capability.task-eni"
    if task.get("networkMode") == "host" and task.get("taskRoleArn"):
        yield "com.amazonaws.ecs.capability.task-iam-role-network-host"
    if any("efsVolumeConfiguration" in volume for volume in task["volumes"]):
        yield "ecs.capability.efs"


def _needed_by_containers(task: Json) -> Iterator[str]:
    has_execution_role = bool(task.get("executionRoleArn"))
    for container in task["containerDefinitions"]:
        for setting, attribute in ATTRIBUTE_OF_SETTING.items():
            if container.get(setting):
                yield attribute
        yield from _needed_for_image(container["image"], has_execution_role)
        yield from _needed_for_logs(container.get("logConfiguration") or {}, has_execution_role)
        yield from _needed_for_secrets(container.get("secrets") or ())


def _needed_for_image(image: str, has_execution_role: bool) -> Iterator[str]:
    if ".dkr.ecr." in image:
        yield "com.amazonaws.ecs.capability.ecr-auth"
        if has_execution_role:
            yield "ecs.capability.execution-role-ecr-pull"


def _needed_for_logs(log_configuration: Json, has_execution_role: bool) -> Iterator[str]:
    if driver := log_configuration.get("logDriver"):
        yield f"com.amazonaws.ecs.capability.logging-driver.{driver}"
        if driver == "awslogs" and has_execution_role:
            yield "ecs.capability.execution-role-awslogs"


def _needed_for_secrets(secrets: Iterable[Json]) -> Iterator[str]:
    for secret in secrets:
        store = "asm" if ":secretsmanager:" in secret["valueFrom"] else "ssm"
        yield f"ecs.capability.secrets.{store}.environment-variables"
