"""What a shell on an EC2 host answers: the host's files, its Docker, its local addresses.

Commands are read, never executed; what the host does not know is "command not found".
"""

from __future__ import annotations

import getopt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ecs_tutorial.data_plane.bash import Bash, Call, Program
from ecs_tutorial.data_plane.bash_programs import READING_PROGRAMS
from ecs_tutorial.data_plane.bash_streams import Streams, unforeseen
from ecs_tutorial.data_plane.docker_cli import Docker
from ecs_tutorial.data_plane.pages import container_page

if TYPE_CHECKING:
    from ecs_tutorial.data_plane.ec2_host import Host

INTROSPECTION_PORT = 51678

_Choice = Callable[[list[str], int], list[str]]


@dataclass(frozen=True)
class CommandResult:
    stdout: str
    stderr: str
    exit_code: int


def run_commands(host: Host, commands: Sequence[str]) -> CommandResult:
    """Run lines of commands one after another; the last one gives the exit code."""
    streams = Streams()
    shell = Bash(host.files, _programs(host), name="sh")
    try:
        exit_code = shell.run("\n".join(commands), streams)
    except Exception as error:  # whatever a reader did not foresee is told, not raised in a timer
        exit_code = 1
        streams.remarks.append(f"{unforeseen(error)}\n")
    return CommandResult("".join(streams.out), "".join((*streams.err, *streams.remarks)), exit_code)


def _programs(host: Host) -> Mapping[str, Program]:
    programs: dict[str, Program] = {**READING_PROGRAMS, "head": head, "tail": tail}
    programs["curl"] = lambda call: curl(call, host)
    if host.ami.is_ecs_optimized:
        programs["docker"] = Docker(
            host.runtime.version,
            host.clock.now(),
            host.containers(),
            host.images(),
            host.runtime.volumes(),
            host.runtime.logs,
            host.runtime.kill,
        )
    return programs


def head(call: Call) -> int:
    return _some_lines(call, lambda lines, count: lines[:count])


def tail(call: Call) -> int:
    return _some_lines(call, lambda lines, count: lines[max(0, len(lines) - count) :])


def _some_lines(call: Call, choose: _Choice) -> int:
    """``head`` and ``tail``, with ``-n N``, ``-N`` and a file or standard input."""
    arguments = [
        f"-n{word[1:]}" if word[1:].isdecimal() and word[0] == "-" else word
        for word in call.arguments
    ]
    try:
        options, paths = getopt.gnu_getopt(arguments, "n:fq", ["lines=", "follow", "quiet"])
    except getopt.GetoptError as error:
        return call.fail(f"{call.name}: {error}")
    wanted = next((value for name, value in options if name in {"-n", "--lines"}), "10")
    if not wanted.isdecimal():
        return call.fail(f"{call.name}: invalid number of lines: '{wanted}'")
    text = call.read(paths[0]) if paths else call.streams.stdin
    if text is None:
        return call.fail(
            f"{call.name}: cannot open '{paths[0]}' for reading: No such file or directory"
        )
    call.print("".join(choose(text.splitlines(keepends=True), int(wanted))))
    return 0


def curl(call: Call, host: Host) -> int:
    """``curl URL`` for the addresses of the host itself; no request leaves the lab."""
    try:
        options, urls = getopt.gnu_getopt(call.arguments, "sSfLIio:m:", _CURL_OPTIONS)
    except getopt.GetoptError as error:
        return call.fail(f"curl: option {_dashed(error.opt)}: is unknown", 2)
    if not urls:
        return call.fail("curl: (2) no URL specified", 2)
    silent = {"-s", "--silent"} & {name for name, _ in options}
    loud = not silent or {"-S", "--show-error"} & {name for name, _ in options}
    answer = _Answer.of(urls[0], host)
    if answer.exit_code:
        return call.fail(answer.text, answer.exit_code) if loud else answer.exit_code
    return _deliver(call, answer.text, dict(options))


_CURL_OPTIONS = [
    "silent",
    "show-error",
    "fail",
    "location",
    "head",
    "include",
    "output=",
    "max-time=",
    "connect-timeout=",
]


def _dashed(option: str) -> str:
    return f"--{option}" if len(option) > 1 else f"-{option}"


def _deliver(call: Call, text: str, options: Mapping[str, str]) -> int:
    """Write the answer where ``-o`` says, with its head for ``-i``, without its body for ``-I``."""
    status = "HTTP/1.1 200 OK\r\n\r\n"
    if "-I" in options or "--head" in options:
        text = status
    elif "-i" in options or "--include" in options:
        text = status + text
    path = options.get("-o") or options.get("--output")
    if path is None:
        call.print(text)
    elif not call.write(path, text):
        return call.fail(f"curl: (23) Failure writing output to destination: {path}", 23)
    return 0


@dataclass(frozen=True)
class _Answer:
    """What curl gets from an address: a text, or its error and exit code."""

    text: str
    exit_code: int = 0

    @classmethod
    def of(cls, url: str, host: Host) -> _Answer:
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
        except ValueError:
            return cls("curl: (3) URL rejected: Bad hostname", 3)
        name = parts.hostname or ""
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            return cls("curl: (3) URL using bad/illegal format or missing URL", 3)
        if name not in {"localhost", "127.0.0.1", host.instance.private_ip}:
            return cls(f"curl: (6) Could not resolve host: {name}", 6)
        text = _answer(host, port, parts.path) if parts.scheme == "http" else None
        if text is None:
            problem = f"Failed to connect to {name} port {port} after 0 ms: Connection refused"
            return cls(f"curl: (7) {problem}", 7)
        return cls(text)


def _answer(host: Host, port: int, path: str) -> str | None:
    """What answers on a port of the host: its agent, or a container behind a mapped port."""
    if port == INTROSPECTION_PORT:
        document = host.introspection(path.rstrip("/") or "/")
        return None if document is None else json.dumps(document, separators=(",", ":"))
    record = host.listener(port)
    return container_page(record, host.containers()).html if record else None
