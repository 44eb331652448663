"""Docker's side of the benchmark of real containers: the work as its own programs do it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from the_work import (
    BLOG_CPU,
    ENVIRONMENT,
    MANY,
    SHELL_CPU,
    SLEEP,
    STOP_SECONDS,
    call,
    redirects,
    seconds,
    stand_ins,
)

NO_COMPOSE = (
    "Docker Compose is missing: install Docker's own plugin, or on Debian `apt install "
    "docker-compose`."
)


class ByHand:
    """Docker's side: its own programs on the same engine."""

    def __init__(self, folder: Path, compose: list[str]) -> None:
        self.port = free_port()
        file = folder / "compose.json"
        file.write_text(json.dumps({"services": self._services()}))
        self._compose = [*compose, "-p", "ecs-tutorial-benchmark", "-f", str(file)]

    def _services(self) -> dict[str, Any]:
        def service(name: str, **more: Any) -> dict[str, Any]:
            same = {"network_mode": "bridge", "mem_limit": "500m", "cpu_shares": BLOG_CPU}
            return {"image": stand_ins.TAGS[name], "environment": ENVIRONMENT[name], **same, **more}

        ports = [f"127.0.0.1:{self.port}:80"]
        return {
            "mysql": service("mysql"),
            "wordpress": service("wordpress", links=["mysql"], ports=ports),
        }

    def wordpress(self) -> float:
        took = seconds(lambda: call([*self._compose, "up", "-d"]), lambda: redirects(self.port))
        call([*self._compose, "down", "-v"])
        return took

    def one(self) -> float:
        return self._run(1)[0]

    def many(self) -> tuple[float, float]:
        """Until all run; until all have stopped."""
        return self._run(MANY)

    def _run(self, count: int) -> tuple[float, float]:
        names = [f"ecs-tutorial-benchmark-{number}" for number in range(count)]
        limits = ["--memory", "16m", "--cpu-shares", str(SHELL_CPU)]
        run = ["docker", "run", "-d", *limits, "--name"]
        began = [[*run, name, stand_ins.TAGS["busybox"], *SLEEP] for name in names]
        ended = [["docker", "stop", "-t", str(STOP_SECONDS), name] for name in names]
        took = seconds(lambda: call(*began)), seconds(lambda: call(*ended))
        call(["docker", "rm", "-f", "-v", *names])
        return took


def compose_command(given: str | None) -> list[str]:
    """Docker's plugin if it is there, else the program of its own."""
    for words in [given.split()] if given else [["docker", "compose"], ["docker-compose"]]:
        if (
            shutil.which(words[0])
            and subprocess.run([*words, "version"], capture_output=True, check=False).returncode
            == 0
        ):
            return words
    sys.exit(NO_COMPOSE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
