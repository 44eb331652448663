"""The walk as a line with its stations, and where on it the reader is."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from ecs_tutorial.notebook.picture import Canvas, Picture

Key = int | str
Names = Mapping[Key, str]
"""The chapters in their order: what each is about, in a few words."""
WIDTH, MARGIN, TRACK = 960, 78, 70
IN_A_ROW, ROW, TURN = 7, 170, 100
"""How many stations are in a row, how far it is to the next, where between them the line turns."""
STEP = (WIDTH - 2 * MARGIN) / (IN_A_ROW - 1)
RADIUS, LINE, LETTERS = 17, 18, 16
"""A station, a line of its name, and how many letters are on that."""


def walk_map(current: Key, names: Names) -> Picture:
    """The chapters, those behind you ticked and the current one marked.

    Raises:
        ValueError: there is no such chapter.
    """
    keys = list(names)
    if current not in names:
        raise ValueError(f"the walk has chapters {', '.join(map(str, keys))}, not {current}")
    here, title = keys.index(current), "The walk"
    summary = f"You are at chapter {current} of {keys[0]} to {keys[-1]}: {names[current]}."
    canvas = Canvas()
    _draw_track(canvas, here, len(keys))
    for place, (key, name) in enumerate(names.items()):
        _draw_station(canvas, place, here, str(key), name)
    svg = canvas.svg(WIDTH, _height(names), title, summary)
    return Picture(title, summary, _words(names, here), svg, WIDTH)


def _words(names: Names, here: int) -> str:
    lines = ["The walk:"]
    for place, (key, name) in enumerate(names.items()):
        mark = "done" if place < here else "here" if place == here else "    "
        ending = "   <- you are here" if place == here else ""
        lines.append(f"  {mark}  {key} {name}{ending}")
    return "\n".join(lines)


def _height(names: Names) -> float:
    last_row = list(names.values())[(len(names) - 1) // IN_A_ROW * IN_A_ROW :]
    lines = max(len(textwrap.wrap(name, LETTERS)) for name in last_row)
    return _at(len(names) - 1)[1] + RADIUS + 24 + LINE * lines


def _at(place: int) -> tuple[float, float]:
    row, column = divmod(place, IN_A_ROW)
    return MARGIN + column * STEP, TRACK + row * ROW


def _draw_track(canvas: Canvas, here: int, count: int) -> None:
    for place in range(1, count):
        if place <= here:
            canvas.path(_track(place), edge="accent", thick=4)
        else:
            canvas.path(_track(place), edge="line", thick=2, dashed=True)


def _track(place: int) -> str:
    """The piece of the line that ends at a station."""
    (from_x, from_y), (x, y) = _at(place - 1), _at(place)
    if from_y == y:
        return f"M{from_x:g} {y:g}H{x:g}"
    return f"M{from_x:g} {from_y:g}H{WIDTH - 14}V{from_y + TURN:g}H14V{y:g}H{x:g}"


def _draw_station(canvas: Canvas, place: int, here: int, key: str, name: str) -> None:
    (x, y), is_here = _at(place), place == here
    if is_here:
        _draw_you_are_here(canvas, x, y)
    ground = "accent" if place <= here else "card"
    canvas.circle(x, y, RADIUS, ground, edge="accent" if place <= here else "line")
    if place < here:
        canvas.path(f"M{x - 7:g} {y:g}l5 6l9 -11", edge="on-accent", thick=2.5)
    else:
        ink = "on-accent" if is_here else "ink"
        canvas.text(x, y + 5, key, ink=ink, on=ground, size=15, bold=True, anchor="middle")
    ink = "ink" if place <= here else "quiet"
    for line, words in enumerate(textwrap.wrap(name, LETTERS)):
        at = y + RADIUS + 24 + LINE * line
        canvas.text(x, at, words, ink=ink, bold=is_here, anchor="middle")


def _draw_you_are_here(canvas: Canvas, x: float, y: float) -> None:
    canvas.circle(x, y, RADIUS + 5, "paper", edge="accent", thick=2)
    canvas.box(x - 52, y - 58, 104, 24, "accent", radius=12)
    canvas.text(
        x, y - 42, "you are here", ink="on-accent", on="accent", size=13, bold=True, anchor="middle"
    )
    canvas.shape(f"M{x - 6:g} {y - 35:g}h12l-6 8z", fill="accent")
