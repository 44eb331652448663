"""Bring a lab to the start of a chapter by running the chapters before it.

The notebooks are the program: of each earlier chapter the cells tagged ``walk`` run,
in their order and in one namespace, as they stand in the notebook.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecs_tutorial.lab_error import LabError

if TYPE_CHECKING:
    from .chapters import Chapter, Chapters
    from .lab import LocalEcs


def run_walk(name: str, cells: Iterable[str]) -> None:
    """Run a chapter's walk; what its cells print or display is not shown."""
    from IPython.utils.capture import capture_output

    namespace: dict[str, Any] = {"__name__": "__walk__"}
    for number, source in enumerate(cells, start=1):
        code = compile(source, f"{name}, walk cell {number}", "exec")
        with capture_output(stderr=False):
            exec(code, namespace)


def fast_forward(local: LocalEcs, chapter: Chapter, chapters: Chapters) -> None:
    """Run the walks of the chapters before one in an empty lab.

    Args:
        local: a lab that was just reset; its clock is still manual.
        chapter: the chapter that is to begin.
        chapters: the notebooks, in the folder where the files that they read are too.
    """
    before = Path.cwd()
    os.chdir(chapters.folder)
    try:
        with local.hurried():
            for each in chapters.before(chapter):
                name = chapters.notebooks[each].name
                try:
                    run_walk(name, chapters.walk(each))
                except LabError as error:
                    raise LabError(f"{name} comes before and did not run: {error}") from error
    finally:
        os.chdir(before)
