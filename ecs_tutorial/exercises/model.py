"""What an exercise is: a declaration, with nothing that runs by itself.

The vocabulary of the chapters' modules; whoever writes an exercise reads this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ecs_tutorial.exercises.outcomes import Outcome

Check = Callable[..., Outcome]
"""Looks and judges. Its parameters name what it is given: clients by their service (``ecs``,
``ec2``, ``application_autoscaling``), and ``answer``, what the learner handed to ``check``."""
Tidy = Callable[..., Iterable[str]]
"""Deletes what the exercise made, also by a wrong answer; yields the name of each thing."""


class Kind(StrEnum):
    """What a learner is asked to do."""

    COMPLETE = "Complete the call"
    PREDICT = "Predict"
    FAULT = "Find the fault"
    READ = "Read a response"
    DESIGN = "Design"
    INCIDENT = "Mend what is broken"
    TEST = "Test yourself"


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that learners give, and words that only its own message has."""

    code: str
    """Stands where the solution's blank is."""
    says: str


@dataclass(frozen=True)
class Exercise:
    """One exercise, whole: what is asked, what is right, what is known to go wrong."""

    key: str
    """Chapter and number, as ``2.1`` or ``8a.3``."""
    title: str
    kind: Kind
    objective: str
    """One of the chapter's, as the notebook's opening words it."""
    task: str
    """What is asked, as Markdown."""
    minutes: int
    """How long doing it takes, beside the reading."""
    cell: str
    """The solved cell; ``# blank`` marks the lines that the learner is to write (``blanks``)."""
    because: str
    """Why the solution is right; shown below it."""
    hints: tuple[str, ...]
    wrong: tuple[Wrong, ...]
    second: str
    """Another right way, in the place of the blank."""
    check: Check
    tidy: Tidy | None = None
    """Only for an exercise that makes something."""
    begin: Callable[..., None] | None = None
    """Only for an incident: brings the trouble about; its parameters are clients by service."""

    @property
    def chapter(self) -> str:
        return self.key.rpartition(".")[0]

    @property
    def title_in_text(self) -> str:
        """A title that asks is quoted where more words follow it."""
        return f"“{self.title}”" if self.title.endswith("?") else self.title

    @property
    def call(self) -> str:
        """How the exercise is addressed in code."""
        return f'exercise("{self.key}")'
