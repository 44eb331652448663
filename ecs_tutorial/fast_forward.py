"""Bring a lab to the start of a chapter by running the chapters before it.

The notebooks are the program: of each earlier chapter the cells tagged ``walk`` run,
in their order and in one namespace, as they stand in the notebook.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lab import LocalEcs

WALK = "walk"


def walk_cells(notebook: Path) -> list[str]:
    """The sources of a notebook's code cells that are tagged ``walk``."""
    cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and WALK in cell["metadata"].get("tags", ())
    ]


def run_walk(notebook: Path) -> None:
    """Run a chapter's walk; what its cells print or display is not shown."""
    from IPython.utils.capture import capture_output

    namespace: dict[str, Any] = {"__name__": "__walk__"}
    for number, source in enumerate(walk_cells(notebook), start=1):
        code = compile(source, f"{notebook.name}, walk cell {number}", "exec")
        with capture_output(stderr=False):
            exec(code, namespace)


def fast_forward(local: LocalEcs, chapter: int, folder: Path) -> None:
    """Run the walks of chapters 1 to ``chapter`` - 1 in an empty lab.

    Args:
        local: a lab that was just reset; its clock is still manual.
        chapter: the chapter that is to begin.
        folder: where the notebooks and the files that they read are.
    """
    before = Path.cwd()
    os.chdir(folder)
    try:
        with local.hurried():
            for notebook in sorted(folder.glob("[0-9][0-9]-*.ipynb")):
                if 1 <= int(notebook.name[:2]) < chapter:
                    run_walk(notebook)
    finally:
        os.chdir(before)
