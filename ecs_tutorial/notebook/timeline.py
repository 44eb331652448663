"""``timeline``: what a service's tasks and deployments went through, as a chart with its table.

It is drawn from two responses. Shown as the last line of a cell it moves, and a rolling
update is seen as it happens.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import ipywidgets

from ecs_tutorial.notebook.cluster_look import Look, Watcher, watching_client
from ecs_tutorial.notebook.cluster_scene import clock_time, count
from ecs_tutorial.notebook.living_page import PERIODS, LivingPage
from ecs_tutorial.notebook.picture import Picture
from ecs_tutorial.notebook.tables import Table, table
from ecs_tutorial.notebook.task_history import (
    PHASES,
    Count,
    History,
    Limits,
    counts,
    histories,
    limits,
)
from ecs_tutorial.notebook.timeline_chart import chart

TITLE = "The timeline"
SPEEDS = ("every second", *(f"every {seconds} seconds" for seconds in PERIODS[1:]))
EACH_TASK = "what each task went through, and when each part of its way began:"
MOST_TASKS = 40
WIDTH = 900
COLUMNS = ("task definition", "deployment", *PHASES.values(), "stopped", "reason")


def timeline_picture(look: Look) -> Picture:
    """The chart of one service, its facts in words beside it."""
    service = look.services[0] if look.services else {}
    since, ways = _window(look.tasks, service)
    bounds = limits(service)
    summary = _summary(service, ways, bounds)
    if not ways:
        return Picture(TITLE, summary, summary, _EMPTY, WIDTH)
    steps = counts(histories(look.tasks))
    changes = _said(_drawn(steps, since))
    words = "\n".join([summary, *changes, EACH_TASK, str(task_table(ways))])
    return Picture(TITLE, summary, words, chart(ways, steps, bounds, since, summary), WIDTH)


_EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" role="img" width="1" height="1"/>'


def _window(
    tasks: Sequence[Mapping[str, Any]], service: Mapping[str, Any]
) -> tuple[datetime, list[History]]:
    """Since when, and whose ways are drawn: all that were there since the newest deployment."""
    ways = histories(tasks)
    begun = [deployment["createdAt"] for deployment in service.get("deployments", ())[:1]]
    since = begun[0] if begun else datetime.max
    latest = [way for way in ways if way.end >= since][-MOST_TASKS:] or ways[-MOST_TASKS:]
    first = min((way.begin for way in latest), default=since)
    return max(first, since) if len(latest) < len(ways) or first < since else first, latest


def _summary(service: Mapping[str, Any], ways: Sequence[History], bounds: Limits) -> str:
    name = service.get("serviceName", "no service")
    return (
        f"Service {name}: {count(len(ways), 'task')} since its newest deployment; desired "
        f"{bounds.desired}, at least {bounds.least} running (minimumHealthyPercent "
        f"{bounds.least_percent}), at most {bounds.most} (maximumPercent {bounds.most_percent})."
    )


def _drawn(steps: Sequence[Count], since: datetime) -> list[Count]:
    """The changes that the chart shows, and the one before, which says how many there were."""
    before = sum(step.at < since for step in steps)
    return list(steps[max(before - 1, 0) :])


def _said(steps: Sequence[Count]) -> Iterator[str]:
    """How many tasks there were, at each change."""
    yield "how many tasks were running, and with those on the way:"
    for step in steps:
        yield f"    {clock_time(step.at)} {step.running} running, {step.wanted} in all"


def count_table(steps: Sequence[Count]) -> Table:
    """One row a change of how many tasks there are."""
    rows = ((clock_time(step.at), step.running, step.wanted) for step in steps)
    return table("from", ("running", "running or on the way"), rows)


def task_table(ways: Sequence[History]) -> Table:
    """One row a task: when each part of its way began, and why it stopped."""
    return table("task", COLUMNS, (_row(way) for way in ways))


def _row(way: History) -> tuple[object, ...]:
    moments = (*map(way.when, PHASES.values()), way.stopped_at)
    times = (clock_time(moment) if moment else "" for moment in moments)
    deployment = way.deployment.rsplit("/", 1)[-1]
    return (way.task.task_id, way.task.definition, deployment, *times, way.task.reason)


class Timeline:
    """A service's tasks through time; made by ``timeline``."""

    def __init__(self, service: str, cluster: str, ecs: Any) -> None:
        self._watcher = Watcher(ecs, cluster)
        self._service = service
        self._seen = self._watcher.look_at(service)
        self.living = LivingPage(self._look, self._draw)
        self.pause = ipywidgets.ToggleButton(description="Pause", tooltip="Stop looking")
        self.speed = ipywidgets.Dropdown(options=SPEEDS, description="Look")
        ipywidgets.jslink((self.pause, "value"), (self.living, "paused"))
        ipywidgets.jslink((self.speed, "index"), (self.living, "speed"))

    def look(self) -> None:
        """Ask once more what there is, whoever looks on."""
        self._look()
        self.living.redraw()

    def picture(self) -> Picture:
        """The moment as a drawing that does not move."""
        return timeline_picture(self._seen)

    def __str__(self) -> str:
        return self.picture().words

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        controls = ipywidgets.HBox([self.pause, self.speed], layout={"flex_flow": "row wrap"})
        bundle = ipywidgets.VBox([controls, self.living])._repr_mimebundle_() or {}
        return {**bundle, **self.picture()._repr_mimebundle_()}

    def _look(self) -> None:
        self._seen = self._watcher.look_at(self._service)

    def _draw(self, _chosen: str) -> str:
        picture = self.picture()
        since, ways = _window(self._seen.tasks, (self._seen.services or [{}])[0])
        drawing = re.sub(r"<style>:root.*?</style>", "", picture.svg)
        steps = _drawn(counts(histories(self._seen.tasks)), since)
        return (
            f'<p class="how-far">{html.escape(picture.summary)}</p>'
            + _region("Chart", drawing)
            + _region("How many tasks, change by change", _facts(count_table(steps)), "changes")
            + _region("What each task went through", _facts(task_table(ways)))
        )


def _region(name: str, content: str, kind: str = "") -> str:
    """A part of the page that may be wider or higher than its place; keys scroll it."""
    return (
        f'<div class="wide {kind}" tabindex="0" role="region" aria-label="{name}">{content}</div>'
    )


def _facts(found: Table) -> str:
    return found.to_html(border=0)


def timeline(service: str, cluster: str = "default") -> Timeline:
    """What the tasks of a service went through since its newest deployment, as it goes on.

    Two lines say what a rolling update must keep to. Its reads do not move a lab's time.
    """
    return Timeline(service, cluster, watching_client())
