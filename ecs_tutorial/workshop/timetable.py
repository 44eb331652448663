"""A timetable out of the chapters' minutes, for half a day and for a day, with breaks.

The chapters of the walk come first, in their order, as far as there is time; if all of them fit,
chapters on which nothing builds are added. Half a day leaves the exercises for afterwards. A break
never cuts a chapter. Pure: lessons in, Markdown out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecs_tutorial.workshop.lessons import Lesson

NINE, ONE, FIVE = (hour * 60 for hour in (9, 13, 17))
LONGEST = 90
"""Nobody works longer without a break, in minutes."""
BREAK, LUNCH = 15, 60
LUNCH_FROM = 11 * 60 + 30


@dataclass(frozen=True)
class Day:
    name: str
    begins: int
    """In minutes after midnight, as ``ends``."""
    ends: int
    is_whole: bool
    """With lunch, and with the exercises."""

    def minutes(self, lesson: Lesson) -> int:
        return lesson.minutes if self.is_whole else lesson.minutes_without_exercises


DAYS = (
    Day("Half a day, without the exercises", NINE, ONE, is_whole=False),
    Day("A day", NINE, FIVE, is_whole=True),
)


@dataclass(frozen=True)
class Slot:
    """A row of the timetable: a chapter, or a break without one."""

    begins: int
    minutes: int
    lesson: Lesson | None = None

    @property
    def ends(self) -> int:
        return self.begins + self.minutes


def laid_out(lessons: Sequence[Lesson], day: Day) -> Iterator[Slot]:
    """Lessons one after the other, with a break before one that would make it too long."""
    now, since, is_hungry = day.begins, day.begins, day.is_whole
    for lesson in lessons:
        minutes = day.minutes(lesson)
        if since < now and now + minutes - since > LONGEST:
            eats = is_hungry and now >= LUNCH_FROM
            pause = Slot(now, LUNCH if eats else BREAK)
            yield pause
            now, since, is_hungry = pause.ends, pause.ends, is_hungry and not eats
        yield Slot(now, minutes, lesson)
        now += minutes


def chosen(lessons: Sequence[Lesson], day: Day) -> Sequence[Lesson]:
    """What a day has time for, in the order of reading."""
    walk = [each for each in lessons if not each.is_excursion]
    taken: list[Lesson] = []
    for lesson in (*walk, *(each for each in lessons if each.is_excursion)):
        wished = [each for each in lessons if each in taken or each is lesson]
        if list(laid_out(wished, day))[-1].ends <= day.ends:
            taken = wished
        elif lesson in walk:
            break
    return taken


def table(lessons: Sequence[Lesson], day: Day) -> str:
    """A day as a section of the page."""
    taken = chosen(lessons, day)
    slots = list(laid_out(taken, day))
    rows = [f"| {clock(slot.begins)} | {slot.minutes} | {_what(slot)} |" for slot in slots]
    later = [each.link for each in lessons if each not in taken]
    parts = [
        f"## {day.name}",
        "\n".join(["| time | minutes | what |", "|---|---|---|", *rows]),
        f"The end is at {clock(slots[-1].ends)}, after {sum(map(day.minutes, taken))} "
        "minutes of work.",
    ]
    return "\n\n".join([*parts, *([f"For another time: {', '.join(later)}."] if later else [])])


def clock(minutes: int) -> str:
    """A time of day.

    >>> clock(545)
    '09:05'
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _what(slot: Slot) -> str:
    if slot.lesson:
        return slot.lesson.link
    return "*Lunch*" if slot.minutes == LUNCH else "*Break*"
