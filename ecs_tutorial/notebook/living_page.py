"""A page in a notebook that moves: the browser asks for a look, the kernel draws what it sees.

Nothing here runs by itself. A look is taken when a browser that shows the page asks for
one, at most one a second; so a page that is hidden, paused or gone costs nothing, and one
whose kernel has ended is as it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from ecs_tutorial.notebook import colours, marks

HERE = Path(__file__).parent
PERIODS = [1, 2, 5, 10]
"""Seconds between the beginnings of two looks, to choose from."""
LEAST_SECONDS = 1.0
REST = 4.0
"""A look that took long is followed by a rest that is so many times as long."""
TOLERANCE = 0.05
"""A browser's timer may be so much early."""


class LivingPage(anywidget.AnyWidget):
    """HTML that a browser keeps up to date.

    Args:
        draw: makes the page of what was seen last, for a task that was chosen.
        look: asks anew; what it raises is told on the page.
    """

    _esm: ClassVar[Any] = (HERE / "living_page.js").read_text(encoding="utf-8")
    _css: ClassVar[Any] = (
        colours.variables(".ecs-live")
        + marks.stylesheet()
        + (HERE / "living_page.css").read_text(encoding="utf-8")
    )
    page = traitlets.Unicode().tag(sync=True)
    paused = traitlets.Bool(False).tag(sync=True)
    periods = traitlets.List(PERIODS).tag(sync=True)
    speed = traitlets.Int(0).tag(sync=True)
    """Which of the periods it is."""
    answers = traitlets.Int(0).tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)

    def __init__(self, look: Callable[[], None], draw: Callable[[str], str]) -> None:
        self._look = look
        self._draw = draw
        self._chosen = ""
        self._next_at = 0.0
        self._one_at_a_time = threading.RLock()
        super().__init__(page=draw(""))
        self.on_msg(self._take)

    def redraw(self) -> None:
        """Draw again what was seen last."""
        with self._one_at_a_time:
            self.page = self._draw(self._chosen)

    def _take(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("kind") == "choose":
            self._chosen = str(content.get("task", ""))
            self.redraw()
        elif content.get("kind") == "look":
            self._look_if_it_is_time()
            self.answers += 1

    def _look_if_it_is_time(self) -> None:
        """Several browsers may show this page; together they get one look a second."""
        with self._one_at_a_time:
            began = time.monotonic()
            if self.paused or began < self._next_at - TOLERANCE:
                return
            self.trouble = self._looked()
            self.redraw()
            took = time.monotonic() - began
            self._next_at = began + max(LEAST_SECONDS, took * (1 + REST))

    def _looked(self) -> str:
        """Why nothing new was seen, in a sentence; nothing if all went well."""
        try:
            self._look()
        except Exception as error:
            return f"Nothing new can be seen, so this is the last that was: {error}"
        return ""
