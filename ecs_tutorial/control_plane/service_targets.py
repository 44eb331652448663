"""Between the ECS store and target groups: what is registered, and how a wish becomes that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from ..load_balancers import Target, TargetId
from .model import RegisteredTarget
from .plan import DeregisterTargets, RegisterTargets

TargetKey = tuple[str, str, int]


class TargetGroups(Protocol):
    """What ECS asks of Elastic Load Balancing."""

    def targets(self, account_id: str, region: str) -> Mapping[TargetKey, Target]: ...

    def groups(self, account_id: str, region: str) -> frozenset[str]: ...

    def register(
        self, account_id: str, region: str, arn: str, targets: Iterable[Target]
    ) -> None: ...

    def deregister(
        self, account_id: str, region: str, arn: str, targets: Iterable[TargetId]
    ) -> None: ...


class RegionalTargets:
    """The target groups of one account and region, as its service scheduler sees them."""

    def __init__(self, groups: TargetGroups, account_id: str, region: str) -> None:
        self._groups = groups
        self._place = account_id, region

    def snapshot(self) -> dict[TargetKey, RegisteredTarget]:
        return {
            key: RegisteredTarget(
                target.state, target.task_arn, target.service_arn, target.description
            )
            for key, target in self._groups.targets(*self._place).items()
        }

    def groups(self) -> frozenset[str]:
        """The ARNs of the target groups that there are."""
        return self._groups.groups(*self._place)

    def has(self, task_arn: str) -> bool:
        """Whether something is registered for a task and takes requests."""
        targets = self._groups.targets(*self._place).values()
        return any(each.task_arn == task_arn and each.state != "draining" for each in targets)

    def register(self, wish: RegisterTargets) -> None:
        new = (
            Target(instance_id, port, task_arn=task_arn, service_arn=wish.service_arn)
            for instance_id, port, task_arn in wish.targets
        )
        self._groups.register(*self._place, wish.target_group_arn, new)

    def deregister(self, wish: DeregisterTargets) -> None:
        self._groups.deregister(*self._place, wish.target_group_arn, wish.targets)
