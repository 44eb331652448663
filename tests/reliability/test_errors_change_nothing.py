"""What ECS refuses leaves no trace, so a journal need not keep it."""

from __future__ import annotations

import random
from collections import Counter
from itertools import filterfalse

import pytest
from busy_lab import BusyLab
from request_walk import RequestWalk
from whole_state import differences, whole
from wire import UNCHECKED, Wire

from ecs_tutorial.control_plane import ecs_api
from ecs_tutorial.control_plane.contents import ecs_backends
from ecs_tutorial.control_plane.errors import EcsError
from ecs_tutorial.control_plane.moto_seams.requests import is_read
from ecs_tutorial.control_plane.operations import tasks

SHARE = 10
"""One in so many requests that the other walk makes: looking at the whole store takes its time."""


def state():
    """All that the store of ECS holds, and all that it leads to: timers, agents, hosts."""
    return whole(list(ecs_backends()))


def reads(name):
    """Reads are in no journal; what they remember of what they found is their own affair."""
    return is_read(name.title().replace("_", ""))


@pytest.fixture
def refused(monkeypatch):
    """What operations that refused a request have changed all the same; how many refused one."""
    found, count = [], Counter()

    def watched(name, operation):
        def answer(api):
            before = state()
            try:
                return operation(api)
            except EcsError:
                count[name] += 1
                found.extend(f"{name}: {each}" for each in differences(before, state()))
                raise

        return answer

    for name in filterfalse(reads, ecs_api.OPERATIONS):
        monkeypatch.setattr(ecs_api.EcsApi, name, watched(name, getattr(ecs_api.EcsApi, name)))
    return found, count


def test_a_request_that_is_refused_changes_nothing(lab, session, requests, seed, refused):
    """No record, no id drawn, no timer: whatever is wrong with it, and whichever operation."""
    busy = BusyLab(lab)
    wire = Wire(session.client("ecs", config=UNCHECKED))
    walk = RequestWalk(wire.client.meta.service_model, random.Random(seed), busy.names())
    found, count = refused
    for number in range(1, requests // SHARE + 1):
        wire.objections(walk.request())
        if number % 100 == 0:
            busy.fill()
            walk.names = busy.names()
    print(f"{requests // SHARE} requests, seed {seed}: {count.total()} refused")
    assert not found, "\n".join(found[:40])
    assert count.total() > requests // SHARE / 5


def test_what_a_refused_request_changed_would_be_found(lab, refused, monkeypatch):
    """Else the test above would mean nothing: here an id is drawn before the request is refused."""

    def draws_first(backend, name):
        backend.new_id()
        raise EcsError("ClusterNotFoundException", "Cluster not found.")

    monkeypatch.setattr(tasks, "active_cluster", draws_first)
    with pytest.raises(lab.ecs.exceptions.ClientError):
        lab.ecs.stop_task(cluster="nope", task="nope")
    assert any("/_ids/state" in each for each in refused[0])
