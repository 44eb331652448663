"""An image built, and what it is made of.

With real containers a Docker Engine builds, under the learner's eyes; with simulated ones
the same is told from the plan. What becomes of the image is not known.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ecs_tutorial import engine
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.notebook.build_log import BuildLog
from ecs_tutorial.notebook.build_progress import Progress
from ecs_tutorial.notebook.dockerfile import Layer, plan
from ecs_tutorial.notebook.tables import Table, table

if TYPE_CHECKING:
    from docker import APIClient

CONTEXT_MIB = 100
"""The largest folder that is sent to the engine."""
NOT_BUILT = "not built"
SIMULATED: dict[str, tuple[Layer, ...]] = {}
"""What was built by plan only, by tag."""
_MIB = 1_048_576


def build(folder: str | Path, tag: str) -> Table:
    """Build a folder's Dockerfile and name the image.

    Returns:
        The steps, each with what it adds to the image and how large that is.

    Raises:
        FileNotFoundError: the folder has no Dockerfile.
        LabError: nothing was built; the message says why.
    """
    steps = plan((Path(folder) / "Dockerfile").read_text(encoding="utf-8"))
    progress = Progress(f"Building {tag} in {len(steps)} steps", len(steps))
    progress.show()
    if not engine.is_used(os.environ):
        progress.end("Nothing is built while containers are simulated.")
        return _planned(tag, steps)
    check_context(Path(folder))
    with closing(engine.connect()) as client:
        _build(client, Path(folder), tag, progress)
        print(f"Built: {tag}.")
        return _built(client, tag, steps)


def _tell(number: int, of: int, instruction: str) -> None:
    print(f"Step {number} of {of}: {instruction}")


def _build(client: APIClient, folder: Path, tag: str, progress: Progress) -> None:
    from docker.errors import APIError

    log = BuildLog()
    try:
        for message in client.build(path=str(folder), tag=tag, decode=True, rm=True, forcerm=True):
            if "error" in message:
                raise LabError(log.reason(message["error"]))
            if log.note(message):
                _tell(log.step, log.steps, log.instruction)
            progress.move(log.step - 1, log.last_line)
    except APIError as error:
        progress.end("It failed.", failed=True)
        raise LabError(log.reason(error.explanation or str(error))) from None
    except LabError:
        progress.end("It failed.", failed=True)
        raise
    progress.end("Done.")


def check_context(folder: Path) -> None:
    """Refuse a folder that is too large to be sent; what .dockerignore names does not count."""
    size = sum(path.lstat().st_size for path in _sent(folder) if not path.is_dir())
    if size > CONTEXT_MIB * _MIB:
        raise LabError(
            f"The folder {folder} has {size / _MIB:,.0f} MiB, and all of it would be sent to the "
            f"engine; at most {CONTEXT_MIB} MiB are. Name what the image does not need in a file "
            ".dockerignore there, or build in a folder of its own."
        )


def _sent(folder: Path) -> Iterator[Path]:
    from docker.utils.build import exclude_paths

    ignored = folder / ".dockerignore"
    lines = ignored.read_text(encoding="utf-8").splitlines() if ignored.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return (folder / name for name in exclude_paths(str(folder), patterns))


def _planned(tag: str, steps: tuple[Layer, ...]) -> Table:
    SIMULATED[tag] = steps
    for step in steps:
        _tell(step.number, len(steps), step.text)
    print('Built: nothing, containers are simulated. containers="docker" in start() builds it.')
    return _steps((step, NOT_BUILT) for step in steps)


def _built(client: APIClient, tag: str, steps: tuple[Layer, ...]) -> Table:
    """The steps with their sizes: the image's last layers are theirs, the others the base's."""
    sizes = [each["Size"] for each in client.history(tag)][::-1]
    own = len(steps) - 1
    if any(step.kind == "base" for step in steps[1:]) or len(sizes) <= own:
        return layers(client, tag)
    first = len(sizes) - own
    in_order = [sum(sizes[:first]), *sizes[first:]]
    return _steps((step, size(number)) for step, number in zip(steps, in_order, strict=True))


def _steps(rows: Iterable[tuple[Layer, str]]) -> Table:
    columns = ("instruction", "what it does to the image", "size")
    width = len(NOT_BUILT)
    return table("step", columns, ((s.number, s.text, s.effect, t.ljust(width)) for s, t in rows))


def layers(client: APIClient, tag: str) -> Table:
    """The layers of any image, the oldest first, as the engine remembers them."""
    found = client.history(tag)[::-1]
    rows = (
        (number, " ".join(each["CreatedBy"].split()), size(each["Size"]))
        for number, each in enumerate(found, 1)
    )
    return table("layer", ("made by", "size"), rows)


def size(count: int) -> str:
    """Bytes in Docker's units, thousands.

    >>> [size(n) for n in (0, 533, 1_984_199, 142_060_000)]
    ['0 B', '533 B', '2.0 MB', '142.1 MB']
    """
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
