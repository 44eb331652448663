"""Which chapters there are, in which order, and where an excursion belongs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecs_tutorial.chapters import Chapter, Chapters
from ecs_tutorial.lab_error import LabError

RUNNING = {"clusters": 1, "tasks": 2}
FILES: dict[str, tuple[list[str], dict[str, int]]] = {
    "00-start-here": ([], {}),
    "05-service": (["create"], RUNNING),
    "06-find": (["look"], RUNNING),
    "08a-tasks-fail": ([], RUNNING),
    "08b-instances-fail": ([], RUNNING),
    "10-clean-up": (["delete"], {}),
    "11-today": ([], {}),
}
KEYS: list[Chapter] = [0, 5, 6, "8a", "8b", 10, 11]


@pytest.fixture
def book(tmp_path: Path) -> Chapters:
    """A folder with some chapters, two of them excursions, and a file that is none."""
    for name, (walk, leaves) in FILES.items():
        cells = [
            {"cell_type": "code", "metadata": {"tags": ["walk"]}, "source": [source]}
            for source in walk
        ]
        content = {"metadata": {"ecs_tutorial": {"leaves": leaves}}, "cells": cells}
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(content))
    (tmp_path / "Untitled.ipynb").write_text("{}")
    return Chapters(tmp_path)


def test_chapters_are_in_the_order_of_their_files(book: Chapters) -> None:
    """A number alone is an int, one of several a string; a learner's own notebook is none."""
    assert list(book.notebooks) == KEYS
    assert book.notebook("8a").name == "08a-tasks-fail.ipynb"


@pytest.mark.parametrize("chapter", [8, "8", "08a", "8c", "6", "10"])
def test_an_unknown_chapter_is_told_those_there_are(book: Chapters, chapter: Chapter) -> None:
    """They are listed as one would write them."""
    with pytest.raises(LabError, match=r'are: 0, 5, 6, "8a", "8b", 10, 11\.$'):
        book.notebook(chapter)


@pytest.mark.parametrize(
    ("chapter", "found"), [(0, {}), (5, {}), (6, RUNNING), ("8b", RUNNING), (10, RUNNING), (11, {})]
)
def test_a_chapter_begins_with_what_the_walk_left(
    book: Chapters, chapter: Chapter, found: dict[str, int]
) -> None:
    """Gaps in the numbers and excursions change nothing."""
    assert book.begins_with(chapter) == found


def test_an_excursion_has_no_walk(book: Chapters) -> None:
    """The start is a walk of its own and none."""
    assert [key for key in KEYS if book.is_excursion(key)] == ["8a", "8b", 11]


@pytest.mark.parametrize(
    ("last", "chapter"), [(0, 5), (5, 6), (6, "8a"), (6, "8b"), (6, 10), ("8a", 10), (10, 11)]
)
def test_what_lies_between_may_be_skipped(book: Chapters, last: Chapter, chapter: Chapter) -> None:
    """Excursions need not have been made."""
    assert book.follows(chapter, last)


@pytest.mark.parametrize(
    ("last", "chapter"), [(5, 5), (6, 5), (0, 6), (5, "8a"), (5, 10), ("8b", "8a"), (6, 11)]
)
def test_the_walk_may_not_be_skipped(book: Chapters, last: Chapter, chapter: Chapter) -> None:
    """Nor does a chapter follow itself or a later one."""
    assert not book.follows(chapter, last)
