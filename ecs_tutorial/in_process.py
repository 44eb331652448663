"""A lab in the very process of its notebook, for tests and CI."""

from __future__ import annotations

import atexit
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ecs_tutorial import engine, garbage, waiting
from ecs_tutorial.allowances import Allowed
from ecs_tutorial.chapters import Chapter, Chapters
from ecs_tutorial.engine import DOCKER
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.page import look
from ecs_tutorial.served import lab_folder
from ecs_tutorial.served.keeper import Counts

IN_PROCESS = "in-process"
FOLDER_TRIES = 100
"""How often to look, each tenth of a second, whether the kernel before has gone."""
_LOCKS: dict[Path, lab_folder.FolderLock] = {}
"""Held until this process ends."""


class InProcess:
    """A backend in this very process, for tests: its time moves only with calls and waiters."""

    current: InProcess | None = None
    endpoint: str | None = None
    jupyter: str | None = None

    def __init__(self, containers: str, allow: Allowed) -> None:
        from ecs_tutorial.lab import LocalEcs

        self.containers = containers
        real = containers == DOCKER
        name = lab_folder.name_on_engine(_own_place()) if real else None
        self.local = LocalEcs(on_engine=name, allow=allow)

    def counts(self) -> Counts:
        return asdict(self.local.contents())

    def browse(self, public_ip: str, port: int) -> dict[str, Any]:
        return look(self.local.addresses, public_ip, port)

    @classmethod
    def fresh(cls, chapter: Chapter, book: Chapters, containers: str, allow: Allowed) -> InProcess:
        from ecs_tutorial.fast_forward import fast_forward

        cls.end()
        os.environ[engine.OF_LAB] = containers
        with garbage.not_searched():
            cls.current = backend = cls(containers, allow)
            backend.local.install()
            waiting.waiters_sleep(backend.local.pass_time, often=containers == DOCKER)
            fast_forward(backend.local, chapter, book)
        return backend

    @classmethod
    def end(cls) -> None:
        """End the lab of this process, if there is one, with its containers."""
        if cls.current:
            cls.current.local.stop()
            cls.current = None


atexit.register(InProcess.end)


def _own_place() -> Path:
    """The folder that names this process's containers; the process before must have gone."""
    place = lab_folder.state_folder() / IN_PROCESS
    if place in _LOCKS:
        return place
    place.mkdir(exist_ok=True)
    lock = lab_folder.FolderLock(place)
    for _ in range(FOLDER_TRIES):
        if lock.take():
            _LOCKS[place] = lock
            return place
        time.sleep(0.1)
    raise LabError(
        "Another process has real containers in this folder: end that kernel first, or name "
        "another folder in ECS_TUTORIAL_HOME."
    )
