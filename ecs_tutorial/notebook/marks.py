"""How services are told apart: by a letter, a pattern and a colour, never by a colour alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from string import ascii_uppercase
from urllib.parse import quote

from ecs_tutorial.notebook.picture import Canvas

SIDE = 16
"""Of a pattern's square, in pixels."""
PATTERNS = (
    "M0 0H16V16H0Z",
    "M-2 6L6 -2M-2 14L14 -2M2 18L18 2M10 18L18 10",
    "M0 3H16M0 8H16M0 13H16",
    "M3 0V16M8 0V16M13 0V16",
    "M0 4L4 0L8 4L12 0L16 4M0 10L4 6L8 10L12 6L16 10M0 16L4 12L8 16L12 12L16 16",
    "M3 0V16M8 0V16M13 0V16M0 3H16M0 8H16M0 13H16",
)
"""Strokes in a square of 16 by 16; the first one is filled."""
NO_SERVICE = "–"


@dataclass(frozen=True)
class Mark:
    """A service's letter, and the number of its pattern and colour."""

    letter: str
    number: int

    @property
    def role(self) -> str:
        """The name of its colour."""
        return f"mark-{self.number}"


def marks(services: Iterable[str]) -> dict[str, Mark]:
    """A mark for each service, in the order of their names.

    >>> {name: mark.letter for name, mark in marks(["web", "jobs"]).items()}
    {'jobs': 'A', 'web': 'B'}
    """
    names = sorted(set(services) - {""})
    return {name: Mark(_letters(n), n % len(PATTERNS)) for n, name in enumerate(names)}


def _letters(number: int) -> str:
    """A to Z, then AA, AB …; patterns and colours begin again, letters never do."""
    rest, last = divmod(number, len(ascii_uppercase))
    return (_letters(rest - 1) if rest else "") + ascii_uppercase[last]


def draw_mark(canvas: Canvas, x: float, y: float, mark: Mark) -> None:
    """The square of a mark with its top left corner at ``x``, ``y``."""
    canvas.pattern(x, y, SIDE, PATTERNS[mark.number], mark.role, filled=mark.number == 0)


def stylesheet() -> str:
    """A class ``mark-N`` for each mark: its colour, seen through its pattern."""
    return "".join(
        f".ecs-live .mark-{number}{{background:var(--mark-{number});{_mask(number)}}}"
        for number in range(len(PATTERNS))
    )


def _mask(number: int) -> str:
    paint = 'fill="black"' if number == 0 else 'fill="none" stroke="black" stroke-width="2"'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}">'
        f'<path d="{PATTERNS[number]}" {paint}/></svg>'
    )
    return f'mask:url("data:image/svg+xml,{quote(svg)}")'
