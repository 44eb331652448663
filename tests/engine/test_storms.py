"""A task that keeps failing makes no storm: containers made in a minute are counted.

AWS holds back a service whose tasks never reach RUNNING, longer each time. One whose tasks run
and then end it does not hold back: there a new one begins when the one before has ended, so it
is as fast as one container after another can be.
"""

import time
from dataclasses import dataclass

import pytest
from images import stand_ins
from labs import container
from real_lab import real_lab

pytestmark = pytest.mark.engine

WATCHED_SECONDS = 60
LISTENS, BUSYBOX = stand_ins.TAGS["listens"], stand_ins.TAGS["busybox"]
FAMILY = "com.amazonaws.ecs.task-definition-family"
PORTS = [{"containerPort": 80, "hostPort": 8080}]
FAILING = {
    "never": {"image": BUSYBOX, "command": ["not-there"]},
    "crash": {"image": BUSYBOX, "command": ["sh", "-c", "exit 1"]},
    "second": {"image": LISTENS, "portMappings": PORTS},
    "unknown": {"image": "service.invalid/nothing:1"},
}
"""The services that are watched, by what their task's container is."""


@dataclass
class Watched:
    """What became of a service in its first minute."""

    actions: list[str]
    """What the engine did with its containers: ``create`` and ``die``, in that order."""
    messages: list[str]
    """The service's events."""

    @property
    def made(self):
        return self.actions.count("create")


@pytest.fixture(scope="module")
def lab(engine_url, client, tmp_path_factory):
    for name in ("busybox", "listens"):
        stand_ins.ensure(client, name)
    with real_lab("storms", engine_url, client, tmp_path_factory.mktemp("fence")) as lab:
        lab.fleet()
        yield lab


@pytest.fixture(scope="module")
def minute(lab, client):
    """All of them together for a minute, beside a service that has the port 8080."""
    settings = {"image": LISTENS, "memory": 32, "portMappings": PORTS}
    lab.create_service("holder", lab.register("holder", container(**settings)))
    lab.steady("holder", 1)
    since = time.time()
    for name, definition in FAILING.items():
        lab.create_service(name, lab.register(name, container(memory=32, **definition)))
    seen = happened(client, lab, since, since + WATCHED_SECONDS)
    watched = {
        name: Watched([action for family, action in seen if family == name], lab.messages(name))
        for name in FAILING
    }
    lab.clear()
    return watched


def happened(client, lab, since, until):
    """Each container's family and what happened to it, read until that moment has come.

    Asked for afterwards it would not be all: the engine remembers its last 256 events.
    """
    label = f"ecs-tutorial.lab={lab.local.on_engine}"
    filters = {"event": ["create", "die"], "label": [label]}
    events = client.events(since=since, until=until, filters=filters, decode=True)
    return [(each["Actor"]["Attributes"][FAMILY], each["Action"]) for each in events]


def test_a_task_that_never_runs_is_held_back(minute):
    """Three rounds, then 15 s, 30 s and a minute: at most five, and the event says so."""
    never = minute["never"]
    assert 4 <= never.made <= 5
    assert any(
        "is unable to consistently start tasks successfully" in each for each in never.messages
    )


def test_a_task_that_crashes_at_once_is_not_faster_than_a_start(minute):
    """It has run, so AWS does not hold it back; but one is made only when the last has died."""
    crash = minute["crash"]
    assert crash.made >= 3
    assert crash.actions == (["create", "die"] * crash.made)[: len(crash.actions)]


def test_a_taken_fixed_port_makes_no_container(minute):
    """The instance's port 8080 is taken: nothing is placed, nothing made, one event said."""
    second = minute["second"]
    assert second.made == 0
    assert len(second.messages) == 1
    assert "is already using a port required by your task" in second.messages[0]


def test_an_image_that_is_not_there_makes_no_container(minute):
    """Pulls fail, and they too are held back."""
    unknown = minute["unknown"]
    assert unknown.made == 0
    assert sum("has started 1 tasks" in each for each in unknown.messages) <= 5
