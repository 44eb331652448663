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
STREAM = "stdout"
BANNER = {
    banner.containers(SIMULATED): banner.containers(DOCKER),
    banner.speed(0): banner.speed(REAL_SPEED),
}
"""What it says of a simulated lab, and what of one with real containers."""

Expectations = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By notebook, cell and kind of output."""


def kept() -> Expectations:
    return tomllib.loads(KEPT.read_text(encoding="utf-8"))


def expect_real(notebook: str, cells: Iterable[NotebookNode], expected: Expectations) -> None:
    """Put into a notebook's code cells the outputs that are expected with real containers."""
    by_id = {cell.id: cell for cell in cells}
    for ident, outputs in expected.get(notebook, {}).items():
        by_id[ident].outputs = [_expected(each, outputs) for each in by_id[ident].outputs]
    for cell in by_id.values():
        if "start" in cell.metadata.get("tags", ()):
            cell.outputs = [_told(each) for each in cell.outputs]


def _expected(output: NotebookNode, expected: Mapping[str, str]) -> NotebookNode:
    """An output with its second expectation; kinds that this does not name are not expected."""
    if output.output_type == "stream":
        return _with(output, text=expected.get(STREAM, output.text))
    kinds = {kind: text for kind, text in expected.items() if kind != STREAM}
    return _with(output, data=kinds) if kinds else output


def _told(output: NotebookNode) -> NotebookNode:
    """A banner as the lab with real containers prints it."""
    text = output.text
    for simulated, real in BANNER.items():
        if simulated not in text:
            raise LookupError(f"The banner does not say {simulated!r}.")
        text = text.replace(simulated, real)
    return _with(output, text=text)


def _with(output: NotebookNode, **changes: Any) -> NotebookNode:
    return NotebookNode({**output, **changes})
