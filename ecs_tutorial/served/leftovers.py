"""What a lab that could not do so itself has left on a Docker Engine: removed, and said.

It goes by the name that the engine knows the folder's lab by, not by the last lab's record:
that may be of a later one, whose containers are simulated. It never touches a living lab.
"""

from __future__ import annotations

from pathlib import Path

from ecs_tutorial import engine
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder


class LeftoversError(LabError):
    """Containers may be left, and no engine answers that could remove them."""


def swept(folder: Path, words: str) -> str:
    """These words, and what was removed after a lab that has gone.

    Raises:
        LeftoversError: the last lab's containers were real, and now no engine answers.
    """
    if not (folder / lab_folder.ENGINE_NAME).exists():
        return words
    with lab_folder.vacant(folder) as is_vacant:
        count = _removed(folder, words) if is_vacant else 0
    return f"{words} Containers that it had left, now removed: {count}." if count else words


def noted(folder: Path, note: str | None) -> str | None:
    """As ``swept``, for one who begins a lab: that is not kept from it by what may be left."""
    try:
        return swept(folder, note or "").strip() or None
    except LeftoversError as error:
        return str(error).strip()


def _removed(folder: Path, words: str) -> int:
    try:
        engine.usable()
        return engine.remove_leftovers(lab_folder.name_on_engine(folder))
    except LabError as error:
        if not _were_real(folder):
            # Long ago they were; who has since given up Docker is not to be asked for it.
            return 0
        raise LeftoversError(
            f"{words} No Docker Engine answers, so containers may be left; start Docker and run "
            "`ecs-tutorial stop` again."
        ) from error


def _were_real(folder: Path) -> bool:
    try:
        record = lab_folder.read_record(folder)
    except lab_folder.CorruptRecordError:
        return False
    return record is not None and record.containers == engine.DOCKER
