"""A small bash: it walks a script's syntax and calls programs given to it, in Python.

Nothing of a script is ever executed. What this shell does not know it says: either
bash's own "command not found", or "not simulated" for what an instance would know.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from ecs_tutorial.data_plane import bash_syntax
from ecs_tutorial.data_plane.bash_streams import Redirected, Streams
from ecs_tutorial.data_plane.bash_syntax import Node, Script, expand, fields
from ecs_tutorial.data_plane.host_files import SIZE_LIMIT, HostFiles

NOT_FOUND = 127
_DEEPEST = 20
"""How many shells may start one another: enough for people, a stop for a script's loop."""


@dataclass(frozen=True)
class Call:
    """One call of a program: its arguments, its streams, and the shell that calls it."""

    name: str
    arguments: tuple[str, ...]
    streams: Streams
    shell: Bash

    def print(self, text: str) -> None:
        self.streams.out.append(text)

    def fail(self, text: str, exit_code: int = 1) -> int:
        """Write a line to standard error and give the exit code."""
        self.streams.err.append(text + "\n")
        return exit_code

    def read(self, path: str) -> str | None:
        return self.shell.files.read(self.shell.path(path))

    def write(self, path: str, text: str, *, append: bool = False) -> bool:
        return self.shell.files.write(self.shell.path(path), text, append=append)


Program = Callable[[Call], int]


class ScriptExitError(Exception):
    """The script ends here, with this exit code."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class Bash:
    """A shell on an instance.

    Args:
        files: the instance's files.
        programs: what can be called, by name.
        name: how the shell calls itself in its messages.
        installed: names that the instance has but this lab does not simulate.
    """

    def __init__(
        self,
        files: HostFiles,
        programs: Mapping[str, Program],
        *,
        name: str = "bash",
        installed: frozenset[str] = frozenset(),
        depth: int = 0,
    ) -> None:
        self.files = files
        self.variables: dict[str, str] = {}
        self.options: set[str] = set()
        self.folder = "/"
        self._programs = programs
        self._installed = installed
        self._name = name
        self._depth = depth
        self._status = 0
        self._line = 1
        self._guarded = 0
        self._script = Script("", ())

    def run(self, text: str, streams: Streams) -> int:
        """Walk through a script; the answer is its exit code."""
        script = bash_syntax.read_script(text)
        before, self._script = self._script, script
        try:
            self._walk(script, streams)
        except ScriptExitError as end:
            self._status = end.exit_code
        finally:
            self._script = before
        return self._status

    def _walk(self, script: Script, streams: Streams) -> None:
        if script.warning:
            streams.err.append(f"{self._name}: {script.warning}\n")
        for command in script.commands:
            self._do(command, streams)
        if script.error:
            self._status = 2
            streams.err.append(f"{self._name}: {script.error}\n")
        if script.remark:
            self._status = self._unsimulated(script.remark, streams)

    def nested(self, text: str, streams: Streams) -> int:
        """What ``sh -c`` does: a shell of its own on the same files."""
        if self._depth >= _DEEPEST:
            return self._unsimulated("a shell in a shell, and so on", streams)
        inner = Bash(
            self.files,
            self._programs,
            name=self._name,
            installed=self._installed,
            depth=self._depth + 1,
        )
        inner.variables, inner.folder = dict(self.variables), self.folder
        return inner.run(text, streams)

    def path(self, path: str) -> str:
        return posixpath.join(self.folder, path)

    def assign(self, assignment: str) -> None:
        name, _, value = assignment.partition("=")
        before = self.variables.get(name.removesuffix("+"), "") if name.endswith("+") else ""
        self.variables[name.removesuffix("+")] = (before + value)[:SIZE_LIMIT]

    def call(self, words: tuple[str, ...], streams: Streams, source: str = "") -> int:
        """Call a program by its name or by its path."""
        name = words[0]
        known = posixpath.basename(name) if name.startswith(("/bin/", "/usr/bin/")) else name
        if program := self._programs.get(known):
            return program(Call(known, words[1:], streams, self))
        if known in self._installed:
            return self._unsimulated(source or " ".join(words), streams)
        missing = "No such file or directory" if "/" in name else "command not found"
        self._complain(f"{name}: {missing}", streams)
        return NOT_FOUND

    def _complain(self, problem: str, streams: Streams) -> None:
        streams.err.append(f"{self._name}: line {self._line}: {problem}\n")

    def _unsimulated(self, what: str, streams: Streams) -> int:
        streams.remarks.append(f"not simulated: {what.splitlines()[0]}\n")
        return 0

    def _do(self, node: Node, streams: Streams) -> None:
        action = getattr(self, f"_{node.kind}", None)
        if action is None or (node.kind == "compound" and node.list[0].kind != "reservedword"):
            self._status = self._unsimulated(self._text(node), streams)
            return
        action(node, streams)
        fails = self._status != 0 and node.kind in {"command", "pipeline"}
        if fails and "errexit" in self.options and not self._guarded:
            raise ScriptExitError(self._status)

    def _text(self, node: Node) -> str:
        return self._script.source[slice(*node.pos)]

    def _list(self, node: Node, streams: Streams) -> None:
        """Commands joined by ``;``, ``&``, ``&&`` and ``||``."""
        joined = ";"
        for command, operator in zip(node.parts[::2], [*node.parts[1::2], None], strict=False):
            follows = operator.op if operator else ";"
            if joined not in {"&&", "||"} or (joined == "&&") == (self._status == 0):
                self._guard(command, streams, follows in {"&&", "||"})
            joined = follows if follows != "\n" else ";"

    def _guard(self, command: Node, streams: Streams, guarded: bool) -> None:
        """Do a command whose failure, if guarded, ends no script that has ``set -e``."""
        self._guarded += guarded
        try:
            self._do(command, streams)
        finally:
            self._guarded -= guarded

    def _pipeline(self, node: Node, streams: Streams) -> None:
        commands = [part for part in node.parts if part.kind not in {"pipe", "reservedword"}]
        stdin = streams.stdin
        for command in commands[:-1]:
            piped = replace(streams, stdin=stdin, out=[])
            self._guard(command, piped, True)
            stdin = "".join(piped.out)
        negated = node.parts[0].kind == "reservedword"
        self._guard(commands[-1], replace(streams, stdin=stdin), negated)
        if negated:
            self._status = int(self._status == 0)

    def _compound(self, node: Node, streams: Streams) -> None:
        """Commands in braces or parentheses, sharing their redirections."""
        inner = self._redirected(node.redirects, streams)
        if inner is None:
            return
        for command in node.list[1:-1]:
            self._do(command, inner.streams)
        inner.close()

    def _command(self, node: Node, streams: Streams) -> None:
        self._line = 1 + self._script.source.count("\n", 0, node.pos[0])
        assignments = [
            self._word(part, streams) for part in node.parts if part.kind == "assignment"
        ]
        parts = (part for part in node.parts if part.kind == "word")
        words = tuple(word for part in parts for word in self._words(part, streams))
        self._trace((*assignments, *words), streams)
        inner = self._redirected([p for p in node.parts if p.kind == "redirect"], streams)
        if inner is None:
            return
        if words:
            self._status = self.call(words, inner.streams, self._text(node))
        else:
            self._assign_all(assignments)
        inner.close()

    def _assign_all(self, assignments: list[str]) -> None:
        self._status = 0
        for assignment in assignments:
            self.assign(assignment)

    def _trace(self, words: tuple[str, ...], streams: Streams) -> None:
        if "xtrace" in self.options:
            streams.err.append(f"+ {' '.join(words)}\n")

    def _word(self, node: Node, streams: Streams) -> str:
        source = self._script.source
        return expand(source, node, partial(self._value, source, streams))[:SIZE_LIMIT]

    def _words(self, node: Node, streams: Streams) -> list[str]:
        source = self._script.source
        return fields(source, node, partial(self._value, source, streams))

    def _value(self, source: str, streams: Streams, part: Node) -> str:
        """The value of ``$NAME``, ``${NAME:-default}``, ``~`` or ``$(command)``."""
        if part.kind == "parameter":
            return self._parameter(part.value, streams)
        if part.kind == "commandsubstitution":
            inner = replace(streams, stdin="", out=[])
            self._status = self.nested(source[slice(*part.command.pos)], inner)
            return "".join(inner.out).rstrip("\n")
        if part.kind == "tilde":
            return "/root"
        self._unsimulated(source[slice(*part.pos)], streams)
        return "/dev/null"

    def _parameter(self, parameter: str, streams: Streams) -> str:
        name, colon, default = parameter.partition(":-")
        if name == "?":
            return str(self._status)
        if not name.isidentifier() and not name.isdigit():
            self._unsimulated(f"${{{parameter}}}", streams)
        return self.variables.get(name) or (default if colon else "")

    def _redirected(self, redirects: list[Node], streams: Streams) -> Redirected | None:
        """The streams behind a command's redirections; None when one cannot be opened."""
        redirected = Redirected(streams, self.files)
        for redirect in redirects:
            if target := self._redirect(redirect, redirected):
                self._complain(f"{target}: No such file or directory", streams)
                self._status = 1
                return None
        return redirected

    def _redirect(self, node: Node, redirected: Redirected) -> str:
        """Follow one redirection; the answer is the file that cannot be opened, if any."""
        if node.heredoc is not None:
            redirected.read_text(self._heredoc(node, redirected.streams))
            return ""
        if isinstance(node.output, int):
            redirected.join(1 if node.input is None else node.input, node.output)
            return ""
        if not hasattr(node.output, "pos"):  # ``>&-`` closes a stream
            self._unsimulated(self._text(node), redirected.streams)
            return ""
        target = self._word(node.output, redirected.streams)
        if node.type == "<<<":
            redirected.read_text(target + "\n")
            return ""
        path, number = self.path(target), 1 if node.input is None else node.input
        reads = node.type == "<"
        opened = (
            redirected.read_file(path) if reads else redirected.write_file(path, node.type, number)
        )
        return "" if opened else target

    def _heredoc(self, node: Node, streams: Streams) -> str:
        text = node.heredoc.value[: -len(node.output.word)] if node.output.word else ""
        if node.pos[0] in self._script.literal_heredocs:
            return text
        return bash_syntax.expand_heredoc(
            text, lambda source, part: self._value(source, streams, part)
        )
