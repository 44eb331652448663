"""The walk as a line with its stations, and where on it the reader is."""

from __future__ import annotations

from ecs_tutorial.notebook.picture import Canvas, Picture

CHAPTERS = (
    ("start here", ""),
    ("image", ""),
    ("cluster", ""),
    ("container", "instances"),
    ("task", "definition"),
    ("service", ""),
    ("find your", "containers"),
    ("clean up", ""),
)
WIDTH, HEIGHT, MARGIN, TRACK = 960, 146, 70, 70
STEP = (WIDTH - 2 * MARGIN) / (len(CHAPTERS) - 1)
RADIUS = 17


def walk_map(current_chapter: int) -> Picture:
    """The eight chapters, those behind you ticked and the current one marked.

    Raises:
        ValueError: there is no such chapter.
    """
    if not 0 <= current_chapter < len(CHAPTERS):
        raise ValueError(f"the walk has chapters 0 to {len(CHAPTERS) - 1}, not {current_chapter}")
    title = "The walk"
    summary = f"You are at chapter {current_chapter} of 0 to 7: {_name(current_chapter)}."
    canvas = Canvas()
    _draw_track(canvas, current_chapter)
    for chapter in range(len(CHAPTERS)):
        _draw_station(canvas, chapter, current_chapter)
    svg = canvas.svg(WIDTH, HEIGHT, title, summary)
    return Picture(title, summary, _words(current_chapter), svg, WIDTH)


def _name(chapter: int) -> str:
    return " ".join(CHAPTERS[chapter]).strip()


def _words(current: int) -> str:
    lines = ["The walk:"]
    for chapter in range(len(CHAPTERS)):
        mark = "done" if chapter < current else "here" if chapter == current else "    "
        ending = "   <- you are here" if chapter == current else ""
        lines.append(f"  {mark}  {chapter} {_name(chapter)}{ending}")
    return "\n".join(lines)


def _x(chapter: int) -> float:
    return MARGIN + chapter * STEP


def _draw_track(canvas: Canvas, current: int) -> None:
    here, end = _x(current), _x(len(CHAPTERS) - 1)
    if current:
        canvas.path(f"M{MARGIN} {TRACK}H{here:g}", edge="accent", thick=4)
    if here < end:
        canvas.path(f"M{here:g} {TRACK}H{end:g}", edge="line", thick=2, dashed=True)


def _draw_station(canvas: Canvas, chapter: int, current: int) -> None:
    x, is_here = _x(chapter), chapter == current
    if is_here:
        _draw_you_are_here(canvas, x)
    ground = "accent" if chapter <= current else "card"
    canvas.circle(x, TRACK, RADIUS, ground, edge="accent" if chapter <= current else "line")
    if chapter < current:
        _draw_tick(canvas, x)
    else:
        ink = "on-accent" if is_here else "ink"
        number = str(chapter)
        canvas.text(x, TRACK + 5, number, ink=ink, on=ground, size=15, bold=True, anchor="middle")
    for line, words in enumerate(CHAPTERS[chapter]):
        ink = "ink" if chapter <= current else "quiet"
        y = TRACK + RADIUS + 24 + 18 * line
        canvas.text(x, y, words, ink=ink, bold=is_here, anchor="middle")


def _draw_tick(canvas: Canvas, x: float) -> None:
    canvas.path(f"M{x - 7:g} {TRACK}l5 6l9 -11", edge="on-accent", thick=2.5)


def _draw_you_are_here(canvas: Canvas, x: float) -> None:
    canvas.circle(x, TRACK, RADIUS + 5, "paper", edge="accent", thick=2)
    canvas.box(x - 52, 12, 104, 24, "accent", radius=12)
    canvas.text(
        x, 28, "you are here", ink="on-accent", on="accent", size=13, bold=True, anchor="middle"
    )
    canvas.shape(f"M{x - 6:g} 35h12l-6 8z", fill="accent")
