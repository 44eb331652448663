"""Where the output of a simulated command goes: lists of text, and files.

It knows redirections; it knows nothing of commands and their words.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ecs_tutorial.data_plane.host_files import HostFiles


@dataclass(frozen=True)
class Streams:
    """Standard input as text, standard output and standard error as lists of pieces.

    ``remarks`` is where the lab speaks for itself; no redirection silences it.
    """

    stdin: str = ""
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @classmethod
    def into(cls, log: list[str]) -> Streams:
        """All output into one list, in the order in which it comes."""
        return cls("", log, log, log)


class Redirected:
    """A command's streams, and the files that its output goes to when it has ended."""

    def __init__(self, streams: Streams, files: HostFiles) -> None:
        self.streams = streams
        self._host_files = files
        self._opened: list[tuple[str, list[str]]] = []

    def read_text(self, text: str) -> None:
        """``<<EOF`` and ``<<<``."""
        self.streams = replace(self.streams, stdin=text)

    def read_file(self, path: str) -> bool:
        """``<``; False when there is no such file."""
        text = self._host_files.read(path)
        self.read_text(text or "")
        return text is not None

    def write_file(self, path: str, kind: str, number: int) -> bool:
        """``>``, ``>>``, ``&>``; False when the file's folder does not exist."""
        if not self._host_files.write(path, "", append=kind.endswith(">>")):
            return False
        text: list[str] = []
        self._opened.append((path, text))
        if number == 2 or kind.startswith("&"):
            self.streams = replace(self.streams, err=text)
        if number == 1 or kind.startswith("&"):
            self.streams = replace(self.streams, out=text)
        return True

    def join(self, number: int, other: int) -> None:
        """``2>&1`` and ``>&2``."""
        target = self.streams.err if other == 2 else self.streams.out
        if number == 2:
            self.streams = replace(self.streams, err=target)
        else:
            self.streams = replace(self.streams, out=target)

    def close(self) -> None:
        """Write what the command has put out."""
        for path, text in self._opened:
            self._host_files.write(path, "".join(text), append=True)


def unforeseen(error: Exception) -> str:
    """The line of a log for what stopped the reading of a script."""
    if isinstance(error, RecursionError):
        return "not simulated: it is nested too deeply"
    return f"not simulated: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
