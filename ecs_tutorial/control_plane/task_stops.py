"""Stopping a service's tasks: which may go now, in which order, and for what reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import events
from .deployments import Standing
from .event_timing import report
from .model import Service, Task
from .plan import Plan, StopTask
from .ranking import SPREAD_OVER_ZONES, first_to_leave
from .room import Room


def choose_outgoing(standing: Standing, room: Room) -> list[Task]:
    """The tasks to stop now: all that are to be replaced, then what is too many.

    As many healthy ones stay as minimumHealthyPercent asks for. A task that is not
    healthy, such as one that is still PENDING, is not missed and may go at once.
    """
    # AWS: replaces an UNHEALTHY task before it stops it where maximumPercent lets it.
    strategies = standing.service.placement_strategy or SPREAD_OVER_ZONES
    spare = standing.spare_healthy
    replaced = sparing(first_to_leave(room, standing.leaving, strategies), standing.healthy, spare)
    if not standing.surplus:
        return replaced
    spare -= sum(task.task_arn in standing.healthy for task in replaced)
    ordered = first_to_leave(room, standing.staying, strategies)
    return replaced + sparing(ordered, standing.healthy, spare)[: standing.surplus]


def choose_surplus(standing: Standing, room: Room) -> list[Task]:
    """What a failed deployment leaves too many, its own tasks that do not serve first.

    A deployment that has failed starts nothing any more, so nothing is stopped to be replaced.
    """
    wanted = (*standing.staying, *standing.leaving)
    surplus = max(len(wanted) - standing.service.desired_count, 0)
    strategies = standing.service.placement_strategy or SPREAD_OVER_ZONES
    ordered = first_to_leave(room, wanted, strategies)
    return sorted(ordered, key=lambda task: task.task_arn in standing.healthy)[:surplus]


def sparing(tasks: Iterable[Task], healthy: frozenset[str], spare: int) -> list[Task]:
    """The tasks in their order, but of the healthy ones only the first ``spare``."""
    chosen: list[Task] = []
    for task in tasks:
        if task.task_arn not in healthy:
            chosen.append(task)
        elif spare > 0:
            chosen.append(task)
            spare -= 1
    return chosen


def stop(service: Service, tasks: Sequence[Task]) -> Plan:
    stops = tuple(StopTask(task.task_arn, reason_to_stop(task, service)) for task in tasks)
    return Plan(report(service, stops, (task.task_id for task in tasks), events.stopped))


def reason_to_stop(task: Task, service: Service) -> str:
    if task.health_status == "UNHEALTHY":
        # AWS: the text is not confirmed.
        return "Task failed container health checks"
    return f"Scaling activity initiated by (deployment {service.primary.id})"
