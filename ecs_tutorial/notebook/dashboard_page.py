"""The dashboard as a page of its own elements: lists, tables, and a button for each task.

Pure: a scene in, HTML out. What moves is read by everybody, so a browser's own elements
carry it: they reflow in a narrow window, and the accessibility tree holds every fact.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from ecs_tutorial.notebook.cluster_scene import Scene, Service, count, state_of
from ecs_tutorial.notebook.cluster_view import Container, Instance, Share, Task
from ecs_tutorial.notebook.marks import Mark

MOST_INSTANCES = 200
"""Drawn; of the others only the number is told."""


def page(scene: Scene, chosen: str = "") -> str:
    """The page of a scene; ``chosen`` is the ARN of the task that the reader wants to know of."""
    return "".join(
        [
            f'<p class="headline">{_text(scene.headline)}</p>',
            f'<p class="how-far">{_text(scene.progress)}</p>',
            _services(scene),
            _zones(scene),
            _details(scene, chosen),
            _stopped(scene),
            _events(scene),
        ]
    )


def _text(words: str) -> str:
    return html.escape(words)


# --- services -----------------------------------------------------------------


def _services(scene: Scene) -> str:
    if not scene.services:
        return ""
    heads = ("Service", "Desired", "Running", "Pending", "Task definition", "Deployments")
    columns = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(_service(service, scene.marks[service.name]) for service in scene.services)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Services">'
        f'<table class="services"><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>'
        "</div>"
    )


def _service(service: Service, mark: Mark) -> str:
    figures = (service.desired, service.running, service.pending)
    cells = "".join(f"<td>{each}</td>" for each in figures)
    return (
        f'<tr data-key="{_text(service.name)}">'
        f'<th scope="row">{_mark(mark)} {_text(service.name)}</th>{cells}'
        f"<td>{_text(service.definition)}</td><td>{service.deployments}</td></tr>"
    )


def _mark(mark: Mark) -> str:
    return f'<i class="mark {mark.role}"></i><b>{mark.letter}</b>'


# --- zones, instances, tasks --------------------------------------------------


def _zones(scene: Scene) -> str:
    drawn = scene.instances[:MOST_INSTANCES]
    zones = "".join(
        _zone(zone or "no zone", list(members), scene)
        for zone, members in groupby(drawn, lambda instance: instance.zone)
    )
    left_out = len(scene.instances) - len(drawn)
    more = f"<p>{count(left_out, 'more container instance')} not drawn.</p>" if left_out else ""
    return f'<div class="zones">{zones}</div>{more}'


def _zone(zone: str, members: Sequence[Instance], scene: Scene) -> str:
    instances = "".join(_instance(member, scene) for member in members)
    return (
        f'<div class="zone" role="group" aria-label="Availability Zone {_text(zone)}" '
        f'data-key="{_text(zone)}"><p class="zone-name">{_text(zone)}</p>'
        f'<ul class="instances">{instances}</ul></div>'
    )


def _instance(instance: Instance, scene: Scene) -> str:
    name = _text(instance.ec2_instance_id)
    away = "" if instance.is_available else " away"
    ports = _text(", ".join(instance.ports) or "none")
    tasks = "".join(f"<li data-key='{_text(t.arn)}'>{_task(t, scene)}</li>" for t in instance.tasks)
    return (
        f'<li class="instance{away}" data-key="{name}">'
        f'<p class="name">{name}</p><p class="quiet">{_text(instance.state)}</p>'
        f"{_share('CPU units', instance.cpu)}{_share('MiB memory', instance.memory)}"
        f"<p>host ports taken: {ports}</p>"
        f'<ul class="tasks" aria-label="Tasks on {name}">{tasks}</ul></li>'
    )


def _share(unit: str, share: Share) -> str:
    percent = min(max(100 * share.part, 0), 100)
    return (
        f'<p class="share"><span>{share.reserved} of {share.registered} {unit}'
        '<span class="said"> reserved</span></span> '
        f'<span class="quiet">{share.free} free</span></p>'
        f'<div class="bar"><i style="width:{percent:.1f}%"></i></div>'
    )


def _task(task: Task, scene: Scene) -> str:
    """A button whose words are the task's facts; those that would crowd it are only read."""
    mark = scene.marks.get(task.service)
    drawn = _mark(mark) if mark else "<b>–</b>"
    kept_by = f"of service {task.service}, " if mark else "without a service, "
    return (
        f'<button type="button" class="task {_face(task)}" data-task="{_text(task.arn)}">'
        f'<span class="said">task </span>{drawn} <span class="id">{task.task_id}</span> '
        f'<span class="said">{_text(kept_by)}{_text(task.definition)}, </span>'
        f'<span class="status">{_text(task.status)}</span></button>'
    )


def _face(task: Task) -> str:
    faces = {"RUNNING": "running", "stopping": "stopped", "stopped": "stopped"}
    return faces.get(state_of(task), "pending")


# --- one task -----------------------------------------------------------------


def _details(scene: Scene, chosen: str) -> str:
    if not chosen:
        return ""
    task = scene.task(chosen)
    if task is None:
        gone = f"Task {chosen[-8:]} is not shown any more."
        return _panel(chosen[-8:], f"<p>{_text(gone)}</p>")
    where = next((i.ec2_instance_id for i in scene.instances if task in i.tasks), "")
    facts = [
        ("Service", task.service or "none"),
        ("Task definition", task.definition),
        ("Last status", task.status),
        ("Desired status", task.desired),
        ("Instance", where or "none"),
        *([("Stopped because", task.reason)] if task.reason else []),
    ]
    listed = "".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>" for name, value in facts)
    return _panel(task.task_id, f"<dl>{listed}</dl>{_containers(task.containers)}")


def _panel(task_id: str, inside: str) -> str:
    return (
        f'<div class="details" role="region" aria-label="Task {task_id}" tabindex="-1" '
        f'data-key="details"><p class="name">Task {task_id}</p>{inside}'
        '<button type="button" class="close">Close</button></div>'
    )


def _containers(containers: Iterable[Container]) -> str:
    heads = ("Container", "Image", "Last status", "Ports, host → container", "Reason")
    columns = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(
        f'<tr><th scope="row">{_text(each.name)}</th><td>{_text(each.image)}</td>'
        f"<td>{each.status}</td><td>{_text(', '.join(each.ports) or 'none')}</td>"
        f"<td>{_text(each.reason)}</td></tr>"
        for each in containers
    )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Containers">'
        f"<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


# --- what happened ------------------------------------------------------------


def _stopped(scene: Scene) -> str:
    if not scene.stopped:
        return ""
    tasks = "".join(
        f'<li data-key="{_text(task.arn)}">{_task(task, scene)} '
        f"<span>{_text(task.reason or 'no reason given')}</span></li>"
        for task in scene.stopped
    )
    return (
        '<div role="group" aria-label="Tasks that stopped lately">'
        '<p class="name">Stopped lately</p>'
        f'<ul class="ended">{tasks}</ul></div>'
    )


def _events(scene: Scene) -> str:
    if not scene.events:
        return ""
    lines = "".join(_event_lines(scene))
    return (
        '<p class="name">Events, newest first</p>'
        '<div class="events" role="log" aria-label="Events, newest first" tabindex="0">'
        f"{lines}</div>"
    )


def _event_lines(scene: Scene) -> Iterator[str]:
    for event in scene.events:
        yield (
            f'<p data-key="{_text(event.key)}"><time>{event.at}</time> {_text(event.message)}</p>'
        )
