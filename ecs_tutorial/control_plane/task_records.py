"""How a task's record begins, changes with each report, and ends.

Pure: each function answers with a new record. Reports may come late, twice or in a
batch; a state never goes backwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .model import (
    Container,
    ContainerInstance,
    Json,
    NetworkBinding,
    Resources,
    Task,
    TaskDefinition,
)

if TYPE_CHECKING:
    from .ecs_backend import EcsBackend
    from .store import ClusterStore

SIZES = {"cpu", "memory", "memoryReservation"}
RANK = {"PROVISIONING": 0, "PENDING": 1, "RUNNING": 2}
RANK |= {"DEACTIVATING": 3, "STOPPING": 4, "STOPPED": 5}


def new_task(
    backend: EcsBackend,
    store: ClusterStore,
    *,
    definition: TaskDefinition,
    instance: ContainerInstance | None,
    task_id: str,
    group: str,
    started_by: str | None = None,
    overrides: Json | None = None,
    enable_execute_command: bool = False,
    tags: Sequence[Json] = (),
) -> Task:
    """A task just placed: PENDING, its containers PENDING, nothing known of them yet."""
    cluster = store.cluster
    task_arn = backend.arn(f"task/{cluster.cluster_name}/{task_id}")
    containers = tuple(
        new_container(
            each,
            task_arn,
            backend.arn(f"container/{cluster.cluster_name}/{task_id}/{backend.new_id()}"),
        )
        for each in definition.container_definitions
    )
    now = backend.clock.now()
    return Task(
        task_arn=task_arn,
        cluster_arn=cluster.cluster_arn,
        task_definition_arn=definition.task_definition_arn,
        group=group,
        containers=containers,
        created_at=now,
        connectivity="CONNECTED",
        connectivity_at=now,
        cpu=definition.cpu or str(definition.needs.cpu),
        memory=definition.memory or _summed_memory(definition),
        container_instance_arn=instance.container_instance_arn if instance else None,
        availability_zone=instance.availability_zone if instance else None,
        started_by=started_by,
        overrides=full_overrides(definition, overrides),
        attributes=({"name": "ecs.cpu-architecture", "value": "x86_64"},),
        enable_execute_command=enable_execute_command,
        tags=tuple(tags),
    )


def provisioning(task: Task, capacity_provider: str) -> Task:
    """A new task that has no container instance yet, and therefore no containers."""
    return replace(
        task,
        last_status="PROVISIONING",
        capacity_provider_name=capacity_provider,
        containers=(),
        connectivity=None,
        connectivity_at=None,
    )


def new_container(definition: Json, task_arn: str, arn: str) -> Container:
    memory, reservation = definition.get("memory"), definition.get("memoryReservation")
    return Container(
        container_arn=arn,
        task_arn=task_arn,
        name=definition["name"],
        image=definition["image"],
        cpu=str(definition.get("cpu") or 0),
        memory=str(memory) if memory else None,
        memory_reservation=str(reservation) if reservation else None,
    )


def full_overrides(definition: TaskDefinition, given: Json | None) -> dict[str, Any]:
    """Overrides as ECS answers them: an entry for each container, given or not."""
    given = given or {}
    named = {each.get("name"): each for each in given.get("containerOverrides", ())}
    entries = [
        {"name": each["name"], **named.get(each["name"], {})}
        for each in definition.container_definitions
    ]
    return {**given, "containerOverrides": entries, "inferenceAcceleratorOverrides": []}


def needs_of(definition: TaskDefinition, overrides: Json | None) -> Resources:
    """What one task takes: what the definition says, with the overrides on top."""
    named = {each.get("name"): each for each in (overrides or {}).get("containerOverrides", ())}
    if not any(each.keys() & SIZES for each in named.values()):
        return definition.needs
    return replace(definition, container_definitions=_sized(definition, overrides)).needs


def most_memory(definition: TaskDefinition, overrides: Json | None = None) -> int:
    """The MiB that one task may take: its hard limits, or reservations where it has none."""
    containers = _sized(definition, overrides)
    limits = (int(c.get("memory") or c.get("memoryReservation") or 0) for c in containers)
    return int(definition.memory or sum(limits))


def _sized(definition: TaskDefinition, overrides: Json | None) -> tuple[Json, ...]:
    """The containers with the sizes that overrides give them."""
    named = {each.get("name"): each for each in (overrides or {}).get("containerOverrides", ())}
    return tuple(
        {**each, **{k: v for k, v in named.get(each["name"], {}).items() if k in SIZES}}
        for each in definition.container_definitions
    )


def reported(task: Task, report: Mapping[str, Any], now: datetime) -> Task:
    """``task`` after one SubmitTaskStateChange."""
    changed = replace(
        task,
        containers=_with_changes(task.containers, report.get("containers") or ()),
        pull_started_at=report.get("pullStartedAt") or task.pull_started_at,
        pull_stopped_at=report.get("pullStoppedAt") or task.pull_stopped_at,
        execution_stopped_at=report.get("executionStoppedAt") or task.execution_stopped_at,
    )
    status = report.get("status")
    if status and RANK.get(status, 0) > RANK[task.last_status]:
        changed = _entered(changed, status, report.get("reason"), now)
    return replace(changed, version=task.version + 1) if changed != task else task


def _entered(task: Task, status: str, reason: str | None, now: datetime) -> Task:
    if status == "RUNNING":
        return replace(task, last_status="RUNNING", started_at=now)
    return _stopped(task, reason, now)


def _stopped(task: Task, reason: str | None, now: datetime) -> Task:
    """A task that has ended; who wished it so keeps his reason."""
    code, text = ending(task, reason)
    return replace(
        task,
        last_status="STOPPED",
        desired_status="STOPPED",
        stopping_at=task.stopping_at or now,
        execution_stopped_at=task.execution_stopped_at or now,
        stopped_at=now,
        stop_code=task.stop_code or code,
        stopped_reason=task.stopped_reason or text,
    )


def ending(task: Task, reason: str | None) -> tuple[Any, str]:
    """Why a task ended that nobody had wished to stop: its stop code and reason."""
    never_ran = task.started_at is None and any(each.exit_code is None for each in task.containers)
    if never_ran:
        return "TaskFailedToStart", reason or "Task failed to start"
    return "EssentialContainerExited", reason or "Essential container in task exited"


def stopped_with_host(task: Task, reason: str, now: datetime) -> Task:
    """A task whose host is gone: nobody is left to report for it."""
    return replace(
        task,
        last_status="STOPPED",
        desired_status="STOPPED",
        stopping_at=task.stopping_at or now,
        stopped_at=now,
        stopped_reason=task.stopped_reason or reason,
        # AWS: which stop code a lost host gives is not confirmed; this is the API's nearest.
        stop_code=task.stop_code or "TaskFailedToStart"
        if task.started_at is None
        else task.stop_code,
        containers=tuple(replace(each, last_status="STOPPED") for each in task.containers),
        version=task.version + 1,
    )


def with_health(task: Task, reports: Sequence[Mapping[str, Any]]) -> Task:
    """A task with the health of its containers; its own is the worst of the essential ones'."""
    found = {each["containerName"]: each["healthStatus"] for each in reports}
    containers = tuple(
        replace(each, health_status=found.get(each.name, each.health_status))
        for each in task.containers
    )
    known = {each.health_status for each in containers} - {"UNKNOWN"}
    health = "UNHEALTHY" if "UNHEALTHY" in known else "HEALTHY" if known else "UNKNOWN"
    return replace(task, containers=containers, health_status=health)


def _with_changes(
    containers: tuple[Container, ...], changes: Sequence[Mapping[str, Any]]
) -> tuple[Container, ...]:
    """Apply container changes in their order; one report may hold two for a container."""
    by_name = {each.name: each for each in containers}
    for change in changes:
        known = by_name.get(change.get("containerName", ""))
        if known and RANK.get(change.get("status", ""), 0) >= RANK[known.last_status]:
            by_name[known.name] = _changed(known, change)
    return tuple(by_name[each.name] for each in containers)


def _changed(container: Container, change: Mapping[str, Any]) -> Container:
    given = change.get("networkBindings")
    # The agent leaves the member out for a container without ports; ECS answers [] then.
    bindings = tuple(_binding(each) for each in given or ())
    exit_code = change.get("exitCode")
    return replace(
        container,
        last_status=change["status"],
        runtime_id=change.get("runtimeId") or container.runtime_id,
        image_digest=change.get("imageDigest") or container.image_digest,
        exit_code=container.exit_code if exit_code is None else exit_code,
        reason=change.get("reason") or container.reason,
        network_bindings=bindings or container.network_bindings or (),
    )


def _binding(given: Mapping[str, Any]) -> NetworkBinding:
    return NetworkBinding(
        bind_ip=given.get("bindIP", "0.0.0.0"),
        container_port=given["containerPort"],
        host_port=given["hostPort"],
        protocol=given.get("protocol", "tcp"),
    )


def _summed_memory(definition: TaskDefinition) -> str | None:
    limits = [int(each.get("memory") or 0) for each in definition.container_definitions]
    return str(sum(limits)) if any(limits) else None
