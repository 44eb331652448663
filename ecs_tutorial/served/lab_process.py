"""How a served lab's process is begun, and what to say where it ends at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecs_tutorial import fence
from ecs_tutorial.served import lab_folder, server


def ports(folder: Path) -> list[int]:
    """The port that the last lab had, since kernels and terminals still point there; else any."""
    try:
        record = lab_folder.read_record(folder)
    except lab_folder.CorruptRecordError:
        record = None
    return [record.port, 0] if record else [0]


def spawn(
    folder: Path, notebooks: Path, ports: list[int], options: list[str]
) -> subprocess.Popen[bytes]:
    """Begin the process; it outlives the one that began it."""
    command = [sys.executable, "-m", "ecs_tutorial.served.server", "--folder", str(folder)]
    command += ["--notebooks", str(notebooks), *options, "--port", *map(str, ports)]
    with (folder / "lab.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=notebooks,
            env=fence.environment(None, folder, os.environ),
            **_of_its_own(),
        )


def _of_its_own() -> Mapping[str, Any]:
    """So that neither a kernel's interrupt nor its end reaches the lab."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
        return {"creationflags": flags}
    return {"start_new_session": True}


def why_not(code: int | None, folder: Path, ports: list[int]) -> str:
    """What to say of a process that has ended before it could be asked anything."""
    if code == server.NO_PORT:
        wanted = " or ".join(str(port) for port in ports)
        return f"Port {wanted} on 127.0.0.1 is not free, and the lab needs one it may listen on."
    if code == server.IN_WORDS:
        return (folder / "lab.log").read_text(encoding="utf-8").splitlines()[-1]
    return (
        f"The lab could not be started (exit code {code}). The reason is in {folder / 'lab.log'}."
    )
