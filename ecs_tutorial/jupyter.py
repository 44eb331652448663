"""JupyterLab inside the fence, with the lab beside it.

It ends what it started: JupyterLab, and the lab if it was not running before.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from ecs_tutorial import chapters, engine, fence
from ecs_tutorial.chapters import FIRST
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder, served_lab, server

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
    line = command(notebooks, must_be_free(port), browser, more)
    was_there, _ = served_lab.find(folder)
    containers = engine.asked_for(None, os.environ)
    lab, note = served_lab.find_or_launch(
        folder, notebooks, speed=speed or server.SPEED, containers=containers
    )
    begun = lab.status()["begun"]
    for words in filter(
        None, [note, begun, f"The lab answers at {lab.endpoint}. Ctrl+C ends this."]
    ):
        print(words, flush=True)
    try:
        return _until_it_ends(line, inside(lab.endpoint, folder, os.environ), notebooks)
    finally:
        if was_there is None:
            print(served_lab.stop(folder))


def inside(endpoint: str, folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of kernels and terminals: the fence, and how a browser gets to them.

    This Python's programs come first, so that a terminal has the ``aws`` that was tried.
    """
    programs = sysconfig.get_path("scripts")
    return {
        "ECS_TUTORIAL_JUPYTER_BASE": "/",
        **fence.environment(endpoint, folder, environ),
        "ECS_TUTORIAL_HOME": str(folder),
        "PATH": os.pathsep.join([programs, environ.get("PATH", os.defpath)]),
    }


def command(
    notebooks: Path, port: int | None, browser: bool, more: Sequence[str] = ()
) -> list[str]:
    """JupyterLab at the start notebook, on loopback; on its usual port or one near it."""
    line = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1"]
    line += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"] if port else []
    line += [f"--ServerApp.root_dir={notebooks}", f"--LabApp.default_url=/lab/tree/{FIRST}"]
    line += [*QUIET, *_terminals(), *(["--allow-root"] if _is_root() else [])]
    return [*line, *([] if browser else ["--no-browser"]), *more]


def _terminals() -> list[str]:
    """The shell of JupyterLab's terminals, named where it would be a login shell otherwise.

    JupyterLab takes a login shell if it was not started in a terminal itself; its start-up files
    may forget where this Python's programs are.
    """
    shell = os.environ.get("SHELL") or shutil.which("sh")
    if os.name == "nt" or sys.stdout.isatty() or shell is None:
        return []
    return [f"--ServerApp.terminado_settings=shell_command={shlex.quote(shell)}"]


def _is_root() -> bool:
    """As in most containers; JupyterLab wants to be told that this is meant."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def must_be_free(wanted: int | None) -> int | None:
    """The port that was asked for, if one was and it is free."""
    if wanted is not None and server.free_port([wanted]) is None:
        raise LabError(f"Port {wanted} on 127.0.0.1 is not free. Try another one, or no --port.")
    return wanted


def _until_it_ends(line: list[str], environment: dict[str, str], notebooks: Path) -> int:
    # Also where the shell that started this had told its programs to ignore Ctrl+C.
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    with subprocess.Popen(line, env=environment, cwd=notebooks) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return 0
