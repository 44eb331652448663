"""The journal as a file: what is kept, when, and which files no lab is brought back from."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.journal_entries import Entry, Sent
from ecs_tutorial.served import journal
from ecs_tutorial.served.journal import SqliteJournal, UnusableJournalError

HERE = {"ecs-tutorial": "1", "moto": "5"}
SENT = Sent("POST", "http://127.0.0.1/", {"content-type": "x"}, b"\xff{}")
WRITE = Entry("ecs", "CreateCluster", 1, "200 abc", SENT)
REPORT = Entry("ecs", "SubmitTaskStateChange", 1, "[]")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal.in_folder(tmp_path)


def opened(path: Path, clock: ManualClock | None = None) -> SqliteJournal:
    return SqliteJournal(path, (clock or ManualClock()).now, HERE)


def kept(path: Path) -> list[Entry]:
    with closing(opened(path)) as again:
        return [each.entry for each in again.entries()]


def test_what_was_settled_is_there_in_order_and_with_its_time(path: Path) -> None:
    """A journal that was left without a word is read by the next process."""
    clock = ManualClock()
    first = opened(path, clock)
    first.add(WRITE)
    clock.advance(1.5)
    first.add(REPORT)
    first.settle()
    first.close()
    with closing(opened(path)) as again:
        assert [each.entry for each in again.entries()] == [WRITE, REPORT]
        assert [each.lab_time - LAB_EPOCH for each in again.entries()] == [
            timedelta(),
            timedelta(seconds=1.5),
        ]
        assert again.lab_time == LAB_EPOCH + timedelta(seconds=1.5)


def test_what_was_not_settled_has_not_happened(path: Path) -> None:
    """Nobody got an answer to it."""
    first = opened(path)
    first.add(WRITE)
    first.settle()
    first.add(REPORT)
    first.close()
    assert kept(path) == [WRITE]


def test_an_emptied_journal_remembers_nothing(path: Path) -> None:
    """A lab that is reset begins at the beginning."""
    with closing(opened(path)) as first:
        first.add(WRITE)
        first.settle()
        first.remember("keeper", {"chapter": 3})
        first.empty()
        assert (list(first.entries()), first.lab_time, first.recall("keeper")) == ([], None, None)
        first.add(REPORT)
        first.settle()
    assert kept(path) == [REPORT]


def test_it_is_its_users_alone(path: Path) -> None:
    """Requests have secrets in them."""
    with closing(opened(path)) as first:
        first.add(WRITE)
        first.settle()
        modes = {each.stat().st_mode & 0o777 for each in journal.files(path) if each.exists()}
    assert modes == {0o600}


def test_a_file_that_was_only_begun_is_a_new_journal(path: Path) -> None:
    """A process may die between making the file and writing into it."""
    path.touch()
    assert kept(path) == []


# --- what is refused --------------------------------------------------------------------


def of_text(path: Path) -> None:
    path.write_text("Shopping list: bread, butter. " * 100)


def of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE shopping (what)")


def torn(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def scratched(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:5000] + b"\0" * 4000 + content[9000:])


def of_another_form(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 99")


def of_another_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("""UPDATE about SET value = '{"moto": "4"}' WHERE key = 'versions'""")


def without_an_entry(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DELETE FROM entries WHERE number = 2")


HARM = {
    of_text: "damaged, or no journal",
    of_another_program: "another program's file",
    torn: "damaged",
    scratched: "damaged",
    of_another_form: "form 99, and this version reads form 2",
    of_another_version: "kept by moto 4, and here are ecs-tutorial 1, moto 5",
    without_an_entry: "lacks 1 of its 40 entries",
}


@pytest.mark.parametrize(("harm", "words"), HARM.items(), ids=[harm.__name__ for harm in HARM])
def test_a_file_that_cannot_be_played_is_refused_and_left_as_it_is(
    path: Path, harm: Callable[[Path], None], words: str
) -> None:
    """In words that say why; neither opening nor checking changes a byte of it."""
    if harm not in (of_text, of_another_program):
        with closing(opened(path)) as first:
            for _ in range(40):
                first.add(WRITE)
            first.settle()
    harm(path)
    content = path.read_bytes()
    for look in (lambda: opened(path), lambda: journal.checked(path, HERE)):
        with pytest.raises(UnusableJournalError, match=words):
            look()
    assert path.read_bytes() == content
    assert journal.set_aside(path).read_bytes() == content
    assert not path.exists()


def test_nothing_is_set_aside_over_something_else(path: Path) -> None:
    """The second gets another name than the first."""
    names = []
    for text in ("first", "second"):
        path.write_text(text)
        names.append(journal.set_aside(path))
    assert [each.read_text() for each in names] == ["first", "second"]


def test_a_copy_is_a_journal_like_the_first(path: Path, tmp_path: Path) -> None:
    """A snapshot has the same form, and the one that it was taken of goes on."""
    with closing(opened(path)) as first:
        first.add(WRITE)
        first.settle()
        first.copy_to(tmp_path / "copy")
        first.add(REPORT)
        first.settle()
    journal.checked(tmp_path / "copy", HERE)
    assert (kept(tmp_path / "copy"), kept(path)) == ([WRITE], [WRITE, REPORT])


def test_who_removes_a_lab_is_told_whether_there_was_one(path: Path) -> None:
    """``ecs-tutorial stop`` says what it takes away."""
    opened(path).close()
    assert (journal.remove(path), journal.remove(path)) == (True, False)
