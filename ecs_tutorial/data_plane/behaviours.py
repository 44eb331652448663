"""What a simulated container does: which lines it writes, when it ends and how.

Pure: an image and what the task definition asks of it go in, the whole programme comes
out. No command is ever run; a shell's script is read with bashlex.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecs_tutorial.data_plane.bash_syntax import read_script
from ecs_tutorial.data_plane.images import Image
from ecs_tutorial.data_plane.runtime import ContainerSpec

SHELLS = frozenset({"sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash"})
ENTRY_POINTS = frozenset({"docker-entrypoint.sh", "/docker-entrypoint.sh", "/entrypoint.sh"})
_QUIET_COMMANDS = (
    ": cat cd chmod chown cp date df env export find grep head hostname id ls mkdir mv ps pwd "
    "rm sed set sort tail tee test touch uname wc which whoami"
)
QUIET = frozenset(_QUIET_COMMANDS.split())
"""Commands that every image has; here they say nothing and succeed."""
START_SECONDS = 0.2
_DURATIONS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_SECONDS = 100 * 365 * 86400.0
"""Longer than any lab; a clock's date has an end."""


@dataclass(frozen=True)
class Behaviour:
    """A container's life from its start; ``ends_after`` is ``None`` while nobody stops it."""

    lines: tuple[tuple[float, str], ...] = ()
    ends_after: float | None = None
    exit_code: int = 0
    oom_killed: bool = False
    listens: bool = False
    stop_exit_code: int | None = 0
    """The exit code after SIGTERM; ``None``: it is ignored until SIGKILL."""


def arguments(image: Image, spec: ContainerSpec) -> tuple[str, ...]:
    """What runs: an entry point of the definition also takes away the image's command."""
    entry_point = spec.entry_point or image.entry_point
    command = spec.command or (() if spec.entry_point else image.command)
    return (*entry_point, *command)


def behaviour(image: Image, spec: ContainerSpec) -> Behaviour:
    """The life of a container of ``image``, should nobody disturb it."""
    found = _undisturbed(image, spec)
    if found.ends_after is None and 0 < (spec.memory or 0) < image.least_memory:
        return replace(found, ends_after=2.0, exit_code=137, oom_killed=True)
    return found


def _undisturbed(image: Image, spec: ContainerSpec) -> Behaviour:
    words = arguments(image, spec)
    words = words[1:] if words and words[0] in ENTRY_POINTS else words
    if _is_service(words, image):
        return service(image, spec)
    script = _Script(image, spec)
    script.run_words(list(words))
    return script.behaviour()


def is_missing(image: Image, spec: ContainerSpec) -> str | None:
    """The program that a container would be started with and that its image does not have."""
    words = arguments(image, spec)
    known = QUIET | SHELLS | {"sleep", "echo", "printf", "true", "false", "exit", "yes"}
    if not image.is_shell or not words or words[0].rpartition("/")[2] in known | SHELLS:
        return None
    return words[0]


def service(image: Image, spec: ContainerSpec) -> Behaviour:
    """The image's own program: it runs on, unless it is one that ends or lacks a setting."""
    if image.needs_one_of and not any(spec.environment.get(n) for n in image.needs_one_of):
        return Behaviour(_at(1.0, image.refusal), ends_after=1.0, exit_code=1)
    if image.ends_with is not None:
        return Behaviour(
            _at(START_SECONDS, image.log), ends_after=START_SECONDS, exit_code=image.ends_with
        )
    return Behaviour(
        _at(1.0, image.log), listens=bool(image.ports), stop_exit_code=image.stop_exit_code
    )


def _at(seconds: float, lines: Sequence[str]) -> tuple[tuple[float, str], ...]:
    return tuple((seconds, line) for line in lines)


def _is_service(words: Sequence[str], image: Image) -> bool:
    """Whether words start the image's own program, perhaps with other options."""
    if image.is_shell or not image.command:
        return False
    if not words or words[0].startswith("-"):
        return True
    return words[0].rpartition("/")[2] == image.command[0].rpartition("/")[2]


class _Script:
    """Goes through commands without running any, keeping time and the last exit code."""

    def __init__(self, image: Image, spec: ContainerSpec) -> None:
        self._image = image
        self._spec = spec
        self._lines: list[tuple[float, str]] = []
        self._time = START_SECONDS
        self._status = 0
        self._is_over = False
        self._runs_on: Behaviour | None = None

    def behaviour(self) -> Behaviour:
        if self._runs_on is None:
            return Behaviour(tuple(self._lines), self._time, self._status, stop_exit_code=None)
        later = [(self._time + at, line) for at, line in self._runs_on.lines]
        ends = self._runs_on.ends_after
        return replace(
            self._runs_on,
            lines=(*self._lines, *later),
            ends_after=None if ends is None else self._time + ends,
        )

    def run_words(self, words: list[str]) -> None:
        if words and words[0] in SHELLS:
            self._shell(words[1:])
        elif words:
            self._command(words)

    def _shell(self, words: list[str]) -> None:
        """``sh -c TEXT``; a shell without a script finds no input and ends."""
        if len(words) < 2 or not words[0].startswith("-") or "c" not in words[0]:
            return
        script = read_script(words[1])
        for command in script.commands:
            self._node(command)
        if not self._is_over and script.remark:
            self._say(f"not simulated: {script.remark}")
        elif not self._is_over and script.error:
            self._say(f"sh: {script.error}")
            self._status = 2

    def _node(self, node: Any) -> None:
        if self._is_over:
            return
        if node.kind == "list":
            self._list(node.parts)
        elif node.kind == "command":
            words = [part.word for part in node.parts if part.kind == "word"]
            to_file = any(part.kind == "redirect" and part.output for part in node.parts)
            self._command(words, is_silent=to_file)
        elif node.kind == "pipeline":
            self._command([])
        else:
            self._compound(node)

    def _list(self, parts: Sequence[Any]) -> None:
        operator = ";"
        for part in parts:
            if part.kind == "operator":
                operator = part.op
            elif operator in (";", "&") or (operator == "&&") == (self._status == 0):
                self._node(part)

    def _compound(self, node: Any) -> None:
        """Loops go on for ever; what is in brackets is done once."""
        inner = getattr(node, "list", None) or [node]
        if any(part.kind in ("while", "until", "for") for part in inner):
            self._go_on(Behaviour(stop_exit_code=None))
        else:
            for part in inner:
                if part.kind in ("list", "command"):
                    self._node(part)

    def _command(self, words: list[str], is_silent: bool = False) -> None:
        words = words[1:] if words[:1] == ["exec"] else words
        self._status = 0
        if not words:
            return
        if words[0] in SHELLS:
            self._shell(words[1:])
        elif words[0] in ("echo", "printf"):
            self._echo(words[1:], is_silent)
        elif words[0] == "sleep":
            self._sleep(words[1:])
        elif words[0] in ("true", "false", "exit"):
            self._end_with(words)
        else:
            self._program(words)

    def _echo(self, words: list[str], is_silent: bool) -> None:
        if not is_silent:
            text = " ".join(word for word in words if word not in ("-n", "-e"))
            known = self._spec.environment
            self._say(re.sub(r"\$\{?(\w+)\}?", lambda m: known.get(m[1], ""), text))

    def _sleep(self, words: list[str]) -> None:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", words[0] if words else "")
        if match:
            seconds = float(match[1]) * _DURATIONS[match[2]]
            self._time = min(self._time + seconds, _LONGEST_SECONDS)
        elif words[:1] == ["infinity"]:
            self._go_on(Behaviour(stop_exit_code=None))
        else:
            self._say(f"sleep: invalid time interval '{' '.join(words)}'")
            self._status = 1

    def _end_with(self, words: list[str]) -> None:
        self._status = 1 if words[0] == "false" else 0
        if words[0] == "exit":
            self._is_over = True
            self._status = int(words[1]) % 256 if words[1:] and words[1].isdigit() else 0

    def _program(self, words: list[str]) -> None:
        if words == ["tail", "/dev/zero"]:
            self._go_on(self._fills_its_memory())
        elif words[:2] == ["tail", "-f"] or words[:2] == ["tail", "-F"]:
            self._go_on(Behaviour(stop_exit_code=None))
        elif _is_service(words, self._image):
            self._go_on(service(self._image, self._spec))
        elif words[0] in QUIET:
            self._say(f"simulated: {shlex.join(words)} is not really run")
        elif self._image.is_shell:
            self._say(f"sh: {words[0]}: not found")
            self._status = 127
        else:
            # AWS: what a program does is in the image; in the lab one it does not know runs on.
            self._say(f"simulated: {shlex.join(words)} is taken to run on")
            self._go_on(Behaviour(stop_exit_code=143))

    def _fills_its_memory(self) -> Behaviour:
        """It keeps a line that never ends; without a limit nothing here stops it."""
        limit = self._spec.memory
        return Behaviour(ends_after=1.0 if limit else None, exit_code=137, oom_killed=bool(limit))

    def _go_on(self, rest: Behaviour) -> None:
        self._runs_on = rest
        self._is_over = True

    def _say(self, line: str) -> None:
        self._lines.append((self._time, line))


def setting(check: Mapping[str, Any], name: str, default: int) -> float:
    """A number of a health check, or Docker's own."""
    return float(check.get(name) or default)


def passes(check: Mapping[str, Any]) -> bool:
    """What one run of a health check finds."""
    # AWS: Docker runs the command in the container; here only one that says so itself fails.
    words = " ".join(check.get("command") or ()).split()
    return words[-2:] != ["exit", "1"] and words[-1:] != ["false"]
