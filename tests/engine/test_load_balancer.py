"""The load balancer before real containers: real HTTP all the way, also during a rolling update."""

import load_balanced
import pytest
import walk
from images import stand_ins
from labs import container
from real_lab import real_lab
from requests_during_update import REQUESTS, serve_during_update, without_draining

pytestmark = pytest.mark.engine

LISTENS = stand_ins.TAGS["listens"]
SAYS_ITS_NAME = "mkdir -p /www && hostname > /www/index.html && exec httpd -f -p 80 -h /www"


@pytest.fixture(scope="module")
def lab(engine_url, client, tmp_path_factory):
    """Two instances, which let the load balancers of these tests in."""
    for name in ("busybox", "listens"):
        stand_ins.ensure(client, name)
    with real_lab("balanced", engine_url, client, tmp_path_factory.mktemp("fence")) as lab:
        lab.hosts = lab.fleet(2)
        yield lab


@pytest.fixture
def front(lab, request):
    """Two tasks behind a load balancer, each of which says its container's name."""
    made = load_balanced.front(lab, request.node.name.replace("_", "-")[5:32].strip("-"), delay=3)
    load_balanced.let_in(lab, made.security_group)
    app = container(image=LISTENS, memory=32, portMappings=load_balanced.DYNAMIC, stopTimeout=2)
    lab.register("web", {**app, "command": ["sh", "-c", SAYS_ITS_NAME]})
    made.create_service(2)
    lab.until(lambda: made.states() == {"healthy": 2})
    yield made
    lab.clear()
    made.delete()


def test_requests_alternate(front):
    """Each container answers in its turn."""
    visitor = front.visitor()
    answers = [visitor.get() for _ in range(6)]
    names = [body for _, body in answers]
    assert {status for status, _ in answers} == {200}
    assert len(set(names)) == 2
    assert names == names[:2] * 3


def test_none_of_2000_requests_fails(front):
    """Old containers run on until the last request to them has been answered."""
    front.lab.steady("web", 2)
    answered = serve_during_update(front, front.visitor())
    assert answered.total() >= REQUESTS
    assert set(answered) == {200}


def test_without_draining_some_fail(front, monkeypatch):
    """The same requests, the same update: only the draining is missing."""
    front.lab.steady("web", 2)
    without_draining(monkeypatch)
    answered = serve_during_update(front, front.visitor())
    assert answered[502] > 0


def test_a_container_that_answers_otherwise_is_unhealthy(front):
    """Health checks are real requests: a page that is missing is told with its status."""
    front.lab.elbv2.modify_target_group(
        TargetGroupArn=front.target_group, HealthCheckPath="/missing"
    )
    front.lab.ecs.update_service(
        cluster=walk.CLUSTER, service="web", healthCheckGracePeriodSeconds=600
    )
    front.lab.until(lambda: front.states()["unhealthy"] == 2)
    described = {each["Description"] for each in front.health().values()}
    assert described == {"Health checks failed with these codes: [404]"}
