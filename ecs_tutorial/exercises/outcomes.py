"""The four outcomes of a check, in words.

A check returns what ``correct``, ``not_yet`` and ``not_attempted`` make. That something cannot
be checked is not for a check to say: it lets the error pass, and ``attempt`` words it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How an exercise stands, as it is read and as it is kept."""

    NOT_ATTEMPTED = "not attempted"
    NOT_YET = "not yet"
    CORRECT = "correct"
    CANNOT_BE_CHECKED = "cannot be checked"


@dataclass(frozen=True)
class Outcome:
    """What a check found."""

    state: State
    words: str = ""
    seen: str = ""
    expected: str = ""


def not_attempted() -> Outcome:
    """Nothing of the exercise is there yet."""
    return Outcome(State.NOT_ATTEMPTED)


def correct(words: str) -> Outcome:
    """It is done; ``words`` say what was learnt by it."""
    return Outcome(State.CORRECT, words)


def not_yet(words: str, *, seen: str, expected: str) -> Outcome:
    """Something is there and not what was asked; ``words`` lead on without the solution."""
    return Outcome(State.NOT_YET, words, seen, expected)


def cannot_be_checked(words: str) -> Outcome:
    """Nothing can be said of it: who was asked did not answer."""
    return Outcome(State.CANNOT_BE_CHECKED, words)


def judged(
    answer: object,
    truth: object,
    *,
    expected: str,
    because: str,
    otherwise: Mapping[object, str],
    else_: str = "Look once more at what the API answers.",
) -> Outcome:
    """An answer beside what the API says now; capitals and spaces around it do not matter.

    Args:
        answer: what the learner gave.
        truth: what it has to be, read from the API.
        expected: what kind of answer was asked for; it must not give the truth away.
        because: why it is so.
        otherwise: wrong answers with a message of their own.
        else_: the message for every other one.
    """
    if _plain(answer) == _plain(truth):
        return correct(because)
    messages = {_plain(wrong): words for wrong, words in otherwise.items()}
    words = messages.get(_plain(answer), else_)
    return not_yet(words, seen=f"the answer {answer!r}", expected=expected)


def _plain(answer: object) -> str:
    return " ".join(str(answer).split()).casefold()
