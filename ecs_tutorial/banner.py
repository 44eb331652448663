"""What ``start`` says: the lab in words. Pure text, nothing is asked or changed here."""

from __future__ import annotations

import json
import shlex
import textwrap
from collections.abc import Iterable, Mapping

from ecs_tutorial import memory_warning
from ecs_tutorial.chapters import Chapter
from ecs_tutorial.engine import DOCKER
from ecs_tutorial.served.keeper import Counts, Started

NAME, WIDTH = 11, 100
"""Characters of a row's name, and of a line: a longer one would be broken inside a word."""
COST = "nothing: no AWS account is used and no request leaves this machine"

_KINDS = {
    "repositories": ("ECR repository", "ECR repositories"),
    "clusters": ("cluster", "clusters"),
    "instances": ("EC2 instance", "EC2 instances"),
    "container_instances": ("container instance", "container instances"),
    "task_definitions": ("task definition", "task definitions"),
    "services": ("service", "services"),
    "tasks": ("task", "tasks"),
}
"""The lab's contents by kind, one of it and more."""


def contents(counts: Counts) -> str:
    """What is in a lab, in words.

    >>> contents({"clusters": 1, "container_instances": 2, "services": 0})
    '1 cluster, 2 container instances'
    """
    present = [_counted(kind, count) for kind, count in counts.items() if count]
    return ", ".join(present) or "nothing yet"


def _counted(kind: str, count: int) -> str:
    one, more = _KINDS.get(kind, (kind, kind))
    return f"{count} {one if count == 1 else more}"


def ready(chapter: Chapter, kept: bool) -> str:
    return "Connected to the lab as it is." if kept else f"The lab is ready for chapter {chapter}."


def banner(first: str, backend: str, counts: Counts, time: str, notes: Iterable[str]) -> str:
    """The whole banner; the notes come first, because they ask for attention."""
    rows = {"Backend": backend, "In it now": contents(counts), "Cost": COST, "Time": time}
    return "\n".join([*notes, first, *(_row(name, text) for name, text in rows.items())])


def _row(name: str, text: str) -> str:
    """A name and what it stands for, whose lines begin below one another."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=f"{name + ':':{NAME}}",
        subsequent_indent=" " * NAME,
        break_long_words=False,
        break_on_hyphens=False,
    )


def containers(kind: str, allow: Iterable[str] = ()) -> str:
    """What runs in the lab's containers, and what is not refused them."""
    if kind != DOCKER:
        return "containers are simulated"
    names = ", ".join(allow)
    allowed = f" (allowed: {names})" if names else ""
    return f"containers are real ones on a Docker Engine{allowed}"


def always_simulated(is_so: bool) -> list[str]:
    """That a chapter has no real containers, also where the lab had some."""
    return ["This chapter's containers are always simulated; its text says why."] * is_so


def memory(mib: Mapping[str, int] | None) -> list[str]:
    """A warning if tasks, or what instances offer them, come to more than the engine has.

    >>> memory({"engine": 2000, "instances": 1900, "tasks": 500}), memory(None)
    ([], [])
    """
    tasks = memory_warning.warning(mib)
    if tasks or not mib or mib["instances"] <= mib["engine"]:
        return [tasks] if tasks else []
    # AWS: an instance really has the memory that it registers; here several share the machine's.
    return [
        f"The lab's instances offer tasks {mib['instances']} MiB of memory, more than the "
        f"{mib['engine']} MiB that the Docker Engine has. Do not fill them, or give Docker "
        "more memory."
    ]


def speed(lab_seconds: float) -> str:
    """How lab time passes, by how many seconds of it make one of the machine's."""
    if not lab_seconds:
        return "stands still between calls; waiters do not wait"
    if lab_seconds == 1:
        return "a second in the lab is a second here, as containers are real; only EC2 is faster"
    return f"{lab_seconds:g} seconds in the lab are one second here"


def about(started: Started) -> list[str]:
    """What a learner must know of how the lab began and the chapter's start went."""
    return [*([started.begun] if started.begun else []), *_rebuilt(started)]


def _rebuilt(started: Started) -> list[str]:
    if not started.rebuilt:
        return []
    why = (
        f"Chapter {started.chapter} was started before, so the lab was rebuilt at its start."
        if started.again
        else f"The lab did not hold what chapter {started.chapter} begins with, so it was rebuilt."
    )
    if not any((started.gone or {}).values()):
        return [] if started.again else [why]
    return [
        f"{why} Gone: {contents(started.gone or {})}.",
        "To go on in the lab as it is: "
        f"ecs_tutorial.start(chapter={json.dumps(started.chapter)}, keep=True).",
    ]


def out_of_the_way(names: Iterable[str]) -> list[str]:
    """What the fence took out of the kernel's environment."""
    gone = ", ".join(names)
    return (
        [f"Out of the way in this kernel, because it leads past the lab: {gone}."] if gone else []
    )


def made_before(services: Iterable[str]) -> list[str]:
    """That there are clients which the fence had to stop."""
    clients = ", ".join(services)
    return [
        f"Clients made before this cell do not point at the lab ({clients}). They can reach "
        "nothing outside; make them again."
    ] * bool(clients)


def exports(settings: Mapping[str, str], shell: str) -> str:
    """Lines for a terminal, ``posix`` or ``powershell``: its AWS settings out, these in."""
    if shell == "powershell":
        out = "Remove-Item Env:AWS_*"
        lines = [f"$Env:{name} = '{_quoted(value)}'" for name, value in settings.items()]
    else:
        out = r"unset $(env | sed -n 's/^\(AWS_[A-Za-z0-9_]*\)=.*/\1/p')"
        lines = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    return "\n".join([out, *lines])


def _quoted(value: str) -> str:
    return value.replace("'", "''")
