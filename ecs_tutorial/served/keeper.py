"""Keeps one lab and decides whether a chapter may go on in it or gets it rebuilt.

It knows the lab by four verbs (contents, reset, fast_forward, run_in_wall_time) and
the chapters by what they begin with; it knows nothing of HTTP or of kernels.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ecs_tutorial.chapters import Chapter, Chapters

Counts = Mapping[str, int]
"""What is in a lab, by kind, as ``{"clusters": 1, "tasks": 0}``."""


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


class Keeper:
    """The lab of this process, one start at a time."""

    def __init__(self, lab: KeptLab, chapters: Chapters) -> None:
        self._lab = lab
        self._chapters = chapters
        self._turn = threading.Lock()
        self._started: set[Chapter] = set()
        self.chapter: Chapter | None = None
        self.busy: str | None = None
        self.builds = 0
        """How often the lab was rebuilt or emptied; a kernel can tell that its own is gone."""

    def start(self, chapter: Chapter, keep: bool = False) -> Started:
        """Keep the lab if the chapter follows and it holds what the chapter begins with.

        A chapter that is started a second time, or after a later one, begins afresh in
        a lab that is rebuilt, unless ``keep``.
        """
        needed = self._chapters.begins_with(chapter)
        with self._turn:
            before, again = self._lab.counts(), chapter in self._started
            fits = not again and self._follows(chapter) and holds(before, needed)
            if not (keep or fits):
                self._rebuild(chapter)
            if not keep:
                self._started.add(chapter)
            self.chapter = chapter
            rebuilt = not (keep or fits)
            return Started(chapter, self._lab.counts(), rebuilt, before if rebuilt else None, again)

    def _follows(self, chapter: Chapter) -> bool:
        return self.chapter is None or self._chapters.follows(chapter, self.chapter)

    def reset(self) -> Counts:
        """Empty the lab; returns what was in it."""
        with self._turn:
            gone = self._lab.counts()
            self._rebuild(1)
            self.chapter = None
            return gone

    def _rebuild(self, chapter: Chapter) -> None:
        self.busy = f"it is being brought to the start of chapter {chapter}"
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
