"""The layers that a Dockerfile asks for, stacked as they will lie in the image."""

from __future__ import annotations

from collections.abc import Sequence

from ecs_tutorial.notebook.dockerfile import Layer, plan
from ecs_tutorial.notebook.picture import Canvas, Picture, cut

WIDTH, MARGIN, TOP, SLAB, GAP = 960, 24, 76, 42, 6
SLAB_LEFT, SLAB_WIDTH = 66, 590
NOTHING_BUILT = "A plan read from the Dockerfile: nothing has been built."
MOST_CHARACTERS = 60


def image_layers(dockerfile_text: str) -> Picture:
    """The plan of an image, the image it is built upon at the bottom.

    Raises:
        ValueError: the text has no instruction.
    """
    layers = plan(dockerfile_text)
    if not layers:
        raise ValueError("this Dockerfile has no instruction")
    title = "The image, layer on layer"
    summary = _summary(layers)
    canvas = Canvas()
    canvas.text(MARGIN, 34, title, size=17, bold=True)
    canvas.text(MARGIN, 57, NOTHING_BUILT, ink="quiet")
    _draw_container_layer(canvas, TOP)
    for place, layer in enumerate(reversed(layers), 1):
        _draw_layer(canvas, TOP + place * (SLAB + GAP), layer)
    height = TOP + (len(layers) + 1) * (SLAB + GAP) + MARGIN - GAP
    svg = canvas.svg(WIDTH, height, title, summary)
    return Picture(title, summary, _words(layers), svg, WIDTH)


def _summary(layers: Sequence[Layer]) -> str:
    files = sum(layer.kind == "files" for layer in layers)
    settings = sum(layer.kind == "settings" for layer in layers)
    base = next((layer.value for layer in layers if layer.kind == "base"), "nothing")
    return f"From {base}: layers of files added: {files}, steps that change settings: {settings}."


def _words(layers: Sequence[Layer]) -> str:
    lines = [_summary(layers), NOTHING_BUILT, "From the bottom up:"]
    for layer in layers:
        lines.append(f"  {layer.number:>2}  {layer.text}  ({layer.effect})")
    lines.append("   +  one writable layer for each container, gone when the container is removed")
    return "\n".join(lines)


def _draw_layer(canvas: Canvas, top: float, layer: Layer) -> None:
    middle = top + SLAB / 2 + 5
    canvas.text(SLAB_LEFT - 16, middle, str(layer.number), ink="quiet", anchor="end", bold=True)
    if layer.kind == "settings":
        ground = "paper"
        canvas.box(SLAB_LEFT, top, SLAB_WIDTH, SLAB, ground, edge="line", radius=6, dashed=True)
    else:
        ground = "accent" if layer.kind == "base" else "card"
        canvas.box(SLAB_LEFT, top, SLAB_WIDTH, SLAB, ground, edge="accent", radius=6, thick=1.6)
    ink = "on-accent" if ground == "accent" else "ink"
    words = cut(layer.text, MOST_CHARACTERS)
    canvas.text(SLAB_LEFT + 16, middle, words, ink=ink, on=ground, bold=layer.kind != "settings")
    canvas.text(SLAB_LEFT + SLAB_WIDTH + 18, middle, layer.effect, ink="quiet", size=13)


def _draw_container_layer(canvas: Canvas, top: float) -> None:
    middle = top + SLAB / 2 + 5
    canvas.box(
        SLAB_LEFT, top, SLAB_WIDTH, SLAB, "pending", edge="pending-edge", radius=6, dashed=True
    )
    canvas.text(SLAB_LEFT + 16, middle, "each container: one writable layer", on="pending")
    effect = "gone when the container is removed"
    canvas.text(SLAB_LEFT + SLAB_WIDTH + 18, middle, effect, ink="quiet", size=13)
