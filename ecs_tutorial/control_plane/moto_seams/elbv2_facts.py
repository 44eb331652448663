"""What moto's records say of load balancers and target groups, read and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from moto.elbv2.models import elbv2_backends

from ecs_tutorial.control_plane.moto_seams import ec2_facts
from ecs_tutorial.load_balancers import (
    Balancing,
    HealthCheck,
    Listener,
    LoadBalancer,
    Rule,
    TargetGroup,
)


def balancing(now: datetime) -> Balancing:
    """All load balancers of all accounts and regions, and the target groups behind them."""
    backends: list[Any] = [backend for _, _, backend in elbv2_backends.iter_backends()]
    return Balancing(
        tuple(
            load_balancer(backend, each, now)
            for backend in backends
            for each in backend.load_balancers.values()
        ),
        tuple(
            group_facts(backend, group)
            for backend in backends
            for group in backend.target_groups.values()
            if backend._any_listener_using(group.arn)
        ),
    )


def load_balancer(backend: Any, balancer: Any, now: datetime) -> LoadBalancer:
    listeners = tuple(listener(each) for each in balancer.listeners.values())
    return LoadBalancer(
        arn=balancer.arn,
        dns_name=balancer.dns_name,
        is_active=balancer.active_from <= now,
        listeners=listeners,
        open_ports=frozenset(
            each.port
            for each in listeners
            if ec2_facts.groups_allow(backend.ec2_backend, balancer.security_groups, each.port)
        ),
    )


def listener(given: Any) -> Listener:
    rules = sorted(given._non_default_rules.values(), key=lambda rule: int(rule.priority))
    every = [*rules, *given._default_rule.values()]
    return Listener(
        int(given.port),
        tuple(
            Rule(tuple(rule.conditions), tuple(action.data for action in rule.actions))
            for rule in every
        ),
    )


def group_facts(backend: Any, group: Any) -> TargetGroup:
    return TargetGroup(
        arn=group.arn,
        health_check=health_check(group),
        targets=tuple(group.targets.values()),
        security_group_ids=frozenset(in_front(backend, group.arn)),
    )


def health_check(group: Any) -> HealthCheck:
    return HealthCheck(
        path=group.health_check_path or "/",
        port=str(group.health_check_port or "traffic-port"),
        codes=(group.matcher or {}).get("HttpCode", "200"),
        interval=float(group.health_check_interval_seconds),
        timeout=float(group.health_check_timeout_seconds),
        healthy_threshold=int(group.healthy_threshold_count),
        unhealthy_threshold=int(group.unhealthy_threshold_count),
    )


def in_front(backend: Any, target_group_arn: str) -> Iterator[str]:
    """The security groups of the load balancers that forward to a target group."""
    for balancer in backend.load_balancers.values():
        rules = (r for each in balancer.listeners.values() for r in each.rules.values())
        actions = (action.data for rule in rules for action in rule.actions)
        if any(target_group_arn in backend._get_target_group_arns_from(a) for a in actions):
            yield from balancer.security_groups


def target_groups(account_id: str, region: str) -> Iterable[Any]:
    """moto's target groups of a region; asking makes no new backend."""
    backends: Iterable[Any] = elbv2_backends.iter_backends()
    return [
        group
        for account, name, backend in backends
        if (account, name) == (account_id, region)
        for group in backend.target_groups.values()
    ]


def target_group(account_id: str, region: str, arn: str) -> Any | None:
    found = (each for each in target_groups(account_id, region) if each.arn == arn)
    return next(found, None)


def is_in_use(account_id: str, region: str, arn: str) -> bool:
    """Whether some listener forwards to the target group."""
    return bool(elbv2_backends[account_id][region]._any_listener_using(arn))
