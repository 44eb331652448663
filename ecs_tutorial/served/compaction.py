"""What a journal needs not keep word for word: reports of agents that a later request follows.

They come again by themselves when the requests are played, so what is left of those before a
request is how many they were and one digest of them all, kept with the request. No request is
ever taken out here: each has moved a stream of ids, a counter or a timer. What one does is not
known here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b

from ecs_tutorial.journal_entries import Entry

EVERY = 1_000
"""How many entries a journal takes in before it is compacted again."""
WORDS = "number, service, action, ordinal, outcome, head IS NULL"


class Reports:
    """Some reports in a row: how many there are, and a digest of them all."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = blake2b(digest_size=16)

    def add(self, entry: Entry) -> None:
        self.count += 1
        said = (entry.service, entry.action, str(entry.ordinal), entry.outcome)
        self._hash.update("\0".join((*said, "")).encode())

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def compact(file: sqlite3.Connection) -> None:
    """Fold the reports before each request into it: all of them or, if the process dies, none."""
    rows = file.execute(f"SELECT {WORDS} FROM entries WHERE number > {LAST_FOLDED} ORDER BY number")
    folded = list(_folded(rows))
    file.execute("BEGIN")
    for number, reports in folded:
        file.execute("DELETE FROM entries WHERE number BETWEEN ? AND ?", _before(number, reports))
        told = (reports.count, reports.digest, number)
        file.execute("UPDATE entries SET reports = ?, digest = ? WHERE number = ?", told)
    file.execute("COMMIT")


LAST_FOLDED = "(SELECT COALESCE(MAX(number), 0) FROM entries WHERE reports > 0)"


def _before(number: int, reports: Reports) -> tuple[int, int]:
    return number - reports.count, number - 1


def _folded(rows: Iterable[tuple[int, str, str, int, str, int]]) -> Iterable[tuple[int, Reports]]:
    """The requests that have reports right before them, and those reports."""
    reports = Reports()
    for number, service, action, ordinal, outcome, is_report in rows:
        if is_report:
            reports.add(Entry(service, action, ordinal, outcome))
            continue
        if reports.count:
            yield number, reports
        reports = Reports()
