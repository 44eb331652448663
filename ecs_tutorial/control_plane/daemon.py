"""The scheduling strategy DAEMON: one task on each ACTIVE instance that suits.

Nobody says how many: an instance that joins gets its task, one that leaves takes it along.
A daemon's task comes before those of REPLICA services and goes after them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from .deployments import Standing, tasks_of
from .look import Look, together
from .model import ClusterState, Service, Task
from .placement import Rejection, suitable, unfit
from .plan import Plan, StartTask
from .room import Room
from .task_starts import (
    held_back_until,
    report_failing,
    report_started,
    report_unplaced,
    request_of,
    start_at,
)


def places_of(service: Service, where: ClusterState | Room) -> tuple[str, ...]:
    """The container instances that a DAEMON service wants a task on."""
    # AWS: whether an instance without room counts as wanted is not confirmed; here it does.
    room = Room.of(where)
    return suitable(room, request_of(service, room.state))


def standing_of(service: Service, look: Look) -> Standing:
    """How a DAEMON service stands; as many tasks are desired as there are places."""
    places = places_of(service, look.room)
    return Standing.of(replace(service, desired_count=len(places)), look.state, places)


def start_where_missing(standing: Standing, look: Look) -> Plan:
    """A task on each place that has none, not even one that is still stopping."""
    service = standing.service
    present = {task.container_instance_arn for task in tasks_of(service, look.state)}
    empty = [arn for arn in places_of(service, look.room) if arn not in present]
    if not empty:
        return Plan()
    if retry_at := held_back_until(service, look):
        return Plan(tuple(report_failing(service)), look_again_at=retry_at)
    turned_down = {arn: why for arn in empty if (why := _unfit(service, arn, look))}
    starts = tuple(_start_on((arn for arn in empty if arn not in turned_down), service, look))
    started = report_started(standing, starts)
    if not turned_down:
        return started
    nearest = Rejection(*next(iter(turned_down.items())))
    return together([started, report_unplaced(service, nearest, look)])


def _unfit(service: Service, arn: str, look: Look) -> str | None:
    return unfit(look.room, request_of(service, look.state), arn)


def _start_on(places: Iterator[str], service: Service, look: Look) -> Iterator[StartTask]:
    for arn in places:
        task_id = f"{random.Random(look.rng.getrandbits(64)).getrandbits(128):032x}"
        yield start_at(arn, task_id, request_of(service, look.state), service, look)


def stays_longer(task: Task, look: Look) -> bool:
    """On a DRAINING instance a daemon's task is the last: while a replica runs there, it stays."""
    arn = task.container_instance_arn or ""
    instance = look.state.instances.get(arn)
    replicas = {
        service.group
        for service in look.state.services.values()
        if service.scheduling_strategy == "REPLICA"
    }
    return (
        instance is not None
        and instance.status == "DRAINING"
        and any(other.group in replicas for other in look.room.tasks_on(arn))
    )
