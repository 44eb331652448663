"""A lab in a file, and a lab out of a file: the journal, copied there and put back.

The file has the form of the journal itself, so a lab is brought back from either in one way.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ecs_tutorial.clock import LAB_EPOCH
from ecs_tutorial.engine import SIMULATED
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import comeback, journal, lab_folder, served_lab
from ecs_tutorial.served.journal import SqliteJournal


class NoLabError(LabError):
    """There is nothing to take a snapshot of."""


def snapshot(folder: Path, file: Path) -> None:
    """Write what the folder's lab holds, running or dead, into a new file."""
    file = file.expanduser().absolute()
    if file.exists():
        raise LabError(f"{file} is there already. Name another file, or remove that one.")
    if not file.parent.is_dir():
        raise LabError(f"There is no folder {file.parent} for the file.")
    running, _ = served_lab.find(folder)
    if running:
        running.snapshot(file)
    else:
        _of_the_dead(folder, file)


def _of_the_dead(folder: Path, file: Path) -> None:
    path = journal.in_folder(folder)
    with lab_folder.vacant(folder) as is_vacant:
        if not path.exists():
            raise NoLabError("No lab is running, and none has left anything.")
        if not is_vacant:
            raise served_lab.SilentLabError(folder)
        kept = _open(path)
        kept.copy_to(file)
        kept.close()


def restore(folder: Path, file: Path, notebooks: Path) -> str:
    """A lab as the file has it, in place of the folder's; what was said when it began."""
    file = file.expanduser().absolute()
    if not file.is_file():
        raise LabError(f"There is no file {file}.")
    journal.checked(file, comeback.versions())
    draft = _draft(folder, file)
    served_lab.stop(folder)
    with lab_folder.vacant(folder) as is_vacant:
        if not is_vacant:
            raise LabError("Another lab has begun meanwhile: try again.")
        draft.replace(journal.in_folder(folder))
    lab = served_lab.launch(folder, notebooks, containers=SIMULATED)
    return str(lab.status()["begun"])


def _draft(folder: Path, file: Path) -> Path:
    """A copy beside the place where the next lab finds its journal."""
    draft = folder / f"{journal.NAME}.draft"
    journal.remove(draft)
    shutil.copyfile(file, draft)
    draft.chmod(0o600)
    copy = _open(draft)
    copy.remember("restored", file.name)
    copy.close()
    return draft


def _open(path: Path) -> SqliteJournal:
    return SqliteJournal(path, lambda: LAB_EPOCH, comeback.versions())
