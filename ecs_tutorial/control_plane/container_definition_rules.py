"""What RegisterTaskDefinition refuses in one container definition.

A rule is a generator of objections, in AWS's own sentences, to a container whose
defaults are filled in. It sees the task that the container stands in, never another
container: those rules are in ``task_definition_rules``. Pure, raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from ecs_tutorial.control_plane.model import Json

NAME = re.compile(r"[A-Za-z0-9_-]+")
IMAGE = re.compile(r"[A-Za-z0-9_:./@#-]+")
MAX_NAME = 255
LEAST_MEMORY = 6
PORTS = range(1, 65535 + 1)
HEALTH_CHECK_RANGES: Mapping[str, range] = {
    "interval": range(5, 300 + 1),
    "timeout": range(2, 60 + 1),
    "retries": range(1, 10 + 1),
    "startPeriod": range(0, 300 + 1),
}

ContainerRule = Callable[[Json, Json], Iterator[str]]


def container_objections(container: Json, task: Json) -> Iterator[str]:
    for rule in CONTAINER_RULES:
        yield from rule(container, task)


def invalid(setting: str, container: Json) -> str:
    # AWS: this sentence is confirmed for containerPort only; the lab uses it for others too.
    return f"Invalid '{setting}' setting for container '{container['name']}'."


def name(container: Json, task: Json) -> Iterator[str]:
    given = container.get("name") or ""
    if not given:
        yield "Container.name should not be null or empty."
    elif not NAME.fullmatch(given):
        yield "Container.name contains invalid characters."
    elif len(given) > MAX_NAME:
        # AWS: the sentence for a container name that is too long is not confirmed.
        yield f"Container.name should be {MAX_NAME} characters or less"


def image(container: Json, task: Json) -> Iterator[str]:
    given = container.get("image") or ""
    if not given:
        yield "Container.image should not be null or empty."
    elif not IMAGE.fullmatch(given):
        yield "Container.image contains invalid characters."
    elif len(given) > MAX_NAME:
        yield f"Container.image should be {MAX_NAME} characters or less"


def cpu(container: Json, task: Json) -> Iterator[str]:
    if (container.get("cpu") or 0) < 0:
        yield invalid("cpu", container)


def memory(container: Json, task: Json) -> Iterator[str]:
    limit, reserved = container.get("memory"), container.get("memoryReservation")
    if limit is None and reserved is None and task.get("memory") is None:
        yield (
            f"Invalid setting for container '{container['name']}'. "
            "At least one of 'memory' or 'memoryReservation' must be specified."
        )
    if limit is not None and limit < LEAST_MEMORY:
        yield invalid("memory", container)
    if reserved is not None and not LEAST_MEMORY <= reserved <= (limit or reserved):
        yield invalid("memoryReservation", container)
    if limit is not None and limit > int(task.get("memory") or limit):
        yield (
            f"The 'memory' setting for container '{container['name']}' is greater than "
            "for the task."
        )


def environment(container: Json, task: Json) -> Iterator[str]:
    for pair in container.get("environment") or ():
        if not pair.get("name") or pair.get("value") is None:
            # AWS: refuses an entry without name or value; the sentence is not confirmed.
            yield invalid("environment", container)


def port_mappings(container: Json, task: Json) -> Iterator[str]:
    for mapping in container["portMappings"]:
        # A range of ports has neither of the two.
        if "containerPortRange" not in mapping:
            yield from _ports(mapping, container, task)
        if mapping["protocol"] not in ("tcp", "udp"):
            yield invalid("protocol", container)


def _ports(mapping: Json, container: Json, task: Json) -> Iterator[str]:
    container_port, host_port = mapping.get("containerPort"), mapping.get("hostPort", 0)
    if container_port not in PORTS:
        yield invalid("containerPort", container)
    if host_port not in (0, *PORTS):
        yield invalid("hostPort", container)
    if task.get("networkMode") == "awsvpc" and host_port != container_port:
        yield (
            "When networkMode=awsvpc, the host ports and container ports in port mappings "
            "must match."
        )


def links(container: Json, task: Json) -> Iterator[str]:
    mode = task.get("networkMode") or "bridge"
    if container.get("links") and mode != "bridge":
        # AWS: confirmed for awsvpc; for host and none the lab uses the same sentence.
        yield f"Links are not supported when networkMode={mode}."


def volumes(container: Json, task: Json) -> Iterator[str]:
    known = {volume.get("name") for volume in task["volumes"]}
    for mount in container["mountPoints"]:
        if mount.get("sourceVolume") not in known:
            yield f"Unknown volume '{mount.get('sourceVolume')}'."


def log_configuration(container: Json, task: Json) -> Iterator[str]:
    options = (container.get("logConfiguration") or {}).get("options") or {}
    if log_driver(container) == "awslogs" and not (
        "awslogs-region" in options and "awslogs-group" in options
    ):
        yield "Log driver awslogs requires options: awslogs-region, awslogs-group"


def log_driver(container: Json) -> str | None:
    return (container.get("logConfiguration") or {}).get("logDriver")


def secrets(container: Json, task: Json) -> Iterator[str]:
    if container.get("secrets") and not task.get("executionRoleArn"):
        yield (
            "When you are specifying container secrets, you must also specify a value "
            "for 'executionRoleArn'."
        )


def health_check(container: Json, task: Json) -> Iterator[str]:
    given = container.get("healthCheck") or {}
    for setting, allowed in HEALTH_CHECK_RANGES.items():
        if setting in given and given[setting] not in allowed:
            yield invalid(setting, container)


CONTAINER_RULES: tuple[ContainerRule, ...] = (
    name,
    image,
    cpu,
    memory,
    environment,
    port_mappings,
    links,
    volumes,
    log_configuration,
    secrets,
    health_check,
)
