"""What one cluster holds, with the indexes that answer who runs where.

Records are replaced, never changed. What can be counted is counted when a task
comes or goes on an instance and is kept nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from .layout import Layout
from .model import (
    Cluster,
    ClusterState,
    ContainerInstance,
    Port,
    Resources,
    Service,
    Task,
    TaskDefinition,
)
from .task_index import Keys, TaskIndex
from .task_records import needs_of

NO_TASKS: AbstractSet[str] = frozenset()


class ClusterStore:
    """One cluster's container instances, tasks and services, by ARN."""

    def __init__(self, cluster: Cluster, definitions: dict[str, TaskDefinition]) -> None:
        self.cluster = cluster
        self.definitions = definitions
        self.instances: dict[str, ContainerInstance] = {}
        self.services: dict[str, Service] = {}
        self.live: dict[str, Task] = {}
        """Tasks that have not stopped."""
        self.stopped: dict[str, Task] = {}
        """Tasks that stopped less than an hour ago."""
        self._remaining: dict[str, Resources] = {}
        self._on_instance: dict[str, set[str]] = {}
        self._of_group: dict[str, set[str]] = {}
        self._service_of: dict[str, str] = {}
        self._index = TaskIndex(self._age)
        self._layout: Layout | None = None

    def snapshot(self) -> ClusterState:
        """The cluster as it stands; valid until the next change, copied by nobody."""
        if self._layout is None:
            self._layout = Layout(self.instances, self.live, self._of_group)
        return ClusterState(
            cluster_arn=self.cluster.cluster_arn,
            instances=self.instances,
            remaining=self._remaining,
            tasks=self.live,
            services=self.services,
            task_definitions=self.definitions,
            tasks_of=self._of_group,
            layout=self._layout,
        )

    def task(self, arn: str) -> Task | None:
        return self.live.get(arn) or self.stopped.get(arn)

    def tasks(self) -> Iterator[Task]:
        yield from self.live.values()
        yield from self.stopped.values()

    def listed(self, keys: Keys) -> Sequence[str]:
        """The ARNs of the tasks with these keys, also of stopped ones, oldest first."""
        return self._index.listed(keys)

    def _age(self, arn: str) -> tuple[datetime, str]:
        task = self.live.get(arn) or self.stopped[arn]
        return task.created_at, arn

    def tasks_on(self, instance_arn: str) -> list[Task]:
        return [self.live[arn] for arn in sorted(self._on_instance.get(instance_arn, NO_TASKS))]

    def tasks_of(self, group: str) -> list[Task]:
        return [self.live[arn] for arn in sorted(self._of_group.get(group, NO_TASKS))]

    def put_task(self, task: Task) -> None:
        """Keep ``task`` as it is now; one that has stopped leaves the counts."""
        before = self.task(task.task_arn)
        if task.last_status == "STOPPED":
            self._drop_live(task)
            self.stopped[task.task_arn] = task
        else:
            self.live[task.task_arn] = task
            self._count_in(before, task)
        self._index.put(before, task)
        if self._layout:
            self._layout.follow(before, task)

    def forget_task(self, arn: str) -> None:
        if task := self.stopped.pop(arn, None):
            self._index.put(task, None)

    def put_instance(self, instance: ContainerInstance) -> None:
        before = self.instances.get(instance.container_instance_arn)
        if before is None or _kind(before) != _kind(instance):
            self._layout = None
        self.instances[instance.container_instance_arn] = instance
        self._recount(instance.container_instance_arn)

    def remove_instance(self, arn: str) -> None:
        self._layout = None
        self.instances.pop(arn, None)
        self._remaining.pop(arn, None)
        self._on_instance.pop(arn, None)

    def put_service(self, service: Service) -> None:
        self.services[service.service_arn] = service
        self._service_of[service.group] = service.service_arn

    def service_of(self, group: str) -> Service | None:
        """The service whose tasks are of this group."""
        return self.services.get(self._service_of.get(group, ""))

    def remaining(self, instance_arn: str) -> Resources:
        return self._remaining[instance_arn]

    def _count_in(self, before: Task | None, task: Task) -> None:
        """Note what a task takes, if that is not as it was."""
        where = task.container_instance_arn
        if before is None:
            self._of_group.setdefault(task.group, set()).add(task.task_arn)
        if where is None:
            return
        if before is None or before.container_instance_arn is None:
            self._on_instance.setdefault(where, set()).add(task.task_arn)
            if where in self._remaining:
                self._remaining[where] = _less(self._remaining[where], self._takes(task))
        elif reported_ports(before) != reported_ports(task):
            self._recount(where)

    def _drop_live(self, task: Task) -> None:
        if self.live.pop(task.task_arn, None) is None:
            return
        self._of_group[task.group].discard(task.task_arn)
        if not self._of_group[task.group]:
            del self._of_group[task.group]
        self._on_instance.get(task.container_instance_arn or "", set()).discard(task.task_arn)
        self._recount(task.container_instance_arn)

    def _recount(self, instance_arn: str | None) -> None:
        """Count anew what one instance has left."""
        instance = self.instances.get(instance_arn or "")
        if instance is None:
            return
        taken = [
            self._takes(self.live[arn])
            for arn in self._on_instance.get(instance_arn or "", ())
            if arn in self.live
        ]
        self._remaining[instance.container_instance_arn] = _left(instance.registered, taken)

    def _takes(self, task: Task) -> Resources:
        needs = needs_of(self.definitions[task.task_definition_arn], task.overrides)
        reported = reported_ports(task)
        return replace(needs, ports=needs.ports | reported) if reported else needs


def reported_ports(task: Task) -> frozenset[Port]:
    """The host ports that the agent says the task holds, dynamic ones among them."""
    return frozenset(
        (binding.host_port, binding.protocol)
        for container in task.containers
        for binding in container.network_bindings or ()
    )


def _kind(instance: ContainerInstance) -> object:
    """What a layout goes by."""
    return instance.ec2_instance_id, instance.attributes, instance.capacity_provider_name


def _less(free: Resources, taken: Resources) -> Resources:
    return Resources(free.cpu - taken.cpu, free.memory - taken.memory, free.ports | taken.ports)


def _left(registered: Resources, taken: Iterable[Resources]) -> Resources:
    taken = list(taken)
    return Resources(
        cpu=registered.cpu - sum(each.cpu for each in taken),
        memory=registered.memory - sum(each.memory for each in taken),
        ports=registered.ports.union(*(each.ports for each in taken)),
    )
