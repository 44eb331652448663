"""A picture and its twin in words, and the few strokes that the pictures are drawn with.

A picture is an SVG on a ground of its own, so that it reads the same in a light and in
a dark notebook. It is shown as an image with alternative text, because JupyterLab strips
SVG elements out of the kept outputs of a notebook that has not been run yet.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from urllib.parse import quote

from ecs_tutorial.notebook.colours import stylesheet

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif"


@dataclass(frozen=True)
class Picture:
    """What a cell shows: an image for the eye, the same in words for every other reader."""

    title: str
    summary: str
    """One sentence: the image's alternative text."""
    words: str
    """Everything that the picture says."""
    svg: str
    width: int

    def __str__(self) -> str:
        return self.words

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.words, "text/html": self.html()}

    def html(self) -> str:
        alt = html.escape(f"{self.title}. {self.summary}")
        source = quote(self.svg, safe=" /:=;,.()-_~*@$?+!|")
        return (
            '<figure style="margin: 0.5em 0">'
            f'<img alt="{alt}" width="{self.width}" style="max-width: 100%; height: auto" '
            f'src="data:image/svg+xml;charset=utf-8,{source}">'
            "<details><summary>The same in words</summary>"
            f"<pre>{html.escape(self.words)}</pre></details></figure>"
        )


class Canvas:
    """An SVG in the making; coordinates are pixels from the top left corner."""

    def __init__(self) -> None:
        self._strokes: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        ink: str = "ink",
        on: str = "paper",
        size: int = 14,
        bold: bool = False,
        anchor: str = "start",
    ) -> None:
        """Write ``words`` with their base line at ``y``; ``on`` names the ground they stand on."""
        weight = ' font-weight="600"' if bold else ""
        self._add(
            f'<text x="{x:g}" y="{y:g}" class="fill-{ink}" data-on="{on}" font-size="{size}" '
            f'text-anchor="{anchor}"{weight}>{html.escape(words, quote=False)}</text>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        *,
        edge: str | None = None,
        radius: float = 8,
        dashed: bool = False,
        thick: float = 1.2,
    ) -> None:
        self._add(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" '
            f'class="{_classes(fill, edge)}"{_stroke(edge, dashed, thick)}/>'
        )

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        fill: str,
        *,
        edge: str | None = None,
        dashed: bool = False,
        thick: float = 1.5,
    ) -> None:
        self._add(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" '
            f'class="{_classes(fill, edge)}"{_stroke(edge, dashed, thick)}/>'
        )

    def path(self, d: str, *, edge: str, dashed: bool = False, thick: float = 1.5) -> None:
        self._add(
            f'<path d="{d}" fill="none" class="edge-{edge}" stroke-linecap="round" '
            f'stroke-linejoin="round"{_stroke(edge, dashed, thick)}/>'
        )

    def pattern(
        self, x: float, y: float, side: float, d: str, role: str, *, filled: bool = False
    ) -> None:
        """A framed square with the strokes ``d`` in it, cut off at its edges."""
        name = "fill" if filled else "edge"
        paint = "" if filled else ' fill="none" stroke-width="2"'
        self._add(
            f'<svg x="{x:g}" y="{y:g}" width="{side:g}" height="{side:g}">'
            f'<path d="{d}" class="{name}-{role}"{paint}/>'
            f'<path d="M.5 .5H{side - 0.5:g}V{side - 0.5:g}H.5Z" fill="none" '
            f'class="edge-{role}"/></svg>'
        )

    def shape(self, d: str, fill: str) -> None:
        self._add(f'<path d="{d}" class="fill-{fill}"/>')

    def svg(self, width: float, height: float, title: str, summary: str) -> str:
        """The finished drawing, with its title and description inside."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
            f'font-family="{FONT}">'
            f"<title>{html.escape(title, quote=False)}</title>"
            f"<desc>{html.escape(summary, quote=False)}</desc>"
            f"<style>{stylesheet()}</style>"
            f'<rect x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="12" '
            f'class="fill-paper edge-hair"/>'
            f"{''.join(self._strokes)}</svg>"
        )

    def _add(self, stroke: str) -> None:
        self._strokes.append(stroke)


def _classes(fill: str, edge: str | None) -> str:
    return f"fill-{fill} edge-{edge}" if edge else f"fill-{fill}"


def _stroke(edge: str | None, dashed: bool, thick: float) -> str:
    if edge is None:
        return ""
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f' stroke-width="{thick:g}"{dashes}'


def cut(words: str, most: int) -> str:
    """At most ``most`` characters; an ellipsis says that some are missing.

    >>> cut("wordpress", 6)
    'wordp…'
    """
    return words if len(words) <= most else words[: most - 1] + "…"
