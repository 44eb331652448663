"""The files of one EC2 instance, kept as text: what scripts write and shells read.

It knows absolute paths, folders and text; no file of the reader's machine is touched.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator

LINUX_FOLDERS = frozenset(
    {"/", "/etc", "/home", "/home/ec2-user", "/opt", "/root", "/run", "/tmp", "/usr"}
    | {"/usr/local", "/usr/local/bin", "/var", "/var/lib", "/var/lib/cloud", "/var/log"}
)
ECS_FOLDERS = frozenset({"/etc/ecs", "/var/lib/ecs", "/var/log/ecs"})
"""What the ECS-optimized AMI has besides: the agent's own folders."""

SIZE_LIMIT = 65_536
"""Characters kept of one file, so that a script that doubles its file stays small."""


class HostFiles:
    """Text files by absolute path, in folders that must exist before they are used."""

    def __init__(self, folders: Iterable[str] = LINUX_FOLDERS | ECS_FOLDERS) -> None:
        self._folders = set(folders)
        self._texts: dict[str, str] = {}
        self._live: dict[str, Callable[[], str]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._texts))

    def read(self, path: str) -> str | None:
        """The text of a file; ``None`` when there is no such file."""
        path = _absolute(path)
        if path in self._live:
            return self._live[path]()
        return "" if path == "/dev/null" else self._texts.get(path)

    def show(self, path: str, text: Callable[[], str]) -> None:
        """Let a file have whatever ``text`` gives when it is read, as a growing log does."""
        self.make_folder(posixpath.dirname(path))
        self._live[path] = text

    def write(self, path: str, text: str, *, append: bool = False) -> bool:
        """Write or extend a file; False when its folder does not exist."""
        path = _absolute(path)
        if path.startswith("/dev/") or path in self._live:
            return True
        if self.is_folder(path) or not self.is_folder(posixpath.dirname(path)):
            return False
        before = self._texts.get(path, "") if append else ""
        self._texts[path] = (before + text)[:SIZE_LIMIT]
        return True

    def is_folder(self, path: str) -> bool:
        return _absolute(path) in self._folders

    def make_folder(self, path: str) -> None:
        """Make a folder and the ones that it lies in."""
        path = _absolute(path)
        while path not in self._folders:
            self._folders.add(path)
            path = posixpath.dirname(path)


def _absolute(path: str) -> str:
    return posixpath.normpath("/" + path.lstrip("/"))
