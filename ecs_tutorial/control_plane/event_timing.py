"""When a service event is due: at once, once, or not again for a while."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from . import events
from .deployments import Standing
from .model import Service
from .plan import Action, AddEvent, Plan

# AWS: how soon the same message comes again is not published but for the steady state,
# which was recorded every 6 hours.
SAME_MESSAGE_AGAIN = timedelta(minutes=5)
STEADY_STATE_AGAIN = timedelta(hours=6)

# AWS: how many tasks one event names at most is not confirmed.
TASKS_NAMED_IN_AN_EVENT = 10


def say_steady(service: Service, now: datetime) -> Plan:
    """Once after each change, and every six hours while nothing changes."""
    message = events.steady_state(service.service_name)
    if service.events and service.events[0].message == message:
        return say_at_most_every(STEADY_STATE_AGAIN, service, message, now)
    return Plan((AddEvent(service.service_arn, message),), look_again_at=now + STEADY_STATE_AGAIN)


def explain_standstill(standing: Standing, now: datetime) -> Plan:
    """Nothing can be done: say so, unless it is only that agents have yet to report."""
    if standing.awaits_agents:
        return Plan()
    message = events.held_by_configuration(standing.service.service_name)
    return say_at_most_every(SAME_MESSAGE_AGAIN, standing.service, message, now)


def say_at_most_every(interval: timedelta, service: Service, message: str, now: datetime) -> Plan:
    """Add the event if this deployment has not just said the same; look again when it may."""
    since = service.runs_since
    said = (e.created_at for e in service.events if e.message == message and e.created_at >= since)
    last = next(said, None)
    if last and now - last < interval:
        return Plan(look_again_at=last + interval)
    return Plan((AddEvent(service.service_arn, message),), look_again_at=now + interval)


def report(
    service: Service,
    actions: Sequence[Action],
    task_ids: Iterable[str],
    message: events.TasksMessage,
) -> tuple[Action, ...]:
    """The actions, and the events that name the tasks concerned."""
    # AWS: of a task set's tasks, whether the event that says they have stopped names the set too
    # is not confirmed; the one that says they have started was recorded so.
    ids, size = tuple(task_ids), TASKS_NAMED_IN_AN_EVENT
    batches = [ids[start : start + size] for start in range(0, len(ids), size)]
    named = (AddEvent(service.service_arn, message(service.told_as, ids)) for ids in batches)
    return (*actions, *named)
