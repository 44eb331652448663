"""A task that keeps failing makes no storm: containers made in a minute are counted.

AWS holds back a service whose tasks never reach RUNNING, longer each time; one whose tasks
run and then end is replaced without that, but never faster than a task can be started.
"""

import time

import pytest
from images import stand_ins
from labs import container
from real_lab import real_lab

pytestmark = pytest.mark.engine

WATCHED_SECONDS = 30
LISTENS, BUSYBOX = stand_ins.TAGS["listens"], stand_ins.TAGS["busybox"]


@pytest.fixture(scope="module")
def lab(engine_url, client, tmp_path_factory):
    for name in ("busybox", "listens"):
        stand_ins.ensure(client, name)
    with real_lab("storms", engine_url, client, tmp_path_factory.mktemp("fence")) as lab:
        lab.fleet()
        yield lab


@pytest.fixture(autouse=True)
def cleared(lab):
    yield
    lab.clear()


def made(client, lab, since, until):
    """How many containers of the lab the engine made between two moments."""
    filters = {"event": ["create"], "label": [f"ecs-tutorial.lab={lab.local.on_engine}"]}
    events = client.events(since=since, until=until, filters=filters, decode=True)
    return sum(1 for _ in events)


def watched(client, lab, service, **definition):
    """Containers made while a service of such a task is watched, and its events."""
    definition = {"memory": 32, "image": BUSYBOX, **definition}
    since = time.time()
    lab.create_service(service, lab.register(service, container(**definition)))
    lab.pass_time(WATCHED_SECONDS)
    return made(client, lab, since, time.time()), lab.messages(service)


def test_a_task_that_never_runs_is_held_back(lab, client):
    """Three rounds, then 15 s, then 30: at most five in half a minute, and the event says so."""
    count, messages = watched(client, lab, "never", command=["not-there"])
    assert 3 <= count <= 5
    assert any("is unable to consistently start tasks successfully" in each for each in messages)


def test_a_task_that_crashes_at_once_is_not_faster_than_a_start(lab, client):
    """It has run, so AWS does not hold it back; yet there is never more than one at a time."""
    count, _ = watched(client, lab, "crash", command=["sh", "-c", "exit 1"])
    assert 3 <= count <= WATCHED_SECONDS
    alive = [each for each in lab.marked() if each["State"] == "running"]
    assert len(alive) <= 1


def test_a_taken_fixed_port_makes_no_container(lab, client):
    """The instance's port 8080 is taken: nothing is placed, nothing made, one event said."""
    ports = [{"containerPort": 80, "hostPort": 8080}]
    holder = lab.register("holder", container(image=LISTENS, memory=32, portMappings=ports))
    lab.create_service("holder", holder)
    lab.steady("holder", 1)
    count, messages = watched(client, lab, "second", image=LISTENS, portMappings=ports)
    assert count == 0
    assert len(messages) == 1
    assert "is already using a port required by your task" in messages[0]


def test_an_image_that_is_not_there_makes_no_container(lab, client):
    """Pulls fail, and they too are held back."""
    count, messages = watched(client, lab, "unknown", image="service.invalid/nothing:1")
    assert count == 0
    assert sum("has started 1 tasks" in each for each in messages) <= 5
