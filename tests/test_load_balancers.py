"""The load balancer itself: whom it asks, what it passes on, and what it says by itself."""

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from load_balanced import Visitor

from ecs_tutorial.clock import ManualClock
from ecs_tutorial.data_plane.load_balancers import LoadBalancers
from ecs_tutorial.data_plane.reached import Reached, Unreachable
from ecs_tutorial.load_balancers import (
    Balancing,
    CheckResult,
    HealthCheck,
    Listener,
    LoadBalancer,
    Rule,
    Target,
    TargetGroup,
)

NAME = "web-1.us-east-1.elb.localhost"
FORWARD = Rule((), ({"Type": "forward", "TargetGroupArn": "tg"},))


class Program(ThreadingHTTPServer):
    """A program in a container: it says its name, and waits where it is told to."""

    daemon_threads = True

    def __init__(self, name):
        self.name = name
        self.seen = []
        self.asked, self.may_answer = threading.Event(), threading.Event()
        super().__init__(("127.0.0.1", 0), Answering)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.may_answer.set()
        self.shutdown()
        self.server_close()


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        self.server.asked.set()
        if self.path == "/slow":
            self.server.may_answer.wait(20)
        body = self.server.name.encode()
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_):
        """Quiet."""


class Fleet:
    """Instances i-1 and i-2 with a program each at port 80, and a load balancer before them."""

    def __init__(self):
        self.programs = {"i-1": Program("one"), "i-2": Program("two")}
        self.let_in = True
        self.clock, self.reported = ManualClock(), []
        self.told = threading.Event()
        self.balancers = LoadBalancers(
            self,
            self.clock,
            lets_in=lambda *_: self.let_in,
            report=self.report,
            at_once=lambda action: action(),
        )
        self.group = TargetGroup("tg", HealthCheck(), tuple(map(healthy, self.programs)))
        self.balancer = LoadBalancer(
            "alb", NAME, listeners=(Listener(80, (FORWARD,)),), open_ports=frozenset({80})
        )
        self.observe()

    def host(self, instance_id):
        program = self.programs.get(instance_id)
        port = program and program.server_port
        runtime = SimpleNamespace(loopback_port=lambda _: port)
        return SimpleNamespace(
            instance=None, is_powered=True, runtime=runtime, listener=lambda _: None
        )

    def report(self, *found):
        self.reported.append(found)
        self.told.set()

    def observe(self, **group):
        self.group = replace(self.group, **group)
        self.balancers.observe(Balancing((self.balancer,), (self.group,)))

    def visitor(self):
        reached = self.balancers.reach(NAME, 80)
        assert isinstance(reached, Reached)
        return Visitor(NAME, reached.loopback_port)

    def close(self):
        for program in self.programs.values():
            if program:
                program.close()
        self.balancers.close()


def healthy(instance_id, state="healthy"):
    return Target(instance_id, 80, state)


@pytest.fixture
def fleet():
    made = Fleet()
    yield made
    made.close()


def test_the_healthy_targets_answer_in_turn(fleet):
    """Round robin, whatever the path."""
    visitor = fleet.visitor()
    assert [visitor.get(f"/{n}")[1] for n in range(4)] == ["one", "two", "one", "two"]


@pytest.mark.parametrize("state", ["initial", "unhealthy", "draining", "unused"])
def test_no_other_target_is_asked(fleet, state):
    """As long as there is a healthy one."""
    fleet.observe(targets=(healthy("i-1", state), healthy("i-2")))
    visitor = fleet.visitor()
    assert {visitor.get()[1] for _ in range(4)} == {"two"}


def test_where_all_are_unhealthy_all_are_asked(fleet):
    """Better a doubtful answer than none."""
    fleet.observe(targets=(healthy("i-1", "unhealthy"), healthy("i-2", "unhealthy")))
    visitor = fleet.visitor()
    assert {visitor.get()[1] for _ in range(2)} == {"one", "two"}


def test_a_request_under_way_is_finished_while_its_target_drains(fleet):
    """Draining takes new requests away; the old one gets its answer."""
    fleet.observe(targets=(healthy("i-1"),))
    visitor, slow = fleet.visitor(), []
    thread = threading.Thread(target=lambda: slow.append(visitor.get("/slow")))
    thread.start()
    assert fleet.programs["i-1"].asked.wait(10)
    fleet.observe(targets=(healthy("i-1", "draining"), healthy("i-2")))
    assert visitor.get()[1] == "two"
    fleet.programs["i-1"].may_answer.set()
    thread.join(10)
    assert slow == [(200, "one")]


@pytest.mark.parametrize("targets", [(), (healthy("i-1", "draining"),)])
def test_without_a_target_it_says_503(fleet, targets):
    """In the short words of AWS."""
    fleet.observe(targets=targets)
    status, body = fleet.visitor().get()
    assert status == 503
    assert "<title>503 Service Temporarily Unavailable</title>" in body


def test_a_target_that_refuses_gives_502(fleet):
    """Nothing listens there any more, and no health check has noticed yet."""
    fleet.observe(targets=(healthy("i-3"),))
    status, body = fleet.visitor().get()
    assert (status, "<h1>502 Bad Gateway</h1>" in body) == (502, True)


def test_a_closed_security_group_gives_504(fleet):
    """The packets to the target are dropped."""
    visitor = fleet.visitor()
    fleet.let_in = False
    assert visitor.get()[0] == 504


def test_what_a_target_is_told_of_the_visitor(fleet):
    """The load balancer's name as Host, and the three headers that it adds."""
    fleet.visitor().get("/a?b=c")
    [(path, headers)] = fleet.programs["i-1"].seen
    assert (path, headers["Host"]) == ("/a?b=c", NAME)
    forwarded = {name.lower(): value for name, value in headers.items() if "orwarded" in name}
    assert forwarded == {
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "80",
        "x-forwarded-proto": "http",
    }


def test_fixed_answers_and_redirects_need_no_target(fleet):
    """The other actions of a rule."""
    fixed = {"StatusCode": "418", "ContentType": "text/plain", "MessageBody": "tea"}
    moved = {"StatusCode": "HTTP_301", "Path": "/new/#{path}", "Protocol": "HTTPS"}
    rules = (
        Rule(
            ({"Field": "path-pattern", "Values": ["/tea"]},),
            ({"Type": "fixed-response", "FixedResponseConfig": fixed},),
        ),
        Rule((), ({"Type": "redirect", "RedirectConfig": moved},)),
    )
    fleet.balancer = replace(fleet.balancer, listeners=(Listener(80, rules),))
    fleet.observe()
    visitor = fleet.visitor()
    assert visitor.get("/tea") == (418, "tea")
    assert visitor.get("/old")[0] == 301


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"is_active": False}, "still being provisioned"),
        ({"listeners": ()}, "no listener on port 80"),
        ({"open_ports": frozenset()}, "lets TCP port 80 in"),
        ({"dns_name": "other"}, "has the name"),
    ],
)
def test_nothing_answers_and_why(fleet, change, hint):
    """A timeout, as on AWS; the hint says what to do."""
    fleet.balancer = replace(fleet.balancer, **change)
    fleet.observe()
    found = fleet.balancers.reach(NAME, 80)
    assert isinstance(found, Unreachable)
    assert hint in found.hint


def test_health_checks_come_in_lab_time(fleet):
    """After the registration, then once in each interval, by real HTTP where it is real."""
    fleet.observe(
        targets=(healthy("i-1", "initial"),), health_check=HealthCheck("/missing", interval=20)
    )
    fleet.clock.advance(5)
    assert fleet.told.wait(10)
    result = CheckResult(
        "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"
    )
    assert fleet.reported == [("tg", ("i-1", 80), result)]
    fleet.told.clear()
    fleet.clock.advance(19)
    assert len(fleet.reported) == 1
    fleet.clock.advance(1)
    assert fleet.told.wait(10)


def test_a_target_that_drains_is_not_checked(fleet):
    """Its timer is off the agenda."""
    fleet.observe(targets=(healthy("i-3", "initial"),))
    fleet.observe(targets=(healthy("i-3", "draining"),))
    fleet.clock.advance(60)
    assert fleet.reported == []
