"""Stopping a service's tasks: which may go now, in which order, and for what reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from . import events, load_balancing
from .deployments import Standing
from .event_timing import report
from .look import Look
from .model import Service, Task
from .plan import AddEvent, Plan, StartTask, StopTask
from .ranking import SPREAD_OVER_ZONES, first_to_leave
from .room import Room


def choose_outgoing(standing: Standing, room: Room) -> list[Task]:
    """The tasks to stop now: all that are or will be replaced, then what is too many.

    As many healthy ones stay as minimumHealthyPercent asks for. A task that is not
    healthy, such as one that is still PENDING, is not missed and may go at once.
    """
    strategies = standing.service.placement_strategy or SPREAD_OVER_ZONES
    spare = standing.spare_healthy
    leaving = (*standing.replaced_unhealthy, *unprotected(standing, standing.leaving))
    replaced = sparing(first_to_leave(room, leaving, strategies), standing.healthy, spare)
    if not standing.surplus:
        return replaced
    spare -= sum(task.task_arn in standing.healthy for task in replaced)
    ordered = first_to_leave(room, unprotected(standing, standing.staying), strategies)
    return replaced + sparing(ordered, standing.healthy, spare)[: standing.surplus]


def unprotected(standing: Standing, tasks: Iterable[Task]) -> list[Task]:
    # AWS: whether a DRAINING instance or a failed health check takes a protected task is not
    # confirmed; here the instance does not and the health check does.
    return [task for task in tasks if task.task_arn not in standing.protected]


def makes_room(standing: Standing, outgoing: Sequence[Task], started: Plan) -> list[Task]:
    """One UNHEALTHY task, where its replacement cannot be started beside it.

    That is so where maximumPercent or the cluster has no room for one more; they go one by one.
    """
    # AWS: stops any of them, at random; here the oldest.
    on_its_way = [task for task in standing.staying if task.task_arn not in standing.healthy]
    waits = outgoing or standing.stopping or on_its_way or not standing.lacking
    if waits or any(isinstance(action, StartTask) for action in started.actions):
        return []
    return list(standing.unhealthy[:1])


def choose_surplus(standing: Standing, room: Room) -> list[Task]:
    """What a failed deployment leaves too many, its own tasks that do not serve first.

    A deployment that has failed starts nothing any more, so nothing is stopped to be replaced.
    """
    present = (*standing.staying, *standing.unhealthy, *standing.leaving)
    wanted = unprotected(standing, present)
    surplus = max(len(present) - standing.service.desired_count, 0)
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


def stop(service: Service, tasks: Sequence[Task], look: Look) -> Plan:
    """Stop the tasks; those that load balancers send requests to are drained first."""
    serving = [t for t in tasks if load_balancing.takes_requests(t, service, look.state)]
    reasons = {task.task_arn: reason_to_stop(task, service) for task in tasks}
    alone = [task for task in tasks if task not in serving]
    stops = tuple(StopTask(task.task_arn, reasons[task.task_arn]) for task in alone)
    drains = load_balancing.stop(service, serving, look.state, reasons)
    ids = (task.task_id for task in alone)
    why = tuple(failed_checks(service, tasks))
    return Plan((*drains, *report(service, (*stops, *why), ids, events.stopped)))


def failed_checks(service: Service, tasks: Iterable[Task]) -> Iterator[AddEvent]:
    """Say it of each task whose container health checks fail."""
    for task in tasks:
        if task.health_status == "UNHEALTHY":
            message = events.failed_health_checks(service.service_name, task.task_id)
            yield AddEvent(service.service_arn, message)


def reason_to_stop(task: Task, service: Service) -> str:
    if task.health_status == "UNHEALTHY":
        return "Task failed container health checks"
    return f"Scaling activity initiated by (deployment {service.primary.id})"
