"""Keeps one lab and decides whether a chapter may go on in it or gets it rebuilt.

It knows the lab by four verbs (contents, reset, fast_forward, run_in_wall_time) and
the chapters by what they begin with; it knows nothing of HTTP or of kernels.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ecs_tutorial.chapters import Chapter, Chapters

Counts = Mapping[str, int]
"""What is in a lab, by kind, as ``{"clusters": 1, "tasks": 0}``."""
Memory = Mapping[str, Any]
"""Which chapters were started in a lab, as JSON has it."""


class KeptLab(Protocol):
    """What is asked of a lab here."""

    def counts(self) -> Counts: ...

    def rebuild(self, chapter: Chapter) -> None:
        """Empty it, bring it to the start of ``chapter``, let its time run on."""


@dataclass(frozen=True)
class Started:
    """How a chapter's start went."""

    chapter: Chapter
    contents: Counts
    rebuilt: bool = False
    gone: Counts | None = None
    """What was in the lab before it was rebuilt."""
    again: bool = False
    """Whether this chapter had been started in it before."""
    begun: str | None = None
    """What is to be said, once, of how the lab began."""


class Keeper:
    """The lab of this process, one start at a time.

    Args:
        begun: how the lab began, if there is a word to say about it.
        before: what was remembered of a lab that is brought back; None if this is a new one.
        remember: keeps, beside the lab itself, which chapters were started in it.
    """

    def __init__(
        self,
        lab: KeptLab,
        chapters: Chapters,
        *,
        begun: str | None = None,
        before: Memory | None = None,
        remember: Callable[[Memory], None] = lambda memory: None,
    ) -> None:
        self._lab = lab
        self._chapters = chapters
        self._turn = threading.Lock()
        self.begun = begun
        self._came_back = self._goes_on = before is not None
        before = before or {}
        self._remember = remember
        self._started: set[Chapter] = set(before.get("started", ()))
        self.chapter: Chapter | None = before.get("chapter")
        self.busy: str | None = None
        self.builds: int = before.get("builds", 0)
        """How often the lab was rebuilt or emptied; a kernel can tell that its own is gone."""

    def start(self, chapter: Chapter, keep: bool = False) -> Started:
        """Keep the lab if the chapter follows and it holds what the chapter begins with.

        A chapter that is started a second time, or after a later one, begins afresh in
        a lab that is rebuilt, unless ``keep``. One that was going on when the lab died goes on.
        """
        needed = self._chapters.begins_with(chapter)
        with self._turn:
            before, again = self._lab.counts(), chapter in self._started
            fits = not again and self._follows(chapter) and holds(before, needed)
            fits = fits or (self._goes_on and chapter == self.chapter)
            if not (keep or fits):
                self._rebuild(chapter)
            if not keep:
                self._started.add(chapter)
            self.chapter, self._goes_on = chapter, False
            self._remember(self._memory())
            rebuilt = not (keep or fits)
            begun, self.begun = self.begun, None
            if rebuilt and self._came_back:
                begun = None  # it is gone again, which is said
            gone = before if rebuilt else None
            return Started(chapter, self._lab.counts(), rebuilt, gone, again, begun)

    def _memory(self) -> Memory:
        started = sorted(self._started, key=str)
        return {"chapter": self.chapter, "started": started, "builds": self.builds}

    def _follows(self, chapter: Chapter) -> bool:
        return self.chapter is None or self._chapters.follows(chapter, self.chapter)

    def reset(self) -> Counts:
        """Empty the lab; returns what was in it."""
        with self._turn:
            gone = self._lab.counts()
            self._rebuild(1)
            self.chapter = None
            self._remember(self._memory())
            return gone

    def _rebuild(self, chapter: Chapter) -> None:
        self.busy = f"it is being brought to the start of chapter {chapter}"
        self._goes_on = False
        self._started.clear()
        self.builds += 1
        try:
            self._lab.rebuild(chapter)
        finally:
            self.busy = None

    def contents(self) -> Counts | None:
        """What is in the lab now; None while it is being rebuilt."""
        return None if self.busy else self._lab.counts()


def holds(contents: Counts, needed: Counts) -> bool:
    """Whether all that is needed is there; a chapter that needs nothing needs an empty lab.

    >>> holds({"clusters": 2}, {"clusters": 1}), holds({"clusters": 2}, {})
    (True, False)
    """
    if not any(needed.values()):
        return not any(contents.values())
    return all(contents.get(kind, 0) >= count for kind, count in needed.items())
