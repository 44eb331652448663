"""When a scheduled action is next due: ``at(…)``, ``rate(…)`` and ``cron(…)`` as AWS writes them.

Pure. A cron expression has six fields (minutes, hours, day of month, month, day of week,
year); days of the week count from 1 for Sunday, and ``?`` leaves one of the two days open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
FIELDS = (range(60), range(24), range(1, 32), range(1, 13), range(1, 8), range(1970, 2200))
NAMES: Sequence[Sequence[str]] = ((), (), (), MONTHS, WEEKDAYS, ())
UNITS = {"minute": 60, "hour": 3600, "day": 86400}
FURTHEST = 366 * 8
"""Days looked ahead: the 29th of February comes again within eight years."""


class ScheduleError(ValueError):
    """An expression that nobody can follow; its text says what is wrong."""


@dataclass(frozen=True)
class Schedule:
    """When something happens again and again, or once.

    >>> from datetime import UTC
    >>> monday = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
    >>> Schedule.of("cron(30 17 ? * FRI *)").after(monday).isoformat()
    '2026-10-09T17:30:00+00:00'
    >>> Schedule.of("rate(2 hours)").after(monday).isoformat()
    '2026-10-05T11:00:00+00:00'
    """

    expression: str
    zone: ZoneInfo
    at: datetime | None = None
    every: timedelta | None = None
    cron: tuple[frozenset[int], ...] = ()

    @classmethod
    def of(cls, expression: str, timezone: str | None = None) -> Schedule:
        """Read an expression; its times are those of ``timezone``, or UTC.

        Raises:
            ScheduleError: it is none of the three forms.
        """
        zone = _zone(timezone or "UTC")
        form = re.fullmatch(r"(at|rate|cron)\((.+)\)", expression.strip())
        if not form:
            # AWS: refuses it; that the text is this one is not confirmed.
            raise ScheduleError(f"Invalid schedule expression: {expression}")
        kind, inside = form[1], form[2].strip()
        if kind == "at":
            return cls(expression, zone, at=_moment(inside, zone))
        if kind == "rate":
            return cls(expression, zone, every=_interval(inside))
        return cls(expression, zone, cron=_cron(inside))

    def after(self, moment: datetime) -> datetime | None:
        """The next time behind ``moment``; None when there is none."""
        if self.at:
            return self.at if self.at > moment else None
        if self.every:
            return moment + self.every
        here = moment.astimezone(self.zone)
        return next((each for each in self._times_from(here.date()) if each > moment), None)

    def _times_from(self, first: date) -> Iterator[datetime]:
        for number in range(FURTHEST):
            day = first + timedelta(days=number)
            if self._is_on(day):
                for hour in sorted(self.cron[1]):
                    for minute in sorted(self.cron[0]):
                        yield datetime.combine(day, time(hour, minute), self.zone)

    def _is_on(self, day: date) -> bool:
        _, _, days, months, weekdays, years = self.cron
        weekday = day.isoweekday() % 7 + 1
        is_day = day.day in days and weekday in weekdays
        return is_day and day.month in months and day.year in years


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        # AWS: refuses it; that the text is this one is not confirmed.
        raise ScheduleError(f"Invalid timezone: {name}") from error


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=zone)
    except ValueError as error:
        raise ScheduleError(f"Invalid schedule expression: at({text})") from error


def _interval(text: str) -> timedelta:
    parts = re.fullmatch(r"(\d+) (minute|hour|day)s?", text)
    if not parts or int(parts[1]) < 1:
        raise ScheduleError(f"Invalid schedule expression: rate({text})")
    return timedelta(seconds=int(parts[1]) * UNITS[parts[2]])


def _cron(text: str) -> tuple[frozenset[int], ...]:
    given = text.upper().split()
    if len(given) != len(FIELDS):
        raise ScheduleError(f"Invalid schedule expression: cron({text})")
    try:
        return tuple(map(_field, given, FIELDS, NAMES))
    except ValueError as error:
        # AWS: also knows L, W and # for the last day, the nearest weekday and the nth of a month.
        raise ScheduleError(f"Invalid schedule expression: cron({text})") from error


def _field(text: str, values: range, names: Sequence[str]) -> frozenset[int]:
    return frozenset(value for part in text.split(",") for value in _part(part, values, names))


def _part(text: str, values: range, names: Sequence[str]) -> range:
    """``5``, ``MON-FRI``, ``*``, ``?`` or any of them with ``/step``."""
    where, _, step = text.partition("/")
    if where in ("*", "?"):
        first, last = values[0], values[-1]
    else:
        begin, _, end = where.partition("-")
        first = _number(begin, names)
        last = _number(end, names) if end else values[-1] if step else first
    if first not in values or last not in values or first > last:
        raise ValueError(text)
    return range(first, last + 1, int(step or 1))


def _number(text: str, names: Sequence[str]) -> int:
    return names.index(text) + 1 if text in names else int(text)
