"""The lab's load balancers: they answer real HTTP and pass it on, round robin, to targets.

They are told which load balancers and targets there are, and report what health checks find.
Security groups are obeyed on both sides. What a target's health is, is decided elsewhere.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from ecs_tutorial.clock import Clock
from ecs_tutorial.data_plane.balancer_servers import BalancerServers, Forward, own_answer
from ecs_tutorial.data_plane.ec2_host import Host
from ecs_tutorial.data_plane.ec2_hosts import Ec2Hosts
from ecs_tutorial.data_plane.ec2_instance import Ec2Instance
from ecs_tutorial.data_plane.forwarding import Answer, Message
from ecs_tutorial.data_plane.listener_rules import Asked, actions_for, target_groups_of
from ecs_tutorial.data_plane.pages import container_page
from ecs_tutorial.data_plane.reached import Reached, Unreachable
from ecs_tutorial.data_plane.target_checks import Found, Report, TargetChecks
from ecs_tutorial.load_balancers import Balancing, LoadBalancer, Target, TargetGroup

NAME = ".elb.localhost"
LetsIn = Callable[[Ec2Instance, int, frozenset[str]], bool]
"""Whether an instance's security groups let in, at a port, what bears one of these groups."""


class LoadBalancers:
    """All load balancers of a lab.

    Args:
        at_once: does what the servers' thread brings, under the lab's lock.
    """

    def __init__(
        self,
        hosts: Ec2Hosts,
        clock: Clock,
        lock: AbstractContextManager[object] | None = None,
        *,
        lets_in: LetsIn,
        report: Report,
        at_once: Callable[[Callable[[], None]], None],
        waits: float = 1.0,
    ) -> None:
        self._hosts = hosts
        self._lock = lock or threading.RLock()
        self._lets_in = lets_in
        self._at_once = at_once
        self._checks = TargetChecks(clock, self._check, report, waits)
        self._servers = BalancerServers()
        self._ports: dict[tuple[str, int], int] = {}
        self._balancers: dict[str, LoadBalancer] = {}
        self._groups: dict[str, TargetGroup] = {}
        self._turns: Counter[str] = Counter()

    def observe(self, balancing: Balancing) -> None:
        """Take in what there is; saying it twice changes nothing."""
        self._balancers = {each.dns_name: each for each in balancing.load_balancers}
        self._groups = {group.arn: group for group in balancing.target_groups}
        self._checks.observe(balancing.target_groups)

    def close(self) -> None:
        self._servers.close()

    # --- from outside ------------------------------------------------------------

    def reach(self, name: str, port: int) -> Reached | Unreachable:
        """What a browser out on the internet would find at a load balancer's name."""
        with self._lock:
            balancer = self._balancers.get(name)
            problem = _problem(balancer, name, port)
            if problem or balancer is None:
                return Unreachable("timeout", problem)
            is_real = any(self._is_real(target) for target in self._targets(balancer))
            return Reached(self._listen(name, port), is_real, is_balanced=True)

    def _listen(self, name: str, port: int) -> int:
        if (name, port) not in self._ports:
            route = partial(self.route, name, port)
            self._ports[name, port] = self._servers.listen(name, port, route)
        return self._ports[name, port]

    def _targets(self, balancer: LoadBalancer) -> list[Target]:
        arns = {
            arn
            for listener in balancer.listeners
            for rule in listener.rules
            for action in rule.actions
            if action["Type"] == "forward"
            for arn in target_groups_of(action)
        }
        return [target for arn in arns for target in self._groups[arn].targets]

    def _is_real(self, target: Target) -> bool:
        host = self._hosts.host(target.id)
        return host is not None and host.runtime.loopback_port(target.port) is not None

    # --- a request -----------------------------------------------------------------

    def route(self, name: str, port: int, asked: Asked) -> Forward | Answer:
        """Where a request goes, or what it is answered with."""
        with self._lock:
            balancer = self._balancers.get(name)
            problem = _problem(balancer, name, port)
            if problem or balancer is None:
                # AWS: there would be no answer at all; here words say why.
                return Answer(502, Message(_PLAIN, f"timeout: {problem}\n".encode()))
            listener = next(each for each in balancer.listeners if each.port == port)
            return self._act(actions_for(listener, asked)[-1], asked)

    def _act(self, action: Mapping[str, Any], asked: Asked) -> Forward | Answer:
        match action["Type"]:
            case "forward":
                return self._forward(action, asked)
            case "fixed-response":
                return _fixed(action["FixedResponseConfig"])
            case "redirect":
                return _redirect(action["RedirectConfig"], asked)
            case _:
                # AWS: authenticates visitors with Cognito and OIDC too; the lab does not.
                return own_answer(561, "Authentication is not in this lab")

    def _forward(self, action: Mapping[str, Any], asked: Asked) -> Forward | Answer:
        arns = target_groups_of(action)
        group = self._groups[arns[self._turn(f"among {arns}", len(arns))]]
        targets = _answering(group)
        if not targets:
            return own_answer(503, "Service Temporarily Unavailable")
        target = targets[self._turn(group.arn, len(targets))]
        found = self._at(target.id, target.port, group)
        if isinstance(found, int):
            return Forward(found)
        if isinstance(found, TimeoutError):
            # AWS: says so after 10 seconds of waiting.
            return own_answer(504, "Gateway Time-out")
        if isinstance(found, Exception):
            return own_answer(502, "Bad Gateway")
        if asked.method not in ("GET", "HEAD"):
            text = b"A simulated container only shows its page.\n"
            return Answer(501, Message(_PLAIN, text))
        return Answer(200, Message(_HTML, found.encode()))

    def _turn(self, of: str, count: int) -> int:
        self._turns[of] += 1
        return (self._turns[of] - 1) % count

    # --- a target ------------------------------------------------------------------

    def _at(self, instance_id: str, port: int, group: TargetGroup) -> int | str | Exception:
        """A real container's loopback port, a simulated one's page, or why nothing answers."""
        host = self._hosts.host(instance_id)
        if host is None or not host.is_powered:
            return TimeoutError()
        if not self._lets_in(host.instance, port, group.security_group_ids):
            return TimeoutError()
        return host.runtime.loopback_port(port) or _page(host, port) or ConnectionRefusedError()

    def _check(self, group: TargetGroup, target: Target, found: Found) -> None:
        """Visit a target as a health check does."""
        check = group.health_check
        port = target.port if check.port == "traffic-port" else int(check.port)
        there = self._at(target.id, port, group)
        if isinstance(there, int):
            self._servers.visit(
                there, check.path, check.timeout, lambda it: self._at_once(partial(found, it))
            )
        else:
            # AWS: the program decides what a path answers; a simulated one answers 200 on each.
            found(there if isinstance(there, Exception) else 200)


def _problem(balancer: LoadBalancer | None, name: str, port: int) -> str:
    """Why no packet comes back from a load balancer; empty if it answers."""
    if balancer is None:
        return f"No load balancer of the lab has the name {name}: see DNSName in its description."
    if not balancer.is_active:
        return "The load balancer is still being provisioned: wait until its State is active."
    if port not in {listener.port for listener in balancer.listeners}:
        return f"The load balancer has no listener on port {port}: create one."
    if port not in balancer.open_ports:
        return (
            f"No security group of the load balancer lets TCP port {port} in. On AWS, too, the "
            "packets are dropped without an answer: add an ingress rule."
        )
    return ""


def _answering(group: TargetGroup) -> list[Target]:
    """The healthy targets; where all are unhealthy, all of those."""
    healthy = [target for target in group.targets if target.state == "healthy"]
    return healthy or [target for target in group.targets if target.state == "unhealthy"]


def _page(host: Host, port: int) -> str | None:
    record = host.listener(port)
    return container_page(record, host.containers()).html if record else None


_PLAIN = (("Content-Type", "text/plain; charset=utf-8"),)
_HTML = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("X-Content-Type-Options", "nosniff"),
)


def _fixed(config: Mapping[str, Any]) -> Answer:
    kind = (("Server", "awselb/2.0"), ("Content-Type", config.get("ContentType") or "text/plain"))
    body = str(config.get("MessageBody") or "").encode()
    return Answer(int(config["StatusCode"]), Message(kind, body))


def _redirect(config: Mapping[str, Any], asked: Asked) -> Answer:
    """To the place that the action names, its words in #{…} taken from the request."""
    host, _, port = asked.host.partition(":")
    query = asked.target.partition("?")[2]
    place = "{Protocol}://{Host}:{Port}{Path}?{Query}".format(
        **{
            "Protocol": "#{protocol}",
            "Host": "#{host}",
            "Port": "#{port}",
            "Path": "/#{path}",
            "Query": "#{query}",
            **{name: value for name, value in config.items() if value is not None},
        }
    )
    words = {"protocol": "http", "host": host, "port": port or "80", "query": query}
    words["path"] = asked.path.removeprefix("/")
    for name, value in words.items():
        place = place.replace(f"#{{{name}}}", value)
    phrase = "Moved Permanently" if config["StatusCode"] == "HTTP_301" else "Found"
    status = int(str(config["StatusCode"]).removeprefix("HTTP_"))
    return own_answer(status, phrase, (("Location", place.removesuffix("?")),))
