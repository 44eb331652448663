"""A whole cluster at a glance: one square a container instance, filled as far as it is reserved.

Drawn from describe_container_instances alone, so it is as quick for a thousand instances as for
ten. In each zone the fullest stand first: the words say as much as the picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ecs_tutorial.notebook.instance_resources import reserved, zone_of
from ecs_tutorial.notebook.picture import Canvas, Picture

WIDTH, MARGIN, PAD = 960, 20, 14
HEADER, ZONE_HEADER, LEGEND = 74, 54, 44
FEW = 60
"""So many instances have their number of tasks below them."""


@dataclass(frozen=True)
class Place:
    """A container instance as a square."""

    zone: str
    tasks: int
    reserved: int
    registered: int

    @property
    def part(self) -> float:
        return self.reserved / self.registered if self.registered else 0.0


@dataclass(frozen=True)
class Grid:
    """How squares lie in a zone's box."""

    side: int
    gap: int
    below: int
    """Room for a number under each square."""
    columns: int

    def at(self, number: int) -> tuple[int, int]:
        row, column = divmod(number, self.columns)
        return column * (self.side + self.gap), row * (self.side + self.gap + self.below)

    def height(self, count: int) -> int:
        return -(-count // self.columns) * (self.side + self.gap + self.below)


def fleet_map(container_instances: Mapping[str, Any], resource: str = "MEMORY") -> Picture:
    """The picture of a cluster of any size.

    Args:
        container_instances: the response of describe_container_instances, or the lists of several
            put together.
        resource: what a square is filled by, ``MEMORY`` or ``CPU``.
    """
    found = [_place(each, resource) for each in container_instances["containerInstances"]]
    places = sorted(found, key=lambda place: (place.zone, -place.tasks, -place.part))
    zones = {zone: list(members) for zone, members in groupby(places, lambda p: p.zone)}
    title, headline = "The cluster at a glance", _headline(places)
    progress = _progress(places, resource)
    canvas = Canvas()
    canvas.text(MARGIN, 34, headline, size=17, bold=True)
    canvas.text(MARGIN, 57, progress, ink="quiet")
    height = _draw_zones(canvas, zones, few=len(places) <= FEW)
    _draw_legend(canvas, height, resource, few=len(places) <= FEW)
    summary = f"{headline}; {progress}."
    words = "\n".join([summary, *(_zone_words(zone, zones[zone]) for zone in zones)])
    return Picture(title, summary, words, canvas.svg(WIDTH, height + LEGEND, title, summary), WIDTH)


def _place(instance: Mapping[str, Any], resource: str) -> Place:
    tasks = instance.get("runningTasksCount", 0) + instance.get("pendingTasksCount", 0)
    return Place(zone_of(instance), tasks, *reserved(instance, resource))


def _headline(places: Sequence[Place]) -> str:
    tasks = sum(place.tasks for place in places)
    used = sum(place.tasks > 0 for place in places)
    return f"{_counted(tasks, 'task')} on {used:,} of {_counted(len(places), 'container instance')}"


def _progress(places: Sequence[Place], resource: str) -> str:
    kept = sum(place.reserved for place in places)
    there = sum(place.registered for place in places)
    what = "CPU units" if resource == "CPU" else "memory"
    most = max((place.tasks for place in places), default=0)
    least = min((place.tasks for place in places), default=0)
    share = round(100 * kept / there) if there else 0
    each = (
        f"{least} to {most} tasks on one" if least < most else f"{_counted(most, 'task')} on each"
    )
    return f"{share} % of the {what} reserved; {each} instance"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _zone_words(zone: str, places: Sequence[Place]) -> str:
    alike = Counter((place.tasks, round(100 * place.part)) for place in places)
    shares = ", ".join(
        f"{count:,} with {tasks}: {part} %"
        for (tasks, part), count in sorted(alike.items(), reverse=True)
    )
    tasks = sum(place.tasks for place in places)
    return f"{zone}: {_counted(tasks, 'task')} on {_counted(len(places), 'instance')} ({shares})"


def _draw_zones(canvas: Canvas, zones: Mapping[str, Sequence[Place]], *, few: bool) -> float:
    """Draw the zones side by side; give the height that they come to."""
    across = max(len(zones), 1)
    width = (WIDTH - 2 * MARGIN - PAD * (across - 1)) // across
    side, gap, below = (26, 10, 18) if few else (10, 3, 0)
    grid = Grid(side, gap, below, max((width - 2 * PAD + gap) // (side + gap), 1))
    tallest = max((grid.height(len(members)) for members in zones.values()), default=0)
    height = ZONE_HEADER + tallest + PAD
    for number, (zone, places) in enumerate(zones.items()):
        left = MARGIN + number * (width + PAD)
        canvas.box(left, HEADER, width, height, "zone", radius=10)
        canvas.text(left + PAD, HEADER + 23, zone or "no zone", on="zone", size=13, bold=True)
        tasks = f"{sum(p.tasks for p in places):,} tasks, {len(places):,} instances"
        canvas.text(left + PAD, HEADER + 41, tasks, ink="quiet", on="zone", size=13)
        _draw_places(canvas, left + PAD, HEADER + ZONE_HEADER, grid, places)
    return HEADER + height


def _draw_places(
    canvas: Canvas, left: float, top: float, grid: Grid, places: Sequence[Place]
) -> None:
    """Fillings and edges of all squares as two strokes: a thousand shapes would be slow to show."""
    at = [grid.at(number) for number in range(len(places))]
    edges = "".join(_square(left + x, top + y, grid.side, grid.side) for x, y in at)
    canvas.shape("".join(_fillings(left, top, grid, zip(at, places, strict=True))), "accent")
    canvas.path(edges, edge="line", thick=1)
    if grid.below:
        for (x, y), place in zip(at, places, strict=True):
            middle, line = left + x + grid.side / 2, top + y + grid.side + 15
            canvas.text(middle, line, str(place.tasks), on="zone", size=13, anchor="middle")


def _fillings(
    left: float, top: float, grid: Grid, placed: Iterable[tuple[tuple[int, int], Place]]
) -> Iterator[str]:
    for (x, y), place in placed:
        filled = round(grid.side * min(place.part, 1.0), 1)
        if place.tasks and filled < 1:
            filled = 1
        if filled > 0:
            yield _square(left + x, top + y + grid.side - filled, grid.side, filled)


def _square(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z"


def _draw_legend(canvas: Canvas, top: float, resource: str, *, few: bool) -> None:
    what = "CPU units" if resource == "CPU" else "memory"
    number = "; below it the number of tasks" if few else ""
    text = f"Each square is a container instance, filled as far as its {what} is reserved{number}."
    canvas.text(MARGIN, top + 27, text, ink="quiet", size=13)
