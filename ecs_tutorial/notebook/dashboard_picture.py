"""The dashboard as it stands, in one drawing: where widgets cannot be, this is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from ecs_tutorial.notebook.cluster_map import MARGIN, MOST_INSTANCES, draw_zones
from ecs_tutorial.notebook.cluster_scene import Event, Scene, Service, words
from ecs_tutorial.notebook.cluster_view import Task
from ecs_tutorial.notebook.marks import draw_mark
from ecs_tutorial.notebook.picture import Canvas, Picture, cut

TITLE = "The cluster"
TOP, LINE, LEAST_WIDTH, CHARACTER = 80, 22, 660, 7.2
MOST_SERVICES, MOST_EVENTS, MOST_STOPPED = 8, 6, 4
"""Drawn; the words below the picture tell of the others."""


def dashboard_picture(scene: Scene) -> Picture:
    """The picture of a scene: services, zones with their instances, what stopped, events."""
    canvas = Canvas()
    canvas.text(MARGIN, 34, scene.headline, size=17, bold=True)
    canvas.text(MARGIN, 57, scene.progress, ink="quiet")
    bottom = _draw_services(canvas, scene, TOP)
    drawn = scene.instances[:MOST_INSTANCES]
    width, bottom = draw_zones(canvas, drawn, bottom, scene.marks)
    width = max(width, LEAST_WIDTH)
    if len(drawn) < len(scene.instances):
        more = f"{len(scene.instances) - len(drawn)} more are told of in words below"
        bottom = _draw_lines(canvas, "", [more], bottom, width)
    bottom = _draw_lines(
        canvas, "Stopped lately", map(_stopped, _few(scene.stopped)), bottom, width
    )
    events = map(_event, scene.events[:MOST_EVENTS])
    bottom = _draw_lines(canvas, "Events, newest first", events, bottom, width)
    svg = canvas.svg(width, bottom, TITLE, scene.summary)
    return Picture(TITLE, scene.summary, words(scene), svg, width)


def _few(tasks: Sequence[Task]) -> Sequence[Task]:
    return tasks[:MOST_STOPPED]


def _draw_services(canvas: Canvas, scene: Scene, top: float) -> float:
    """A line for each service; where the next thing begins."""
    for number, service in enumerate(scene.services[:MOST_SERVICES]):
        _draw_service(canvas, scene, service, top + number * LINE)
    left_out = len(scene.services) - MOST_SERVICES
    drawn = min(len(scene.services), MOST_SERVICES)
    if left_out > 0:
        canvas.text(MARGIN, top + drawn * LINE + 14, f"and {left_out} more services", ink="quiet")
        drawn += 1
    return top + drawn * LINE + (10 if drawn else 0)


def _draw_service(canvas: Canvas, scene: Scene, service: Service, top: float) -> None:
    mark = scene.marks[service.name]
    draw_mark(canvas, MARGIN, top, mark)
    canvas.text(MARGIN + 22, top + 13, f"{mark.letter} {cut(service.name, 24)}", bold=True)
    canvas.text(MARGIN + 260, top + 13, service.counts)
    canvas.text(MARGIN + 510, top + 13, cut(service.definition, 14), ink="quiet", size=13)


def _draw_lines(
    canvas: Canvas, heading: str, lines: Iterator[str] | Sequence[str], top: float, width: int
) -> float:
    """A heading with its lines, broken where the picture ends; where the next thing begins."""
    most = int((width - 2 * MARGIN) / CHARACTER)
    broken = [part for line in lines for part in wrap(line, most, subsequent_indent="    ")]
    if not broken:
        return top
    if heading:
        canvas.text(MARGIN, top + 14, heading, bold=True)
        top += LINE
    for number, line in enumerate(broken):
        indent = 14 if line.startswith("    ") else 0
        canvas.text(MARGIN + indent, top + 14 + number * 18, line.strip(), size=13)
    return top + len(broken) * 18 + 14


def _stopped(task: Task) -> str:
    return f"task {task.task_id}, {task.definition}: {task.reason or 'no reason given'}"


def _event(event: Event) -> str:
    return f"{event.at} {event.message}"
