"""The notebooks as an instructor sees them: chapters with minutes, made of steps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat

from ecs_tutorial.chapters import Chapter, Chapters
from ecs_tutorial.exercises.cells import exercises_in
from ecs_tutorial.exercises.model import Exercise
from ecs_tutorial.notebook import opening

Cell = Mapping[str, Any]
FOLDED = re.compile(r"^<details>.*?^</details>$", re.M | re.S)
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)


def tags(cell: Cell) -> Sequence[str]:
    return list(cell["metadata"].get("tags", ()))


def is_code(cell: Cell) -> bool:
    return bool(cell["cell_type"] == "code")


def paragraphs(cell: Cell) -> Iterator[str]:
    """What a Markdown cell says, paragraph by paragraph: nothing folded, no block of code."""
    text = FENCED.sub("", FOLDED.sub("", cell["source"]))
    for part in re.split(r"\n\s*\n", text):
        yield " ".join(re.sub(r"^> ?", "", part.strip(), flags=re.M).split())


@dataclass(frozen=True)
class Step:
    """The cells below a heading of the second level."""

    title: str
    cells: Sequence[Cell]

    @property
    def minutes(self) -> int:
        """How long its reading and its exercises take, a minute at least."""
        doing = sum(each.minutes for each in exercises_in(self.cells))
        return max(1, round(opening.words(self.cells) / opening.WORDS_A_MINUTE + doing))

    @property
    def is_walked(self) -> bool:
        """Whether later chapters build on it."""
        return any("walk" in tags(cell) for cell in self.cells)


@dataclass(frozen=True)
class Lesson:
    """One chapter."""

    chapter: Chapter
    path: Path
    is_excursion: bool

    @cached_property
    def _notebook(self) -> Any:
        return nbformat.read(self.path, as_version=4)

    @property
    def cells(self) -> Sequence[Cell]:
        return list(self._notebook.cells)

    @property
    def title(self) -> str:
        first: str = self.cells[0]["source"].partition("\n")[0]
        return first.removeprefix("# ").strip()

    @property
    def link(self) -> str:
        """A link to the notebook from a page in ``docs``."""
        return f"[{self.title}](../notebooks/{self.path.name})"

    @property
    def exercises(self) -> Sequence[Exercise]:
        return list(exercises_in(self.cells))

    @property
    def minutes(self) -> int:
        """As the chapter's own opening says."""
        doing = sum(each.minutes for each in self.exercises)
        return opening.minutes(opening.words(self.cells), self._waits, doing)

    @property
    def minutes_without_exercises(self) -> int:
        own = [cell for cell in self.cells if "exercise" not in tags(cell)]
        return opening.minutes(opening.words(own), self._waits)

    @property
    def _waits(self) -> float:
        return float(self._notebook.metadata.get("ecs_tutorial", {}).get("waits", 0.0))

    @cached_property
    def sections(self) -> Sequence[Step]:
        """All cells from the first heading of the second level on, heading by heading."""
        found: list[tuple[str, list[Cell]]] = []
        for cell in self.cells[1:]:
            if cell["source"].startswith("## ") and not is_code(cell):
                found.append((cell["source"].partition("\n")[0].removeprefix("## "), []))
            if found:
                found[-1][1].append(cell)
        return [Step(title, cells) for title, cells in found]

    @property
    def steps(self) -> Sequence[Step]:
        """The sections with code, but the one that starts the lab."""
        return [
            section
            for section in self.sections
            if any(map(is_code, section.cells))
            and not any("start" in tags(c) for c in section.cells)
        ]


def lessons(chapters: Chapters) -> Sequence[Lesson]:
    """The chapters that lie on disk now, in the order in which they are read."""
    return [
        Lesson(chapter, path, chapters.is_excursion(chapter))
        for chapter, path in chapters.notebooks.items()
    ]
