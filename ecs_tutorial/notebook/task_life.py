"""A life as states and arrows, drawn from the table of transitions that drives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ecs_tutorial.notebook.picture import Canvas, Picture

WIDTH, MARGIN, STATES_AT, LANES_AT = 960, 26, 66, 118
STATE_WIDTH, STATE_HEIGHT, LANE, LINE = 96, 40, 30, 24
FACES = {"RUNNING": "running", "STOPPED": "stopped"}


class Transition(Protocol):
    """One row of the table: ``step`` leads from ``source`` to ``target`` ``when`` that is so."""

    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def when(self) -> str: ...


def task_life(transitions: Sequence[Transition], title: str = "The life of a task") -> Picture:
    """The states in a row, an arrow for each way between two of them, and when it is taken."""
    states = _states(transitions)
    arrows = _arrows(transitions)
    summary = f"{len(states)} states, {', '.join(states)}, and {len(transitions)} transitions."
    canvas = Canvas()
    canvas.text(MARGIN, 38, title, size=17, bold=True)
    for state in states:
        _draw_state(canvas, state, states)
    lanes = _draw_arrows(canvas, arrows, states)
    legend_at = LANES_AT + lanes * LANE + 32
    for number, transition in enumerate(transitions, 1):
        _draw_reason(canvas, legend_at + (number - 1) * LINE, number, transition)
    height = legend_at + len(transitions) * LINE + 4
    svg = canvas.svg(WIDTH, height, title, summary)
    return Picture(title, summary, _words(title, transitions), svg, WIDTH)


def _states(transitions: Sequence[Transition]) -> list[str]:
    """The states in the order in which the table comes to them, those that end last."""
    sources = dict.fromkeys(transition.source for transition in transitions)
    targets = dict.fromkeys(transition.target for transition in transitions)
    return [*sources, *(target for target in targets if target not in sources)]


def _arrows(transitions: Sequence[Transition]) -> dict[tuple[str, str], str]:
    """By source and target, the label of the one arrow that stands for all their rows."""
    labels: dict[tuple[str, str], list[str]] = {}
    for number, transition in enumerate(transitions, 1):
        way = (transition.source, transition.target)
        labels.setdefault(way, []).append(f"{number} {transition.step}")
    return {way: " · ".join(steps) for way, steps in labels.items()}


def _words(title: str, transitions: Sequence[Transition]) -> str:
    rows = [
        f"  {number}  {t.source} -> {t.target}: {t.step} ({t.when})"
        for number, t in enumerate(transitions, 1)
    ]
    return "\n".join([f"{title}:", *rows])


def _left(state: str, states: Sequence[str]) -> float:
    step = (WIDTH - 2 * MARGIN - STATE_WIDTH) / max(len(states) - 1, 1)
    return MARGIN + step * states.index(state)


def _draw_state(canvas: Canvas, state: str, states: Sequence[str]) -> None:
    left, face = _left(state, states), FACES.get(state, "pending")
    canvas.box(left, STATES_AT, STATE_WIDTH, STATE_HEIGHT, face, edge=f"{face}-edge", radius=20)
    middle = left + STATE_WIDTH / 2
    canvas.text(middle, STATES_AT + 25, state, on=face, bold=True, anchor="middle")


def _draw_arrows(canvas: Canvas, arrows: dict[tuple[str, str], str], states: Sequence[str]) -> int:
    """Draw neighbours' arrows straight and the others below, each in a lane of its own."""
    lanes = 0
    for (source, target), label in arrows.items():
        if states.index(target) == states.index(source) + 1:
            _draw_step(canvas, _left(source, states) + STATE_WIDTH, _left(target, states), label)
        else:
            lanes += 1
            below = LANES_AT + lanes * LANE
            _draw_detour(canvas, _left(source, states), _left(target, states), below, label)
    return lanes


def _draw_step(canvas: Canvas, start: float, end: float, label: str) -> None:
    y = STATES_AT + STATE_HEIGHT / 2
    canvas.path(f"M{start + 6:g} {y:g}H{end - 12:g}", edge="line", thick=1.8)
    canvas.shape(f"M{end - 14:g} {y - 5:g}l10 5l-10 5z", fill="line")
    canvas.text((start + end) / 2, y - 9, label, size=13, anchor="middle")


def _draw_detour(canvas: Canvas, source: float, target: float, below: float, label: str) -> None:
    """Down from the source, along a lane, up into the target."""
    start, end = source + STATE_WIDTH / 2, target + STATE_WIDTH / 2
    bottom, turn = STATES_AT + STATE_HEIGHT, 10 if end > start else -10
    canvas.path(
        f"M{start:g} {bottom + 4}V{below - 10:g}q0 10 {turn} 10H{end - turn:g}"
        f"q{turn} 0 {turn} -10V{bottom + 14}",
        edge="line",
        thick=1.5,
    )
    canvas.shape(f"M{end - 5:g} {bottom + 15}l5 -10l5 10z", fill="line")
    canvas.text(start + 2 * turn, below - 7, label, size=13)


def _draw_reason(canvas: Canvas, y: float, number: int, transition: Transition) -> None:
    canvas.text(MARGIN + 8, y, str(number), ink="quiet", anchor="middle", bold=True)
    way = f"{transition.source} → {transition.target}"
    canvas.text(MARGIN + 26, y, way, ink="quiet", size=13)
    canvas.text(MARGIN + 210, y, transition.step, size=13, bold=True)
    canvas.text(MARGIN + 285, y, transition.when, size=13)
