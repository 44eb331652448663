"""The journal of a served lab: what makes it outlive the death of its process.

Every request that is no read, and every agent's report, is in an SQLite database before the
request is answered. It survives the death of the process, at any moment; a power cut may cost
the last moments. Why SQLite: it is in the standard library, its file format is kept readable for
decades, a write that was not finished is rolled back by the next reader, and a commit into its
write-ahead log costs some ten microseconds. It must not know what a request does.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ecs_tutorial.journal_entries import Entry, Sent
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import compaction

NAME = "lab.journal"
OURS = 0x45435354
"""SQLite's application id of a journal: ``ECST``."""
FORMAT = 2
TABLES = (
    "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE heads (head INTEGER PRIMARY KEY, request TEXT NOT NULL)",
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, lab_time TEXT NOT NULL,"
    " service TEXT NOT NULL, action TEXT NOT NULL, ordinal INTEGER NOT NULL,"
    " outcome TEXT NOT NULL, head INTEGER, body BLOB,"
    " reports INTEGER NOT NULL DEFAULT 0, digest TEXT)",
)
"""All but the body of a request is one of few heads; reports are those folded into one."""
COLUMNS = "lab_time, service, action, ordinal, outcome, head, body"
READ = f"SELECT number, {COLUMNS}, reports, digest FROM entries ORDER BY number"
ADD = f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
HEADS = "SELECT head, request FROM heads"
TELL = "INSERT OR REPLACE INTO about VALUES (?, ?)"


class UnusableJournalError(LabError):
    """A file that a lab cannot be brought back from; the sentence says why."""


@dataclass(frozen=True)
class Kept:
    """An entry of a journal, and when it happened."""

    number: int
    lab_time: datetime
    entry: Entry
    reports: int = 0
    """How many reports came right before it and are kept no more."""
    digest: str | None = None
    """Of those."""


class SqliteJournal:
    """A journal in a file; one process at a time has it open.

    Args:
        now: the lab time.
        versions: of all that must be the same for the same requests to make the same lab.
    """

    def __init__(
        self, path: Path, now: Callable[[], datetime], versions: Mapping[str, str]
    ) -> None:
        self.path = path
        self._now = now
        self._file = _opened(path, versions)
        self._heads: dict[tuple[object, ...], int] = {}
        self._since_compacted = 0
        self._told: datetime | None = None
        """The lab time that the last entry has, or the last word about it."""

    # --- what a lab tells it -------------------------------------------------

    def add(self, entry: Entry) -> None:
        sent = entry.sent
        now = self._now()
        row = (now.isoformat(), entry.service, entry.action, entry.ordinal, entry.outcome)
        self._begin()
        self._file.execute(ADD, (*row, sent and self._head(sent), sent and sent.body))
        self._told = now
        self._since_compacted += 1

    def _head(self, sent: Sent) -> int:
        """The number under which all but the body of a request is kept."""
        said = (sent.method, sent.url, *sent.headers.items())
        head = self._heads.get(said)
        if head is None:
            request = json.dumps([sent.method, sent.url, dict(sent.headers)])
            made = self._file.execute("INSERT INTO heads (request) VALUES (?)", (request,))
            head = self._heads[said] = int(made.lastrowid or 0)
        return head

    def settle(self) -> None:
        now = self._now()
        if now != self._told:
            self._begin()
            self._file.execute(TELL, ("lab_time", now.isoformat()))
            self._told = now
        if self._file.in_transaction:
            self._file.execute("COMMIT")
        if self._since_compacted >= compaction.EVERY:
            self._since_compacted = 0
            compaction.compact(self._file)

    def empty(self) -> None:
        self._begin()
        self._file.execute("DELETE FROM entries")
        self._file.execute("DELETE FROM heads")
        self._heads.clear()
        self._file.execute("DELETE FROM about WHERE key NOT IN ('versions', 'building')")
        self._file.execute("COMMIT")
        self._told = None

    def _begin(self) -> None:
        if not self._file.in_transaction:
            self._file.execute("BEGIN")

    # --- what else is to be remembered ----------------------------------------

    def remember(self, key: str, value: Any) -> None:
        """Keep something beside the entries, at once; None forgets it."""
        self._begin()
        if value is None:
            self._file.execute("DELETE FROM about WHERE key = ?", (key,))
        else:
            self._file.execute(TELL, (key, json.dumps(value)))
        self._file.execute("COMMIT")

    def recall(self, key: str) -> Any:
        return _about(self._file).get(key)

    # --- what it tells --------------------------------------------------------

    @property
    def lab_time(self) -> datetime | None:
        """Up to when everything that was due has happened; None in an empty journal."""
        found = self._file.execute(
            "SELECT MAX(at) FROM (SELECT value AS at FROM about WHERE key = 'lab_time'"
            " UNION ALL SELECT MAX(lab_time) FROM entries)"
        ).fetchone()[0]
        return datetime.fromisoformat(found) if found else None

    def entries(self) -> Iterator[Kept]:
        """All of them, in the order in which they happened."""
        heads: dict[int, str] = dict(self._file.execute(HEADS).fetchall())
        for row in self._file.execute(READ):
            number, lab_time, service, action, ordinal, outcome, head, body, reports, digest = row
            sent = _sent(heads[head], body) if head else None
            entry = Entry(service, action, ordinal, outcome, sent)
            yield Kept(number, datetime.fromisoformat(lab_time), entry, reports, digest)

    def copy_to(self, path: Path) -> None:
        """The same journal in another file, whole or not at all."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        self._file.execute("VACUUM INTO ?", (str(draft),))
        draft.chmod(0o600)
        draft.replace(path)

    def close(self) -> None:
        """End what was begun; what was added and never answered is not kept."""
        if self._file.in_transaction:
            self._file.execute("ROLLBACK")
        self._file.close()


def _sent(request: str, body: bytes) -> Sent:
    method, url, headers = json.loads(request)
    return Sent(method, url, headers, body)


def _opened(path: Path, versions: Mapping[str, str]) -> sqlite3.Connection:
    is_new = not path.exists() or not path.stat().st_size
    if is_new:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))  # what is in it is private
    try:
        file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            # The lab's process alone, so that no memory is shared: that works on a network's
            # file system too. What is committed is the operating system's from then on.
            file.execute("PRAGMA locking_mode = EXCLUSIVE")
            if is_new:
                _make(file, versions)
            else:
                _must_be_ours(file, path, versions)
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            file.close()
            raise
    except sqlite3.DatabaseError as error:
        raise UnusableJournalError(
            f"{path} is damaged, or no journal of a lab ({error})."
        ) from error
    return file


def _make(file: sqlite3.Connection, versions: Mapping[str, str]) -> None:
    """Whole or not at all."""
    for statement in (
        *("BEGIN", f"PRAGMA application_id = {OURS}", f"PRAGMA user_version = {FORMAT}"),
        *TABLES,
    ):
        file.execute(statement)
    file.execute(TELL, ("versions", json.dumps(dict(versions))))
    file.execute("COMMIT")


def _must_be_ours(file: sqlite3.Connection, path: Path, versions: Mapping[str, str]) -> None:
    """Raises UnusableJournalError or DatabaseError unless it can be played here."""
    if _number(file, "application_id") != OURS:
        raise UnusableJournalError(f"{path} is another program's file and no journal of a lab.")
    if _number(file, "user_version") != FORMAT:
        form = _number(file, "user_version")
        raise UnusableJournalError(
            f"{path} has a journal's form {form}, and this version reads form {FORMAT}."
        )
    problem = file.execute("PRAGMA quick_check").fetchone()[0]
    if problem != "ok":
        raise UnusableJournalError(f"{path} is damaged ({problem}).")
    was = _about(file).get("versions")
    if was != versions:
        raise UnusableJournalError(
            f"{path} was kept by {_listed(was or {})}, and here are {_listed(versions)}: the same "
            "requests may not make the same lab."
        )
    count, last = file.execute("SELECT SUM(1 + reports), MAX(number) FROM entries").fetchone()
    if count != last:
        raise UnusableJournalError(f"{path} lacks {last - count} of its {last} entries.")


def _number(file: sqlite3.Connection, pragma: str) -> int:
    return int(file.execute(f"PRAGMA {pragma}").fetchone()[0])


def _about(file: sqlite3.Connection) -> dict[str, Any]:
    rows = file.execute("SELECT key, value FROM about WHERE key <> 'lab_time'")
    return {key: json.loads(value) for key, value in rows}


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items()) or "nobody knows"


# --- the file in a lab's folder --------------------------------------------------------


def in_folder(folder: Path) -> Path:
    return folder / NAME


def files(path: Path) -> list[Path]:
    """A journal and what SQLite keeps beside it."""
    return [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]


def set_aside(path: Path) -> Path:
    """Give a journal another name, under which no lab takes it and nothing overwrites it."""
    number = 1
    while (aside := path.with_name(f"{path.name}.set-aside-{number}")).exists():
        number += 1
    for old, new in zip(files(path), files(aside), strict=True):
        with suppress(FileNotFoundError):
            old.rename(new)
    return aside


def remove(path: Path) -> bool:
    """Forget a lab; whether there was one to forget."""
    was_there = path.exists()
    for each in files(path):
        each.unlink(missing_ok=True)
    return was_there


def checked(path: Path, versions: Mapping[str, str]) -> None:
    """Raises UnusableJournalError unless a lab can be brought back from this file.

    It is only read, whoever may write it.
    """
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as file:
            _must_be_ours(file, path, versions)
    except sqlite3.DatabaseError as error:
        raise UnusableJournalError(
            f"{path} is damaged, or no journal of a lab ({error})."
        ) from error
