"""The author's tool: run the notebooks again and rewrite what they keep.

``python -m ecs_tutorial.refresh [NOTEBOOK …]`` executes each notebook from its top, with
the lab in the kernel, and writes exercises, outputs, time and map. Whatever would differ from one
run to the next is left out, so a second run changes no file. It must not know any chapter.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any

from ecs_tutorial import chapters, session
from ecs_tutorial.exercises import cells as exercise_cells
from ecs_tutorial.notebook import opening
from ecs_tutorial.served.server import SPEED

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

CELL_SECONDS = 120
START = "start"
RANDOM_KINDS = ("application/vnd.jupyter.widget-view+json",)
"""Parts of an output that are named by a random id."""
LAB_TIME = "print(__import__('moto.core.utils', fromlist=['_']).utcnow().timestamp())"
"""moto's clock is the lab's."""


def kernel_environment(folder: Path) -> dict[str, str]:
    """What a kernel needs so that a notebook prints the same on every machine."""
    return {
        "ECS_TUTORIAL_MODE": session.IN_PROCESS,
        "ECS_TUTORIAL_CONTAINERS": "simulated",
        "ECS_TUTORIAL_HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "TZ": "UTC",
    }


def refresh(path: Path) -> bool:
    """Bring one notebook up to date; whether its file changed."""
    before = path.read_text(encoding="utf-8")
    notebook = read(path)
    exercise_cells.write(notebook.cells)
    waits = execute(notebook, path.parent)
    normalise(notebook)
    notebook.metadata.ecs_tutorial["waits"] = waits
    return _rewritten(path, notebook, before)


def rewrite_opening(path: Path) -> bool:
    """Write a notebook's time and map and run nothing, as after a chapter was added beside it."""
    return _rewritten(path, read(path), path.read_text(encoding="utf-8"))


def _rewritten(path: Path, notebook: NotebookNode, before: str) -> bool:
    write_opening(notebook, path.parent)
    write_picture(notebook.metadata.ecs_tutorial.chapter, path.parent)
    after = written(notebook)
    if after != before:
        path.write_text(after, encoding="utf-8", newline="\n")
    return after != before


def read(path: Path) -> NotebookNode:
    import nbformat

    return nbformat.read(path, as_version=4)


def written(notebook: NotebookNode) -> str:
    """A notebook as its file holds it."""
    import nbformat

    return nbformat.writes(notebook).rstrip("\n") + "\n"


def execute(notebook: NotebookNode, folder: Path) -> float:
    """Run a notebook as it stands; returns the seconds that its reader waits for the lab."""
    with _kernel(notebook, folder) as client:
        began = 0.0
        for index, cell in enumerate(list(notebook.cells)):
            client.execute_cell(cell, index)
            if START in tags(cell):
                began = _lab_time(client)
        return round((_lab_time(client) - began) / SPEED, 1)


@contextmanager
def _kernel(notebook: NotebookNode, folder: Path) -> Iterator[NotebookClient]:
    from nbclient import NotebookClient

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    )
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | kernel_environment(Path(home))
        with client.setup_kernel(cwd=str(folder), env=environment, stderr=DEVNULL):
            yield client


def _lab_time(client: NotebookClient) -> float:
    from nbformat.v4 import new_code_cell

    cells = client.nb.cells
    cells.append(new_code_cell(LAB_TIME))
    client.execute_cell(cells[-1], len(cells) - 1, store_history=False)
    return float(cells.pop().outputs[0].text)


def tags(cell: Mapping[str, Any]) -> Sequence[str]:
    return list(cell["metadata"].get("tags", ()))


def normalise(notebook: NotebookNode) -> None:
    """Leave out what a run writes by chance: timings, widget ids, versions, paths."""
    kept = notebook.metadata.get("ecs_tutorial", {})
    spec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook.metadata = _node(
        {"ecs_tutorial": kept, "kernelspec": spec, "language_info": {"name": "python"}}
    )
    for cell in notebook.cells:
        cell.metadata = _node({"tags": tags(cell)} if tags(cell) else {})
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        cell.execution_count = number
        cell.outputs = [_kept(output, number) for output in cell.outputs]


def _kept(output: NotebookNode, number: int) -> NotebookNode:
    if output.output_type == "error":
        # The frames name files of this machine; nbval compares name and message alone.
        output.traceback = [f"{output.ename}: {output.evalue}"]
    if "data" in output:
        output.metadata = _node({})
        output.data = _node({k: v for k, v in output.data.items() if k not in RANDOM_KINDS})
    if output.output_type == "execute_result":
        output.execution_count = number
    return output


def _node(value: Mapping[str, Any]) -> NotebookNode:
    from nbformat import from_dict

    return from_dict(value)


def write_opening(notebook: NotebookNode, folder: Path) -> None:
    """Write the two generated cells; the map is among the words that the time counts."""
    about = notebook.metadata.ecs_tutorial
    _put(notebook, opening.MAP, opening.chapter_map(about.chapter, titles(folder)))
    count = opening.words(notebook.cells)
    doing = [each.minutes for each in exercise_cells.exercises_in(notebook.cells)]
    _put(notebook, opening.TIME, opening.time(count, about.get("waits", 0.0), SPEED, doing))


def _put(notebook: NotebookNode, tag: str, source: str) -> None:
    for cell in notebook.cells:
        if tag in tags(cell):
            cell.source = source


def write_picture(chapter: chapters.Chapter, folder: Path) -> None:
    """Write the picture that a chapter's map shows."""
    path = folder / opening.picture_path(chapter)
    path.parent.mkdir(exist_ok=True)
    picture = opening.map_picture(chapter, titles(folder))
    path.write_text(picture.svg + "\n", encoding="utf-8", newline="\n")


def titles(folder: Path) -> opening.Titles:
    """File name and title of each chapter in the folder."""
    found = chapters.Chapters(folder).notebooks
    return {number: (path.name, title(read(path))) for number, path in found.items()}


def title(notebook: NotebookNode) -> str:
    """The one heading of the first level, which opens a notebook."""
    first: str = notebook.cells[0].source.partition("\n")[0]
    return first.removeprefix("# ").strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is 1 if some notebook did not run to its end."""
    from nbclient.exceptions import CellExecutionError

    parser = argparse.ArgumentParser(
        prog="python -m ecs_tutorial.refresh",
        description="Run notebooks again and rewrite their outputs, time and map.",
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="all of them by default")
    parser.add_argument(
        "--openings", action="store_true", help="write time and map alone, and run nothing"
    )
    options = parser.parse_args(arguments)
    again, failed = rewrite_opening if options.openings else refresh, False
    for path in options.notebooks or chapters.find().notebooks.values():
        try:
            print(f"{path.name}: {'changed' if again(path.resolve()) else 'up to date'}")
        except CellExecutionError as error:
            failed = True
            print(f"{path.name}: left as it was, a cell failed.\n{error}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
