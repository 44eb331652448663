"""The lab's folder: where a running lab leaves its address, its log and its lock.

It knows files only, not what listens at the address. A lab holds the lock for as
long as it lives, so a lock left behind by a dead one cannot exist.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from ecs_tutorial import private_files
from ecs_tutorial.engine import SIMULATED
from ecs_tutorial.lab_error import LabError


@dataclass(frozen=True)
class LabRecord:
    """How to find a running lab."""

    pid: int
    port: int
    version: str
    containers: str = SIMULATED
    allow: tuple[str, ...] = ()
    """What its real containers may do on this machine (``allowances``)."""
    stopped: bool = False
    """It has ended, and because it was asked to."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


PORTS = 65_536
ENGINE_NAME = "engine-name"
"""The file with the name that an engine knows the lab by; there since its first real container."""


class CorruptRecordError(ValueError):
    """lab.json is there and is not a record."""


def state_folder() -> Path:
    """The folder of this user's lab, made if need be; ECS_TUTORIAL_HOME names another one.

    A name without a root means one folder from here on, wherever this process goes and
    whatever it starts: a notebook's kernel moves to the notebooks.
    """
    named = os.environ.get("ECS_TUTORIAL_HOME")
    folder = Path(named or _default_folder()).expanduser().absolute()
    if named:
        os.environ["ECS_TUTORIAL_HOME"] = str(folder)
    try:
        _make_private_folder(folder, is_ours=not named)
        private_files.touch(folder / "lab.log")
        for name in ("lab.json", "lab.lock"):
            if (folder / name).is_dir():
                raise IsADirectoryError(errno.EISDIR, f"{name} in it is a folder")
    except OSError as error:
        raise LabError(
            f"The lab keeps its files in {folder}, and cannot: {error.strerror}. Make that a "
            "folder you can write to, or name another one in ECS_TUTORIAL_HOME."
        ) from error
    return folder


def _make_private_folder(folder: Path, is_ours: bool) -> None:
    """Its owner's alone; one that was there, and may be for other things as well, stays as it is.

    Raises:
        LabError: others could exchange files in it.
    """
    if not folder.exists():
        folder.mkdir(mode=private_files.OWNERS_FOLDER, parents=True)
    elif is_ours:
        private_files.make_private(folder, private_files.OWNERS_FOLDER)
    if private_files.is_open_to_others(folder):
        raise LabError(
            f"The lab keeps its key in {folder}, and others can write there. Make it your own, as "
            f"with `chmod 700 {folder}`, or name another folder in ECS_TUTORIAL_HOME."
        )


def _default_folder() -> str:
    from platformdirs import user_state_dir

    return user_state_dir("ecs-tutorial", appauthor=False)


def read_record(folder: Path) -> LabRecord | None:
    """The lab that was last here, None if none was, CorruptRecordError if that cannot be told."""
    try:
        content = json.loads((folder / "lab.json").read_text(encoding="utf-8"))
        record = LabRecord(
            int(content["pid"]),
            int(content["port"]),
            str(content["version"]),
            str(content.get("containers", SIMULATED)),
            tuple(map(str, content.get("allow", ()))),
            content.get("stopped") is True,
        )
        if not (record.pid > 0 and 0 < record.port < PORTS):
            raise ValueError(str(record))
        return record
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise CorruptRecordError(str(folder / "lab.json")) from error


def name_on_engine(folder: Path) -> str:
    """The name under which a Docker Engine knows the folder's lab; the same as long as it is there.

    The folder's path would not do: an engine may have the labs of many machines.
    """
    path = folder / ENGINE_NAME
    if not path.exists():
        private_files.write_whole(path, f"ecs-tutorial-{uuid.uuid4().hex[:12]}")
    return path.read_text(encoding="utf-8").strip()


def write_record(folder: Path, record: LabRecord) -> None:
    """Leave the address, whole or not at all."""
    private_files.write_whole(folder / "lab.json", json.dumps(asdict(record)))


class FolderLock:
    """At most one lab a folder: the operating system gives the lock up when its holder dies."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lab.lock"
        self._file: IO[bytes] | None = None

    def take(self, as_lab: bool = True) -> bool:
        """Whether the lock is now ours; who is no lab leaves no process to be ended."""
        private_files.touch(self._path)
        file = self._path.open("ab")
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        if as_lab:
            file.write(str(os.getpid()).encode())
        file.flush()
        self._file = file
        return True

    def release(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def holder(folder: Path) -> int | None:
    """The process of the lab that lives in this folder, answering or not."""
    lock = FolderLock(folder)
    if lock.take(as_lab=False):
        lock.release()
        return None
    return int((folder / "lab.lock").read_text() or 0) or None


@contextmanager
def vacant(folder: Path) -> Iterator[bool]:
    """Whether no lab lives in the folder; if so, none begins to before this is left."""
    lock = FolderLock(folder)
    try:
        yield lock.take(as_lab=False)
    finally:
        lock.release()


if sys.platform == "win32":
    _BEYOND_THE_PID = 1 << 20

    def _lock(file: IO[bytes]) -> None:
        import msvcrt

        file.seek(_BEYOND_THE_PID)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:

    def _lock(file: IO[bytes]) -> None:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
