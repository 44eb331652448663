"""Which chapter may go on in the lab as it is, and when the lab is rebuilt."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_tutorial.chapters import Chapters
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served.keeper import Keeper, holds

LEAVES: dict[int, dict[str, int]] = {
    0: {"clusters": 1},
    1: {},
    2: {"clusters": 1},
    3: {"clusters": 1, "instances": 2},
    4: {"clusters": 1, "instances": 2, "task_definitions": 1},
}
EMPTY = {"clusters": 0, "instances": 0, "task_definitions": 0}


def book(folder: Path) -> Chapters:
    """Five chapters whose metadata say what they leave."""
    for chapter, leaves in LEAVES.items():
        walk = {"cell_type": "code", "metadata": {"tags": ["walk"]}, "source": []}
        content = {"metadata": {"ecs_tutorial": {"leaves": leaves}}, "cells": [walk]}
        (folder / f"{chapter:02}-chapter.ipynb").write_text(json.dumps(content))
    (folder / "00-chapter.ipynb").rename(folder / "00-start-here.ipynb")
    return Chapters(folder)


class FakeLab:
    """A lab whose contents a test sets, and that notes when it was rebuilt."""

    def __init__(self) -> None:
        self.now = dict(EMPTY)
        self.rebuilt: list[int] = []

    def counts(self) -> dict[str, int]:
        return dict(self.now)

    def rebuild(self, chapter: int) -> None:
        self.rebuilt.append(chapter)
        self.now = EMPTY | (LEAVES[chapter - 1] if chapter > 1 else {})


@pytest.fixture
def lab() -> FakeLab:
    return FakeLab()


@pytest.fixture
def keeper(lab: FakeLab, tmp_path: Path) -> Keeper:
    return Keeper(lab, book(tmp_path))


def test_chapter_by_chapter_nothing_is_rebuilt(lab: FakeLab, keeper: Keeper) -> None:
    """Chapter 4 finds what chapter 3 made, and more of it is no harm."""
    for chapter in (1, 2, 3, 4):
        started = keeper.start(chapter)
        assert not started.rebuilt
        lab.now = EMPTY | LEAVES[chapter] | ({"services": chapter} if chapter > 1 else {})
    assert lab.rebuilt == []


def test_a_chapter_entered_in_an_empty_lab_is_built_up(lab: FakeLab, keeper: Keeper) -> None:
    """Who begins with chapter 4 gets what chapters 1 to 3 leave."""
    started = keeper.start(4)
    assert (started.rebuilt, started.contents) == (True, EMPTY | LEAVES[3])
    assert not any((started.gone or {}).values())


def test_a_second_start_begins_afresh(lab: FakeLab, keeper: Keeper) -> None:
    """The first cell run again brings the chapter's start back and names what went."""
    keeper.start(3)
    lab.now = EMPTY | {"clusters": 1, "instances": 2}
    started = keeper.start(3)
    assert (started.rebuilt, started.again) == (True, True)
    assert started.gone == EMPTY | {"clusters": 1, "instances": 2}


def test_an_earlier_chapter_begins_afresh(lab: FakeLab, keeper: Keeper) -> None:
    """After chapter 4, chapter 2 finds its own start and not what the later ones made."""
    keeper.start(4)
    lab.rebuilt.clear()
    assert keeper.start(2).rebuilt
    assert lab.rebuilt == [2]
    assert lab.now == EMPTY


def test_keep_only_connects(lab: FakeLab, keeper: Keeper) -> None:
    """With keep nothing is rebuilt, not even a lab that lacks what the chapter needs."""
    keeper.start(3)
    lab.now = EMPTY | {"clusters": 7}
    started = keeper.start(3, keep=True)
    assert (started.rebuilt, started.contents["clusters"]) == (False, 7)
    assert lab.rebuilt == [3]


def test_a_chapter_that_begins_with_nothing_needs_an_empty_lab(
    lab: FakeLab, keeper: Keeper
) -> None:
    """What chapter 4 left would be in the way of chapter 1."""
    lab.now = EMPTY | {"clusters": 1}
    assert keeper.start(1).gone == EMPTY | {"clusters": 1}
    assert lab.now == EMPTY


def test_reset_empties_and_forgets(lab: FakeLab, keeper: Keeper) -> None:
    """After a reset a chapter is started for the first time again."""
    keeper.start(3)
    assert keeper.reset() == EMPTY | LEAVES[2]
    assert (keeper.chapter, lab.now) == (None, EMPTY)
    assert not keeper.start(3).again


@pytest.mark.parametrize("chapter", [-1, 5, 99, "3", "8c", None, True, 2.5])
def test_a_wrong_chapter_is_answered_with_those_there_are(
    keeper: Keeper, lab: FakeLab, chapter: int
) -> None:
    """A number without a notebook changes nothing and is told the right ones."""
    with pytest.raises(LabError, match="are: 0, 1, 2, 3, 4"):
        keeper.start(chapter)
    assert lab.rebuilt == []


def test_while_it_is_rebuilt_the_lab_says_so(tmp_path: Path) -> None:
    """A rebuild keeps nobody waiting who only asks what is in the lab."""
    going, go_on = threading.Event(), threading.Event()

    class Slow(FakeLab):
        def rebuild(self, chapter: int) -> None:
            going.set()
            assert go_on.wait(5)

    keeper = Keeper(Slow(), book(tmp_path))
    thread = threading.Thread(target=keeper.start, args=(4,))
    thread.start()
    assert going.wait(5)
    assert (keeper.busy, keeper.contents()) == (
        "it is being brought to the start of chapter 4",
        None,
    )
    go_on.set()
    thread.join(5)
    assert (keeper.busy, keeper.contents()) == (None, EMPTY)


def test_a_rebuild_that_fails_leaves_a_lab_that_can_be_started(tmp_path: Path) -> None:
    """After a failure the same cell run again tries again."""

    class Failing(FakeLab):
        def rebuild(self, chapter: int) -> None:
            if not self.rebuilt:
                self.rebuilt.append(chapter)
                raise OSError("no such file")
            super().rebuild(chapter)

    keeper = Keeper(Failing(), book(tmp_path))
    with pytest.raises(OSError, match="no such file"):
        keeper.start(3)
    assert keeper.busy is None
    assert keeper.start(3).contents == EMPTY | LEAVES[2]


COUNTS = st.dictionaries(st.sampled_from(list(EMPTY)), st.integers(0, 3))


@given(COUNTS, COUNTS, COUNTS)
def test_more_of_what_is_needed_is_never_less_fit(
    contents: dict[str, int], needed: dict[str, int], more: dict[str, int]
) -> None:
    """A lab that holds what a chapter needs still does when things are added to it."""
    grown = {kind: contents.get(kind, 0) + more.get(kind, 0) for kind in EMPTY}
    if any(needed.values()) and holds(contents, needed):
        assert holds(grown, needed)
    assert holds(needed, needed)
