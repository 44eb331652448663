"""One command of a shell script, by bashlex.

A module of its own, imported when a script is first read: bashlex works its grammar's tables
out anew in each process that imports it, which takes as long as all the rest of a lab's start.
"""

from __future__ import annotations

from typing import Any

import bashlex
from bashlex.ast import nodevisitor, posshifter
from bashlex.errors import ParsingError

__all__ = ["ParsingError", "read_command"]


def read_command(text: str, at: int) -> tuple[Any, int]:
    """The command that begins at ``at``, with its places in the text, and how long it is."""
    command = bashlex.parsesingle(text[at:])
    end = _WholeEnd.of(command)
    posshifter(at).visit(command)
    return command, end


class _WholeEnd(nodevisitor):
    """Where a command ends, its here-documents included."""

    def __init__(self) -> None:
        self.end = 0

    def visitheredoc(self, node: Any, value: str) -> None:
        self.end = max(self.end, node.pos[1])

    @classmethod
    def of(cls, command: Any) -> int:
        visitor = cls()
        visitor.visit(command)
        return max(visitor.end, command.pos[1])
