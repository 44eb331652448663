"""From the solved cell to the one that a learner finds, and back with another answer.

In a solved cell the statements that the learner is to write end in the mark ``# blank``, or
``# blank: text`` to leave a text there. They stand together. The starter has ``...`` in
their place, and runs as it stands. Pure: text in, text out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

MARK = re.compile(r" *# blank(?:: (?P<text>.*))?$")


def solution(cell: str) -> str:
    """The solved cell as it is shown, without marks.

    >>> solution("a = 1  # blank: one more than 0\\nprint(a)")
    'a = 1\\nprint(a)'
    """
    return "\n".join(MARK.sub("", line) for line in cell.splitlines())


def starter(cell: str) -> str:
    """What a learner finds.

    >>> starter("a = 1  # blank: one more than 0\\nprint(a)")
    'a = ...  # one more than 0\\nprint(a)'
    """
    lines = cell.splitlines()
    texts = [found["text"] for found in map(MARK.search, lines) if found and found["text"]]
    code = [*_left_open(cell)]
    comment = f"  # {texts[0]}" if texts else ""
    return filled(cell, "\n".join([code[0] + comment, *code[1:]]))


def filled(cell: str, code: str) -> str:
    """The cell with ``code`` in the place of its blank.

    >>> filled("a = 1  # blank\\nprint(a)", "a = 2")
    'a = 2\\nprint(a)'
    """
    lines = cell.splitlines()
    blank = _blank(cell)
    first, last = blank[0].lineno - 1, blank[-1].end_lineno
    return "\n".join([*lines[:first], *code.splitlines(), *lines[last:]])


def blank(cell: str) -> str:
    """The code that the learner is to write.

    >>> blank("a = 1  # blank\\nprint(a)")
    'a = 1'
    """
    statements = _blank(cell)
    lines = cell.splitlines()[statements[0].lineno - 1 : statements[-1].end_lineno]
    return solution("\n".join(lines))


def _blank(cell: str) -> list[ast.stmt]:
    lines = cell.splitlines()
    body = ast.parse(cell).body
    marked = [n for n, each in enumerate(body) if MARK.search(lines[(each.end_lineno or 1) - 1])]
    if not marked or marked != list(range(marked[0], marked[-1] + 1)):
        raise ValueError(f"the statements marked as blank have to stand together:\n{cell}")
    return [body[n] for n in marked]


def _left_open(cell: str) -> Iterator[str]:
    """A name that the rest of the cell uses stays; whatever else is blank becomes one ``...``."""
    statements = _blank(cell)
    after = {name.id for name in _names(ast.parse(cell)) if name.lineno > _end(statements)}
    kept = [f"{name} = ..." for each in statements for name in _given(each) if name in after]
    yield from kept or ["..."]


def _end(statements: list[ast.stmt]) -> int:
    return statements[-1].end_lineno or 0


def _names(tree: ast.AST) -> Iterator[ast.Name]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Name))


def _given(statement: ast.stmt) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return (target.id for target in targets if isinstance(target, ast.Name))
