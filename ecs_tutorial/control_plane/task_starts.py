"""Starting a service's tasks: what lacks is given a place, or it is said why it has none."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain, takewhile

from . import events
from .capacity_strategy import next_provider
from .deployments import Standing, backs_off_until
from .event_timing import SAME_MESSAGE_AGAIN, report, say_at_most_every
from .look import Look, together
from .model import ClusterState, Service
from .placement import Rejection, Request, closest, place
from .plan import Action, AddEvent, CountFailedTask, Plan, StartTask
from .ranking import SPREAD_OVER_ZONES


def start_missing(standing: Standing, look: Look) -> Plan:
    """Start what lacks, unless the deployment's tasks have failed too often to try now."""
    service = standing.service
    if not standing.missing:
        return Plan()
    if retry_at := held_back_until(service, look):
        return Plan(tuple(report_failing(service)), look_again_at=retry_at)
    starts = tuple(place_tasks(standing, look))
    started = report_started(standing, starts)
    if len(starts) == standing.missing:
        return started
    provider = provider_of_next(service, by_provider(standing, starts))
    if provider in look.state.managed_providers:
        said = events.too_many_provisioning(service.service_name)
        return together([started, say_at_most_every(SAME_MESSAGE_AGAIN, service, said, look.now)])
    nearest = closest(look.room, request_of(service, look.state, provider))
    return together([started, report_unplaced(service, nearest, look)])


def report_started(standing: Standing, starts: Sequence[StartTask]) -> Plan:
    told = partial(events.started, unhealthy=len(standing.unhealthy))
    return Plan(report(standing.service, starts, (start.task_id for start in starts), told))


def held_back_until(service: Service, look: Look) -> datetime | None:
    """When tasks may be started again, while back-off lasts."""
    retry_at = backs_off_until(service.primary, service.desired_count)
    return retry_at if retry_at and retry_at > look.now else None


def place_tasks(standing: Standing, look: Look) -> Iterator[StartTask]:
    """Give what is missing a place, one after the other, until one finds none.

    Each that finds one has used one draw, and one that does not none: how often something was
    tried, which depends on how time passes, changes no later id and no later choice.
    """
    service, shares = standing.service, by_provider(standing)
    for _ in range(standing.missing):
        before = look.rng.getstate()
        own = random.Random(look.rng.getrandbits(64))
        task_id = f"{own.getrandbits(128):032x}"
        request = request_of(service, look.state, provider_of_next(service, shares))
        arn = place(look.room, request, own)
        if arn is None and not may_wait(request, look):
            look.rng.setstate(before)
            return
        shares[request.capacity_provider or ""] += 1
        yield start_at(arn, task_id, request, service, look)


def may_wait(request: Request, look: Look) -> bool:
    """Whether a task without a place is kept until its capacity provider has one."""
    managed = request.capacity_provider in look.state.managed_providers
    return managed and look.room.provisioning_left > 0


def by_provider(standing: Standing, starts: Iterable[StartTask] = ()) -> Counter[str]:
    """How many tasks each capacity provider has of a deployment, with those just started."""
    present = (task.capacity_provider_name for task in (*standing.staying, *standing.unhealthy))
    started = (start.capacity_provider for start in starts)
    return Counter(name for name in chain(present, started) if name)


def provider_of_next(service: Service, shares: Counter[str]) -> str | None:
    """The capacity provider whose turn it is; None where tasks have a launch type."""
    strategy = service.primary.capacity_provider_strategy
    return next_provider(strategy, shares) if strategy else None


def start_at(
    arn: str | None, task_id: str, request: Request, service: Service, look: Look
) -> StartTask:
    """One task on one instance, which has less room from now on; on none, if it is to wait."""
    if arn:
        look.room.take(arn, request.needs, request.group)
    else:
        look.room.provisioning_left -= 1
    return StartTask(
        service_arn=service.service_arn,
        deployment_id=service.primary.id,
        task_definition_arn=service.primary.task_definition,
        container_instance_arn=arn,
        task_id=task_id,
        capacity_provider=request.capacity_provider,
    )


def request_of(service: Service, state: ClusterState, provider: str | None = None) -> Request:
    return Request(
        definition=state.task_definitions[service.primary.task_definition],
        group=service.group,
        constraints=service.placement_constraints,
        strategies=service.placement_strategy or SPREAD_OVER_ZONES,
        capacity_provider=provider,
    )


def report_unplaced(service: Service, nearest: Rejection | None, look: Look) -> Plan:
    """Say which instance came closest; the same message not again for a while."""
    message = events.unable_to_place(service.service_name, nearest)
    said = say_at_most_every(SAME_MESSAGE_AGAIN, service, message, look.now)
    if said.actions and service.primary.rollout_state == "IN_PROGRESS":
        # AWS: counts a task that cannot be placed as failed each time it tries, how often
        # is not published; here as often as it says so.
        failed = CountFailedTask(service.service_arn, service.primary.id)
        return replace(said, actions=(*said.actions, failed))
    return said


def report_failing(service: Service) -> Iterator[Action]:
    """Say once, when back-off begins, that tasks fail to start."""
    message = events.unable_to_start(service.service_name)
    steady = events.steady_state(service.service_name)
    since_steady = takewhile(lambda event: event.message != steady, service.events)
    if not any(
        event.message == message and event.created_at >= service.runs_since
        for event in since_steady
    ):
        yield AddEvent(service.service_arn, message)
