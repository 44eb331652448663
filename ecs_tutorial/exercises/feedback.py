"""What an exercise says, as text and as HTML with the same words.

The outcome is in the words; the line at the left only repeats it, by its form and by a colour.
Text has the colour of what surrounds it, so its contrast is the theme's, light or dark.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ecs_tutorial.exercises.model import Exercise
from ecs_tutorial.exercises.outcomes import Outcome, State

LINES: Mapping[State, tuple[str, str]] = {
    State.NOT_ATTEMPTED: ("dotted", "#757f8a"),
    State.NOT_YET: ("dashed", "#b3700d"),
    State.CORRECT: ("solid", "#27895a"),
    State.CANNOT_BE_CHECKED: ("double", "#7d6bc4"),
}
"""Form and colour of the line beside an outcome; seen on white and on black alike."""


@dataclass(frozen=True)
class Words:
    """Lines that a learner reads; the first says what they are about."""

    lines: tuple[str, ...]
    code: str = ""
    state: State | None = None

    def __repr__(self) -> str:
        code = ["", *(f"    {line}".rstrip() for line in self.code.splitlines()), ""]
        first, *others = self.lines
        return "\n".join([first, *(code if self.code else []), *others])

    def _repr_html_(self) -> str:
        form, colour = LINES.get(self.state, ("none", "")) if self.state else ("none", "")
        line = f"border-left: 5px {form} {colour}; " if self.state else ""
        style = f"{line}padding: 0.2em 0.8em"
        first, *others = (html.escape(each, quote=False) for each in self.lines)
        code = [f"<pre><code>{html.escape(self.code, quote=False)}</code></pre>"]
        parts = [f"<strong>{first}</strong>", *(code if self.code else [])]
        parts += [f"<div>{each}</div>" for each in others]
        role = ' role="status"' if self.state else ""
        return f'<div{role} style="{style}">{"".join(parts)}</div>'


def said(exercise: Exercise, outcome: Outcome, *notes: str) -> Words:
    """An outcome as the learner reads it."""
    lines = [f"{name(exercise)}: {outcome.state}.", *_details(outcome)]
    lines += [_next(exercise, outcome.state), *notes]
    return Words(tuple(line for line in lines if line), state=outcome.state)


def name(exercise: Exercise) -> str:
    return f"Exercise {exercise.key}, {exercise.title_in_text}"


def _details(outcome: Outcome) -> Iterator[str]:
    if outcome.seen:
        yield f"Seen: {outcome.seen}."
    if outcome.expected:
        yield f"Expected: {outcome.expected}."
    yield outcome.words


def _next(exercise: Exercise, state: State) -> str:
    if state is State.NOT_ATTEMPTED:
        return f"Write your code in place of the three dots. A hint: {exercise.call}.hint(1)"
    if state is State.NOT_YET:
        return f"Change your code and run the cell again. A hint: {exercise.call}.hint(1)"
    return ""
