"""Regular expressions that cannot keep the lab busy for long.

Python's ``re`` backtracks and has no time limit, so a pattern is refused when the
choices it offers could be tried in too many combinations. It knows nothing of the
language that a pattern is written in.
"""

from __future__ import annotations

import re

LONGEST_PATTERN = 128
LONGEST_VALUE = 128
"""Characters in an attribute's value (API reference, Attribute)."""

MOST_CHOICES = 24
"""Binary choices in one alternative; four repetitions, for example."""

TOKEN = re.compile(
    r"(?P<literal>\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?:)?)|(?P<close>\))"
    r"|(?P<or>\|)|(?P<optional>\?[?+]?)|(?P<repeat>(?:[*+]|\{[\d,]*\})[?+]?)|(?P<other>.)",
    re.DOTALL,
)
CHOICES = {"or": 1, "optional": 1, "repeat": 6}


class UnboundedPatternError(ValueError):
    """The pattern could take too long to try."""


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, if it is bounded.

    Raises:
        UnboundedPatternError: it could take too long to try.
        re.error: it is not a regular expression.
    """
    # AWS: patterns are Java's, and its bounds are not known; here Python's, which reads
    # the usual ones alike.
    if len(pattern) > LONGEST_PATTERN:
        raise UnboundedPatternError(f"a pattern longer than {LONGEST_PATTERN} characters")
    if "(?" in pattern.replace("(?:", ""):
        raise UnboundedPatternError("a pattern with an extension other than (?:...)")
    if choices(pattern) > MOST_CHOICES:
        raise UnboundedPatternError("a pattern with too many repetitions or alternatives")
    return re.compile(pattern)


def pattern_matches(pattern: re.Pattern[str], value: str) -> bool:
    return len(value) <= LONGEST_VALUE and bool(pattern.fullmatch(value))


def choices(pattern: str) -> int:
    """The choices in the richest of the pattern's outermost alternatives.

    Raises:
        UnboundedPatternError: a repeated group has choices of its own.
    """
    starts, spent, most, closed = [], 0, 0, 0
    for token in TOKEN.finditer(pattern):
        kind = token.lastgroup or ""
        if kind == "repeat" and closed:
            raise UnboundedPatternError("a pattern that repeats a group with choices of its own")
        if kind == "open":
            starts.append(spent)
        closed = spent - starts.pop() if kind == "close" and starts else 0
        spent += CHOICES.get(kind, 0)
        if kind == "or" and not starts:
            most, spent = max(most, spent - 1), 0
    return max(most, spent)
