"""The docker command of a host, as a shell's program: its options and its tables.

Texts are Docker's own. It reads containers; only ``kill`` does something to them.
"""

from __future__ import annotations

import getopt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ecs_tutorial.data_plane.bash import Call
from ecs_tutorial.data_plane.docker_inspect import inspection, volume_inspection
from ecs_tutorial.data_plane.runtime import ContainerRecord, VolumeRecord

_COMMAND_NAMES = """
    attach build commit container context cp create diff events exec export history image import
    info kill load login logout network pause port plugin pull push rename restart rm rmi run save
    search start stats stop swarm system tag top unpause update version volume wait
"""
_UNSIMULATED = frozenset(_COMMAND_NAMES.split())


@dataclass(frozen=True)
class Docker:
    """One engine at one moment: its containers, newest first, its images and its volumes."""

    version: str
    now: datetime
    containers: tuple[ContainerRecord, ...]
    images: Mapping[str, str]
    """With their digests."""
    volumes: tuple[VolumeRecord, ...]
    logs: Callable[[str], tuple[str, ...]]
    kill: Callable[[str], None]

    def __call__(self, call: Call) -> int:
        """The program ``docker``."""
        command, *arguments = call.arguments or ("--help",)
        if command in {"--version", "-v"}:
            call.print(f"Docker version {self.version}\n")
            return 0
        program = _COMMANDS.get(command)
        if program is None:
            return _refuse(call, command)
        try:
            return program(self, call, arguments)
        except getopt.GetoptError as error:
            return _refuse_option(call, command, error.opt)

    def find(self, name: str) -> ContainerRecord | None:
        """A container by its name or the beginning of its id."""
        for record in self.containers:
            if name and (
                record.spec.name == name.lstrip("/") or record.runtime_id.startswith(name)
            ):
                return record
        return None


def _refuse(call: Call, command: str) -> int:
    if command in _UNSIMULATED:
        return call.fail(f"not simulated: docker {command}")
    return call.fail(f"docker: '{command}' is not a docker command.\nSee 'docker --help'")


def _refuse_option(call: Call, command: str, option: str) -> int:
    if option in {"format", "filter", "f", "n", "last", "l", "latest", "size", "s", "since"}:
        return call.fail(f"not simulated: this option of docker {command}: {option}")
    kind = f"unknown flag: --{option}" if len(option) > 1 else f"unknown shorthand flag: '{option}'"
    return call.fail(f"{kind}\nSee 'docker {command} --help'.", 125)


def ps(docker: Docker, call: Call, arguments: list[str]) -> int:
    given, _ = getopt.gnu_getopt(arguments, "aq", ["all", "quiet", "no-trunc"])
    options = {name for name, _ in given}
    whole = "--no-trunc" in options
    records = [r for r in docker.containers if r.state == "running" or options & {"-a", "--all"}]
    if options & {"-q", "--quiet"}:
        call.print("".join(f"{_id(record, whole)}\n" for record in records))
        return 0
    header = ("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES")
    call.print(table([header, *(_ps_row(record, docker.now, whole) for record in records)]))
    return 0


def _id(record: ContainerRecord, whole: bool) -> str:
    return record.runtime_id if whole else record.runtime_id[:12]


def _ps_row(record: ContainerRecord, now: datetime, whole: bool) -> tuple[str, ...]:
    command = " ".join(record.command)
    if len(command) > 20 and not whole:
        command = command[:19] + "…"
    return (
        _id(record, whole),
        record.spec.image,
        json.dumps(command, ensure_ascii=False),
        f"{duration((now - record.created_at).total_seconds())} ago",
        status(record, now),
        ports(record),
        record.spec.name,
    )


def status(record: ContainerRecord, now: datetime) -> str:
    """The STATUS column, ``Up 5 minutes`` or ``Exited (0) 3 seconds ago``."""
    if record.state == "created" or record.started_at is None:
        return "Created"
    if record.state == "exited":
        ended = duration((now - (record.finished_at or now)).total_seconds())
        return f"Exited ({record.exit_code}) {ended} ago"
    if record.is_paused:
        return f"Up {duration((now - record.started_at).total_seconds())} (Paused)"
    health = {None: "", "starting": " (health: starting)"}.get(record.health, f" ({record.health})")
    return f"Up {duration((now - record.started_at).total_seconds())}{health}"


def ports(record: ContainerRecord) -> str:
    """The PORTS column: published ports with their host's side, then those only exposed."""
    if record.state != "running":
        return ""
    published = {(port.container_port, port.protocol) for port in record.spec.ports}
    shown = [
        f"{port.host_ip}:{port.host_port}->{port.container_port}/{port.protocol}"
        for port in sorted(record.spec.ports, key=lambda p: (p.container_port, p.host_port))
    ]
    shown += [
        f"{p}/{protocol}"
        for p, protocol in sorted(record.exposed_ports)
        if (p, protocol) not in published
    ]
    return ", ".join(shown)


def duration(seconds: float) -> str:
    """A length of time in Docker's words.

    >>> [duration(s) for s in (0.5, 1, 59, 61, 3700, 86400 * 3)]
    ['Less than a second', '1 second', '59 seconds', 'About a minute', 'About an hour', '3 days']
    """
    minutes, hours = int(seconds // 60), int(seconds / 3600 + 0.5)
    if seconds < 60:
        words = {0: "Less than a second", 1: "1 second"}
        return words.get(int(seconds), f"{int(seconds)} seconds")
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    if hours < 24 * 14:
        return f"{hours // 24} days"
    return f"{hours // 24 // 7} weeks" if hours < 24 * 60 else f"{hours // 24 // 30} months"


def table(rows: list[tuple[str, ...]]) -> str:
    """Columns as Docker aligns them: three spaces apart, at least ten wide, the last one free."""
    widths = [max(10, *(len(row[column]) + 3 for row in rows)) for column in range(len(rows[0]))]
    lines = ("".join(map(str.ljust, row[:-1], widths)) + row[-1] for row in rows)
    return "".join(f"{line}\n" for line in lines)


def logs(docker: Docker, call: Call, arguments: list[str]) -> int:
    options, names = getopt.gnu_getopt(arguments, "fn:", ["follow", "tail="])
    if len(names) != 1:
        return call.fail("\"docker logs\" requires exactly 1 argument.\nSee 'docker logs --help'.")
    record = docker.find(names[0])
    if record is None:
        return call.fail(f"Error response from daemon: No such container: {names[0]}")
    last = next((value for name, value in options if name in {"-n", "--tail"}), "all")
    lines = docker.logs(record.runtime_id)
    kept = lines[max(0, len(lines) - int(last)) :] if last.isdecimal() else lines
    call.print("".join(f"{line}\n" for line in kept))
    return 0


def inspect(docker: Docker, call: Call, arguments: list[str]) -> int:
    _, names = getopt.gnu_getopt(arguments, "", ["type="])
    if not names:
        return call.fail(
            "\"docker inspect\" requires at least 1 argument.\nSee 'docker inspect --help'."
        )
    found = {name: docker.find(name) for name in names}
    by_id = {record.runtime_id: record.spec.name for record in docker.containers}
    documents = [inspection(record, by_id) for record in found.values() if record]
    call.print(json.dumps(documents, indent=4, ensure_ascii=False) + "\n")
    missing = [f"Error: No such object: {name}" for name, record in found.items() if not record]
    return call.fail("\n".join(missing)) if missing else 0


def kill(docker: Docker, call: Call, arguments: list[str]) -> int:
    """SIGKILL; a container that does not run, or is none, is said like the engine says it."""
    _, names = getopt.gnu_getopt(arguments, "")
    faults = []
    for name in names:
        record = docker.find(name)
        if record is not None and record.state == "running":
            docker.kill(record.runtime_id)
            call.print(f"{name}\n")
        elif record is None:
            faults.append(f"Error response from daemon: No such container: {name}")
        else:
            why = f"container {record.runtime_id} is not running"
            faults.append(f"Error response from daemon: cannot kill container: {name}: {why}")
    return call.fail("\n".join(faults)) if faults else 0


def images(docker: Docker, call: Call, arguments: list[str]) -> int:
    options, _ = getopt.gnu_getopt(arguments, "aq", ["all", "quiet", "no-trunc"])
    ids = {image: digest.removeprefix("sha256:")[:12] for image, digest in docker.images.items()}
    if any(name in {"-q", "--quiet"} for name, _ in options):
        call.print("".join(f"{image_id}\n" for image_id in dict.fromkeys(ids.values())))
        return 0
    header = ("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE")
    # AWS: a real engine knows when an image was built and its size; here nothing is downloaded.
    rows = [(*_repository_and_tag(image), ids[image], "N/A", "N/A") for image in ids]
    call.print(table([header, *rows]))
    return 0


def volume(docker: Docker, call: Call, arguments: list[str]) -> int:
    """``docker volume ls`` and ``docker volume inspect``."""
    options, rest = getopt.gnu_getopt(arguments, "q", ["quiet"])
    action, *names = rest or ("ls",)
    found = {each.name: each for each in docker.volumes}
    if action in {"ls", "list"}:
        is_quiet = any(name in {"-q", "--quiet"} for name, _ in options)
        rows: list[tuple[str, ...]] = [("DRIVER", "VOLUME NAME")]
        rows += [(each.driver, each.name) for each in docker.volumes]
        call.print("".join(f"{name}\n" for name in found) if is_quiet else table(rows))
        return 0
    if action != "inspect":
        return call.fail(f"not simulated: docker volume {action}")
    documents = [volume_inspection(found[name]) for name in names if name in found]
    call.print(json.dumps(documents, indent=4) + "\n")
    missing = [f"Error: No such volume: {name}" for name in names if name not in found]
    return call.fail("\n".join(missing)) if missing else 0


def _repository_and_tag(image: str) -> tuple[str, str]:
    """``host:5000/name:tag`` cut where Docker cuts it."""
    repository, colon, tag = image.partition("@")[0].rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (image.partition("@")[0], "latest")


_COMMANDS: dict[str, Callable[[Docker, Call, list[str]], int]] = {
    "ps": ps,
    "logs": logs,
    "inspect": inspect,
    "images": images,
    "kill": kill,
    "volume": volume,
}
