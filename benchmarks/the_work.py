"""What both sides of the benchmark of real containers run, and how it is timed."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecs_tutorial import engine

# The walk and the images are the tests', which are not installed with the package.
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import walk  # noqa: E402
from images import stand_ins  # noqa: E402

__all__ = ["stand_ins", "walk"]

MANY = 30
STOP_SECONDS = 2
"""A shell that sleeps hears no SIGTERM: it is killed after this time, on both sides."""
SLEEP = ["sleep", "3600"]
BLOG_CPU, SHELL_CPU = 512, 64
"""CPU shares, the same on both sides: with ECS's least, 2, any other program would hold them up."""
LOOK_EVERY, LOOK_AT_MANY_EVERY = 0.02, 0.1
"""Seconds; each look costs the machine that is measured."""
PATIENCE = 120.0
ENVIRONMENT = {
    "mysql": {
        "MYSQL_ROOT_PASSWORD": "password",
        "MYSQL_DATABASE": "wordpress",
        "MYSQL_USER": "wordpress",
        "MYSQL_PASSWORD": "password",
    },
    "wordpress": {
        "WORDPRESS_DB_HOST": "mysql",
        "WORDPRESS_DB_NAME": "wordpress",
        "WORDPRESS_DB_USER": "wordpress",
        "WORDPRESS_DB_PASSWORD": "password",
    },
}


def seconds(
    begin: Callable[[], Any],
    is_done: Callable[[], Any] = lambda: True,
    look_every: float = LOOK_EVERY,
) -> float:
    """The time from a call until something is so."""
    began = time.perf_counter()
    begin()
    while not is_done():
        if time.perf_counter() - began > PATIENCE:
            sys.exit(f"Not within {PATIENCE:.0f} s: {is_done}")
        time.sleep(look_every)
    return time.perf_counter() - began


def redirects(port: int | None) -> bool:
    """Whether WordPress sends a browser on: to its install page, when its database is there."""
    if port is None:
        return False
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 302
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def call(*commands: list[str]) -> None:
    """Run commands, all at one time, until the last has ended."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, **quiet) for command in commands]
    for process in processes:
        _, words = process.communicate()
        if process.returncode:
            sys.exit(f"{process.args}: {words.decode()}")


def have_images() -> None:
    """The engine has what is run, real or as a stand-in."""
    client = engine.connect()
    for name in ("busybox", "mysql", "wordpress"):
        stand_ins.ensure(client, name)
    client.close()
