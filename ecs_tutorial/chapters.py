"""The chapters as they lie on disk: which there are, where, and what each leaves running.

It reads notebooks as JSON and runs nothing. What a chapter leaves is written in its
notebook's metadata, ``ecs_tutorial.leaves``, as counts named like the lab's contents.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ecs_tutorial.lab_error import LabError

FIRST = "00-start-here.ipynb"


@dataclass(frozen=True)
class Chapters:
    """The tutorial's notebooks in one folder."""

    folder: Path

    @cached_property
    def notebooks(self) -> Mapping[int, Path]:
        return {int(path.name[:2]): path for path in sorted(self.folder.glob("[0-9][0-9]-*.ipynb"))}

    def notebook(self, chapter: int) -> Path:
        """The notebook of a chapter, or a sentence that says which there are."""
        if isinstance(chapter, bool) or chapter not in self.notebooks:
            there = ", ".join(str(number) for number in self.notebooks) or "none"
            raise LabError(
                f"There is no chapter {chapter!r}. Those in {self.folder.name}/ are: {there}."
            )
        return self.notebooks[chapter]

    def begins_with(self, chapter: int) -> dict[str, int]:
        """What a chapter finds in the lab: what the one before left, and nothing before the walk.

        Chapter 0 is a walk of its own and cleans up after itself.
        """
        self.notebook(chapter)
        return self._leaves(chapter - 1) if chapter > 1 else {}

    def _leaves(self, chapter: int) -> dict[str, int]:
        content = json.loads(self.notebook(chapter).read_text(encoding="utf-8"))
        return dict(content["metadata"].get("ecs_tutorial", {}).get("leaves", {}))


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
