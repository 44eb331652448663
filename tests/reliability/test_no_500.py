"""Thousands of requests, right and wrong, for every operation: the lab answers each in words."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from busy_lab import BusyLab
from request_walk import RequestWalk
from wire import UNCHECKED, Wire

BETWEEN_BOOKS = 100


@pytest.fixture
def busy(lab):
    return BusyLab(lab)


def test_every_request_is_answered_as_the_model_says(busy, session, requests, seed):
    """No answer outside botocore's model, and the books add up after each hundred."""
    wire = Wire(session.client("ecs", config=UNCHECKED))
    service = wire.client.meta.service_model
    requested = RequestWalk(service, random.Random(seed), busy.names())
    wrong, asked = Counter(), Counter()
    for number in range(1, requests + 1):
        request = requested.request()
        found = wire.objections(request)
        asked[request.operation, wire.succeeded] += 1
        wrong.update(f"{request.operation}: {each[:400]}" for each in found)
        if number % BETWEEN_BOOKS == 0:
            wrong.update(busy.books.objections())
            busy.fill()
            requested.names = busy.names()
    print(f"{requests} requests, seed {seed}: {_summary(asked)}")
    assert not wrong, "\n".join(f"{n} times: {each}" for each, n in wrong.most_common(60))
    assert {name for name, _ in asked} >= set(service.operation_names)
    assert min(_share(asked, True), _share(asked, False)) > 0.2


def _share(asked, succeeded):
    return sum(n for (_, well), n in asked.items() if well is succeeded) / asked.total()


def _summary(asked):
    return f"{_share(asked, True):.0%} successes, {_share(asked, False):.0%} errors"
