"""What each container instance has left while several tasks are placed in one go.

A ``Room`` is the scheduler's scratch copy of one snapshot: it notes what has been
taken since, so that the second placement sees the first. The snapshot itself is
never copied and never changed. It does not know how instances are judged or ranked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from .layout import FieldValue, Layout, field_value
from .model import ClusterState, Resources, Task


@dataclass(frozen=True)
class PlacedTask:
    """A task placed a moment ago: it holds its place, the snapshot does not know it yet."""

    group: str
    last_status: str = "PENDING"


class Room:
    """A snapshot and what has been placed or told to stop since."""

    def __init__(self, state: ClusterState) -> None:
        self.state = state
        self.provisioning_left = state.provisioning_left
        self.layout = state.layout or Layout(state.instances, state.tasks, state.tasks_of)
        self._remaining: dict[str, Resources] = {}
        self._counts: dict[str, dict[str, Counter[FieldValue]]] = {}
        self._tasks_by_instance: defaultdict[str, list[Task]] | None = None
        self._placed: defaultdict[str, list[PlacedTask]] = defaultdict(list)
        self._left: set[str] = set()

    @staticmethod
    def of(where: ClusterState | Room) -> Room:
        return where if isinstance(where, Room) else Room(where)

    def remaining(self, container_instance_arn: str) -> Resources:
        """Free CPU and memory, and the host ports taken."""
        changed = self._remaining.get(container_instance_arn)
        return changed or self.state.remaining[container_instance_arn]

    def take(self, container_instance_arn: str, needs: Resources, group: str) -> None:
        """A task of ``group`` was placed there."""
        left = self.remaining(container_instance_arn)
        self._remaining[container_instance_arn] = Resources(
            left.cpu - needs.cpu, left.memory - needs.memory, left.ports | needs.ports
        )
        self._placed[container_instance_arn].append(PlacedTask(group))
        self._count(container_instance_arn, group, 1)

    def leave(self, task: Task) -> None:
        """The task was told to stop: it is out of the counts, but holds its room until it has."""
        self._left.add(task.task_arn)
        arn = task.container_instance_arn or ""
        if arn in self.state.instances:
            self._count(arn, task.group, -1)

    def counts(self, group: str, field_name: str) -> Counter[FieldValue]:
        """How many tasks of the group there are for each value of the field."""
        counted = self._counts.setdefault(group, {})
        if field_name not in counted:
            counted[field_name] = self._counted(group, field_name)
        return counted[field_name]

    def tasks_on(self, container_instance_arn: str) -> Iterator[Task | PlacedTask]:
        """The tasks on an instance; nothing is looked up before the first is asked for."""
        if self._tasks_by_instance is None:
            self._tasks_by_instance = self._index_tasks()
        yield from self._tasks_by_instance[container_instance_arn]
        yield from self._placed[container_instance_arn]

    def _count(self, container_instance_arn: str, group: str, by: int) -> None:
        instance = self.state.instances[container_instance_arn]
        for field_name, counter in self._counts.get(group, {}).items():
            counter[field_value(instance, field_name)] += by

    def _counted(self, group: str, field_name: str) -> Counter[FieldValue]:
        counted = Counter(self.layout.counts(group, field_name))
        for arn, by in self._changes(group):
            counted[field_value(self.state.instances[arn], field_name)] += by
        return counted

    def _changes(self, group: str) -> Iterator[tuple[str, int]]:
        """The instances that have one of the group's tasks more or less than in the snapshot."""
        for arn, placed in self._placed.items():
            yield from ((arn, 1) for each in placed if each.group == group)
        for task in (self.state.tasks[arn] for arn in self._left):
            arn = task.container_instance_arn or ""
            if task.group == group and arn in self.state.instances:
                yield arn, -1

    def _index_tasks(self) -> defaultdict[str, list[Task]]:
        by_instance: defaultdict[str, list[Task]] = defaultdict(list)
        for task in self.state.tasks.values():
            if task.container_instance_arn:
                by_instance[task.container_instance_arn].append(task)
        return by_instance
