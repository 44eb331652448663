"""How a lab whose process died comes back: its journal is played again.

The same requests are sent again, each at its own lab time; scheduler, agents and containers do
again what they did in between. What happens is compared, entry by entry, with what the journal
says has happened: a lab that comes out otherwise is not the lab that died.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ecs_tutorial.clock import LabClock
from ecs_tutorial.journal_entries import Entry, Journal, Sent
from ecs_tutorial.served import journal
from ecs_tutorial.served.compaction import Reports
from ecs_tutorial.served.journal import Kept, SqliteJournal, UnusableJournalError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

REAL = "A lab with real containers keeps no journal: its containers are removed when it ends."
EXACT = "ecs"
"""The service whose answers must be the same to the letter."""


class PlayedLab(Protocol):
    """What is asked of a lab here."""

    journal: Journal
    clock: LabClock

    def reset(self) -> None: ...

    def playing(self, told: Journal) -> AbstractContextManager[None]: ...

    def play_to(self, until: datetime) -> None: ...

    def again(self, sent: Sent) -> bool: ...


@dataclass(frozen=True)
class Begun:
    """How a lab began: with what another had held, or with words about why not."""

    journal: SqliteJournal | None
    """None where containers are real: they died with their lab, so nothing could be played."""
    words: str | None = None
    """What is to be said about it."""
    came_back: bool = False

    def remembered(self, key: str) -> Any:
        """What a lab that came back had remembered."""
        return self.journal.recall(key) if self.journal and self.came_back else None

    def close(self, *, forget: bool) -> None:
        """The lab ends; a lab that was asked to end is not to come back."""
        if self.journal:
            self.journal.close()
            if forget:
                journal.remove(self.journal.path)


def versions() -> dict[str, str]:
    """Of all that decides what a request does."""
    here = {name: metadata.version(name) for name in ("ecs-tutorial", "moto")}
    return {**here, "Python": f"{sys.version_info[0]}.{sys.version_info[1]}"}


def begin(folder: Path, lab: PlayedLab, aws: WSGIApplication) -> Begun:
    """Bring back what the folder's journal has, and let the lab keep it from here on."""
    path = journal.in_folder(folder)
    try:
        kept = SqliteJournal(path, lab.clock.now, versions())
    except UnusableJournalError as error:
        return _anew(path, lab, str(error))
    if kept.recall("building") is not None:
        # Nobody was told yet that this lab is there.
        kept.remember("building", None)
        kept.empty()
    try:
        played = play(kept, lab, aws)
    except UnusableJournalError as error:
        kept.close()
        lab.reset()
        return _anew(path, lab, str(error))
    lab.journal = kept
    return Begun(kept, _came_back(kept, played), True) if played else Begun(kept)


def begin_real(folder: Path) -> Begun:
    """Where containers are real there is no journal, and that of a lab before stays a file."""
    path = journal.in_folder(folder)
    if not path.exists():
        return Begun(None)
    aside = journal.set_aside(path)
    return Begun(None, f"{REAL} What the lab before held is now in {aside.name}.")


def _anew(path: Path, lab: PlayedLab, why: str) -> Begun:
    aside = journal.set_aside(path)
    lab.journal = kept = SqliteJournal(path, lab.clock.now, versions())
    words = f"What the last lab held could not be brought back: {why} The file is now {aside.name}."
    return Begun(kept, words)


def _came_back(kept: SqliteJournal, played: int) -> str:
    name = kept.recall("restored")
    kept.remember("restored", None)
    why = f"The lab is as {name} has it" if name else "The lab had died and is back as it was"
    return f"{why} (requests played again: {played}). Go on where you were."


# --- playing -----------------------------------------------------------------------------


def play(kept: SqliteJournal, lab: PlayedLab, aws: WSGIApplication) -> int:
    """Do again what a journal says, in an empty lab; how many requests that were.

    Raises:
        UnusableJournalError: something came out otherwise.
    """
    until = kept.lab_time
    if until is None:
        return 0
    entries = list(kept.entries())
    requests = [each for each in entries if each.entry.sent]
    comparison = Comparison(entries)
    with lab.playing(comparison):
        for request in requests:
            lab.play_to(request.lab_time)
            _send(lab, aws, request)
            comparison.must_be_at(request.number)
        lab.play_to(until)
        comparison.must_be_at(entries[-1].number if entries else 0)
    return len(requests)


def _send(lab: PlayedLab, aws: WSGIApplication, request: Kept) -> None:
    from werkzeug.test import Client

    sent = request.entry.sent
    assert sent is not None
    with suppress(Exception):  # what failed fails again; the comparison sees whether it did
        if not lab.again(sent):
            headers = dict(sent.headers)
            Client(aws).open(sent.url, method=sent.method, headers=headers, data=sent.body)


class Comparison:
    """What happens, against a journal's entries."""

    def __init__(self, entries: Sequence[Kept]) -> None:
        self._entries = {each.number: each for each in entries}
        self._last = max(self._entries, default=0)
        self._at = 0
        self._reports = Reports()
        self._problem: str | None = None

    def must_be_at(self, number: int) -> None:
        """Raises UnusableJournalError unless all up to this entry has happened, and no more."""
        if self._problem is None and self._at != number:
            more = f"More has happened than {number} entries."
            self._problem = _lacks(self._next()) if self._at < number else more
        if self._problem:
            raise UnusableJournalError(self._problem)

    # --- what a lab tells its journal ------------------------------------------

    def add(self, entry: Entry) -> None:
        self._at += 1
        expected = self._entries.get(self._at)
        if self._at > self._last:
            self._found(f"After the last entry came {_named(entry)}.")
        elif expected is None and entry.sent is None:
            self._reports.add(entry)
        elif expected is None or not same(entry, expected.entry):
            self._found(f"{_lacks(expected or self._next())} Instead came {_named(entry)}.")
        else:
            self._expected(entry, expected)

    def _next(self) -> Kept:
        """The first entry that is still to come; reports before it may be kept no more."""
        return self._entries[min(each for each in self._entries if each > self._at)]

    def _expected(self, entry: Entry, expected: Kept) -> None:
        """It came as it should; so must the reports that are folded into it, and its words."""
        if expected.digest not in (None, self._reports.digest):
            self._found(f"Before entry {expected.number} agents reported something else.")
        self._reports = Reports()
        if entry.outcome != expected.entry.outcome:
            text = "Entry %s, %s, was answered in other words."
            logging.getLogger(__name__).warning(text, expected.number, _named(entry))

    def _found(self, problem: str) -> None:
        self._problem = self._problem or problem

    def settle(self) -> None: ...

    def empty(self) -> None: ...


def same(entry: Entry, expected: Entry) -> bool:
    """Whether the same has happened: in ECS and what agents report, to the letter.

    Other services may answer what no lab can repeat, as a key pair's key.
    """
    if _names(entry) != _names(expected):
        return False
    if entry.service == EXACT:
        return entry.outcome == expected.outcome
    return entry.outcome.split()[0] == expected.outcome.split()[0]


def _names(entry: Entry) -> tuple[str, str, int, bool]:
    return entry.service, entry.action, entry.ordinal, entry.sent is None


def _named(entry: Entry) -> str:
    return f"{entry.service}:{entry.action} number {entry.ordinal} ({entry.outcome[:200]})"


def _lacks(kept: Kept) -> str:
    return f"Entry {kept.number}, {_named(kept.entry)}, did not happen again."
