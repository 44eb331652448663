"""An exercise in front of its learner: check, hint, solution, tidy.

It makes the clients that a check asks for, from the learner's own session, and turns errors
of the way there into "cannot be checked". It does not know whether AWS or a lab answers.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ecs_tutorial.exercises import blanks, catalogue, effort, progress
from ecs_tutorial.exercises.feedback import Words, name, said
from ecs_tutorial.exercises.model import Exercise
from ecs_tutorial.exercises.outcomes import Outcome, cannot_be_checked, not_attempted
from ecs_tutorial.lab_error import LabError

if TYPE_CHECKING:
    import boto3

ANSWER = "answer"
OPEN = (..., None, "")
"""What the learner hands over before there is an answer."""


def exercise(key: str, session: boto3.Session | None = None) -> Attempt:
    """An exercise by its key, as ``exercise("2.1")``; without ``session``, boto3's default one."""
    return Attempt(catalogue.find(key), session)


class Attempt:
    """What a learner can do with an exercise."""

    def __init__(self, exercise: Exercise, session: boto3.Session | None = None) -> None:
        self._exercise = exercise
        self._session = session

    def __repr__(self) -> str:
        call = self._exercise.call
        verbs = f"{call}.check(), {call}.hint(1), {call}.solution()"
        return f"{name(self._exercise)}. {self._exercise.kind}.\n{self._exercise.task}\n{verbs}"

    def begin(self) -> Words:
        """Bring about the trouble of an incident; calls are counted from here on."""
        if self._exercise.begin is None:
            return Words((f"{name(self._exercise)} is no incident: begin where you are.",))
        self.tidy()
        self._called(self._exercise.begin)
        effort.begin(self._exercise.key, self._session or _default_session())
        return Words((f"{name(self._exercise)}: it has begun. Make your clients anew.",))

    def check(self, answer: object = ...) -> Words:
        """Look at the cluster and say how the exercise stands; changes nothing there."""
        took = effort.told(self._exercise.key)
        with effort.uncounted():
            outcome = self.outcome(answer)
        note = progress.checked(self._exercise.key, outcome.state)
        return said(self._exercise, outcome, took, note)

    def outcome(self, answer: object = ...) -> Outcome:
        """What ``check`` finds, before it is put into words or kept."""
        if ANSWER in inspect.signature(self._exercise.check).parameters and _is_open(answer):
            return not_attempted()
        try:
            outcome: Outcome = self._called(self._exercise.check, answer)
        except errors() as error:
            return cannot_be_checked(f"What was asked did not answer: {error}")
        return outcome

    def hint(self, number: int = 1) -> Words:
        """The first hint, the second, and so on; each says more."""
        hints = self._exercise.hints
        if not 1 <= number <= len(hints):
            return Words((f"{name(self._exercise)} has hints 1 to {len(hints)}.",))
        note = progress.hinted(self._exercise.key, number)
        about = f"{name(self._exercise)}: hint {number} of {len(hints)}."
        return Words(tuple(filter(None, (about, hints[number - 1], note))))

    def solution(self) -> Words:
        """The solved cell, and why it is right."""
        note = progress.solution_shown(self._exercise.key)
        lines = (f"{name(self._exercise)}: the solution.", self._exercise.because, note)
        return Words(tuple(filter(None, lines)), blanks.solution(self._exercise.cell))

    def tidy(self) -> Words:
        """Delete what the exercise made, and say what that was."""
        effort.end(self._exercise.key)
        try:
            gone = list(self._called(self._exercise.tidy)) if self._exercise.tidy else []
        except errors() as error:
            return Words((f"Exercise {self._exercise.key}: could not look for it: {error}",))
        found = f"deleted {', '.join(gone)}" if gone else "there is nothing to delete"
        return Words((f"Exercise {self._exercise.key}: {found}.",))

    def _called(self, function: Callable[..., Any], answer: object = ...) -> Any:
        asked = inspect.signature(function).parameters
        return function(**{n: answer if n == ANSWER else self._client(n) for n in asked})

    def _client(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        make = self._session.client if self._session else boto3.client
        soon = Config(connect_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
        return make(service.replace("_", "-"), config=soon)


def _default_session() -> Any:
    """The session behind ``boto3.client``."""
    import boto3

    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    return boto3.DEFAULT_SESSION


def errors() -> tuple[type[Exception], ...]:
    """How asking AWS or a lab can fail."""
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError, LabError


def _is_open(answer: object) -> bool:
    return any(answer is each for each in OPEN) or (isinstance(answer, str) and not answer.strip())
