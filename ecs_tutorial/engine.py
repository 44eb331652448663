"""Whether a Docker Engine answers on this machine; it is asked through the docker program."""

from __future__ import annotations

import shutil
import subprocess

PATIENCE = 10.0


def program() -> str | None:
    """The docker program, whether an engine answers to it or not."""
    return shutil.which("docker")


def version(docker: str) -> str | None:
    """The version of the engine behind the docker program, None if none answers."""
    command = [docker, "version", "--format", "{{.Server.Version}}"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
