"""What pictures draw, and what a screen reader is given in their place.

A picture is an image to a screen reader: of what is drawn in it, it gets the name and no more. So
whatever is drawn has to stand beside it in words.
"""

import re
from html import unescape

from playwright.sync_api import Locator

PICTURE = "img[src*=svg], .ecs-live .wide svg"
DRAWN = """
cell => Promise.all([
  ...[...cell.querySelectorAll('img[src*="svg"]')].map(image =>
    fetch(image.src).then(it => it.text()).then(text =>
      new DOMParser().parseFromString(text, 'image/svg+xml'))),
  ...cell.querySelectorAll('.ecs-live .wide svg'),
].map(async picture => [...(await picture).querySelectorAll('text, foreignObject p')]
  .filter(it => !it.closest('[id*=xtick_]'))
  .map(it => it.innerHTML.replace(/<[^>]*>/g, ' ')).join(' ')))
"""
"""The texts of each picture in a cell, without the times at the foot of a chart."""
INSIDE_AN_IMAGE = re.compile(r"^( *)- (img\b(?: \"[^\"]*\")?).*\n(?:\1 +.*\n)*", re.M)
HOW_TO_LOOK = re.compile(r"Each square is .*?\.|\d+ more are told of in words below|\b\d\. ")
"""What is no fact: how a drawing is to be read, and the numbers of steps that words call first."""
WORD = re.compile(r"\w[\w./:-]*\b")


def unfold(cells: Locator) -> None:
    """Open whatever is folded, as a reader does who wants to know."""
    cells.evaluate_all(
        "all => all.forEach(it => it.querySelectorAll('details').forEach(fold => fold.open = true))"
    )


def spoken(part: Locator) -> str:
    """A part of the page as the accessibility tree has it; images are their names."""
    return INSIDE_AN_IMAGE.sub(r"\1- \2\n", part.aria_snapshot() + "\n")


def left_out(cell: Locator) -> list[str]:
    """The words and numbers that a cell's pictures draw and that its words do not have."""
    told = spoken(cell).lower()
    drawn = unescape(" ".join(HOW_TO_LOOK.sub("", text) for text in cell.evaluate(DRAWN)))
    return [word for word in WORD.findall(drawn.lower()) if word not in told]
