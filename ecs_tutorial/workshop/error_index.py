"""The index of errors: each text that the lab can give, its meaning, what to do, where to read.

The texts come from the code, meaning and advice from ``errors.toml``, the chapter from the first
notebook that shows the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecs_tutorial.chapters import Chapter
from ecs_tutorial.workshop.error_texts import ErrorText, Kind, error_texts
from ecs_tutorial.workshop.lessons import Cell, Lesson

ADVICE = Path(__file__).with_name("errors.toml")
OPENING = """\
# Errors

Each text with which the lab says that something is wrong, and some that say that all is well. `…`
stands for a name, an id or a number. This page is made by `ecs-tutorial workshop --errors`.
"""


@dataclass(frozen=True)
class Advice:
    means: str
    do: str
    chapter: Chapter
    """Where to read on, if no notebook shows the text."""


def advice() -> Mapping[str, Advice]:
    """What is said of each text."""
    entries = tomllib.loads(ADVICE.read_text(encoding="utf-8"))["error"]
    return {
        text: Advice(entry["means"], entry["do"], entry["chapter"])
        for entry in entries
        for text in entry["texts"]
    }


def page(lessons: Sequence[Lesson]) -> str:
    shown = {lesson.chapter: " ".join(_words(lesson)) for lesson in lessons}
    links = {lesson.chapter: lesson.link for lesson in lessons}
    parts = [OPENING]
    for kind in Kind:
        parts.append(f"## {kind}\n\n| text | meaning | what to do | chapter |\n|---|---|---|---|")
        for said, texts in grouped(kind).items():
            where = (chapter_of(each.text, shown) for each in texts)
            first = next((key for key in where if key is not None), said.chapter)
            parts.append(_row(texts, said, links.get(first, "")))
        parts.append("")
    return "\n".join(parts)


def grouped(kind: Kind) -> Mapping[Advice, Sequence[ErrorText]]:
    """The texts of a kind, those together of which the same is said."""
    known = advice()
    found: dict[Advice, list[ErrorText]] = {}
    for each in error_texts():
        if each.kind is kind and each.text in known:
            found.setdefault(known[each.text], []).append(each)
    return found


def chapter_of(text: str, shown: Mapping[Chapter, str]) -> Chapter | None:
    """The first chapter that shows what is fixed in a text."""
    fixed = max(text.split("…"), key=len).strip(" .'[]()")
    looked_for = re.compile(rf"(?<!\w){re.escape(fixed)}(?!\w)")
    return next((key for key, words in shown.items() if looked_for.search(words)), None)


def _words(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.cells:
        for text in (cell["source"], *_outputs(cell)):
            yield " ".join(text.split())


def _outputs(cell: Cell) -> Iterator[str]:
    for output in cell.get("outputs", ()):
        yield output.get("text", "")
        yield output.get("evalue", "")
        yield output.get("data", {}).get("text/plain", "")


def _row(texts: Sequence[ErrorText], said: Advice, link: str) -> str:
    told = (f"`{each.code}`: `{each.text}`" if each.code else f"`{each.text}`" for each in texts)
    return f"| {'<br>'.join(told)} | {said.means} | {said.do} | {link} |"
