"""Capacity providers at work: tasks that wait for instances, and instances for those tasks.

A task of a capacity provider is PROVISIONING until an instance of the provider's Auto
Scaling group has room for it. Managed scaling looks at those that wait and lets the group
grow.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .model import MOST_PROVISIONING, ContainerInstance, Resources, Task
from .moto_seams import auto_scaling_groups as groups
from .placement import Request, place
from .room import Room
from .store import ClusterStore
from .task_records import new_task, provisioning

if TYPE_CHECKING:
    from ..clock import Timer
    from .ecs_backend import EcsBackend

FIRST_LOOK, SCALING_LOOK = 15.0, 60.0
# AWS: managed scaling tracks the metric CapacityProviderReservation, a value a minute; the lab
# looks at the tasks that wait, and starts no machine in reserve for a target under 100.


@dataclass(frozen=True)
class Waiting:
    """A task that has no instance yet, and what it asks of one."""

    task: Task
    request: Request

    @property
    def provider(self) -> str:
        return str(self.request.capacity_provider)


class Capacity:
    """The tasks that wait for capacity, in the order in which they came."""

    def __init__(self, backend: EcsBackend, seed: str) -> None:
        self._backend = backend
        self._waiting: dict[str, Waiting] = {}
        self._rng = random.Random(f"{seed}:capacity:{backend.region_name}")
        self._timer: Timer | None = None

    @property
    def place(self) -> groups.Place:
        return self._backend.account_id, self._backend.region_name

    # --- who belongs to whom ----------------------------------------------------

    def group(self, provider: str) -> Any:
        """The Auto Scaling group behind a provider."""
        found = self._backend.capacity_providers[provider]
        return groups.find_group(
            self.place, found.auto_scaling_group_provider["autoScalingGroupArn"]
        )

    def provider_of(self, store: ClusterStore, ec2_instance_id: str) -> str | None:
        """The provider of a cluster whose group has launched an instance."""
        known = set(store.cluster.capacity_providers) & set(self._backend.capacity_providers)
        for name in sorted(known):
            group = self.group(name)
            if group and ec2_instance_id in groups.instance_ids(group):
                return name
        return None

    def managed(self) -> frozenset[str]:
        """The providers whose groups grow for tasks that wait."""
        providers = self._backend.capacity_providers.items()
        return frozenset(name for name, each in providers if _managed(each)["status"] == "ENABLED")

    def is_waited_for(self, provider: str) -> bool:
        return any(each.provider == provider for each in self._waiting.values())

    def provisioning_left(self, store: ClusterStore) -> int:
        """How many more tasks of a cluster may wait."""
        arn = store.cluster.cluster_arn
        waiting = sum(each.task.cluster_arn == arn for each in self._waiting.values())
        return MOST_PROVISIONING - waiting

    # --- waiting ------------------------------------------------------------------

    def wait(self, store: ClusterStore, task: Task, request: Request) -> Task:
        """Keep a task as PROVISIONING; it is placed, or its group grows, soon."""
        waiting = Waiting(provisioning(task, str(request.capacity_provider)), request)
        self._waiting[task.task_arn] = waiting
        store.put_task(waiting.task)
        self._backend.look_soon(store)
        if self._timer is None:
            self._timer = self._backend.clock.call_later(FIRST_LOOK, self._scale)
        return waiting.task

    def give_up(self, store: ClusterStore, task: Task) -> None:
        """A task that was told to stop while it waited: nobody else will say that it has."""
        if self._waiting.pop(task.task_arn, None):
            now = self._backend.clock.now()
            ended = replace(task, last_status="STOPPED", stopped_at=now, version=task.version + 1)
            self._backend.put_task(store, ended)

    def place_waiting(self, store: ClusterStore) -> None:
        """Give each waiting task of a cluster a place, as far as there is room by now."""
        arn = store.cluster.cluster_arn
        mine = [each for each in self._waiting.values() if each.task.cluster_arn == arn]
        if not mine:
            return
        room = Room(store.snapshot())
        placed = [task for each in mine if (task := self._placed(store, room, each))]
        for task in placed:
            store.put_task(task)
            del self._waiting[task.task_arn]
        self._backend.sessions.push(placed)

    def _placed(self, store: ClusterStore, room: Room, waiting: Waiting) -> Task | None:
        arn = place(room, waiting.request, self._rng)
        if arn is None:
            return None
        room.take(arn, waiting.request.needs, waiting.request.group)
        before = waiting.task
        task = new_task(
            self._backend,
            store,
            definition=self._backend.definitions[before.task_definition_arn],
            instance=store.instances[arn],
            task_id=before.task_id,
            group=before.group,
            started_by=before.started_by,
            overrides=before.overrides,
            enable_execute_command=before.enable_execute_command,
            tags=before.tags,
        )
        return replace(
            task,
            capacity_provider_name=waiting.provider,
            created_at=before.created_at,
            version=before.version + 1,
        )

    # --- managed scaling ------------------------------------------------------------

    def _scale(self) -> None:
        self._timer = None
        for name in dict.fromkeys(each.provider for each in self._waiting.values()):
            self._scale_group(name, [w for w in self._waiting.values() if w.provider == name])
        if self._waiting:
            self._timer = self._backend.clock.call_later(SCALING_LOOK, self._scale)

    def _scale_group(self, name: str, waiting: list[Waiting]) -> None:
        provider = self._backend.capacity_providers.get(name)
        if provider is None:
            return  # deleted while tasks waited for it
        managed = _managed(provider)
        group = self.group(name)
        if group is None or managed["status"] != "ENABLED":
            return
        there = [instance for _, instance in self.instances(name)]
        coming = max(int(group.desired_capacity or 0) - len(there), 0)
        more = min(instances_for(waiting, there) - coming, managed["maximumScalingStepSize"])
        if more > 0:
            step = max(more, managed["minimumScalingStepSize"])
            groups.grow(self.place, group, len(there) + coming + step)

    def instances(self, name: str) -> list[tuple[ClusterStore, ContainerInstance]]:
        """A provider's container instances, each with its cluster."""
        return [
            (store, each)
            for store in self._backend.stores.values()
            for each in store.instances.values()
            if each.capacity_provider_name == name
        ]


def _managed(provider: Any) -> dict[str, Any]:
    settings: dict[str, Any] = provider.auto_scaling_group_provider["managedScaling"]
    return settings


def instances_for(waiting: list[Waiting], there: list[ContainerInstance]) -> int:
    """How many further instances so many tasks need; one, while their size is not known."""
    # AWS: knows the size from the group's instance type; the lab from the first that registers.
    if not there:
        return 1
    fits = copies(there[0].registered, [each.request.needs for each in waiting])
    return -(-len(waiting) // fits)


def copies(size: Resources, needs: list[Resources]) -> int:
    """How many of the largest of some tasks one instance takes, at least one.

    >>> copies(Resources(2048, 900), [Resources(512, 100), Resources(256, 200)])
    4
    """
    if any(each.ports for each in needs):
        return 1
    cpu, memory = max(each.cpu for each in needs), max(each.memory for each in needs)
    return max(min(size.cpu // max(cpu, 1), size.memory // max(memory, 1)), 1)
