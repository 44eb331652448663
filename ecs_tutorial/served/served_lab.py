"""The served lab as a kernel or the command line sees it: find, launch, ask, end.

It speaks the admin pages over a plain loopback connection that no proxy setting
touches. It must not import moto: most of what it is used for happens without.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ecs_tutorial import access_key, banner, engine
from ecs_tutorial.allowances import Allowed
from ecs_tutorial.chapters import Chapter
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import journal, lab_folder, lab_process, leftovers, server
from ecs_tutorial.served.lab_folder import LabRecord
from ecs_tutorial.served.unfit import unfit

PATIENCE = 5.0
"""Seconds that a lab which lives has to answer."""
REBUILD_PATIENCE = 900.0
"""Seconds; real containers take their own time, and their images may have to be fetched."""
LAUNCH_TRIES = 600
COMEBACK_TRIES = 9000
"""How often to look whether a lab answers that does again all that another one had done."""
TRY_EVERY = 0.1
CLOSING_TRIES = 600
"""How often to look whether a lab is gone that has promised to go: it removes its containers."""

STUCK = (
    "is running but does not answer. End it with `ecs-tutorial stop` in a terminal, then run this "
    "cell again: the lab comes back at the chapter's start."
)
ENDED = "has ended. This notebook's first cell starts it again."


class SilentLabError(LabError):
    """The lab of a folder does not answer: it is stuck, or it has ended."""

    def __init__(self, folder: Path) -> None:
        is_there = lab_folder.holder(folder) is not None
        super().__init__(f"The lab in {folder} {STUCK if is_there else ENDED}")


@dataclass(frozen=True)
class ServedLab:
    """A lab that answered a moment ago."""

    folder: Path
    record: LabRecord

    @property
    def endpoint(self) -> str:
        return self.record.endpoint

    def status(self) -> dict[str, Any]:
        return self._ask("GET", "status")

    def start(self, chapter: Chapter, keep: bool) -> dict[str, Any]:
        return self._ask("POST", "start", {"chapter": chapter, "keep": keep}, REBUILD_PATIENCE)

    def reset(self) -> dict[str, Any]:
        return self._ask("POST", "reset", {}, REBUILD_PATIENCE)

    def stop(self) -> dict[str, Any]:
        return self._ask("POST", "stop", {})

    def snapshot(self, file: Path) -> dict[str, Any]:
        return self._ask("POST", "snapshot", {"file": str(file)}, REBUILD_PATIENCE)

    def browse(self, public_ip: str, port: int) -> dict[str, Any]:
        return self._ask("POST", "browse", {"public_ip": public_ip, "port": port})

    def _ask(
        self, method: str, verb: str, body: Any = None, patience: float = PATIENCE
    ) -> dict[str, Any]:
        try:
            status, answer = ask(
                self.folder, self.record.port, method, verb, body=body, patience=patience
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SilentLabError(self.folder) from error
        if status != 200:
            raise LabError(answer.get("message", f"The lab answered {status}."))
        return answer


def ask(
    folder: Path, port: int, method: str, verb: str, *, body: Any = None, patience: float = PATIENCE
) -> tuple[int, Any]:
    """One request to whatever listens there, signed with the folder's key.

    Raises:
        OSError, ValueError: that is no lab, or not one with this key.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    content = b"" if body is None else json.dumps(body).encode()
    path, key = f"/_lab/{verb}", access_key.of(folder)
    signed = key.authorization(method, f"127.0.0.1:{port}", path, content)
    headers = {"Content-Type": "application/json", "Authorization": signed}
    try:
        connection.request(method, path, content or None, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    finally:
        connection.close()
    if response.status == HTTPStatus.UNAUTHORIZED or not isinstance(answer, dict):
        raise ValueError("not the lab's answer")
    return response.status, answer


def find(folder: Path) -> tuple[ServedLab | None, str | None]:
    """The lab that lives in the folder, and what is to be said if it is not as it was left."""
    try:
        record = lab_folder.read_record(folder)
    except lab_folder.CorruptRecordError:
        return None, "The lab's lab.json could not be read, so the lab was started anew."
    if record is None:
        return None, None
    return _knock(folder, record)


def _knock(folder: Path, record: LabRecord) -> tuple[ServedLab | None, str | None]:
    another = f"Port {record.port} is used by another program now, so the lab has a new one."
    try:
        _, answer = ask(folder, record.port, "GET", "status")
    except ConnectionError:
        return None, _ended(folder, record)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if lab_folder.holder(folder) == record.pid:
            raise SilentLabError(folder) from error
        return None, another
    if answer.get("pid") != record.pid:
        return None, another
    return ServedLab(folder, record), None


def _ended(folder: Path, record: LabRecord) -> str | None:
    """What is to be said of a lab that is no more; one that comes back tells so itself."""
    if journal.in_folder(folder).exists():
        return None
    if record.stopped:
        return "This is a new lab: the last one was stopped, as it was asked to."
    return "The lab had stopped, and what was in it is gone. It was started anew."


def find_or_launch(
    folder: Path,
    notebooks: Path,
    *,
    port: int | None = None,
    speed: float = server.SPEED,
    containers: str | None = None,
    allow: Allowed | None = None,
) -> tuple[ServedLab, str | None]:
    """The lab of this folder, running, and what is to be said about it.

    Args:
        containers: what they are to be; None is as they are, and simulated in a new lab.
        allow: what real ones may do; None is as it is, and nothing in a new lab.
    """
    lab, note = find(folder)
    kind = containers or (lab.record.containers if lab else engine.SIMULATED)
    if lab and (why := unfit(lab.record, containers, allow)):
        note, lab = why, None
        with suppress(leftovers.LeftoversError):
            # It is said below, where they are looked for once more.
            stop(folder)
    if lab is None:
        note = leftovers.noted(folder, note)
        lab = launch(folder, notebooks, port=port, speed=speed, containers=kind, allow=allow or ())
        _must_be_as_asked(lab.record, containers, allow)
    return lab, note


def _must_be_as_asked(record: LabRecord, containers: str | None, allow: Allowed | None) -> None:
    """Of two that launch at once one gets the other's lab, which may be of another kind."""
    if unfit(record, containers, allow):
        raise LabError(
            "Another notebook has started a lab at the same time, and not the one asked for here: "
            f"its {banner.containers(record.containers, record.allow)}. Work in one of them at a "
            "time: to end that lab and start the one asked for here, run this cell again."
        )


def launch(
    folder: Path,
    notebooks: Path,
    *,
    port: int | None = None,
    speed: float = server.SPEED,
    containers: str = engine.SIMULATED,
    allow: Allowed = (),
) -> ServedLab:
    """Start the lab's process; of two that do so at once, both get the same lab."""
    ports = lab_process.ports(folder) if port is None else [port]
    options = ["--speed", str(speed), "--containers", containers, "--allow", *allow]
    process = lab_process.spawn(folder, notebooks, ports, options)
    tries = COMEBACK_TRIES if journal.in_folder(folder).exists() else LAUNCH_TRIES
    for _ in range(tries):
        ended = process.poll()
        if ended not in {None, server.ANOTHER_LAB}:
            raise LabError(lab_process.why_not(ended, folder, ports))
        lab, _ = find(folder)
        if lab:
            return lab
        if ended == server.ANOTHER_LAB and lab_folder.holder(folder) is None:
            process = lab_process.spawn(folder, notebooks, ports, options)
        time.sleep(TRY_EVERY)
    raise SilentLabError(folder)


def stop(folder: Path) -> str:
    """End the folder's lab, also one that does not answer; returns what happened.

    Raises:
        LeftoversError: it has ended, and its containers may be left.
    """
    pid = lab_folder.holder(folder)
    if pid is None:
        forgotten = " What the last one held when it died is gone now." if _forget(folder) else ""
        return leftovers.swept(folder, f"No lab is running.{forgotten}")
    if _asked_to_stop(folder) and _gone(folder, CLOSING_TRIES):
        ended = leftovers.swept(folder, "The lab has stopped.")
        return f"{ended} What was in it is gone; nothing was billed."
    os.kill(pid, signal.SIGTERM)
    if not _gone(folder):
        _kill(pid)
        _gone(folder)
    _forget(folder)
    return leftovers.swept(folder, "The lab did not answer and was ended.")


def _forget(folder: Path) -> bool:
    """Whoever ends a lab wants none to come back; whether one could have."""
    with lab_folder.vacant(folder) as is_vacant:
        return is_vacant and journal.remove(journal.in_folder(folder))


def _asked_to_stop(folder: Path) -> bool:
    try:
        lab, _ = find(folder)
    except SilentLabError:
        return False
    with suppress(SilentLabError):
        # A lab that ends at once may not get its answer out.
        return bool(lab and lab.stop())
    return True


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def _gone(folder: Path, tries: int = 50, pause: Callable[[float], None] = time.sleep) -> bool:
    for _ in range(tries):
        if lab_folder.holder(folder) is None:
            return True
        pause(TRY_EVERY)
    return False
