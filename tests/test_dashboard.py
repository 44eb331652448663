"""The dashboard says what a look found: in words, as a picture and as a page that moves."""

import re
from html.parser import HTMLParser

import pytest
from cluster_looks import BUSY, NOTHING, at, large, service, task_of

from ecs_tutorial.notebook.cluster_look import Look
from ecs_tutorial.notebook.cluster_scene import ALONE, ON_THE_WAY, RUNNING, STOPPING, Wish, scene
from ecs_tutorial.notebook.cluster_scene import words as words_of
from ecs_tutorial.notebook.colours import DARK, LIGHT, contrast
from ecs_tutorial.notebook.dashboard_page import page
from ecs_tutorial.notebook.dashboard_picture import dashboard_picture
from ecs_tutorial.notebook.marks import PATTERNS, marks


class Elements(HTMLParser):
    """A page's elements with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def text_of(html):
    return " ".join(Elements(html).text.split())


def facts(look):
    """Every name, number, state, port and reason that a look holds for a reader."""
    there = [i["ec2InstanceId"] for i in look.container_instances]
    there += ["us-east-1a", "us-east-1b", "DRAINING", "1000 of 3943", "2943 free", "20 of 2048"]
    there += ["host ports taken: 80", "web:1", "Essential container in task exited"]
    there += [t["taskArn"][-8:] for t in look.tasks]
    there += [t["lastStatus"] for t in look.tasks if t["lastStatus"] != "STOPPED"]
    there += [e["message"] for s in look.services for e in s["events"]]
    return there


@pytest.mark.parametrize("fact", facts(BUSY))
def test_words_picture_and_page_tell_each_fact(fact):
    """Whoever cannot see the drawing reads the same in each of its forms."""
    seen = scene(BUSY)
    assert fact in words_of(seen)
    assert fact in dashboard_picture(seen).words
    assert fact in text_of(page(seen))


def test_services_have_their_counts():
    """Desired, running and pending stand beside each service, in all three forms."""
    seen = scene(BUSY)
    assert "service B web: desired 2, running 1, pending 1, web:1" in words_of(seen)
    assert "desired 2, running 1, pending 1" in dashboard_picture(seen).svg
    assert "B web 2 1 1 web:1 1" in text_of(page(seen).replace("<", " <"))


def test_an_empty_cluster_is_told_as_such():
    """Nothing there is a fact too."""
    for said in (
        words_of(scene(NOTHING)),
        dashboard_picture(scene(NOTHING)).svg,
        page(scene(NOTHING)),
    ):
        assert "no container instance yet" in said


def test_a_picture_has_title_and_description():
    """What stands where no widgets can be is an image with both."""
    picture = dashboard_picture(scene(BUSY))
    assert f"<desc>{picture.summary}</desc>" in picture.svg
    assert "<title>The cluster</title>" in picture.svg
    assert f'alt="The cluster. {picture.summary}"' in picture.html()


def test_services_are_never_told_apart_by_colour_alone():
    """Each has a letter of its own; six patterns and colours go round."""
    many = marks(f"service-{n:02}" for n in range(30))
    assert len({mark.letter for mark in many.values()}) == 30
    assert len({(mark.number, mark.letter) for mark in many.values()}) == 30
    assert len(set(PATTERNS)) == len(PATTERNS)


def test_every_task_button_says_its_mark_its_service_and_its_state():
    """A task's block is a button with words in it, coloured by state and marked by service."""
    seen = page(scene(BUSY))
    buttons = re.findall(r'<button type="button" class="task (\w+)".*?</button>', seen)
    assert sorted(buttons) == ["pending", "running", "running", "stopped", "stopped"]
    assert "task B 00000001 of service web, ecs-wordpress:1, RUNNING" in text_of(seen)
    assert "task – 00000004 without a service, ecs-wordpress:1, RUNNING" in text_of(seen)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_can_be_seen_on_every_ground(palette):
    """A pattern has 3 to 1 with each colour that a task's block may have, and with the paper."""
    for number in range(len(PATTERNS)):
        for ground in ("running", "pending", "stopped", "paper", "card"):
            assert contrast(palette[f"mark-{number}"], palette[ground]) >= 3, (number, ground)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_page_has_contrast(palette):
    """Ink and quiet ink have 4.5 to 1 on all that the page writes on."""
    for ground in ("paper", "zone", "card", "running", "pending", "stopped"):
        assert contrast(palette["ink"], palette[ground]) >= 4.5
    for ground in ("paper", "zone", "card"):
        assert contrast(palette["quiet"], palette[ground]) >= 4.5


@pytest.mark.parametrize(
    ("wish", "left"),
    [
        (Wish("web"), {"00000001", "00000002"}),
        (Wish("jobs"), {"00000003"}),
        (Wish(ALONE), {"00000004"}),
        (Wish(state=RUNNING), {"00000001", "00000004"}),
        (Wish(state=ON_THE_WAY), {"00000002"}),
        (Wish(state=STOPPING), {"00000003"}),
        (Wish("web", RUNNING), {"00000001"}),
    ],
)
def test_a_filter_leaves_what_was_asked_for(wish, left):
    """Others are not drawn, and their number is said."""
    seen = scene(BUSY, wish)
    assert {task.task_id for task in seen.tasks} == left
    assert f"{4 - len(left)} not shown" in words_of(seen)
    assert f"{4 - len(left)} not shown" in page(seen)


def test_a_filter_changes_no_mark():
    """A service keeps its letter, pattern and colour whatever else is shown."""
    assert scene(BUSY, Wish("web")).marks == scene(BUSY).marks


def test_a_chosen_task_shows_its_containers_ports_and_reasons():
    """What a click or Enter asks for."""
    running = page(scene(BUSY), BUSY.tasks[0]["taskArn"])
    assert 'role="region" aria-label="Task 00000001"' in running
    assert "wordpress RUNNING 80 → 80" in text_of(running.replace("<", " <"))
    stopped = text_of(page(scene(BUSY), BUSY.tasks[-1]["taskArn"]))
    assert "Essential container in task exited" in stopped
    assert "exit code 3, it <failed>" in stopped


def test_a_chosen_task_that_is_gone_is_said_to_be_gone():
    """Its panel does not keep what is no longer so."""
    assert "is not shown any more" in page(scene(NOTHING), BUSY.tasks[0]["taskArn"])


def test_names_from_the_cluster_are_text_not_markup():
    """A service or a message may hold what a browser would take for an element."""
    evil = "<img src=x onerror=alert(1)>"
    events = [{"id": "e", "createdAt": at(0), "message": evil}]
    look = Look(
        evil,
        BUSY.container_instances,
        [task_of(evil, 1, on=1, stoppedReason=evil)],
        [service(evil, events=events)],
    )
    assert Elements(page(scene(look), look.tasks[0]["taskArn"])).of("img") == []
    assert "<img" not in dashboard_picture(scene(look)).svg


def test_what_stopped_lately_is_told_newest_first_and_bounded():
    """A cluster in trouble stops many tasks; the newest are what helps."""
    tasks = [task_of("web", n, on=1, status="STOPPED") for n in range(30)]
    stopped = scene(Look("c", [], tasks, [])).stopped
    assert [task.task_id for task in stopped] == [f"{n:08x}" for n in range(29, 21, -1)]


def test_a_large_cluster_is_drawn_whole():
    """A hundred instances with a thousand tasks: each task is on the page."""
    drawn = page(scene(large()))
    assert drawn.count("data-task=") == 1000
    assert drawn.count('class="instance"') == 100
