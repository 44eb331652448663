"""A build under one's eyes: a bar with a label, and the last line of what it does.

Where no widgets are, the same is read as text. Steps are printed by whoever builds.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import ipywidgets

WIDTH = 96


class Progress:
    """A bar that is shown once and then moves; ``title`` is what stays in a kept notebook."""

    def __init__(self, title: str, total: int) -> None:
        self.title = title
        self._bar = ipywidgets.IntProgress(
            min=0,
            max=max(total, 1),
            description=title,
            style={"description_width": "initial"},
            layout={"width": "max-content"},
        )
        self._words = ipywidgets.HTML()
        self._widget = ipywidgets.VBox([self._bar, self._words])

    def show(self) -> None:
        from IPython.display import display

        display(self)

    def move(self, done: int, words: str) -> None:
        """Say where it is: so many of the total are done, and what is going on."""
        self._bar.value = done
        self._words.value = f"<code>{html.escape(words[:WIDTH])}</code>"

    def end(self, words: str, *, failed: bool = False) -> None:
        """The last word: the bar is full, or stays where it failed."""
        self._bar.bar_style = "danger" if failed else "success"
        self.move(self._bar.value if failed else self._bar.max, words)

    def __repr__(self) -> str:
        return self.title

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        bundle = self._widget._repr_mimebundle_() or {}
        return {**bundle, "text/plain": repr(self)}
