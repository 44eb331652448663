"""``start``: from a notebook's first cell to a lab at the start of its chapter.

It closes the fence around the kernel, finds or makes the lab in the way this process
is to run it, and says what the learner has in front of them. It calls no AWS API.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from ecs_tutorial import (
    advice,
    allowances,
    banner,
    chapters,
    doctor,
    engine,
    fence,
    memory_warning,
    service_models,
    waiting,
)
from ecs_tutorial.allowances import Allowed
from ecs_tutorial.chapters import Chapter, Chapters
from ecs_tutorial.engine import DOCKER, SIMULATED
from ecs_tutorial.in_process import IN_PROCESS, InProcess
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.page import Page, jupyter_base, once_ready, open_page
from ecs_tutorial.served import journal, lab_folder, served_lab
from ecs_tutorial.served.keeper import Counts, Started

SERVED = "served"


class Backend(Protocol):
    """What a notebook's lab is made of, in either way of running it."""

    endpoint: str | None
    jupyter: str | None

    def counts(self) -> Counts: ...

    def browse(self, public_ip: str, port: int) -> dict[str, Any]: ...


class Lab:
    """The lab of one notebook: what lies beside the learner's own AWS clients."""

    def __init__(self, backend: Backend, words: str) -> None:
        self._backend = backend
        self._words = words

    def __repr__(self) -> str:
        return self._words

    def contents(self) -> Counts:
        """How much of each kind is in the lab now."""
        return self._backend.counts()

    def browse(self, public_ip: str, port: int = 80, path: str = "/") -> Page:
        """What a browser would get from http://public_ip:port/, when what is there is ready.

        Args:
            public_ip: of an instance, or the name of a load balancer.
        """
        answer = self._backend.browse(public_ip, port)

        def visit() -> Page:
            return open_page(f"{public_ip}:{port}", answer, self._backend.jupyter, path)

        waits = answer.get("is_real") and not answer.get("is_balanced")
        return once_ready(visit) if waits else visit()

    def settings(self) -> Settings:
        """What a terminal must be told so that its AWS CLI talks to this lab."""
        return terminal_settings(self._backend.endpoint)


class Settings(str):
    """Lines for a terminal, shown as they are."""

    def __repr__(self) -> str:
        return str(self)


def terminal_settings(endpoint: str | None, shell: str | None = None) -> Settings:
    """The lines that bring a terminal into the fence, for this system's own shell by default."""
    if endpoint is None:
        return Settings("This lab lives inside the notebook's process; no terminal can reach it.")
    folder = lab_folder.state_folder()
    shell = shell or ("powershell" if sys.platform == "win32" else "posix")
    settings = fence.settings(endpoint, folder) | fence.not_proxied(os.environ)
    return Settings(banner.exports(settings, shell))


def start(
    chapter: Chapter,
    *,
    keep: bool = False,
    containers: str | None = None,
    allow: str | Iterable[str] | None = None,
) -> Lab:
    """Bring the lab to the start of a chapter and the kernel into its fence.

    Args:
        chapter: the key in the notebook's name: ``3``, ``"8a"``.
        keep: only connect; whatever is in the lab stays.
        containers: ``simulated`` or ``docker``; None leaves it to the environment, else
            to the lab that runs.
        allow: what real containers may do on this machine, by name (``allowances``); None
            leaves it to the lab that runs.
    """
    _check_machine()
    allowed = None if allow is None else allowances.chosen(allow)
    fence.guard()
    gone = fence.close(fence.present_endpoint() or fence.NOWHERE, lab_folder.state_folder())
    book = chapters.find()
    book.notebook(chapter)
    simulates = book.always_simulates(chapter)
    kind = SIMULATED if simulates else engine.asked_for(containers, os.environ)
    notes = (*_moved(book), *banner.always_simulated(simulates))
    lab = _way()(Opening(book, chapter, keep, kind, allowed, tuple(gone), notes))
    memory_warning.say_in_cells()
    print(lab)
    return lab


@dataclass(frozen=True)
class Opening:
    """A chapter that is being opened, and what was done for it so far."""

    book: Chapters
    chapter: Chapter
    keep: bool
    containers: str | None
    allow: Allowed | None
    out_of_the_way: tuple[str, ...]
    notes: tuple[str, ...]


def _way() -> Callable[[Opening], Lab]:
    mode = os.environ.get("ECS_TUTORIAL_MODE", SERVED)
    ways = {SERVED: _serve, IN_PROCESS: _in_process}
    if mode not in ways:
        raise LabError(f"ECS_TUTORIAL_MODE is {mode!r}; it can be {SERVED} or {IN_PROCESS}.")
    return ways[mode]


def _check_machine() -> None:
    for finding in (doctor.python(sys.version_info[:3]), *doctor.packages()):
        if finding.state == "problem":
            raise LabError(f"{finding.subject}: {finding.text}")


def _moved(book: Chapters) -> Iterator[str]:
    if chapters.enter(book):
        yield f"This notebook works in the folder {book.folder.name}/, where its files are."


class _Served:
    """A backend in a process of its own."""

    def __init__(self, lab: served_lab.ServedLab) -> None:
        self._lab = lab
        self.endpoint: str | None = lab.endpoint
        self.jupyter = jupyter_base()

    def counts(self) -> Counts:
        status = self._lab.status()
        if status["busy"]:
            raise LabError(f"The lab is busy: {status['busy']}. Try again in a moment.")
        return dict(status["contents"])

    def browse(self, public_ip: str, port: int) -> dict[str, Any]:
        return self._lab.browse(public_ip, port)


def _serve(opening: Opening) -> Lab:
    folder = lab_folder.state_folder()
    lab, note = served_lab.find_or_launch(
        folder, opening.book.folder, containers=opening.containers, allow=opening.allow
    )
    fence.close(lab.endpoint, folder)
    strays = fence.strays(lab.endpoint)
    started = Started(**lab.start(opening.chapter, opening.keep))
    status = lab.status()
    speed = status["speed"]
    advice.after_failed_cells(lambda: what_became_of(lab, status["builds"]))
    os.environ[engine.OF_LAB] = lab.record.containers
    real = lab.record.containers == DOCKER
    waiting.waiters_sleep(waiting.at_speed(speed), often=real)
    notes = [
        *opening.notes,
        *banner.out_of_the_way(opening.out_of_the_way),
        *banner.made_before(strays),
        *([note] if note else []),
        *banner.about(started),
        *banner.memory(status["memory"]),
    ]
    backend = "a local ECS in a process of its own on this machine; "
    backend += banner.containers(lab.record.containers, lab.record.allow)
    first = banner.ready(opening.chapter, opening.keep)
    words = banner.speed(speed)
    return Lab(_Served(lab), banner.banner(first, backend, started.contents, words, notes))


def what_became_of(lab: served_lab.ServedLab, builds: int) -> str | None:
    """Why a notebook's lab is not the one it began with; None if it is."""
    again = "Run this notebook's first cell again, and then the cells below it."
    try:
        now = lab.status()
    except LabError:
        if journal.in_folder(lab.folder).exists():
            again = (
                "Run this notebook's first cell again: the lab comes back as it was. Then go on."
            )
        return f"The lab no longer answers. {again}"
    if now["builds"] != builds:
        return f"The lab was rebuilt or reset since, by another notebook or in a terminal. {again}"
    return None


def _in_process(opening: Opening) -> Lab:
    service_models.read_once()
    fence.close(None, lab_folder.state_folder())
    kept = InProcess.current if opening.keep else None
    before = InProcess.current
    kind = opening.containers or (before.containers if before else SIMULATED)
    allow = opening.allow
    if allow is None:
        allow = before.local.allow if before else ()
    if kept is None or (kept.containers, kept.local.allow) != (kind, allow):
        kept = InProcess.fresh(opening.chapter, opening.book, kind, allow)
    words = f"a local ECS inside this notebook's process; {banner.containers(kind, allow)}"
    time = banner.speed(kept.local.clock.speed)
    first = banner.ready(opening.chapter, opening.keep)
    notes = [*opening.notes, *banner.memory(kept.local.memory())]
    text = banner.banner(first, words, kept.counts(), time, notes)
    return Lab(kept, text)
