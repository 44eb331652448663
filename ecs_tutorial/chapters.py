"""The chapters as they lie on disk: which there are, their order, and what each leaves running.

It reads notebooks as JSON and runs nothing. A chapter's key is in its file's name: ``3`` of
``03-container-instances``, ``"8a"`` of ``08a-…``; files by name are chapters in order. What a
chapter leaves is in its notebook's metadata, as counts named like the lab's contents.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ecs_tutorial.engine import SIMULATED
from ecs_tutorial.lab_error import LabError

FIRST = "00-start-here.ipynb"
WALK = "walk"
"""The tag of the cells that make what later chapters build on."""

Chapter = int | str
"""A chapter's key, as ``start`` takes it: ``3``, or ``"8a"`` where a number has several."""
_NAME = re.compile(r"(\d\d)([a-z]?)-.+\.ipynb")


def key(file_name: str) -> Chapter | None:
    """The key in a notebook's name; None if it is no chapter's.

    >>> key("03-container-instances.ipynb"), key("08a-tasks.ipynb"), key("notes.ipynb")
    (3, '8a', None)
    """
    name = _NAME.fullmatch(file_name)
    if name is None:
        return None
    number = int(name[1])
    return f"{number}{name[2]}" if name[2] else number


@dataclass(frozen=True)
class Chapters:
    """The tutorial's notebooks in one folder."""

    folder: Path

    @cached_property
    def notebooks(self) -> Mapping[Chapter, Path]:
        """The notebook of each chapter, in the order in which they are read."""
        keyed = ((key(path.name), path) for path in sorted(self.folder.glob("*.ipynb")))
        return {chapter: path for chapter, path in keyed if chapter is not None}

    def notebook(self, chapter: Chapter) -> Path:
        """The notebook of a chapter, or a sentence that says which there are."""
        if type(chapter) not in (int, str) or chapter not in self.notebooks:
            there = ", ".join(map(json.dumps, self.notebooks)) or "none"
            raise LabError(
                f"There is no chapter {chapter!r}. Those in {self.folder.name}/ are: {there}."
            )
        return self.notebooks[chapter]

    def before(self, chapter: Chapter) -> Sequence[Chapter]:
        """The chapters ahead of one, in order, without the first: that is a walk of its own."""
        self.notebook(chapter)
        order = list(self.notebooks)
        return order[1 : order.index(chapter)]

    def walk(self, chapter: Chapter) -> list[str]:
        """The sources of a chapter's code cells that are tagged ``walk``."""
        return [
            "".join(cell["source"])
            for cell in self._content(chapter)["cells"]
            if cell["cell_type"] == "code" and WALK in cell["metadata"].get("tags", ())
        ]

    def is_excursion(self, chapter: Chapter) -> bool:
        """Whether a chapter makes nothing that later ones build on and leaves what it found."""
        return chapter != next(iter(self.notebooks)) and not self.walk(chapter)

    def begins_with(self, chapter: Chapter) -> dict[str, int]:
        """What a chapter finds in the lab: what the one before it in the walk left."""
        walked = (each for each in reversed(self.before(chapter)) if not self.is_excursion(each))
        return next(map(self._leaves, walked), {})

    def follows(self, chapter: Chapter, last: Chapter) -> bool:
        """Whether a chapter can come right after another: nothing of the walk lies between."""
        self.notebook(chapter)
        order = list(self.notebooks)
        first, then = order.index(last), order.index(chapter)
        return first < then and all(self.is_excursion(each) for each in order[first + 1 : then])

    def always_simulates(self, chapter: Chapter) -> bool:
        """Whether a chapter starts more containers than a machine could really run."""
        return self._about(chapter).get("containers") == SIMULATED

    def _leaves(self, chapter: Chapter) -> dict[str, int]:
        return dict(self._about(chapter).get("leaves", {}))

    def _about(self, chapter: Chapter) -> dict[str, Any]:
        about: dict[str, Any] = self._content(chapter)["metadata"].get("ecs_tutorial", {})
        return about

    def _content(self, chapter: Chapter) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.notebook(chapter).read_text(encoding="utf-8"))
        return content


def find() -> Chapters:
    """The notebooks of the current folder or of one around it, else those beside the package."""
    here = Path.cwd()
    around = [folder for place in (here, *here.parents) for folder in (place, place / "notebooks")]
    beside = Path(__file__).resolve().parent.parent / "notebooks"
    for folder in (*around, beside):
        if (folder / FIRST).is_file():
            return Chapters(folder)
    raise LabError(
        f"The tutorial's notebooks were not found: no {FIRST} in {here} or around it. Go to the "
        "folder of your git clone and try again."
    )


def enter(chapters: Chapters) -> bool:
    """Work in the notebooks' folder, where their files are; whether that was a move."""
    if Path.cwd() == chapters.folder.resolve():
        return False
    os.chdir(chapters.folder)
    return True
