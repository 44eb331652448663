"""The two cells of a notebook's opening that nobody types: its time and its map.

It owns how many words a notebook has, how many minutes they and the lab's waits take,
and the list of chapters with the reader's place on it. Pure: cells in, Markdown out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ecs_tutorial.notebook.picture import Picture
from ecs_tutorial.notebook.walk_map import Key, walk_map

Cell = Mapping[str, Any]
Titles = Mapping[Key, tuple[str, str]]
"""File name and title of each chapter, in their order."""

WORDS_A_MINUTE = 130
TIME, MAP = "time", "map"
"""The tags of the two cells."""


def words(cells: Iterable[Cell]) -> int:
    """How many words there are to read: text, code and printed results.

    >>> words([{"cell_type": "markdown", "metadata": {}, "source": "One - or two."}])
    3
    """
    return sum(len(_WORD.findall(text)) for cell in cells for text in _texts(cell))


_WORD = re.compile(r"\S*\w\S*")


def _texts(cell: Cell) -> Iterator[str]:
    # The map is looked at, not read; and its links are as many as there are chapters.
    if not {TIME, MAP} & set(cell["metadata"].get("tags", ())):
        yield _joined(cell["source"])
    for output in cell.get("outputs", ()):
        yield _joined(output.get("text", ""))
        yield _joined(output.get("data", {}).get("text/plain", ""))


def _joined(text: str | Sequence[str]) -> str:
    return "".join(text)


def minutes(word_count: int, waits: float, doing: float = 0) -> int:
    """The whole time in steps of five minutes; ``waits`` in seconds, ``doing`` in minutes.

    >>> minutes(2600, 0), minutes(2600, 240), minutes(2600, 240, 6)
    (20, 25, 30)
    """
    return max(5, 5 * round((word_count / WORDS_A_MINUTE + waits / 60 + doing) / 5))


def time(word_count: int, waits: float, speed: float, exercises: Sequence[int] = ()) -> str:
    """The line that says how long a chapter takes.

    Args:
        word_count: as ``words`` counts them.
        waits: seconds in which the reader waits for the lab.
        speed: lab seconds in a second.
        exercises: minutes for each exercise.
    """
    parts = [f"{word_count:,} words of text, code and results at {WORDS_A_MINUTE} a minute"]
    if exercises:
        number = "an exercise" if len(exercises) == 1 else f"{len(exercises)} exercises"
        parts.append(f"{sum(exercises)} minutes for {number}")
    parts.append(f"and {_spoken(waits)} of waiting for the lab at {speed:g} lab seconds a second")
    return f"**About {minutes(word_count, waits, sum(exercises))} minutes**: {', '.join(parts)}."


def _spoken(seconds: float) -> str:
    whole = round(seconds / 60)
    return "less than a minute" if whole < 1 else "a minute" if whole == 1 else f"{whole} minutes"


def chapter_map(chapter: Key, chapters: Titles) -> str:
    """Where the reader is, ``chapter``: the picture, and the same as a list of links."""
    picture = map_picture(chapter, chapters)
    image = f"![{picture.title}. {picture.summary}]({picture_path(chapter)})"
    rows = [_row(number, chapter, *chapters[number]) for number in chapters]
    return "\n".join(["## Where you are", "", image, "", *rows])


def map_picture(chapter: Key, chapters: Titles) -> Picture:
    """The walk as a picture; a station has the name that its file has."""
    return walk_map(chapter, {key: _name(file) for key, (file, _) in chapters.items()})


def _name(file: str) -> str:
    words = file.removesuffix(".ipynb").split("-")[1:]
    return " ".join("ECS" if word == "ecs" else word for word in words)


def picture_path(chapter: Key) -> str:
    """Where a chapter's map lies, seen from the notebooks' folder."""
    return f"images/walk-{chapter}.svg"


def _row(number: Key, current: Key, file: str, title: str) -> str:
    return f"- **{title}: you are here**" if number == current else f"- [{title}]({file})"
