"""The stream of an engine's events: heard once each, also when it was cut."""

import threading

import pytest
import requests

from ecs_tutorial.data_plane.docker_events import ContainerEvent, ContainerEvents


def message(action, moment, runtime_id="a", **attributes):
    labels = {"ecs-tutorial.instance": "i-1", **attributes}
    actor = {"Attributes": labels}
    return {"id": runtime_id, "Action": action, "timeNano": moment, "Actor": actor}


class Stream:
    """A stream that says what it is given, then ends or stays open."""

    def __init__(self, messages, stays_open):
        self._messages = messages
        self._over = threading.Event()
        if not stays_open:
            self._over.set()

    def __iter__(self):
        yield from self._messages
        self._over.wait(10)

    def close(self):
        self._over.set()


class Client:
    """An engine whose streams are given one by one; ``states`` are its containers."""

    def __init__(self, *streams, states=None):
        self.streams = list(streams)
        self.states = states or {}
        self.since = []

    def events(self, since, filters, decode):
        assert filters["label"] == "ecs-tutorial.lab=one"
        self.since.append(since)
        if self.streams and self.streams[0] is None:
            self.streams.pop(0)
            raise requests.ConnectionError("the engine is away")
        messages = self.streams.pop(0)
        return Stream(messages, stays_open=not self.streams)

    def inspect_container(self, runtime_id):
        return {"State": self.states[runtime_id]}

    def containers(self, **options):
        return [{"Id": each, "Labels": {"ecs-tutorial.instance": "i-1"}} for each in self.states]

    def close(self):
        pass


@pytest.fixture
def hear():
    """All events that a client's streams lead to, up to the ``count``-th."""
    opened = []

    def hear(client, count):
        events, enough = [], threading.Event()

        def note(event):
            events.append(event)
            if len(events) >= count:
                enough.set()

        opened.append(ContainerEvents(client, "one", note))
        assert enough.wait(10)
        opened.pop().close()
        return events

    yield hear
    for each in opened:
        each.close()


EXITED = {"Status": "exited", "ExitCode": 1, "OOMKilled": True}


def test_what_happens_becomes_an_event(hear):
    """An end with its code and whether memory ran out; health; a removal; no more."""
    client = Client(
        [
            message("health_status: healthy", 1),
            message("health_status: running", 2),
            message("health_status: unhealthy", 3),
            message("pause", 4),
            message("unpause", 5),
            message("die", 6, exitCode="1"),
            message("destroy", 7),
        ],
        states={"a": EXITED},
    )
    assert hear(client, 6) == [
        ContainerEvent("healthy", "a", "i-1"),
        ContainerEvent("unhealthy", "a", "i-1"),
        ContainerEvent("paused", "a", "i-1"),
        ContainerEvent("resumed", "a", "i-1"),
        ContainerEvent("ended", "a", "i-1", 1, True),
        ContainerEvent("gone", "a", "i-1"),
    ]


def test_after_a_cut_it_goes_on_where_it_was(hear):
    """``since`` is the last event's moment, whose events come again and are heard once."""
    first = [message("destroy", 1_000_000_007), message("destroy", 2_000_000_005, "b")]
    again = [first[1], message("destroy", 2_000_000_005, "c"), message("destroy", 3, "d")]
    client = Client(first, again)
    events = hear(client, 5)
    assert client.since == [None, "2.000000005"]
    assert [event.runtime_id for event in events if event.kind == "gone"] == ["a", "b", "c", "d"]


def test_after_a_cut_the_containers_are_looked_over(hear):
    """An engine that restarted forgets its events: what is there now is told."""
    states = {
        "a": EXITED,
        "b": {"Status": "running", "Health": {"Status": "unhealthy"}},
        "c": {"Status": "paused"},
    }
    client = Client([], None, [], states=states)
    assert hear(client, 5) == [
        ContainerEvent("ended", "a", "i-1", 1, True),
        ContainerEvent("resumed", "b", "i-1"),
        ContainerEvent("unhealthy", "b", "i-1"),
        ContainerEvent("paused", "c", "i-1"),
        ContainerEvent("looked over", present=frozenset({"a", "b", "c"})),
    ]
    assert len(client.since) == 3
