"""What RegisterTaskDefinition refuses, in AWS's own sentences.

A rule is a generator of objections to a request whose defaults are filled in; the
first objection is what the caller hears. Here are the rules about the task and about
its containers together; ``container_definition_rules`` has those about one container.
Where no sentence of AWS's is public, the rule carries a mark.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from ecs_tutorial.control_plane.container_definition_rules import (
    MAX_NAME,
    NAME,
    container_objections,
    invalid,
    log_driver,
)
from ecs_tutorial.control_plane.model import Json
from ecs_tutorial.control_plane.placement_rules import constraint_objections

MAX_BYTES = 65536
MAX_CONTAINERS = 10
TASK_CPU = range(128, 196608 + 1)
NETWORK_MODES = ("bridge", "host", "awsvpc", "none")
CONDITIONS = ("START", "COMPLETE", "SUCCESS", "HEALTHY")
FARGATE_MEMORY: Mapping[int, Iterable[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
TROUBLESHOOTING = (
    "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)

Rule = Callable[[Json], Iterator[str]]


def objections(task: Json) -> Iterator[str]:
    """All that is wrong with a request, first what stops ECS from reading on."""
    # AWS: which of several mistakes ECS names first is not confirmed.
    for rule in TASK_RULES:
        yield from rule(task)
    for container in _containers(task):
        yield from container_objections(container, task)
    for rule in RULES_AMONG_CONTAINERS:
        yield from rule(task)


def _containers(task: Json) -> list[Json]:
    return task["containerDefinitions"]


def size(task: Json) -> Iterator[str]:
    length = len(json.dumps(task, separators=(",", ":")).encode())
    if length > MAX_BYTES:
        yield f"Actual length: '{length}'. Max allowed length is '{MAX_BYTES}' bytes."


def family(task: Json) -> Iterator[str]:
    given = task.get("family") or ""
    if not given:
        # AWS: the sentence for an empty family is not confirmed.
        yield "Family should not be null or empty."
    elif not NAME.fullmatch(given):
        yield "Family contains invalid characters."
    elif len(given) > MAX_NAME:
        # AWS: the sentence for a family that is too long is not confirmed.
        yield f"Family should be {MAX_NAME} characters or less"


def container_count(task: Json) -> Iterator[str]:
    if not _containers(task):
        yield "Container list cannot be empty."
    if len(_containers(task)) > MAX_CONTAINERS:
        yield "Too many containers."


def tags(task: Json) -> Iterator[str]:
    if task.get("tags") == []:
        yield "Tags can not be empty."


def network_mode(task: Json) -> Iterator[str]:
    if task.get("networkMode") not in (None, *NETWORK_MODES):
        # AWS: the sentence for an unknown network mode is not confirmed.
        yield f"Invalid 'networkMode' setting for task. {TROUBLESHOOTING}"


def placement_constraints(task: Json) -> Iterator[str]:
    given = task.get("placementConstraints") or ()
    yield from constraint_objections(given, allowed=("memberOf",))


def cpu_and_memory(task: Json) -> Iterator[str]:
    cpu, memory = task.get("cpu"), task.get("memory")
    if cpu is not None and not (cpu.isdecimal() and int(cpu) in TASK_CPU):
        yield f"Invalid 'cpu' setting for task. {TROUBLESHOOTING}"
    if memory is not None and not (memory.isdecimal() and int(memory) > 0):
        # AWS: this sentence is confirmed for cpu only; the lab uses it for memory too.
        yield f"Invalid 'memory' setting for task. {TROUBLESHOOTING}"


def fargate(task: Json) -> Iterator[str]:
    if "FARGATE" not in (task.get("requiresCompatibilities") or ()):
        return
    for setting in ("cpu", "memory"):
        if task.get(setting) is None:
            yield f"Fargate requires that '{setting}' be defined at the task level."
    if not fits_fargate(task):
        yield "No Fargate configuration exists for given values."
    if task.get("networkMode") != "awsvpc":
        yield "Fargate only supports network mode ‘awsvpc’."
    if "awslogs" in map(log_driver, _containers(task)) and not task.get("executionRoleArn"):
        yield (
            "Fargate requires task definition to have execution role ARN "
            "to support log driver awslogs."
        )


def fits_fargate(task: Json) -> bool:
    """Whether the task's CPU and memory are one of Fargate's sizes."""
    cpu, memory = task.get("cpu") or "", task.get("memory") or ""
    if not (cpu.isdecimal() and memory.isdecimal()):
        return False
    return int(memory) in FARGATE_MEMORY.get(int(cpu), ())


def unique_names(task: Json) -> Iterator[str]:
    if len(_by_name(task)) < len(_containers(task)):
        yield "Container names must be unique within a Task Definition."


def essential(task: Json) -> Iterator[str]:
    if not any(container["essential"] for container in _containers(task)):
        yield "Task definition doesn't have any essential container."


def sums(task: Json) -> Iterator[str]:
    for setting, limit in (("cpu", "cpu"), ("memoryReservation", "memory")):
        total = sum(container.get(setting) or 0 for container in _containers(task))
        if task.get(limit) and total > int(task[limit]):
            yield (
                f"The sum of all container '{setting}' values cannot be greater than "
                f"the value of the task '{limit}'."
            )


def host_ports(task: Json) -> Iterator[str]:
    taken = Counter(
        (mapping["protocol"], mapping["hostPort"])
        for container in _containers(task)
        for mapping in container["portMappings"]
        if mapping.get("hostPort")
    )
    for (protocol, port), times in taken.items():
        if times > 1:
            yield f"{protocol.upper()} host port '{port}' is mapped multiple times in task."


def linked_containers(task: Json) -> Iterator[str]:
    linked = {
        container["name"]: [link.split(":")[0] for link in container.get("links") or ()]
        for container in _containers(task)
    }
    for name in _strangers(linked, task):
        # AWS: the sentence for a link to an unknown container is not confirmed.
        yield f"Cannot link to container '{name}' because it does not exist"
    if _has_cycle(linked):
        yield "Container links should not have a cycle"


def volumes_from(task: Json) -> Iterator[str]:
    sources = {
        container["name"]: [volumes.get("sourceContainer") for volumes in container["volumesFrom"]]
        for container in _containers(task)
    }
    for name in _strangers(sources, task):
        # AWS: the sentence for volumes from an unknown container is not confirmed.
        yield f"Cannot use volumes from container '{name}' because it does not exist"


def dependencies(task: Json) -> Iterator[str]:
    needed = {
        container["name"]: [needs.get("containerName") for needs in container.get("dependsOn", ())]
        for container in _containers(task)
    }
    for name in _strangers(needed, task):
        yield f"Cannot depend on container + '{name}' because it does not exist"
    if _has_cycle(needed):
        # AWS: the sentence for a circle of dependsOn is not confirmed.
        yield "Container dependencies should not have a cycle"


def conditions(task: Json) -> Iterator[str]:
    known = _by_name(task)
    for container in _containers(task):
        for needs in container.get("dependsOn", ()):
            dependency = known.get(needs.get("containerName"))
            if dependency and needs.get("condition") in CONDITIONS:
                yield from _condition(needs["condition"], dependency)
            elif dependency:
                yield invalid("condition", container)


def _condition(condition: str, dependency: Json) -> Iterator[str]:
    if condition in ("SUCCESS", "COMPLETE") and dependency["essential"]:
        yield (
            "A dependency container with SUCCESS or COMPLETE condition "
            "cannot be an essential container"
        )
    if condition == "HEALTHY" and not dependency.get("healthCheck"):
        # AWS: that a health check is needed is documented; the sentence is not confirmed.
        yield "A dependency container with HEALTHY condition must have a health check"


def _by_name(task: Json) -> Mapping[str | None, Json]:
    return {container["name"]: container for container in _containers(task)}


def _strangers(named: Mapping[str, list[str]], task: Json) -> list[str]:
    """The names in use that no container of the task has, each once, in order of use."""
    known = _by_name(task)
    return list(dict.fromkeys(n for names in named.values() for n in names if n not in known))


def _has_cycle(edges: Mapping[str, list[str]]) -> bool:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError:
        return True
    return False


TASK_RULES: tuple[Rule, ...] = (
    size,
    family,
    container_count,
    tags,
    network_mode,
    placement_constraints,
    cpu_and_memory,
)
RULES_AMONG_CONTAINERS: tuple[Rule, ...] = (
    unique_names,
    essential,
    sums,
    host_ports,
    linked_containers,
    volumes_from,
    dependencies,
    conditions,
    fargate,
)
