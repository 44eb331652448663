"""A cluster as a picture: its container instances by zone, what is reserved, and the tasks.

Drawn from two responses, describe_container_instances and describe_tasks; nothing is
kept between two drawings. What each instance shows is put together in ``cluster_view``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from ecs_tutorial.notebook.cluster_view import Instance, Share, Task, view, words
from ecs_tutorial.notebook.marks import Mark, draw_mark
from ecs_tutorial.notebook.picture import Canvas, Picture, cut

MARGIN, GAP, PAD = 20, 16, 12
CARD, COLUMNS = 284, 3
HEADER, ZONE_HEADER = 76, 34
CARD_TOP, TASK_TOP, TASK_LINE, BAR = 58, 34, 17, 10
MOST_INSTANCES = 12
"""Instances drawn; the words below the picture tell of the others."""


def cluster_map(
    container_instances: Mapping[str, Any], tasks: Mapping[str, Any] | None = None
) -> Picture:
    """The picture of a cluster.

    Args:
        container_instances: the response of describe_container_instances.
        tasks: the response of describe_tasks; without it only the instances are drawn.
    """
    instances = view(container_instances, tasks or {})
    title, headline, progress = "The cluster", _headline(instances), _progress(instances)
    canvas = Canvas()
    canvas.text(MARGIN, 34, headline, size=17, bold=True)
    canvas.text(MARGIN, 57, progress, ink="quiet")
    drawn = instances[:MOST_INSTANCES]
    width, height = draw_zones(canvas, drawn, HEADER)
    if len(drawn) < len(instances):
        more = f"{len(instances) - len(drawn)} more are told of in words below"
        canvas.text(MARGIN, height + 4, more, ink="quiet")
        height += MARGIN
    summary = f"{headline}; {progress}."
    svg = canvas.svg(width, height, title, summary)
    return Picture(title, summary, words(summary, instances), svg, width)


def _headline(instances: Sequence[Instance]) -> str:
    zones = len({instance.zone for instance in instances})
    number = _count(len(instances), "container instance")
    return f"{number} in {_count(zones, 'zone')}" if instances else "No container instance yet"


def _progress(instances: Sequence[Instance]) -> str:
    running = sum(task.status == "RUNNING" for i in instances for task in i.tasks)
    pending = sum(len(i.tasks) for i in instances) - running
    return f"{_count(running, 'task')} running, {pending} on the way"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def draw_zones(
    canvas: Canvas,
    instances: Sequence[Instance],
    top: float,
    marks: Mapping[str, Mark] | None = None,
) -> tuple[int, float]:
    """Draw the zones side by side, at most three in a row; give the picture's size so far.

    With ``marks`` a task of a service bears its service's.
    """
    zones = {zone: list(members) for zone, members in groupby(instances, lambda i: i.zone)}
    across = max(COLUMNS // max(len(zones), 1), 1)
    right, bottom = MARGIN + CARD + 2 * PAD, float(top)
    names = list(zones)
    for row in (names[start : start + COLUMNS] for start in range(0, len(names), COLUMNS)):
        left, height = MARGIN, max(_zone_height(zones[zone], across) for zone in row)
        for zone in row:
            width = _zone_width(zones[zone], across)
            frame = (left, bottom, width, height)
            _draw_zone(canvas, frame, zones[zone], across, marks or {})
            right, left = max(right, left + width), left + width + GAP
        bottom += height + GAP
    return right + MARGIN, bottom + MARGIN - GAP


def _zone_width(members: Sequence[Instance], across: int) -> int:
    return min(len(members), across) * (CARD + PAD) + PAD


def _zone_height(members: Sequence[Instance], across: int) -> float:
    return ZONE_HEADER + sum(_row_height(row) + PAD for row in _rows(members, across))


def _row_height(row: Sequence[Instance]) -> float:
    return max(_card_height(instance) for instance in row)


def _rows(members: Sequence[Instance], across: int) -> list[Sequence[Instance]]:
    return [members[start : start + across] for start in range(0, len(members), across)]


def _card_height(instance: Instance) -> float:
    return CARD_TOP + 3 * TASK_TOP + sum(_task_height(task) + 8 for task in instance.tasks) + 2


def _task_height(task: Task) -> float:
    return 28 + TASK_LINE * len(task.containers)


def _draw_zone(
    canvas: Canvas,
    frame: tuple[float, float, float, float],
    members: Sequence[Instance],
    across: int,
    marks: Mapping[str, Mark],
) -> None:
    (left, top, width, height), zone = frame, members[0].zone
    canvas.box(left, top, width, height, "zone", radius=10)
    canvas.text(left + PAD, top + 23, zone or "no zone", ink="quiet", on="zone", size=13, bold=True)
    card_top = top + ZONE_HEADER
    for row in _rows(members, across):
        for column, member in enumerate(row):
            _draw_instance(canvas, left + PAD + column * (CARD + PAD), card_top, member, marks)
        card_top += _row_height(row) + PAD


def _draw_instance(
    canvas: Canvas, left: float, top: float, instance: Instance, marks: Mapping[str, Mark]
) -> None:
    away = not instance.is_available
    canvas.box(left, top, CARD, _card_height(instance), "card", edge="line", dashed=away)
    canvas.text(left + PAD, top + 24, instance.ec2_instance_id, on="card", bold=True)
    canvas.text(left + PAD, top + 43, instance.state, ink="quiet", on="card", size=13)
    bars_top = top + CARD_TOP
    _draw_share(canvas, left + PAD, bars_top, "CPU units", instance.cpu)
    _draw_share(canvas, left + PAD, bars_top + TASK_TOP, "MiB memory", instance.memory)
    ports = cut(f"host ports taken: {', '.join(instance.ports) or 'none'}", 36)
    canvas.text(left + PAD, bars_top + 2 * TASK_TOP + 12, ports, on="card", size=13)
    task_top = bars_top + 3 * TASK_TOP - 6
    for task in instance.tasks:
        _draw_task(canvas, left + 8, task_top, task, marks.get(task.service))
        task_top += _task_height(task) + 8


def _draw_share(canvas: Canvas, left: float, top: float, unit: str, share: Share) -> None:
    """A bar, filled as far as it is reserved, under its figures."""
    width = CARD - 2 * PAD
    canvas.text(
        left, top + 12, f"{share.reserved} of {share.registered} {unit}", on="card", size=13
    )
    free = f"{share.free} free"
    canvas.text(left + width, top + 12, free, ink="quiet", on="card", size=13, anchor="end")
    canvas.box(left, top + 17, width, BAR, "free", radius=4)
    if share.reserved > 0:
        filled = min(max(width * share.part, 4), width)
        canvas.box(left, top + 17, filled, BAR, "accent", radius=4)


def _draw_task(canvas: Canvas, left: float, top: float, task: Task, mark: Mark | None) -> None:
    face = "running" if task.status == "RUNNING" else "pending"
    edge, width = f"{face}-edge", CARD - 16
    canvas.box(
        left, top, width, _task_height(task), face, edge=edge, radius=6, dashed=face == "pending"
    )
    text_left = left + 10
    if mark:
        draw_mark(canvas, left + 8, top + 6, mark)
        canvas.text(left + 30, top + 19, mark.letter, on=face, size=13, bold=True)
        text_left = left + 36 + 10 * len(mark.letter)
    most = 14 if mark else 20
    canvas.text(text_left, top + 19, cut(task.definition, most), on=face, size=13, bold=True)
    canvas.text(left + width - 8, top + 19, task.status, on=face, size=12, anchor="end")
    for number, container in enumerate(task.containers, 1):
        line = top + 19 + TASK_LINE * number
        _draw_light(canvas, left + 15, line - 4, face, is_on=container.status == "RUNNING")
        canvas.text(left + 26, line, cut(container.words, 30), on=face, size=13)


def _draw_light(canvas: Canvas, x: float, y: float, face: str, *, is_on: bool) -> None:
    """A full dot for a container that runs, a ring for one that does not."""
    edge = f"{face}-edge"
    canvas.circle(x, y, 4, edge if is_on else face, edge=edge)
