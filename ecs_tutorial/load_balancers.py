"""The frozen vocabulary of load balancing, which both planes speak.

Named as Elastic Load Balancing's API names things. The control plane fills the records
from what was asked for; the data plane serves by them and answers with ``CheckResult``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

TargetState = Literal["initial", "healthy", "unhealthy", "unused", "draining"]
TargetId = tuple[str, int]
"""An EC2 instance and the port on it."""


@dataclass(frozen=True)
class Target:
    """One instance and port of a target group, and how it stands."""

    id: str
    port: int
    state: TargetState = "initial"
    reason: str | None = "Elb.RegistrationInProgress"
    description: str | None = "Target registration is in progress"
    successes: int = 0
    failures: int = 0
    """Checks in a row that passed or failed."""
    task_arn: str | None = None
    """The task that a service registered it for, and the service; None if done by hand."""
    service_arn: str | None = None
    draining_since: datetime | None = None

    @property
    def key(self) -> TargetId:
        return self.id, self.port


@dataclass(frozen=True)
class HealthCheck:
    path: str = "/"
    port: str = "traffic-port"
    codes: str = "200"
    interval: float = 30
    timeout: float = 5
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2


@dataclass(frozen=True)
class TargetGroup:
    arn: str
    health_check: HealthCheck
    targets: tuple[Target, ...] = ()
    security_group_ids: frozenset[str] = frozenset()
    """Of the load balancers in front of it."""


@dataclass(frozen=True)
class Rule:
    """What a listener does with requests of which all conditions hold."""

    conditions: tuple[Mapping[str, Any], ...]
    actions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Listener:
    port: int
    rules: tuple[Rule, ...]
    """In the order in which they are tried; the last is the default."""


@dataclass(frozen=True)
class LoadBalancer:
    arn: str
    dns_name: str
    is_active: bool = True
    listeners: tuple[Listener, ...] = ()
    open_ports: frozenset[int] = frozenset()
    """The listeners' ports that its security groups let the lab's reader in at."""


@dataclass(frozen=True)
class Balancing:
    """All load balancers of a lab, and the target groups that they forward to."""

    load_balancers: tuple[LoadBalancer, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """What one health check found; reason and description only where it failed."""

    reason: str | None = None
    description: str | None = None

    @property
    def passed(self) -> bool:
        return self.reason is None
