"""The service scheduler: one snapshot of a cluster in, one Plan out.

For each service it compares what is wanted with what is there and wishes tasks started
or stopped, within what the deployment configuration allows. It changes nothing itself,
keeps nothing between two looks, and reads no clock: ``now`` is an input.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from . import events, load_balancing
from .circuit_breaker import give_up, has_tripped
from .daemon import standing_of, start_where_missing, stays_longer
from .deployments import Standing, tasks_of
from .event_timing import STEADY_STATE_AGAIN, explain_standstill, say_steady
from .look import Look, together
from .model import ClusterState, Service
from .plan import AddEvent, CloseService, CloseTaskSet, FinishDeployment, Plan
from .room import Room
from .task_sets import each_task_set, no_longer_steady, settle_task_set
from .task_starts import held_back_until, start_missing
from .task_stops import choose_outgoing, choose_surplus, makes_room, stop


def schedule(state: ClusterState, now: datetime, rng: random.Random) -> Plan:
    """What every service of a cluster wants done now.

    Args:
        state: the cluster at this moment; it is not changed.
        now: the lab time, for back-off and repeated events.
        rng: gives new tasks their ids and decides between equally good places.
    """
    look = Look(state, Room(state), now, rng)
    return together(
        reconcile(service, look) for service in sorted(state.services.values(), key=rank)
    )


def rank(service: Service) -> tuple[bool, datetime, str]:
    """Daemons come before replicas, so that they find room; else the oldest comes first."""
    return service.scheduling_strategy != "DAEMON", service.created_at, service.service_arn


def reconcile(service: Service, look: Look) -> Plan:
    """What one service wants done now."""
    if service.status == "INACTIVE":
        return Plan()
    if service.task_sets:
        return each_task_set(service, look, attend)
    return attend(service, look)


def attend(service: Service, look: Look) -> Plan:
    """What a service, or one of its task sets, wants done now."""
    if service.status == "DRAINING":
        return balanced(service, look, drain)
    # An EXTERNAL controller runs nothing without a task set.
    return balanced(service, look, keep_running) if service.deployments else Plan()


def balanced(service: Service, look: Look, go_on: Callable[[Service, Look], Plan]) -> Plan:
    """First what the service's target groups need, if it has any; then the rest."""
    if not service.load_balancers:
        return go_on(service, look)
    tasks = tasks_of(service, look.state)
    attended = load_balancing.attend(service, tasks, look.state)
    replaced = load_balancing.replace_unhealthy(service, tasks, look.state, look.now)
    if replaced:
        # What is on its way out now is counted as such at the next look.
        return Plan((*attended, *replaced), look_again_at=look.now)
    grace_ends = load_balancing.grace_ends(service, tasks, look.now)
    return together([Plan(tuple(attended), grace_ends), go_on(service, look)])


def drain(service: Service, look: Look) -> Plan:
    """What was deleted: stop its tasks; when the last has stopped, close it."""
    tasks = tasks_of(service, look.state)
    if not tasks and service.as_task_set:
        closing = CloseTaskSet(service.service_arn, service.as_task_set.id)
        return Plan((closing,), look_again_at=look.now)
    if not tasks:
        return Plan((CloseService(service.service_arn),))
    return stop(service, [task for task in tasks if task.desired_status == "RUNNING"], look)


def keep_running(service: Service, look: Look) -> Plan:
    """Bring a service closer to its tasks, as many as are desired and of the newest kind."""
    is_daemon = service.scheduling_strategy == "DAEMON"
    standing = standing_of(service, look) if is_daemon else Standing.of(service, look.state)
    standing, unprotected_at = protected(standing, look.now)
    service = standing.service
    if standing.is_steady:
        return settle(service, look.now)
    if has_tripped(service):
        return give_up(service, look.now)
    if service.primary.rollout_state == "FAILED":
        return stop(service, choose_surplus(standing, look.room), look)
    unsteady = Plan(tuple(no_longer_steady(service)), look_again_at=unprotected_at)
    return together([roll(standing, look), unsteady])


def protected(standing: Standing, now: datetime) -> tuple[Standing, datetime | None]:
    """The standing with the tasks that are protected, and when the first of them is no more."""
    tasks = [task for task in (*standing.staying, *standing.leaving) if task.is_protected(now)]
    ends = min((task.protected_until for task in tasks if task.protected_until), default=None)
    return replace(standing, protected=frozenset(task.task_arn for task in tasks)), ends


def roll(standing: Standing, look: Look) -> Plan:
    """Start what lacks and stop what is to go, as far as the deployment configuration lets."""
    service, is_daemon = standing.service, standing.service.scheduling_strategy == "DAEMON"
    chosen = choose_outgoing(standing, look.room)
    outgoing = [task for task in chosen if not (is_daemon and stays_longer(task, look))]
    for task in outgoing:
        look.room.leave(task)
    started = (start_where_missing if is_daemon else start_missing)(standing, look)
    if not held_back_until(service, look):
        outgoing += makes_room(standing, outgoing, started)
    plan = together([started, stop(service, outgoing, look)])
    if chosen or plan != Plan() or standing.protected:
        return plan
    return explain_standstill(standing, look.now)


def settle(service: Service, now: datetime) -> Plan:
    """All is as wanted: the deployment is complete, the service steady."""
    if service.as_task_set:
        return settle_task_set(service, service.as_task_set, now)
    primary, name = service.primary, service.service_name
    if primary.rollout_state != "IN_PROGRESS":
        return say_steady(service, now)
    reason = f"ECS deployment {primary.id} completed."
    return Plan(
        (
            FinishDeployment(service.service_arn, primary.id, "COMPLETED", reason),
            AddEvent(service.service_arn, events.deployment_completed(name, primary.id)),
            AddEvent(service.service_arn, events.steady_state(name)),
        ),
        look_again_at=now + STEADY_STATE_AGAIN,
    )
