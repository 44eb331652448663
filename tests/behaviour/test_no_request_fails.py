"""A rolling update behind a load balancer: 2,000 requests, and none fails, for draining."""

import load_balanced
import pytest
from labs import container
from requests_during_update import REQUESTS, serve_during_update, without_draining


@pytest.fixture
def front(in_process):
    """Two healthy tasks on two instances, on a clock that stands until it is moved."""
    in_process.cluster_with_instances(2)
    made = load_balanced.front(in_process)
    load_balanced.let_in(in_process, made.security_group)
    in_process.register("web", container(portMappings=load_balanced.DYNAMIC))
    made.create_service(2)
    in_process.until(lambda: made.states() == {"healthy": 2})
    in_process.stable("web")
    return made


def test_none_of_2000_requests_fails(front):
    """Old tasks take no new request once others do, and stop when the last has been answered."""
    answered = serve_during_update(front, front.visitor())
    assert answered.total() >= REQUESTS
    assert set(answered) == {200}


def test_without_draining_some_fail(front, monkeypatch):
    """The same requests, the same update: only the draining is missing."""
    without_draining(monkeypatch)
    answered = serve_during_update(front, front.visitor())
    assert answered[502] > 0
