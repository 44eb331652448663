"""What the notebooks show where containers are real: the kept outputs, but for what must differ.

The outputs kept in a notebook are those of the simulated lab. With real containers the same are
expected, with two changes: the banner tells of another lab, and the few cells in
``engine/real-outputs.toml`` have a second expectation of their own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from ecs_tutorial import banner
from ecs_tutorial.engine import DOCKER, SIMULATED
from ecs_tutorial.lab import REAL_SPEED

KEPT = Path(__file__).parent / "engine" / "real-outputs.toml"
STREAM, INSTEAD = "stdout", "instead"
BANNER = {
    banner.containers(SIMULATED): banner.containers(DOCKER),
    banner.speed(0): banner.speed(REAL_SPEED),
}
"""What it says of a simulated lab, and what of one with real containers."""

Expectations = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""By notebook, cell and kind of output: the whole text; or ``instead``, words for the kept ones."""


def kept() -> Expectations:
    return tomllib.loads(KEPT.read_text(encoding="utf-8"))


def expect_real(notebook: str, cells: Iterable[NotebookNode], expected: Expectations) -> None:
    """Put into a notebook's code cells the outputs that are expected with real containers."""
    by_id = {cell.id: cell for cell in cells}
    for ident, outputs in expected.get(notebook, {}).items():
        cell, whole = by_id[ident], dict(outputs)
        _reword(cell, whole.pop(INSTEAD, {}))
        cell.outputs = [_expected(each, whole) for each in cell.outputs]
    for cell in by_id.values():
        if "start" in cell.metadata.get("tags", ()):
            _reword(cell, BANNER)


def _expected(output: NotebookNode, expected: Mapping[str, str]) -> NotebookNode:
    """An output with its second expectation; kinds that this does not name are not expected."""
    if output.output_type == "stream":
        return _with(output, text=expected.get(STREAM, output.text))
    kinds = {kind: text for kind, text in expected.items() if kind != STREAM}
    return _with(output, data=kinds) if kinds else output


def _reword(cell: NotebookNode, words: Mapping[str, str]) -> None:
    """Put other words for those that a cell's outputs have; each must be there."""
    for simulated, real in words.items():
        before = [each.copy() for each in cell.outputs]
        cell.outputs = [_reworded(each, simulated, real) for each in cell.outputs]
        if cell.outputs == before:
            raise LookupError(f"The cell {cell.id} does not say {simulated!r}.")


def _reworded(output: NotebookNode, simulated: str, real: str) -> NotebookNode:
    if output.output_type == "stream":
        return _with(output, text=output.text.replace(simulated, real))
    data = {kind: text.replace(simulated, real) for kind, text in output.data.items()}
    return _with(output, data=data)


def _with(output: NotebookNode, **changes: Any) -> NotebookNode:
    return NotebookNode({**output, **changes})
