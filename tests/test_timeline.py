"""The timeline reads what each task went through, counts, and draws both with the limits."""

import re
from xml.etree import ElementTree

import pytest
from cluster_looks import at, service, task_of

from ecs_tutorial.notebook.cluster_look import Look
from ecs_tutorial.notebook.colours import LIGHT
from ecs_tutorial.notebook.task_history import counts, histories, limits
from ecs_tutorial.notebook.timeline import timeline_picture

TASKS = [
    task_of("web", 1, on=1, status="STOPPED", startedBy="ecs-svc/1"),
    task_of("web", 8, on=1, startedBy="ecs-svc/2"),
    task_of("web", 9, on=2, status="PENDING", startedBy="ecs-svc/2"),
]
LOOK = Look("c", [], TASKS, [service("web", desired=3, least=50, most=150)])
PICTURE = timeline_picture(LOOK)


def phases(way):
    return [(span.phase, (span.end - span.begin).seconds) for span in way.spans]


def test_a_task_has_its_phases_and_how_long_each_took():
    """From created to stopped, in the order in which a task goes through them."""
    first, second, third = histories(TASKS)
    assert phases(first) == [
        ("waiting", 1),
        ("pulling images", 2),
        ("starting", 1),
        ("running", 5),
        ("stopping", 2),
    ]
    assert phases(second) == [
        ("waiting", 1),
        ("pulling images", 2),
        ("starting", 1),
        ("running", 0),
    ]
    assert [phase for phase, _ in phases(third)] == ["waiting", "pulling images"]


def test_a_task_that_never_ran_has_no_such_phase():
    """An image that is not there: from pulling it goes straight to stopped."""
    never = task_of("web", 1, on=1, status="STOPPED")
    for member in ("pullStoppedAt", "startedAt"):
        del never[member]
    (way,) = histories([never])
    assert [span.phase for span in way.spans] == ["waiting", "pulling images", "stopping"]
    assert [(count.running, count.wanted) for count in counts([way])] == [(0, 1), (0, 0)]


def test_counts_change_where_tasks_start_and_stop():
    """Running from its start, wanted from its creation; neither once it is told to stop."""
    told = [((c.at - at(0)).seconds, c.running, c.wanted) for c in counts(histories(TASKS))]
    assert told == [(1, 0, 1), (5, 1, 1), (8, 1, 2), (9, 1, 3), (10, 0, 2), (12, 1, 2)]


@pytest.mark.parametrize(
    ("desired", "least", "most", "tasks"),
    [(2, 50, 200, (1, 4)), (3, 50, 150, (2, 4)), (5, 100, 110, (5, 5)), (0, 100, 200, (0, 0))],
)
def test_the_least_is_rounded_up_and_the_most_down(desired, least, most, tasks):
    """As AWS counts minimumHealthyPercent and maximumPercent."""
    bounds = limits(service(desired=desired, least=least, most=most))
    assert (bounds.least, bounds.most) == tasks


def test_the_limits_are_drawn_and_named():
    """Two lines, each with the percentage it comes from."""
    assert "at least 2, minimumHealthyPercent 50" in PICTURE.svg
    assert "at most 4, maximumPercent 150" in PICTURE.svg


def test_the_chart_has_its_table():
    """All that the bars say stands in a row each: times, deployment, reason."""
    for word in ("00000001", "ecs-wordpress:1", "09:00:05", "09:00:12", "Essential container"):
        assert word in PICTURE.words
    row = next(line for line in PICTURE.words.splitlines() if line.startswith("00000001"))
    times = ["09:00:01", "09:00:02", "09:00:04", "09:00:05", "09:00:10", "09:00:12"]
    assert re.findall(r"\d\d:\d\d:\d\d", row) == times
    assert "09:00:09 1 running, 3 in all" in PICTURE.words


def test_nothing_is_drawn_that_the_words_leave_out():
    """Each phase, limit, time and task of the drawing."""
    drawn = " ".join(re.findall(r">([^<>]+)</text>", PICTURE.svg))
    told = f"{PICTURE.summary} {PICTURE.words}".lower()
    assert [word for word in re.findall(r"[\w:-]+", drawn.lower()) if word not in told] == []


def test_phases_are_told_apart_without_colour():
    """Each has a hatching, an edge or a line of its own in the legend."""
    from ecs_tutorial.notebook.timeline_chart import LOOKS

    faces = {(hatching, edge, phase == "waiting") for phase, (_, edge, hatching) in LOOKS.items()}
    assert len(faces) == len(LOOKS)
    for phase in LOOKS:
        assert f">{phase}</text>" in PICTURE.svg


def test_title_and_description_are_inside():
    """As in the other pictures."""
    root = ElementTree.fromstring(PICTURE.svg)
    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert (title.text, description.text) == ("The timeline", PICTURE.summary)


def test_its_colours_follow_light_and_dark():
    """No fixed colour is left: each is a variable with a value for both."""
    drawing = PICTURE.svg.replace(re.search("<style>:root.*?</style>", PICTURE.svg)[0], "")
    assert re.findall(r"#[0-9a-f]{6}\b", drawing) == []
    used = set(re.findall(r"var\(--([\w-]+)\)", drawing))
    assert used <= set(LIGHT)
    assert "@media (prefers-color-scheme:dark)" in PICTURE.svg
    for role in used:
        assert f"--{role}:{LIGHT[role]};" in PICTURE.svg


def test_the_same_look_gives_the_same_drawing():
    """Kept outputs are compared; a chart of forty tasks is still small."""
    assert timeline_picture(LOOK) == PICTURE
    many = Look(
        "c", [], [task_of("web", n, on=1, status="STOPPED") for n in range(60)], [service()]
    )
    assert len(timeline_picture(many).svg) < 200_000


def test_a_short_time_is_not_labelled_twice():
    """Labels are whole seconds, so a chart of two seconds has no two of the same name."""
    times = {
        "pullStoppedAt": at(2.2),
        "startedAt": at(2.5),
        "stoppingAt": at(3),
        "stoppedAt": at(3),
    }
    brief = task_of("web", 1, on=1, status="STOPPED", **times)
    drawn = timeline_picture(Look("c", [], [brief], [service()]))
    labels = re.findall(r">(09:00:\d\d)</text>", drawn.svg)
    assert labels
    assert len(labels) == len(set(labels))


def test_nothing_yet_is_said():
    """A service without a task, or none at all, has no chart but a sentence."""
    assert "0 tasks" in timeline_picture(Look("c", services=[service()])).words
    assert "no service" in timeline_picture(Look("c")).words
