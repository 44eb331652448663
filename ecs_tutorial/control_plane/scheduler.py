"""The service scheduler: one snapshot of a cluster in, one Plan out.

For each service it compares what is wanted with what is there and wishes tasks started
or stopped, within what the deployment configuration allows. It changes nothing itself,
keeps nothing between two looks, and reads no clock: ``now`` is an input.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from . import events
from .deployments import Standing, backs_off_until, tasks_of
from .model import ClusterState, Service, Task
from .placement import Request, closest, place
from .plan import Action, AddEvent, CloseService, FinishDeployment, Plan, StartTask, StopTask
from .ranking import SPREAD_OVER_ZONES, first_to_leave
from .room import Room

# AWS: how soon the same message comes again is not published but for the steady state,
# which was recorded every 6 hours.
SAME_MESSAGE_AGAIN = timedelta(minutes=5)
STEADY_STATE_AGAIN = timedelta(hours=6)

# AWS: how many tasks one event names at most is not confirmed.
TASKS_NAMED_IN_AN_EVENT = 10


@dataclass(frozen=True)
class Look:
    """One look at a cluster: what there is, when it is, and what this look has used up."""

    state: ClusterState
    room: Room
    now: datetime
    rng: random.Random


def schedule(state: ClusterState, now: datetime, rng: random.Random) -> Plan:
    """What every service of a cluster wants done now.

    Args:
        state: the cluster at this moment; it is not changed.
        now: the lab time, for back-off and repeated events.
        rng: gives new tasks their ids and decides between equally good places.
    """
    look = Look(state, Room(state), now, rng)
    oldest_first = sorted(state.services.values(), key=lambda s: (s.created_at, s.service_arn))
    return together(reconcile(service, look) for service in oldest_first)


def reconcile(service: Service, look: Look) -> Plan:
    """What one service wants done now."""
    match service.status:
        case "ACTIVE":
            return keep_running(service, look)
        case "DRAINING":
            return drain(service, look)
        case _:
            return Plan()


def drain(service: Service, look: Look) -> Plan:
    """A deleted service: stop its tasks; when the last has stopped, close it."""
    tasks = tasks_of(service, look.state)
    if not tasks:
        return Plan((CloseService(service.service_arn),))
    return stop(service, [task for task in tasks if task.desired_status == "RUNNING"])


def keep_running(service: Service, look: Look) -> Plan:
    """Bring a REPLICA service closer to its desired count of its newest task definition."""
    standing = Standing.of(service, look.state)
    if standing.is_steady:
        return settle(service, look.now)
    outgoing = choose_outgoing(standing, look.room)
    for task in outgoing:
        look.room.leave(task)
    plan = together([start_missing(standing, look), stop(service, outgoing)])
    return plan if plan != Plan() else explain_standstill(standing, look.now)


# --- starting ------------------------------------------------------------------


def start_missing(standing: Standing, look: Look) -> Plan:
    """Start what lacks, unless the deployment's tasks have failed too often to try now."""
    service = standing.service
    if not standing.missing:
        return Plan()
    retry_at = backs_off_until(service.primary, service.desired_count)
    if retry_at and retry_at > look.now:
        return Plan(tuple(report_failing(service)), look_again_at=retry_at)
    starts = tuple(place_tasks(service, standing.missing, look))
    started = report(service, starts, (start.task_id for start in starts), events.started)
    if len(starts) == standing.missing:
        return Plan(started)
    return together([Plan(started), report_unplaced(service, look)])


def place_tasks(service: Service, count: int, look: Look) -> Iterator[StartTask]:
    """Give up to ``count`` tasks a place, one after the other, until one finds none.

    Each that finds one has used one draw, and one that does not none: how often something was
    tried, which depends on how time passes, changes no later id and no later choice.
    """
    request = request_of(service, look.state)
    for _ in range(count):
        before = look.rng.getstate()
        own = random.Random(look.rng.getrandbits(64))
        task_id = f"{own.getrandbits(128):032x}"
        arn = place(look.room, request, own)
        if arn is None:
            look.rng.setstate(before)
            return
        look.room.take(arn, request.needs, request.group)
        yield StartTask(
            service_arn=service.service_arn,
            deployment_id=service.primary.id,
            task_definition_arn=service.primary.task_definition,
            container_instance_arn=arn,
            task_id=task_id,
        )


def request_of(service: Service, state: ClusterState) -> Request:
    return Request(
        definition=state.task_definitions[service.primary.task_definition],
        group=service.group,
        constraints=service.placement_constraints,
        strategies=service.placement_strategy or SPREAD_OVER_ZONES,
    )


def report_unplaced(service: Service, look: Look) -> Plan:
    """Say which instance came closest; the same message not again for a while."""
    nearest = closest(look.room, request_of(service, look.state))
    message = events.unable_to_place(service.service_name, nearest)
    return say_at_most_every(SAME_MESSAGE_AGAIN, service, message, look.now)


def report_failing(service: Service) -> Iterator[Action]:
    """Say once, when back-off begins, that tasks fail to start."""
    message = events.unable_to_start(service.service_name)
    steady = events.steady_state(service.service_name)
    since_steady = takewhile(lambda event: event.message != steady, service.events)
    if not any(
        event.message == message and event.created_at >= service.primary.created_at
        for event in since_steady
    ):
        yield AddEvent(service.service_arn, message)


# --- stopping ------------------------------------------------------------------


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


# --- saying how it stands --------------------------------------------------------


def settle(service: Service, now: datetime) -> Plan:
    """All is as wanted: the deployment is complete, the service steady."""
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
    since = service.primary.created_at
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
    ids, size = tuple(task_ids), TASKS_NAMED_IN_AN_EVENT
    batches = [ids[start : start + size] for start in range(0, len(ids), size)]
    named = (AddEvent(service.service_arn, message(service.service_name, ids)) for ids in batches)
    return (*actions, *named)


def together(plans: Iterable[Plan]) -> Plan:
    """One plan that does what all of them want, in their order."""
    each = tuple(plans)
    times = [plan.look_again_at for plan in each if plan.look_again_at]
    return Plan(
        actions=tuple(action for plan in each for action in plan.actions),
        look_again_at=min(times, default=None),
    )
