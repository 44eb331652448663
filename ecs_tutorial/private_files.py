"""Files that nobody but their owner can read, each whole or not there.

On Windows a user's profile gives that; elsewhere the files are made so.
"""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

OWNER_ONLY, OWNERS_FOLDER = 0o600, 0o700


def opener(path: str, flags: int) -> int:
    """For ``open``: what is made is its owner's alone from the first moment."""
    return os.open(path, flags, OWNER_ONLY)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that, whatever happens meanwhile, it is the old one or the new one."""
    draft = _draft(path, text)
    draft.replace(path)


def write_once(path: Path, text: str) -> None:
    """Write a file if nobody has: of two that do so at once, one is the first."""
    draft = _draft(path, text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.unlink(missing_ok=True)
    with open(draft, "w", encoding="utf-8", opener=opener) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def touch(path: Path) -> None:
    """Make a file if it is not there, and its owner's alone in any case."""
    path.touch(mode=OWNER_ONLY)
    make_private(path, OWNER_ONLY)


def make_private(path: Path, mode: int) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o777 & ~mode:
        path.chmod(mode)


def is_open_to_others(folder: Path) -> bool:
    """Whether somebody else may exchange what lies in a folder."""
    if os.name != "posix":
        return False
    about = folder.stat()
    return bool(about.st_mode & 0o022) and not about.st_mode & stat.S_ISVTX
