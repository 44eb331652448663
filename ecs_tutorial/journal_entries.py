"""The frozen vocabulary of a journal: what a lab tells it, and what it tells a lab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Sent:
    """A request as it came over the wire: enough to send it again."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Entry:
    """A request that was no read, or an agent's report."""

    service: str
    action: str
    ordinal: int
    """Its place among the successful ones of this service and action, from 1."""
    outcome: str
    """Of a request the status and a digest of the answer, of a report its parameters."""
    sent: Sent | None = None
    """None if it came over no wire: as an agent's report, which comes again by itself."""


class Journal(Protocol):
    """Where a lab tells what happens to it."""

    def add(self, entry: Entry) -> None:
        """Take in what has just happened, in the order in which it does."""

    def settle(self) -> None:
        """Keep what was added: called before each answer and after whatever was due by itself."""

    def empty(self) -> None:
        """Forget everything: the lab begins anew."""


class NoJournal:
    """Keeps nothing."""

    def add(self, entry: Entry) -> None: ...

    def settle(self) -> None: ...

    def empty(self) -> None: ...
