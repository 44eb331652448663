"""Placement: where one more task can run, and why it cannot run elsewhere.

An instance is feasible when it has the CPU, the memory and the ports and meets every
constraint; strategies then choose among the feasible. Constraints bind, strategies are
best effort. Knows no service, no time, and nothing of how instances came to be.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from . import query_language
from .model import ClusterState, ContainerInstance, Json, Resources, TaskDefinition
from .ranking import best_first
from .room import Room

REASONS = (
    "AGENT",
    "RESOURCE:CPU",
    "RESOURCE:MEMORY",
    "RESOURCE:PORTS",
    "RESOURCE:GPU",
    "ATTRIBUTE",
    "MEMBEROF",
    "DISTINCTINSTANCE",
)
"""Why an instance is passed over, in the order in which it is judged."""

WRONG_KIND = {"RESOURCE:GPU", "ATTRIBUTE", "MEMBEROF"}
"""The reasons that no room made on the instance would take away."""


@dataclass(frozen=True)
class Request:
    """A task that wants a place; its definition's own constraints bind as well."""

    definition: TaskDefinition
    group: str
    constraints: tuple[Json, ...] = ()
    strategies: tuple[Json, ...] = ()
    overridden: Resources | None = None
    """What it needs when overrides change what the definition says."""
    capacity_provider: str | None = None
    """Whose instances alone may take it."""

    @property
    def needs(self) -> Resources:
        return self.overridden or self.definition.needs

    @property
    def all_constraints(self) -> tuple[Json, ...]:
        return (*self.definition.placement_constraints, *self.constraints)


@dataclass(frozen=True)
class Rejection:
    """A container instance that was looked at and passed over."""

    container_instance_arn: str
    reason: str


def place(where: ClusterState | Room, request: Request, rng: random.Random) -> str | None:
    """The ARN of the best feasible container instance, None when there is none.

    Args:
        where: a snapshot; or a room, when several placements are to see each other.
            The caller then notes the place as taken, with ``Room.take``.
        request: what wants a place.
        rng: decides between places that are equally good.
    """
    room = Room.of(where)
    ranked = best_first(room, request.group, request.strategies, rng, request.capacity_provider)
    for arn in ranked:
        instance = room.state.instances[arn]
        if instance.status == "ACTIVE" and next(unmet(room, request, instance), None) is None:
            return arn
    return None


def explain(where: ClusterState | Room, request: Request) -> tuple[Rejection, ...]:
    """Why each ACTIVE instance that is not feasible was passed over, sorted by ARN."""
    judged = ((arn, reasons) for arn, reasons in _judged(where, request) if reasons)
    return tuple(Rejection(arn, reasons[0]) for arn, reasons in judged)


def unfit(where: ClusterState | Room, request: Request, container_instance_arn: str) -> str | None:
    """Why one named instance, whatever its status, cannot take the task; None if it can."""
    room = Room.of(where)
    instance = room.state.instances[container_instance_arn]
    if instance.status != "ACTIVE":
        # AWS: the reason that StartTask gives for a DRAINING instance is not confirmed.
        return "INACTIVE"
    return next(unmet(room, request, instance), None)


def suitable(where: ClusterState | Room, request: Request) -> tuple[str, ...]:
    """The ACTIVE instances that the task may run on, whether or not they have room; sorted."""
    room = Room.of(where)
    return tuple(
        arn
        for arn, instance in sorted(room.state.instances.items())
        if instance.status == "ACTIVE" and not WRONG_KIND & set(unmet(room, request, instance))
    )


def closest(where: ClusterState | Room, request: Request) -> Rejection | None:
    """The infeasible instance that lacks least, None when no instance is ACTIVE.

    That is the one with the fewest unmet requirements; among equals, the one that is
    turned down last in the order of ``REASONS``.
    """
    # AWS: how ECS picks "the closest matching container-instance" is not confirmed.
    judged = [(arn, reasons) for arn, reasons in _judged(where, request) if reasons]
    if not judged:
        return None
    arn, reasons = min(judged, key=lambda j: (len(j[1]), -REASONS.index(j[1][0]), j[0]))
    return Rejection(arn, reasons[0])


def _judged(where: ClusterState | Room, request: Request) -> Iterator[tuple[str, tuple[str, ...]]]:
    room = Room.of(where)
    for arn, instance in sorted(room.state.instances.items()):
        provider = request.capacity_provider or instance.capacity_provider_name
        if instance.status == "ACTIVE" and provider == instance.capacity_provider_name:
            yield arn, tuple(unmet(room, request, instance))


def unmet(room: Room, request: Request, instance: ContainerInstance) -> Iterator[str]:
    """What keeps the task off this instance, found one reason after the other."""
    if not instance.agent_connected:
        yield "AGENT"
    yield from _short_of(request.needs, room.remaining(instance.container_instance_arn))
    if _wants_gpu(request.definition):
        # AWS: GPU instance types register their GPUs; no instance of the lab has any.
        yield "RESOURCE:GPU"
    if not _has_attributes(
        instance, (*(request.definition.requires_attributes or ()), *_platform(request.definition))
    ):
        yield "ATTRIBUTE"
    for constraint in request.all_constraints:
        if not _satisfies(room, request, instance, constraint):
            yield constraint["type"].upper()


def _short_of(needs: Resources, remaining: Resources) -> Iterator[str]:
    if needs.cpu > remaining.cpu:
        yield "RESOURCE:CPU"
    if needs.memory > remaining.memory:
        yield "RESOURCE:MEMORY"
    if needs.ports & remaining.ports:
        yield "RESOURCE:PORTS"


def _wants_gpu(definition: TaskDefinition) -> bool:
    return any(
        requirement.get("type") == "GPU"
        for container in definition.container_definitions
        for requirement in container.get("resourceRequirements") or ()
    )


def _platform(definition: TaskDefinition) -> tuple[Json, ...]:
    """The attributes that ``runtimePlatform`` asks for where it is not Linux on x86_64."""
    # AWS: that a platform that no instance has is answered with ATTRIBUTE is not confirmed.
    given = definition.runtime_platform or {}
    architecture = (given.get("cpuArchitecture") or "X86_64").lower()
    system = (given.get("operatingSystemFamily") or "LINUX").lower().split("_")[0]
    wanted = (("ecs.cpu-architecture", architecture, "x86_64"), ("ecs.os-type", system, "linux"))
    return tuple({"name": n, "value": value} for n, value, usual in wanted if value != usual)


def _has_attributes(instance: ContainerInstance, required: tuple[Json, ...]) -> bool:
    return all(
        attribute["name"] in instance.attributes
        and attribute.get("value") in (None, instance.attributes[attribute["name"]])
        for attribute in required
    )


def _satisfies(room: Room, request: Request, instance: ContainerInstance, constraint: Json) -> bool:
    if constraint["type"] == "distinctInstance":
        return not room.counts(request.group, "instanceId")[instance.ec2_instance_id]
    tasks = room.tasks_on(instance.container_instance_arn)
    return query_language.matches(constraint["expression"], instance, tasks)
