"""What works on this machine and what to do about what does not, each in a sentence.

Looks only: it changes nothing, sends nothing off the machine and imports neither
moto nor boto3, so that it can also tell of an environment in which they are missing.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from ecs_tutorial import engine, fence
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing looked at; a problem keeps the tutorial from working, a note does not."""

    subject: str
    state: Literal["works", "note", "problem"]
    text: str

    def __str__(self) -> str:
        return f"{self.state:8}{self.subject}: {self.text}"


def examine(environ: Mapping[str, str], home: Path) -> Iterator[Finding]:
    """Everything the doctor looks at, in the order of a set-up."""
    yield python(sys.version_info[:3])
    yield from packages()
    yield port()
    yield folder()
    yield docker_engine()
    yield ambient_settings(environ, home)


def python(version: tuple[int, ...]) -> Finding:
    """Whether this Python is new enough."""
    words = ".".join(map(str, version))
    if version[:2] >= OLDEST_PYTHON:
        return Finding("Python", "works", f"{words}.")
    return Finding(
        "Python",
        "problem",
        f"this is Python {words}; the tutorial needs 3.11 or newer. Install one, for example with "
        "`uv python install 3.12`, and set the environment up again with it.",
    )


def packages() -> Iterator[Finding]:
    """Whether the packages that pyproject.toml asks for are there, in a version it allows."""
    try:
        wanted = metadata.requires("ecs-tutorial") or []
    except metadata.PackageNotFoundError:
        yield Finding(
            "Packages",
            "problem",
            "ecs-tutorial is not installed in this Python. In the git clone: "
            "`python -m pip install -e .`",
        )
        return
    troubles = [trouble for line in wanted if (trouble := package(line))]
    yield from troubles
    if not troubles:
        yield Finding("Packages", "works", "all there, moto inside its pin.")


def package(requirement: str) -> Finding | None:
    """What is wrong with one requirement, as ``moto>=5.2.5,<5.3``; None if nothing."""
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
        return None
    there = _installed(wanted.name)
    if there and wanted.specifier.contains(there, prereleases=True):
        return None
    found = f"{there} is installed" if there else "it is missing"
    text = (
        f"the tutorial needs {wanted.name}{wanted.specifier}, {found}. "
        f'`python -m pip install "{wanted.name}{wanted.specifier}"`, then restart the kernel.'
    )
    return Finding("Packages", "problem", text)


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def port() -> Finding:
    """Whether a program may listen on loopback."""
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return Finding("Ports", "works", "a free one on 127.0.0.1, where the lab listens.")
    except OSError as error:
        return Finding(
            "Ports",
            "problem",
            f"nothing can listen on 127.0.0.1 ({error.strerror}). A firewall or a sandbox forbids "
            "it; allow local connections for Python.",
        )


def folder() -> Finding:
    """Whether the lab has a folder to live in, whether one does, and whether it can be found."""
    try:
        place = lab_folder.state_folder()
        living = lab_folder.holder(place)
        record = lab_folder.read_record(place)
    except LabError as error:
        return Finding("Lab folder", "problem", str(error))
    except lab_folder.CorruptRecordError as error:
        remedy = (
            "no notebook finds the lab that runs. `ecs-tutorial stop` ends it, what is in it goes "
            "with it, and the next start is a new one."
            if living
            else "the next start replaces it."
        )
        return Finding("Lab folder", "note", f"{error} cannot be read; {remedy}")
    if living:
        return Finding("Lab folder", "works", "a lab runs.")
    return Finding("Lab folder", "works", "no lab runs now." if record else "no lab yet.")


def docker_engine() -> Finding:
    """Whether a Docker Engine answers, which the tutorial can do without."""
    docker = engine.program()
    if docker is None or engine.version(docker) is None:
        why = "it is installed and does not answer" if docker else "none"
        return Finding(
            "Docker Engine",
            "note",
            f"{why}; not needed. Containers are simulated, and chapter 1 shows an image's layers "
            "instead of building it.",
        )
    try:
        found = engine.usable()
    except LabError as error:
        return Finding("Docker Engine", "note", f"{error} Containers are simulated.")
    return Finding(
        "Docker Engine",
        "works",
        f"{found.version}, {found.memory} MiB, {found.cpus} CPUs. For real containers on it: "
        'ecs_tutorial.start(chapter=1, containers="docker"), or ECS_TUTORIAL_CONTAINERS=docker.',
    )


def ambient_settings(environ: Mapping[str, str], home: Path) -> Finding:
    """What on this machine belongs to real AWS, and that the fence keeps it out."""
    found = [*fence.defeating(environ), *_aws_files(home)]
    if not found:
        return Finding("AWS settings", "works", "none of a real account.")
    return Finding(
        "AWS settings",
        "note",
        f"{', '.join(found)}. The lab does not use them: inside its fence they are out of the "
        "way, outside they stay as they are.",
    )


def _aws_files(home: Path) -> list[str]:
    return [
        f"~/.aws/{name}" for name in ("config", "credentials") if (home / ".aws" / name).exists()
    ]


def report(environ: Mapping[str, str] | None = None, home: Path | None = None) -> list[Finding]:
    """``examine`` with this process's surroundings."""
    return list(examine(os.environ if environ is None else environ, home or Path.home()))
