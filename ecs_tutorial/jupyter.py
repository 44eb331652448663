"""JupyterLab inside the fence, with the lab beside it.

It ends what it started: JupyterLab, and the lab if it was not running before.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ecs_tutorial import chapters, fence
from ecs_tutorial.chapters import FIRST
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder, served_lab, server

USUAL_PORT = 8888
QUIET = [
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]
"""JupyterLab asks nobody on the network for news of itself."""


def run(
    *,
    port: int | None = None,
    browser: bool = True,
    speed: float | None = None,
    more: Sequence[str] = (),
) -> int:
    """Start both and wait for JupyterLab to end; returns its exit code."""
    folder, notebooks = lab_folder.state_folder(), chapters.find().folder
    line = command(notebooks, free_port(port), browser, more)
    was_there, _ = served_lab.find(folder)
    lab, note = served_lab.find_or_launch(folder, notebooks, speed=speed or server.SPEED)
    for words in filter(None, [note, f"The lab answers at {lab.endpoint}. Ctrl+C ends this."]):
        print(words, flush=True)
    try:
        return _until_it_ends(line, inside(lab.endpoint, folder, os.environ), notebooks)
    finally:
        if was_there is None:
            print(served_lab.stop(folder))


def inside(endpoint: str, folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of kernels and terminals: the fence, and how a browser gets to them."""
    return {
        "ECS_TUTORIAL_JUPYTER_BASE": "/",
        **fence.environment(endpoint, folder, environ),
        "ECS_TUTORIAL_HOME": str(folder),
    }


def command(notebooks: Path, port: int, browser: bool, more: Sequence[str] = ()) -> list[str]:
    """JupyterLab at the start notebook, on loopback."""
    line = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1"]
    line += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    line += [f"--ServerApp.root_dir={notebooks}", f"--LabApp.default_url=/lab/tree/{FIRST}"]
    line += QUIET
    return [*line, *([] if browser else ["--no-browser"]), *more]


def free_port(wanted: int | None) -> int:
    """JupyterLab's usual port or another free one, if none is wanted."""
    free = server.free_port([USUAL_PORT, 0] if wanted is None else [wanted])
    if free is None:
        raise LabError(f"Port {wanted} on 127.0.0.1 is not free. Try another one, or no --port.")
    return free


def _until_it_ends(line: list[str], environment: dict[str, str], notebooks: Path) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with subprocess.Popen(line, env=environment, cwd=notebooks) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return 0
