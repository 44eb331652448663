"""Task sets: the parts of a service whose deployment controller is EXTERNAL.

Others say which task sets there are and how many percent of the service each is to run;
the scheduler keeps every one of them running as if it were a service alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from . import events
from .event_timing import say_steady
from .look import Look, together
from .model import Service, TaskSet
from .plan import AddEvent, ChangeTaskSet, Plan


def computed_desired_count(desired_count: int, scale: float) -> int:
    """So many percent of a service's tasks, always rounded up (API text of TaskSet).

    >>> computed_desired_count(4, 30.0)
    2
    """
    # A percentage such as 0.1 % has no exact form: what is left of it is no task.
    return math.ceil(round(desired_count * scale / 100, 6))


def seen_alone(service: Service, task_set: TaskSet) -> Service:
    """The service as if this task set were all of it."""
    deployment, count = task_set.deployment, task_set.computed_desired_count
    return replace(
        service,
        status="DRAINING" if task_set.status == "DRAINING" else service.status,
        task_definition=deployment.task_definition,
        desired_count=count,
        launch_type=deployment.launch_type,
        capacity_provider_strategy=deployment.capacity_provider_strategy,
        load_balancers=task_set.load_balancers,
        deployments=(replace(deployment, desired_count=count),),
        as_task_set=task_set,
    )


def in_place_of(service: Service, started_by: str) -> Service:
    """What a task of the service was started for: one of its task sets, or the service."""
    own = (each for each in service.task_sets if each.id == started_by)
    return next((seen_alone(service, each) for each in own), service)


def behind_load_balancers(service: Service) -> bool:
    """Whether the service or one of its task sets has target groups."""
    return bool(service.load_balancers) or any(each.load_balancers for each in service.task_sets)


# --- what is wished -----------------------------------------------------------------


def each_task_set(service: Service, look: Look, attend: Callable[[Service, Look], Plan]) -> Plan:
    """What each task set wants done; once all are steady, so is the service."""
    plan = together(of_task_set(service, each, look, attend) for each in service.task_sets)
    steady = all(each.stability_status == "STEADY_STATE" for each in service.task_sets)
    if steady and not plan.actions:
        return together([plan, say_steady(service, look.now)])
    # Two task sets of one target group wish the same for targets that were left behind.
    return replace(plan, actions=tuple(dict.fromkeys(plan.actions)))


def of_task_set(
    service: Service, task_set: TaskSet, look: Look, attend: Callable[[Service, Look], Plan]
) -> Plan:
    """Its desired count, computed anew where it has changed, and then its tasks."""
    count = wanted_of(service, task_set)
    if count == task_set.computed_desired_count:
        return attend(seen_alone(service, task_set), look)
    arn = service.service_arn
    return Plan(
        (
            ChangeTaskSet(arn, task_set.id, count, "STABILIZING"),
            AddEvent(arn, events.computed(service.service_name, task_set.id, count)),
        ),
        look_again_at=look.now,
    )


def wanted_of(service: Service, task_set: TaskSet) -> int:
    if task_set.status == "DRAINING":
        return 0
    return computed_desired_count(service.desired_count, task_set.scale)


def settle_task_set(service: Service, task_set: TaskSet, now: datetime) -> Plan:
    """Say once that it runs what it is to run."""
    if task_set.stability_status == "STEADY_STATE":
        return Plan()
    arn, count = service.service_arn, task_set.computed_desired_count
    return Plan(
        (
            ChangeTaskSet(arn, task_set.id, count, "STEADY_STATE"),
            AddEvent(arn, events.task_set_steady(service.service_name, task_set.id)),
        ),
        look_again_at=now,
    )


def no_longer_steady(service: Service) -> Iterator[ChangeTaskSet]:
    """For a task set that was steady and now lacks a task or has one too many."""
    task_set = service.as_task_set
    if task_set and task_set.stability_status == "STEADY_STATE":
        count = task_set.computed_desired_count
        yield ChangeTaskSet(service.service_arn, task_set.id, count, "STABILIZING")
