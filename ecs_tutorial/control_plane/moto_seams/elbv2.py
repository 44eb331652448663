"""Elastic Load Balancing: names that lead nowhere, targets with a port and a health.

moto keeps one port for each instance and calls every target healthy at once. Here a target
is an instance and a port, is what the last checks found, and drains for a time before it goes.
Who checks and who forwards is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from moto.elbv2 import models
from moto.elbv2.exceptions import InvalidTargetError, TargetNotRunning
from moto.elbv2.models import (
    ELBv2Backend,
    FakeHealthStatus,
    FakeLoadBalancer,
    FakeRule,
    FakeTargetGroup,
)
from moto.moto_api._internal import mock_random

from ecs_tutorial.clock import Clock
from ecs_tutorial.control_plane.moto_seams import elbv2_facts
from ecs_tutorial.control_plane.moto_seams.ec2_states import STOP_SECONDS
from ecs_tutorial.control_plane.moto_seams.seam import Seam
from ecs_tutorial.control_plane.target_health import NOT_IN_USE, checked, drained_from
from ecs_tutorial.load_balancers import Balancing, CheckResult, Target, TargetId

PROVISIONING_SECONDS = 60.0
"""Until a new load balancer is active."""
# AWS: that takes a few minutes, not always the same.

ENDING_SECONDS = STOP_SECONDS + 5.0
"""Until the targets of an instance that is terminated are gone: while it ends, they drain."""
# AWS: they are deregistered soon after the instance has ended; how soon is not published.


class ElbSeam(Seam):
    """``changed`` is called when targets have changed without a request.

    Of the pause before a load balancer is active it takes the part ``waits``.
    """

    def __init__(self, clock: Clock, changed: Callable[[], None], waits: float = 1.0) -> None:
        super().__init__()
        self._clock = clock
        self._changed = changed
        self._waits = waits

    def _mend(self) -> None:
        self._wrap(ELBv2Backend, "create_load_balancer", self._created)
        self._replace(FakeLoadBalancer, "activate", self._activating())
        self._wrap(FakeRule, "__init__", with_drawn_arn)
        self._replace(FakeTargetGroup, "register", register_by_hand)
        self._replace(FakeTargetGroup, "deregister", self._deregistering())
        self._replace(FakeTargetGroup, "deregister_terminated_instances", self._forgetting())
        self._replace(FakeTargetGroup, "health_for", health_for)
        self._replace(ELBv2Backend, "describe_target_health", describe_target_health)

    # --- load balancers --------------------------------------------------------

    def _created(self, create: Callable[..., Any]) -> Callable[..., Any]:
        def create_load_balancer(backend: Any, *args: Any, **kwargs: Any) -> Any:
            balancer = create(backend, *args, **kwargs)
            balancer.scheme = balancer.scheme or "internet-facing"
            balancer.dns_name = dns_name(balancer, backend.region_name)
            if not balancer.security_groups:
                balancer.security_groups = default_groups(backend, balancer.vpc_id)
            seconds = PROVISIONING_SECONDS * self._waits
            balancer.active_from = self._clock.now() + timedelta(seconds=seconds)
            self._clock.call_later(seconds, self._changed)
            return balancer

        return create_load_balancer

    def _activating(self) -> Callable[[Any], None]:
        def activate(balancer: Any) -> None:
            if balancer.active_from <= self._clock.now():
                balancer.state = "active"

        return activate

    # --- targets ---------------------------------------------------------------

    def targets(self, account_id: str, region: str) -> dict[tuple[str, str, int], Target]:
        """All targets of a region by target group ARN, instance and port."""
        return {
            (group.arn, *key): target
            for group in elbv2_facts.target_groups(account_id, region)
            for key, target in group.targets.items()
        }

    def groups(self, account_id: str, region: str) -> frozenset[str]:
        """The ARNs of all target groups of a region."""
        return frozenset(each.arn for each in elbv2_facts.target_groups(account_id, region))

    def register(self, account_id: str, region: str, arn: str, targets: Iterable[Target]) -> None:
        """Add targets; one that was draining begins anew."""
        group = elbv2_facts.target_group(account_id, region, arn)
        if group is not None:
            group.targets.update({target.key: target for target in targets})
            self._changed()

    def deregister(
        self, account_id: str, region: str, arn: str, targets: Iterable[TargetId]
    ) -> None:
        """Let targets drain for the deregistration delay of their group; then they are gone."""
        group = elbv2_facts.target_group(account_id, region, arn)
        if group is not None:
            for key in targets:
                self._drain(group, key)
            self._changed()

    def _drain(self, group: Any, key: TargetId) -> None:
        target = group.targets.get(key)
        if target is None or target.state == "draining":
            return
        draining = drained_from(target, self._clock.now())
        group.targets[key] = draining
        delay = float(group.attributes["deregistration_delay.timeout_seconds"])
        if delay:
            self._clock.call_later(delay, lambda: self._drained(group, draining))
        else:
            del group.targets[key]

    def _drained(self, group: Any, target: Target) -> None:
        if group.targets.get(target.key) is target:
            del group.targets[target.key]
            self._changed()

    def report(self, arn: str, key: TargetId, result: CheckResult) -> None:
        """Take what a health check found of a target."""
        account_id, region = arn.split(":")[4], arn.split(":")[3]
        group = elbv2_facts.target_group(account_id, region, arn)
        before = group.targets.get(key) if group is not None else None
        if group is None or before is None:
            return
        after = checked(before, result, elbv2_facts.health_check(group))
        group.targets[key] = after
        if after.state != before.state:
            self._changed()

    def balancing(self) -> Balancing:
        """All load balancers, and the target groups that they forward to."""
        return elbv2_facts.balancing(self._clock.now())

    def _deregistering(self) -> Callable[..., None]:
        def deregister(group: Any, targets: list[Mapping[str, Any]]) -> None:
            keys = [key for target in targets for key in named(group, target)]
            if not keys:
                raise InvalidTargetError
            for key in keys:
                self._drain(group, key)

        return deregister

    def _forgetting(self) -> Callable[..., None]:
        def deregister_terminated_instances(group: Any, instance_ids: list[str]) -> None:
            for key in [key for key in group.targets if key[0] in instance_ids]:
                ending = drained_from(group.targets[key], self._clock.now())
                group.targets[key] = ending
                self._clock.call_later(ENDING_SECONDS, partial(self._drained, group, ending))
            self._changed()

        return deregister_terminated_instances


def dns_name(balancer: Any, region: str) -> str:
    # AWS: the name ends in elb.amazonaws.com; .localhost never leaves the machine (RFC 6761).
    internal = "internal-" if balancer.scheme == "internal" else ""
    number = mock_random.randrange(10**8, 2 * 10**9)
    return f"{internal}{balancer.name}-{number}.{region}.elb.localhost"


def default_groups(backend: Any, vpc_id: str) -> list[str]:
    """Without any it gets the default security group of its VPC."""
    group = backend.ec2_backend.get_default_security_group(vpc_id)
    return [group.id] if group else []


def with_drawn_arn(init: Callable[..., None]) -> Callable[..., None]:
    """A default rule's ARN, which moto makes out of an address in memory."""

    def create(rule: FakeRule, *args: Any, **kwargs: Any) -> None:
        init(rule, *args, **kwargs)
        stem = rule.listener_arn.replace(":listener/", ":listener-rule/")
        rule.arn = f"{stem}/{mock_random.get_random_hex(16)}"

    return create


def register_by_hand(group: Any, targets: list[Mapping[str, Any]]) -> None:
    keys = [target_key(group, target) for target in targets]
    for instance_id, _ in keys:
        refuse_unless_running(group, instance_id)
    group.targets.update({key: Target(*key) for key in keys if not _is_registered(group, key)})


def refuse_unless_running(group: Any, instance_id: str) -> None:
    if group.target_type != "instance":
        # AWS: targets of the type ip lead to a network interface; the lab has none of tasks.
        return
    instance = group.ec2_backend.get_instance_by_id(instance_id)
    if instance is None:
        raise InvalidTargetError
    if instance.state != "running":
        raise TargetNotRunning(instance_id=instance_id)


def target_key(group: Any, target: Mapping[str, Any]) -> TargetId:
    """Without a port it is the target group's."""
    return target["Id"], int(target.get("Port") or group.port)


def named(group: Any, target: Mapping[str, Any]) -> list[TargetId]:
    """The registered targets that a request names; without a port, all of the instance."""
    if target.get("Port"):
        key = target_key(group, target)
        return [key] if key in group.targets else []
    return [key for key in group.targets if key[0] == target["Id"]]


def _is_registered(group: Any, key: TargetId) -> bool:
    return key in group.targets and group.targets[key].state != "draining"


def describe_target_health(
    backend: Any, target_group_arn: str, targets: list[Mapping[str, Any]]
) -> list[FakeHealthStatus]:
    if target_group_arn not in backend.target_groups:
        raise models.TargetGroupNotFoundError
    group = backend.target_groups[target_group_arn]
    in_use = backend._any_listener_using(target_group_arn)
    asked = targets or [{"Id": id_, "Port": port} for id_, port in group.targets]
    return [group.health_for(target, in_use) for target in asked]


def health_for(group: Any, target: Mapping[str, Any], in_use: Any = True) -> FakeHealthStatus:
    key = target_key(group, target)
    found = group.targets.get(key)
    if found is None:
        found = Target(
            *key,
            state="unused",
            reason="Target.NotRegistered",
            description="Target is not registered to the target group",
        )
    elif not in_use:
        found = replace(found, state="unused", reason=NOT_IN_USE[0], description=NOT_IN_USE[1])
    given = group.health_check_port
    checked_at = str(found.port) if given == "traffic-port" else given
    return FakeHealthStatus(
        found.id, found.port, checked_at, found.state, found.reason, found.description
    )
