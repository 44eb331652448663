"""What a dashboard shows of one look at a cluster, as plain records and in words.

Pure. It adds services, their events and the tasks that stopped lately to what
``cluster_view`` says of instances, and leaves out what a reader does not want to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ecs_tutorial.notebook.cluster_look import Look
from ecs_tutorial.notebook.cluster_view import (
    Instance,
    Task,
    instance_words,
    service_of,
    task_of,
    view,
)
from ecs_tutorial.notebook.marks import Mark, marks

Record = Mapping[str, Any]
EVERYTHING, ALONE = "every service", "tasks without a service"
EVERY_STATE, RUNNING, ON_THE_WAY, STOPPING = "every state", "RUNNING", "on the way", "stopping"
MOST_STOPPED, MOST_EVENTS = 8, 20


@dataclass(frozen=True)
class Wish:
    """What a reader wants to see: the tasks of one service, those in one state."""

    service: str = EVERYTHING
    state: str = EVERY_STATE

    def includes(self, task: Task) -> bool:
        return self.includes_service(task.service) and self.state in (EVERY_STATE, state_of(task))

    def includes_service(self, name: str) -> bool:
        return self.service in (EVERYTHING, name or ALONE)


@dataclass(frozen=True)
class Service:
    name: str
    definition: str
    desired: int
    running: int
    pending: int
    deployments: int

    @property
    def counts(self) -> str:
        return f"desired {self.desired}, running {self.running}, pending {self.pending}"


@dataclass(frozen=True)
class Event:
    key: str
    at: str
    message: str


@dataclass(frozen=True)
class Scene:
    cluster: str
    instances: tuple[Instance, ...]
    services: tuple[Service, ...]
    stopped: tuple[Task, ...]
    """The latest first."""
    events: tuple[Event, ...]
    """The newest first."""
    marks: Mapping[str, Mark]
    left_out: int
    """Tasks that the reader does not want to see now."""

    @property
    def tasks(self) -> list[Task]:
        return [task for instance in self.instances for task in instance.tasks]

    def task(self, arn: str) -> Task | None:
        return next((t for t in [*self.tasks, *self.stopped] if t.arn == arn), None)

    @property
    def headline(self) -> str:
        zones = len({instance.zone for instance in self.instances})
        where = f"{count(len(self.instances), 'container instance')} in {count(zones, 'zone')}"
        return f"{self.cluster}: {where if self.instances else 'no container instance yet'}"

    @property
    def progress(self) -> str:
        running = sum(task.is_running for task in self.tasks)
        said = f"{count(running, 'task')} running, {len(self.tasks) - running} on the way"
        return f"{said}, {self.left_out} not shown" if self.left_out else said

    @property
    def summary(self) -> str:
        return f"{self.headline}; {self.progress}."


def state_of(task: Task) -> str:
    """In one of four words: running, on its way there, on its way out, or stopped."""
    if task.status == "STOPPED":
        return "stopped"
    if task.desired == "STOPPED":
        return STOPPING
    return RUNNING if task.is_running else ON_THE_WAY


def scene(look: Look, wish: Wish | None = None) -> Scene:
    """What a look shows to somebody with this wish."""
    wish = wish or Wish()
    every = view({"containerInstances": look.container_instances}, {"tasks": look.tasks})
    wanted = [_with_wanted(instance, wish) for instance in every]
    shown = [service for service in look.services if wish.includes_service(service["serviceName"])]
    return Scene(
        cluster=look.cluster.rsplit("/", 1)[-1],
        instances=tuple(wanted),
        services=tuple(sorted(map(_service, shown), key=lambda service: service.name)),
        stopped=_stopped(look.tasks, wish),
        events=_events(shown),
        marks=marks(_service_names(look)),
        left_out=sum(len(i.tasks) for i in every) - sum(len(i.tasks) for i in wanted),
    )


def _service_names(look: Look) -> set[str]:
    """Also of services that are gone while a task of theirs still is not."""
    of_tasks = {service_of(task.get("group", "")) for task in look.tasks}
    return of_tasks | {service["serviceName"] for service in look.services}


def _with_wanted(instance: Instance, wish: Wish) -> Instance:
    return replace(instance, tasks=tuple(task for task in instance.tasks if wish.includes(task)))


def _service(record: Record) -> Service:
    return Service(
        name=record["serviceName"],
        definition=record.get("taskDefinition", "").rsplit("/", 1)[-1],
        desired=record.get("desiredCount", 0),
        running=record.get("runningCount", 0),
        pending=record.get("pendingCount", 0),
        deployments=len(record.get("deployments", ())),
    )


def _stopped(tasks: Sequence[Record], wish: Wish) -> tuple[Task, ...]:
    ended = [task for task in tasks if task["lastStatus"] == "STOPPED" and task.get("stoppedAt")]
    ended.sort(key=lambda task: (task["stoppedAt"], task["taskArn"]), reverse=True)
    shown = (t for t in ended if wish.includes_service(service_of(t.get("group", ""))))
    newest = islice(shown, MOST_STOPPED) if wish.state == EVERY_STATE else ()
    return tuple(map(task_of, newest))


def _events(services: Sequence[Record]) -> tuple[Event, ...]:
    found = [event for service in services for event in service.get("events", ())]
    found.sort(key=lambda event: event["createdAt"], reverse=True)
    newest = found[:MOST_EVENTS]
    return tuple(Event(e["id"], clock_time(e["createdAt"]), e["message"]) for e in newest)


def clock_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%H:%M:%S")


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def words(scene: Scene) -> str:
    """All that the dashboard shows, line by line."""
    return "\n".join(_lines(scene))


def _lines(scene: Scene) -> Iterator[str]:
    yield scene.summary
    for service in scene.services:
        yield f"service {_named(scene, service.name)}: {service.counts}, {service.definition}"
    for instance in scene.instances:
        yield from instance_words(instance, scene.marks)
    yield from ["stopped lately:"] * bool(scene.stopped)
    for task in scene.stopped:
        yield f"    task {task.task_id}, {task.definition}: {task.reason or 'no reason given'}"
    yield from ["events, newest first:"] * bool(scene.events)
    for event in scene.events:
        yield f"    {event.at} {event.message}"


def _named(scene: Scene, service: str) -> str:
    mark = scene.marks.get(service)
    return f"{mark.letter} {service}" if mark else service
