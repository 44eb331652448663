"""The syntax of a shell script, read by bashlex, and the expansion of its words.

Reading never runs anything. A script with an error is read as bash reads it: what
stands before the error is kept, and the error is told in bash's own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from ecs_tutorial.data_plane.host_files import SIZE_LIMIT

Node = Any
"""A node of bashlex's syntax tree."""

_QUOTED_DELIMITER = re.compile(r"""(<<-?[ \t]*)(?:(['"])([\w.-]+)\2|\\([\w.-]+))""")
_OPEN_HEREDOC = re.compile(r"here-document at line \d+ delimited by end-of-file \(wanted '(.*)'\)")
_STUCK = re.compile(r"\$\{[^}']*'")
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_SHOWN = 200
_HEREDOCS_CLOSED = 4
"""How many open here-documents are ended; more than one is hardly a typing error."""
_REMEMBERED = 16
"""How many scripts are known by heart: all instances of a launch have the same."""
_DOUBLE_QUOTE = "\ue000"
"""Stands for a literal ``"`` while a here-document is read as a double-quoted word."""


@dataclass(frozen=True)
class Script:
    """Commands in order, with what bash would say before them and about the rest.

    ``remark`` is what the lab itself has to say about a rest that it cannot read.
    """

    source: str
    commands: tuple[Node, ...]
    literal_heredocs: frozenset[int] = frozenset()
    warning: str = ""
    error: str = ""
    remark: str = ""


@lru_cache(maxsize=_REMEMBERED)
def read_script(text: str, closable: int = _HEREDOCS_CLOSED) -> Script:
    """Read ``text`` as far as it can be read.

    >>> script = read_script("echo one\\necho two; fi")
    >>> len(script.commands), script.error
    (1, "line 2: syntax error near unexpected token `fi'")
    """
    plain, literal = _with_plain_delimiters(text)
    readable = plain[: _readable_length(plain)]
    commands: list[Node] = []
    beginning = "the script from here on"
    try:
        commands.extend(_commands(readable))
    except _UnreadableError as error:
        commands = error.before
        if isinstance(error.__cause__, RecursionError):
            beginning += " is nested too deeply"
        if error.open_heredoc and closable and readable == plain:
            return _with_closed_heredoc(text, error.open_heredoc, closable - 1)
        if error.message and readable == plain:
            line = 1 + plain.rstrip().count("\n", 0, error.position)
            return Script(text, tuple(commands), literal, error=f"line {line}: {error.message}")
        rest = plain[error.at :]
    else:
        rest = plain[len(readable) :]
    remark = f"{beginning}: {rest.split(chr(10))[0].strip()[:_SHOWN]}" if rest else ""
    return Script(text, tuple(commands), literal, remark=remark)


class _UnreadableError(Exception):
    """The text from ``at`` on cannot be read; ``message`` is empty where bashlex is at fault."""

    def __init__(self, before: list[Node], at: int, cause: Exception) -> None:
        from ecs_tutorial.data_plane.bash_reader import ParsingError

        super().__init__(str(cause))
        is_error = isinstance(cause, ParsingError)
        heredoc = _OPEN_HEREDOC.search(str(cause)) if is_error else None
        self.before = before
        self.at = at
        self.open_heredoc = heredoc[1] if heredoc else ""
        self.message = _syntax_error(str(cause)) if is_error else ""
        begins_it = self.message.startswith("unexpected EOF")
        self.position = at + (0 if begins_it else getattr(cause, "position", 0))


def _commands(text: str) -> list[Node]:
    """The commands of ``text``, read one by one as bash does."""
    from ecs_tutorial.data_plane.bash_reader import read_command

    commands: list[Node] = []
    at = _end(_BLANK.match(text, 0))
    while at < len(text):
        try:
            command, end = read_command(text, at)
        except Exception as error:  # bashlex raises whatever its own bugs lead to
            raise _UnreadableError(commands, at, error) from error
        commands.append(command)
        at = _end(_BLANK.match(text, at + end))
    return commands


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _readable_length(text: str) -> int:
    """How much may be given to bashlex, which never returns from a quoted ``${`` left open."""
    match = _STUCK.search(text)
    return text.rfind("\n", 0, match.start()) + 1 if match else len(text)


def _with_plain_delimiters(text: str) -> tuple[str, frozenset[int]]:
    """Take the quotes off here-document delimiters, which bashlex cannot read.

    Positions stay as they are; those of the quoted ones, whose text is literal, are returned.
    """
    positions = frozenset(match.start() for match in _QUOTED_DELIMITER.finditer(text))
    return _QUOTED_DELIMITER.sub(_plain_delimiter, text), positions


def _plain_delimiter(match: re.Match[str]) -> str:
    delimiter = match[1] + (match[3] or match[4])
    return delimiter.ljust(len(match[0]))


def _with_closed_heredoc(text: str, delimiter: str, closable: int) -> Script:
    """Bash ends an open here-document at the end of the file, and warns."""
    begins = 1 + text.count("\n", 0, text.rfind("<<"))
    warning = (
        f"line {len(text.splitlines())}: warning: here-document at line {begins} "
        f"delimited by end-of-file (wanted `{delimiter}')"
    )
    closed = read_script(f"{text.rstrip()}\n{delimiter}\n", closable)
    return replace(closed, warning=warning)


def _syntax_error(text: str) -> str:
    """An error of bashlex in bash's words, or nothing if it is bashlex's own limit."""
    if match := re.match(r"unexpected token '(.*)'", text, re.DOTALL):
        token = "newline" if match[1] in {"\\n", "\n"} else match[1]
        return "" if token in {"(", "-f"} else f"syntax error near unexpected token `{token}'"
    if match := re.match(r"unexpected EOF while looking for matching (['\"])(.)\1", text):
        return f"unexpected EOF while looking for matching `{match[2]}'"
    return "syntax error: unexpected end of file" if "unexpected EOF" in text else ""


SPLIT = frozenset({"parameter", "commandsubstitution"})
"""The expansions whose values become several words where they stand without quotes."""


def expand(source: str, node: Node, value_of: Callable[[Node], str]) -> str:
    """The text of a word: its expansions filled in, its quotes removed.

    bashlex names the expansions but loses which of them stand in single quotes.
    """
    start, end = node.pos
    parts = {part.pos[0]: part for part in node.parts}
    return "".join(text for text, _ in _pieces(source, start, end, parts, value_of))


def fields(source: str, node: Node, value_of: Callable[[Node], str]) -> list[str]:
    """The words that a word becomes: what stands for an expansion without quotes is split."""
    start, end = node.pos
    parts = {part.pos[0]: part for part in node.parts}
    found, is_quoted = [""], False
    for text, splits in _pieces(source, start, end, parts, value_of):
        is_quoted |= not splits and not text
        first, *others = re.split(r"[ \t\n]+", text) if splits else [text]
        found[-1] += first
        found += others
    return [word[:SIZE_LIMIT] for word in found if word] or ([""] if is_quoted else [])


def _pieces(
    source: str, at: int, end: int, parts: dict[int, Node], value_of: Callable[[Node], str]
) -> Iterator[tuple[str, bool]]:
    """The parts of a word, its quotes as empty ones, and whether each is split at blanks."""
    quote = ""
    while at < end:
        character = source[at]
        if at in parts and quote != "'":
            yield value_of(parts[at]), not quote and parts[at].kind in SPLIT
            at = parts[at].pos[1]
            continue
        if character == "\\" and quote != "'":
            yield _escaped(source[at + 1 : at + 2], quote), False
            at += 2
            continue
        if character in "'\"" and quote in {"", character}:
            quote = "" if quote else character
            yield "", False
        else:
            yield character, False
        at += 1


def _escaped(character: str, quote: str) -> str:
    """What a backslash before ``character`` leaves, outside or inside double quotes."""
    if character == "\n":
        return ""
    return character if not quote or character in '$`"\\' else "\\" + character


def expand_heredoc(text: str, value_of: Callable[[str, Node], str]) -> str:
    """The text of a here-document whose delimiter is not quoted, expansions filled in."""
    source = f': "{text.replace(chr(34), _DOUBLE_QUOTE)}"'
    try:
        (command,) = _commands(source[: _readable_length(source)])
    except (_UnreadableError, ValueError):
        return text
    expanded = expand(source, command.parts[1], lambda part: value_of(source, part))
    return expanded.replace(_DOUBLE_QUOTE, '"')
