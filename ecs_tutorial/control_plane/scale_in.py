"""Managed scaling the other way: machines that no task needs any more are taken away again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from .model import Task
from .moto_seams import auto_scaling_groups as groups
from .store import ClusterStore

if TYPE_CHECKING:
    from ..clock import Timer
    from .capacity import Capacity
    from .ecs_backend import EcsBackend

# AWS: an alarm follows the metric CapacityProviderReservation, a value a minute, and goes off
# after fifteen below the target; the lab counts from the moment when the machines are too many.
UNDER_TARGET = timedelta(minutes=15)


class ScaleIn:
    """How long the groups of one region have had more machines than their tasks need."""

    def __init__(self, backend: EcsBackend, capacity: Capacity) -> None:
        self._backend = backend
        self._capacity = capacity
        self._timers: dict[str, Timer] = {}

    def watch(self, store: ClusterStore) -> None:
        """Look at the providers of a cluster in which something has changed."""
        for name in store.cluster.capacity_providers:
            if not self.leaving(name):
                if timer := self._timers.pop(name, None):
                    timer.cancel()
            elif name not in self._timers:
                shrink = partial(self._shrink, name)
                seconds = UNDER_TARGET.total_seconds()
                self._timers[name] = self._backend.clock.call_later(seconds, shrink)

    def _shrink(self, name: str) -> None:
        del self._timers[name]
        # AWS: drains a machine with tasks before it ends, while managed draining is on.
        groups.shrink(self._capacity.place, self._capacity.group(name), self.leaving(name))

    def leaving(self, name: str) -> list[str]:
        """The EC2 instances that a provider's group can do without, in the order they go."""
        if name not in self._capacity.managed() or self._capacity.is_waited_for(name):
            return []
        provider = self._backend.capacity_providers[name]
        group, settings = self._capacity.group(name), provider.auto_scaling_group_provider
        if group is None:
            return []
        busy = set(self._busy(name))
        target = settings["managedScaling"].get("targetCapacity") or 100
        wanted = max(machines(len(busy), target), int(group.min_size or 0))
        spare = max(int(group.desired_capacity or 0) - wanted, 0)
        return candidates(group, settings, busy)[:spare]

    def _busy(self, name: str) -> Iterator[str]:
        """The provider's instances that have a task, other than of a daemon."""
        for store, instance in self._capacity.instances(name):
            tasks = store.tasks_on(instance.container_instance_arn)
            if any(not of_a_daemon(task, store) for task in tasks):
                yield instance.ec2_instance_id


def machines(busy: int, target: int) -> int:
    """So many machines that those with tasks are the target's percentage of them.

    >>> machines(4, 80)
    5
    """
    return math.ceil(busy * 100 / target)


def of_a_daemon(task: Task, store: ClusterStore) -> bool:
    service = store.service_of(task.group)
    return service is not None and service.scheduling_strategy == "DAEMON"


def candidates(group: Any, settings: Any, busy: set[str]) -> list[str]:
    """The instances that a group may end, those it launched first before the others.

    With managed termination protection ECS lifts the protection of those without tasks alone.
    """
    if settings.get("managedTerminationProtection") == "ENABLED":
        return [each for each in groups.launched(group) if each not in busy]
    # AWS: goes by the group's termination policy, zones first; the lab by age alone.
    return groups.unprotected(group)
