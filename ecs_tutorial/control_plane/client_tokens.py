"""Client tokens: the same request again, with the token it had, does nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# AWS: how long a token is remembered is not published for ECS; here a day.
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """A request that was answered, and what it made."""

    request: Mapping[str, Any]
    made: tuple[str, ...]
    """The ARNs of that."""
    at: datetime


class ClientTokens:
    """The tokens of RunTask and CreateTaskSet, oldest first."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def find(self, token: str | None, now: datetime) -> Known | None:
        known = self._known.get(token or "")
        return known if known and now - known.at < REMEMBERED else None

    def keep(self, token: str, known: Known) -> None:
        self._known.pop(token, None)
        self._known[token] = known
        while (oldest := next(iter(self._known))) and self._is_over(oldest, known.at):
            del self._known[oldest]

    def _is_over(self, token: str, now: datetime) -> bool:
        return now - self._known[token].at >= REMEMBERED
