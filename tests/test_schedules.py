"""When a scheduled action is due: AWS's three forms, in a zone's own time."""

from datetime import UTC, datetime

import pytest

from ecs_tutorial.control_plane.schedules import Schedule, ScheduleError

MONDAY = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)


def next_run(expression, zone=None, after=MONDAY):
    found = Schedule.of(expression, zone).after(after)
    return found and found.astimezone(UTC).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("cron(0 9 * * ? *)", "Tue 2026-10-06 09:00"),
        ("cron(15 9 * * ? *)", "Mon 2026-10-05 09:15"),
        ("cron(0/20 9-10 * * ? *)", "Mon 2026-10-05 09:20"),
        ("cron(0 18 ? * MON-FRI *)", "Mon 2026-10-05 18:00"),
        ("cron(0 8 ? * 1,7 *)", "Sat 2026-10-10 08:00"),
        ("cron(0 0 1 JAN ? *)", "Fri 2027-01-01 00:00"),
        ("cron(0 0 29 2 ? *)", "Tue 2028-02-29 00:00"),
        ("at(2026-10-05T09:30:00)", "Mon 2026-10-05 09:30"),
        ("rate(90 minutes)", "Mon 2026-10-05 10:30"),
        ("rate(1 day)", "Tue 2026-10-06 09:00"),
    ],
)
def test_the_next_time(expression, due):
    """The first that is later than now, never now itself."""
    assert next_run(expression) == due


@pytest.mark.parametrize(
    "expression", ["at(2026-10-05T09:00:00)", "at(2020-01-01T00:00:00)", "cron(0 9 5 10 ? 2026)"]
)
def test_what_is_over_does_not_come_again(expression):
    """A moment that has passed, and a year that has."""
    assert next_run(expression) is None


def test_a_zone_s_own_time():
    """Nine in the morning in Berlin is seven in UTC in summer and eight in winter."""
    berlin = "Europe/Berlin"
    assert next_run("cron(0 9 * * ? *)", berlin) == "Tue 2026-10-06 07:00"
    winter = datetime(2026, 12, 1, tzinfo=UTC)
    assert next_run("cron(0 9 * * ? *)", berlin, winter) == "Tue 2026-12-01 08:00"


@pytest.mark.parametrize(
    "expression",
    [
        "tomorrow",
        "cron(0 9 * * ?)",
        "cron(0 25 * * ? *)",
        "cron(0 9 L * ? *)",
        "cron(0 9 ? * NEVER *)",
        "rate(0 minutes)",
        "rate(2 fortnights)",
        "at(9 o'clock)",
        "cron(0 9-8 * * ? *)",
    ],
)
def test_what_is_no_schedule(expression):
    """The whole expression is named."""
    with pytest.raises(ScheduleError, match="Invalid schedule expression"):
        Schedule.of(expression)


def test_an_unknown_zone():
    """Named as it was given."""
    with pytest.raises(ScheduleError, match="Invalid timezone: Mars/Olympus"):
        Schedule.of("rate(1 hour)", "Mars/Olympus")
