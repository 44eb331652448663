"""EC2 user data as cloud-init reads it: which files the boot leaves, and its log.

Scripts, cloud-configs and MIME archives of them are understood, each by a kept parser.
Nothing is executed; what is not understood is said in the log.
"""

from __future__ import annotations

import base64
import binascii
import email
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from ecs_tutorial.data_plane.bash import Bash
from ecs_tutorial.data_plane.bash_programs import BOOT_PROGRAMS, INSTALLED
from ecs_tutorial.data_plane.bash_streams import Streams, unforeseen
from ecs_tutorial.data_plane.cloud_config import CloudConfig, read_cloud_config, unzipped
from ecs_tutorial.data_plane.host_files import HostFiles

SCRIPTS_FOLDER = "/var/lib/cloud/instance/scripts"

_KINDS = {
    "#!": "text/x-shellscript",
    "#cloud-boothook": "text/cloud-boothook",
    "#cloud-config": "text/cloud-config",
    "#include": "text/x-include-url",
    "#part-handler": "text/part-handler",
    "#upstart-job": "text/upstart-job",
    "## template: jinja": "text/jinja2",
}
_SHELLS = {"bash", "sh"}
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class BootResult:
    """The files that the boot wrote, by path, and the lines of cloud-init's output log."""

    files: Mapping[str, str]
    log: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One piece of user data with its content type and the name of its script."""

    kind: str
    text: str
    name: str = "part-001"


@dataclass
class _Boot:
    """One boot under way: what the parts have asked for, the files, the log."""

    files: HostFiles
    log: list[str] = field(default_factory=list)
    configs: list[CloudConfig] = field(default_factory=list)
    scripts: list[Part] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Write a line of the log, also after output that does not end with one."""
        broken = bool(self.log) and not self.log[-1].endswith("\n")
        self.log.append("\n" * broken + line + "\n")


def boot_script(user_data: bytes, files: HostFiles | None = None) -> BootResult:
    """What a first boot with ``user_data`` leaves in ``files``.

    >>> result = boot_script(b"#!/bin/bash\\necho ECS_CLUSTER=web >> /etc/ecs/ecs.config")
    >>> result.files["/etc/ecs/ecs.config"]
    'ECS_CLUSTER=web\\n'
    """
    boot = _Boot(files or HostFiles())
    for stage in (partial(_consume, user_data), _configure, _run_scripts):
        try:
            stage(boot)
        except (
            Exception
        ) as error:  # whatever a reader did not foresee is told, not raised in a timer
            boot.say(unforeseen(error))
    written = {path: boot.files.read(path) or "" for path in boot.files}
    return BootResult(written, tuple("".join(boot.log).splitlines()))


def _consume(user_data: bytes, boot: _Boot) -> None:
    for part in _parts(user_data, boot):
        _take(part, boot)


def _parts(user_data: bytes, boot: _Boot) -> Iterator[Part]:
    """The parts of a MIME archive, or the whole as one part of the kind that it begins with."""
    text = _plain(user_data, boot).decode(errors="replace")
    if "mime-version:" not in text[:4096].lower():
        if text.strip():
            yield Part(_kind(text, "text/x-not-multipart"), text)
        return
    parts = (part for part in email.message_from_string(text).walk() if not part.is_multipart())
    for number, part in enumerate(parts, start=1):
        payload = part.get_payload(decode=True)
        body = payload.decode(errors="replace") if isinstance(payload, bytes) else ""
        kind = part.get_content_type()
        yield Part(
            _kind(body, kind) if kind == "text/plain" else kind,
            body,
            part.get_filename() or f"part-{number:03}",
        )


def _plain(user_data: bytes, boot: _Boot) -> bytes:
    """User data without the wrappings that cloud-init takes off: gzip, a second base64."""
    # AWS: whether a second base64 is taken off depends on the AMI's cloud-init (since 23.3).
    user_data = _without_base64(user_data)
    if not user_data.startswith(_GZIP):
        return user_data
    try:
        return unzipped(user_data)
    except (zlib.error, OSError, EOFError):
        boot.say("user_data.py[WARNING]: user data looks compressed but cannot be unpacked")
        return b""


def _without_base64(user_data: bytes) -> bytes:
    try:
        decoded = base64.b64decode(b"".join(user_data.split()), validate=True)
    except binascii.Error:
        return user_data
    is_known = decoded.startswith((_GZIP, b"#", b"MIME-Version", b"Content-Type"))
    return decoded if is_known else user_data


def _kind(text: str, otherwise: str) -> str:
    beginning = text.lstrip().lower()
    kinds = [kind for start, kind in _KINDS.items() if beginning.startswith(start)]
    return kinds[0] if kinds else otherwise


def _take(part: Part, boot: _Boot) -> None:
    """Consume one part as cloud-init does on the way to its boot stages."""
    match part.kind:
        case "text/x-shellscript":
            boot.scripts.append(part)
        case "text/cloud-config":
            boot.configs.append(read_cloud_config(part.text))
        case "text/cloud-boothook":
            _run("boothook", re.sub(r"^\s*#cloud-boothook[^\n]*", "", part.text), boot)
        case "text/x-not-multipart":
            boot.say(f"__init__.py[WARNING]: Unhandled non-multipart {_details(part)}")
        case "text/x-include-url" | "text/part-handler" | "text/upstart-job" | "text/jinja2":
            boot.say(f"not simulated: user data of the kind {part.kind}")
        case _:
            boot.say(f"__init__.py[WARNING]: Unhandled unknown content-type {_details(part)}")


def _details(part: Part) -> str:
    return f"({part.kind}) userdata: '{part.text.encode()[:24]!r}...'"


def _configure(boot: _Boot) -> None:
    """The init stage: bootcmd before write_files; runcmd becomes the last user script."""
    for config in boot.configs:
        for remark in config.remarks:
            boot.say(remark)
        if config.boot_commands:
            _run("bootcmd", "\n".join(config.boot_commands), boot)
        for file in config.files:
            boot.files.make_folder(file.path.rpartition("/")[0] or "/")
            boot.files.write(file.path, file.text, append=file.append)
        if config.run_commands:
            commands = "\n".join(("#!/bin/sh", *config.run_commands))
            boot.scripts.append(Part("text/x-shellscript", commands, "runcmd"))


def _run_scripts(boot: _Boot) -> None:
    """The final stage: the user's scripts in the order of their names."""
    scripts = sorted(boot.scripts, key=lambda part: part.name)
    statuses = [_run_script(part, boot) for part in scripts]
    if any(statuses):
        failure = f"Failed to run module scripts-user (scripts in {SCRIPTS_FOLDER})"
        boot.say(f"cc_scripts_user.py[WARNING]: {failure}")


def _run_script(part: Part, boot: _Boot) -> int:
    """Run one script by the interpreter that its first line names."""
    path = f"{SCRIPTS_FOLDER}/{part.name}"
    if not part.text.startswith("#!"):
        boot.say(f"{path}: Exec format error. Missing #! in script?")
        return 1
    interpreter, options = _shebang(part.text)
    if interpreter not in _SHELLS:
        boot.say(f"not simulated: a script for {interpreter or 'no interpreter'}")
        return 0
    return _run(path, part.text, boot, options)


def _shebang(text: str) -> tuple[str, str]:
    """The interpreter's name and its option letters.

    >>> _shebang("#!/usr/bin/env bash"), _shebang("#! /bin/bash -ex")
    (('bash', ''), ('bash', 'ex'))
    """
    words = text.partition("\n")[0][2:].replace("/usr/bin/env ", "").split()
    name = words[0].rpartition("/")[2] if words else ""
    return name, "".join(word[1:] for word in words[1:] if word.startswith("-"))


def _run(name: str, text: str, boot: _Boot, options: str = "") -> int:
    """Walk through shell text; cloud-init takes Windows line ends off before."""
    shell = Bash(boot.files, BOOT_PROGRAMS, name=name, installed=INSTALLED)
    shell.options |= {"errexit"} if "e" in options else set()
    shell.options |= {"xtrace"} if "x" in options else set()
    try:
        return shell.run(text.replace("\r\n", "\n"), Streams.into(boot.log))
    except Exception as error:  # one script that cannot be read does not keep the next from running
        boot.say(unforeseen(error))
        return 1
