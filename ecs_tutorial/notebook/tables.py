"""How a table of text looks in a notebook: a DataFrame with nothing cut and nothing shifted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import pandas as pd

SHORT_CELL = re.compile(r"<(t[dh])>([^<]{1,32})<")
"""An id, a zone, a port: never broken at its hyphens."""
HEAD = re.compile(r"(?s)^.*?</thead>")


class Table(pd.DataFrame):
    """A DataFrame that is read as text: its cells start on the left and are never cut."""

    @property
    def _constructor(self) -> type[Table]:
        return Table

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            html = super()._repr_html_() or ""
        head = HEAD.match(html)
        body = html[head.end() :] if head else html
        left = ' style="text-align: left"'
        whole = SHORT_CELL.sub(r'<\1 style="text-align: left; white-space: nowrap">\2<', body)
        # Headings may take two lines, so that a table with many columns stays narrow.
        told = (head[0] if head else "") + whole
        return told.replace("<td>", f"<td{left}>").replace("<th>", f"<th{left}>")

    def __repr__(self) -> str:
        if self.empty:
            return super().__repr__()
        columns = {name: _to_the_left(self[name]) for name in self if _is_text(self[name])}
        return self.to_string(justify="left", formatters=columns)


def _is_text(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column)


def _to_the_left(column: pd.Series) -> Callable[[object], str]:
    width = max(len(str(cell)) for cell in column)
    return lambda cell: str(cell).ljust(width)


def table(index: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> Table:
    """A table whose first column is the index, named in the corner above it."""
    found = list(rows)
    table = Table([row[1:] for row in found], columns=list(columns), index=[r[0] for r in found])
    return table.rename_axis(columns=index)
