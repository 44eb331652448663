"""Predict before you run: a question with a few answers, and a comparison afterwards.

The radio buttons and the plain call ``choose`` do the same, so that a keyboard, a screen
reader and a page without widgets all serve. Whether a guess was right is a fact for the
learner, not a mark.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets

WIDTH = 100
"""Characters in a line: a longer one would be broken in the middle of a word."""


class Prediction:
    """What the learner expects, recorded; made by ``predict``."""

    def __init__(self, question: str, options: Sequence[str]) -> None:
        if len(set(options)) < 2 or len(set(options)) < len(options):
            raise ValueError("a prediction needs two or more different options")
        self.question = question
        self.options = tuple(options)
        self._buttons = ipywidgets.RadioButtons(
            options=self.options,
            value=None,
            description="Your prediction:",
            style={"description_width": "initial"},
            layout={"width": "max-content"},
        )
        self._note = ipywidgets.HTML()
        self._buttons.observe(self._take_note, names="value")
        asked = ipywidgets.HTML(f"<strong>{html.escape(question)}</strong>")
        self._widget = ipywidgets.VBox([asked, self._buttons, self._note])

    @property
    def chosen(self) -> str | None:
        """The option the learner has chosen, ``None`` while there is none."""
        return self._buttons.value

    def choose(self, option: int | str) -> None:
        """Record a prediction without the buttons, by its number, counted from 1, or its text."""
        self._buttons.value = self._option(option)
        print(self._recorded())

    def reveal(self, answer: object, because: str = "") -> None:
        """Print what happened beside what was predicted.

        Raises:
            ValueError: ``answer`` is none of the options.
        """
        happened = self._option(str(answer))
        print(self._comparison(happened))
        if because:
            print(textwrap.fill(because, WIDTH, break_long_words=False, break_on_hyphens=False))

    def __repr__(self) -> str:
        numbered = (f"  {number}. {option}" for number, option in enumerate(self.options, 1))
        return "\n".join([self.question, *numbered, "Choose one, or call choose with its number."])

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        bundle = self._widget._repr_mimebundle_() or {}
        return {**bundle, "text/plain": repr(self)}

    def _option(self, option: int | str) -> str:
        if isinstance(option, int) and 1 <= option <= len(self.options):
            return self.options[option - 1]
        if option in self.options:
            return str(option)
        raise ValueError(f"{option!r} is none of the options: {', '.join(self.options)}")

    def _take_note(self, _: object) -> None:
        self._note.value = html.escape(self._recorded())

    def _recorded(self) -> str:
        return f"Recorded: {self.chosen}. Run the next cell to see what happens."

    def _comparison(self, happened: str) -> str:
        if self.chosen is None:
            return f"You recorded no prediction. What happened: {happened}."
        if self.chosen == happened:
            return f"You predicted: {self.chosen}. That is what happened."
        return f"You predicted: {self.chosen}. What happened: {happened}."


def predict(question: str, options: Sequence[str]) -> Prediction:
    """Ask for a prediction; show it as the last line of a cell, ``reveal`` in the next one."""
    return Prediction(question, options)
