"""What a service's target groups need: targets registered, drained, and replaced when unhealthy.

Pure: it reads one snapshot and answers with wishes, like the scheduler that asks it. It knows
target groups by their ARNs only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from . import events
from .model import ClusterState, RegisteredTarget, Service, Task
from .plan import Action, AddEvent, DeregisterTargets, DrainTask, RegisterTargets, StopTask

TargetKey = tuple[str, str, int]
"""A target group's ARN, an EC2 instance id and a port."""


def targets_of(task: Task, service: Service, state: ClusterState) -> tuple[TargetKey, ...]:
    """Where a task is reached: its instance and host port, for each target group of the service."""
    instance = state.instances.get(task.container_instance_arn or "")
    if instance is None:
        return ()
    bindings = {
        (container.name, binding.container_port): binding.host_port
        for container in task.containers
        for binding in container.network_bindings or ()
    }
    return tuple(
        (each["targetGroupArn"], instance.ec2_instance_id, bindings[place])
        for each in service.load_balancers
        if (place := (each["containerName"], each["containerPort"])) in bindings
    )


def registered(
    task: Task, service: Service, state: ClusterState
) -> Iterator[tuple[TargetKey, RegisteredTarget]]:
    """The targets of a task that its target groups have, draining ones among them."""
    for key in targets_of(task, service, state):
        target = state.targets.get(key)
        if target and target.task_arn == task.task_arn:
            yield key, target


def passes_checks(task: Task, service: Service, state: ClusterState) -> bool:
    """Whether every load balancer of the service, if it has any, finds the task healthy."""
    if not service.load_balancers:
        return True
    found = [target.state for _, target in registered(task, service, state)]
    return len(found) == len(service.load_balancers) and all(each == "healthy" for each in found)


def takes_requests(task: Task, service: Service, state: ClusterState) -> bool:
    """Whether some load balancer may still send it new requests."""
    if not service.load_balancers:
        return False
    return any(target.state != "draining" for _, target in registered(task, service, state))


# --- what is wished ----------------------------------------------------------------


def attend(service: Service, tasks: Sequence[Task], state: ClusterState) -> list[Action]:
    """Register those that run, drain those that leave, stop those that are drained."""
    if not service.load_balancers:
        return []
    leaving = [task for task in tasks if task.last_status == "DEACTIVATING"]
    serving = [task for task in leaving if takes_requests(task, service, state)]
    drained = [task for task in leaving if not any(registered(task, service, state))]
    return [
        *deregister(service, [*left_behind(service, state), *keys_of(serving, service, state)]),
        *_draining(service, serving),
        *register(service, tasks, state),
        *_stopped(service, drained),
    ]


def register(service: Service, tasks: Iterable[Task], state: ClusterState) -> Iterator[Action]:
    groups: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for task in tasks:
        if task.last_status != "RUNNING" or task.desired_status != "RUNNING":
            continue
        known = {key for key, _ in registered(task, service, state)}
        for arn, instance_id, port in targets_of(task, service, state):
            if (arn, instance_id, port) not in known:
                groups[arn].append((instance_id, port, task.task_arn))
    for arn, targets in groups.items():
        if arn not in state.target_groups:
            yield from _said_once(service, events.no_target_group(service.service_name, arn))
            continue
        yield RegisterTargets(service.service_arn, arn, tuple(targets))
        message = events.registered_targets(service.told_as, len(targets), arn)
        yield AddEvent(service.service_arn, message)


def _said_once(service: Service, message: str) -> Iterator[Action]:
    """The event, if the newest deployment has not said the same."""
    since = service.runs_since
    if not any(e.message == message and e.created_at >= since for e in service.events):
        yield AddEvent(service.service_arn, message)


def deregister(service: Service, keys: Iterable[TargetKey]) -> Iterator[Action]:
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for arn, instance_id, port in keys:
        groups[arn].append((instance_id, port))
    for arn, targets in groups.items():
        yield DeregisterTargets(arn, tuple(targets))
        message = events.deregistered_targets(service.service_name, len(targets), arn)
        yield AddEvent(service.service_arn, message)


def keys_of(tasks: Iterable[Task], service: Service, state: ClusterState) -> list[TargetKey]:
    """The targets of these tasks that still take requests."""
    return [
        key
        for task in tasks
        for key, target in registered(task, service, state)
        if target.state != "draining"
    ]


def left_behind(service: Service, state: ClusterState) -> list[TargetKey]:
    """Targets that were registered for a task of the service which has stopped since."""
    groups = {each["targetGroupArn"] for each in service.load_balancers}
    return [
        key
        for key, target in state.targets.items()
        if key[0] in groups
        and target.task_arn is not None
        and target.state != "draining"
        and target.service_arn == service.service_arn
        and target.task_arn not in state.tasks
    ]


def stop(
    service: Service, tasks: Sequence[Task], state: ClusterState, reasons: dict[str, str]
) -> list[Action]:
    """Begin to drain the tasks; ``attend`` stops each when its targets are gone."""
    keys = keys_of(tasks, service, state)
    drains = [DrainTask(task.task_arn, reasons[task.task_arn]) for task in tasks]
    return [*drains, *deregister(service, keys), *_draining(service, tasks)]


def _draining(service: Service, tasks: Sequence[Task]) -> Iterator[Action]:
    if tasks:
        message = events.draining(service.told_as, len(tasks))
        yield AddEvent(service.service_arn, message)


def _stopped(service: Service, tasks: Sequence[Task]) -> Iterator[Action]:
    if tasks:
        yield from (StopTask(task.task_arn, task.stopped_reason or "") for task in tasks)
        message = events.stopped(service.told_as, [task.task_id for task in tasks])
        yield AddEvent(service.service_arn, message)


# --- unhealthy targets -------------------------------------------------------------


def unhealthy(
    service: Service, tasks: Iterable[Task], state: ClusterState, now: datetime
) -> dict[str, list[tuple[TargetKey, RegisteredTarget]]]:
    """The tasks that a load balancer finds unhealthy, their grace period over, by ARN."""
    found = {}
    for task in tasks:
        sick = [
            (key, target)
            for key, target in registered(task, service, state)
            if target.state == "unhealthy"
        ]
        if sick and task.desired_status == "RUNNING" and not in_grace_period(task, service, now):
            found[task.task_arn] = sick
    return found


def in_grace_period(task: Task, service: Service, now: datetime) -> bool:
    """Whether health checks are still ignored for a task that has lately started."""
    if task.started_at is None:
        return True
    return now < task.started_at + timedelta(seconds=service.health_check_grace_period_seconds or 0)


def grace_ends(service: Service, tasks: Iterable[Task], now: datetime) -> datetime | None:
    """When the next grace period is over, if some task has one left."""
    grace = timedelta(seconds=service.health_check_grace_period_seconds or 0)
    ends = (task.started_at + grace for task in tasks if task.started_at)
    return min((end for end in ends if end > now), default=None)


def replace_unhealthy(
    service: Service, tasks: Sequence[Task], state: ClusterState, now: datetime
) -> list[Action]:
    """Say of each unhealthy task why, and begin to stop it."""
    found = unhealthy(service, tasks, state, now)
    if not found:
        return []
    sick = [task for task in tasks if task.task_arn in found]
    # AWS: counts them for the deployment circuit breaker too, and starts the replacement before
    # it stops one where maximumPercent lets it; here it starts while the old one drains.
    reasons = {
        arn: f"Task failed ELB health checks in (target-group {targets[0][0][0]})"
        for arn, targets in found.items()
    }
    said = [
        AddEvent(
            service.service_arn,
            events.unhealthy_target(service.service_name, task.task_id, key, target.description),
        )
        for task in sick
        for key, target in found[task.task_arn]
    ]
    return [*said, *stop(service, sick, state, reasons)]
