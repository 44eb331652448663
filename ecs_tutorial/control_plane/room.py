"""What each container instance has left while several tasks are placed in one go.

A ``Room`` is the scheduler's scratch copy of one snapshot: it notes what has been
taken since, so that the second placement sees the first. The snapshot itself is
never copied and never changed. It does not know how instances are judged or ranked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .model import ClusterState, ContainerInstance, Resources, Task

FieldValue = str | None
"""What instances are told apart by: an EC2 instance id or an attribute's value."""


def field_value(instance: ContainerInstance, field_name: str) -> FieldValue:
    """The instance's value of a spread field: ``instanceId``, ``host``, ``attribute:NAME``."""
    if field_name in ("instanceId", "host"):
        return instance.ec2_instance_id
    # AWS: how instances without the attribute are spread is not confirmed; here they
    # count as one group of their own.
    return instance.attributes.get(field_name.removeprefix("attribute:"))


@dataclass(frozen=True)
class PlacedTask:
    """A task placed a moment ago: it holds its place, the snapshot does not know it yet."""

    group: str
    last_status: str = "PENDING"


@dataclass
class Bucket:
    """Container instances that rank alike so far; its parts by a field are counted once."""

    members: Sequence[str]
    _parts: dict[str, dict[FieldValue, Bucket]] = field(default_factory=dict)

    def by(self, field_name: str, state: ClusterState) -> dict[FieldValue, Bucket]:
        if field_name not in self._parts:
            self._parts[field_name] = self._divide(field_name, state)
        return self._parts[field_name]

    def _divide(self, field_name: str, state: ClusterState) -> dict[FieldValue, Bucket]:
        members: defaultdict[FieldValue, list[str]] = defaultdict(list)
        for arn in self.members:
            members[field_value(state.instances[arn], field_name)].append(arn)
        return {value: Bucket(arns) for value, arns in members.items()}


class Room:
    """A snapshot and what has been placed or told to stop since."""

    def __init__(self, state: ClusterState) -> None:
        self.state = state
        self.everywhere = Bucket(tuple(state.instances))
        self._remaining: dict[str, Resources] = {}
        self._counts: dict[str, dict[str, Counter[FieldValue]]] = {}
        self._tasks_by_instance: defaultdict[str, list[Task]] | None = None
        self._placed: defaultdict[str, list[PlacedTask]] = defaultdict(list)
        self._left: set[str] = set()
        self._of_provider: dict[str, Bucket] = {}

    @staticmethod
    def of(where: ClusterState | Room) -> Room:
        return where if isinstance(where, Room) else Room(where)

    def of_provider(self, capacity_provider: str) -> Bucket:
        """The instances of a capacity provider's Auto Scaling group."""
        if capacity_provider not in self._of_provider:
            instances = self.state.instances.items()
            mine = (arn for arn, i in instances if i.capacity_provider_name == capacity_provider)
            self._of_provider[capacity_provider] = Bucket(tuple(mine))
        return self._of_provider[capacity_provider]

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
        arns = [task.container_instance_arn or "" for task in self._members_of(group)]
        arns += [arn for arn, placed in self._placed.items() for p in placed if p.group == group]
        instances = self.state.instances
        return Counter(field_value(instances[arn], field_name) for arn in arns if arn in instances)

    def _members_of(self, group: str) -> Iterator[Task]:
        # The desired status decides: a task that is stopping no longer stands in the way
        # of another (ECS developer guide, task placement constraints).
        for arn in self.state.tasks_of.get(group, frozenset()):
            task = self.state.tasks[arn]
            if task.desired_status == "RUNNING" and arn not in self._left:
                yield task

    def _index_tasks(self) -> defaultdict[str, list[Task]]:
        by_instance: defaultdict[str, list[Task]] = defaultdict(list)
        for task in self.state.tasks.values():
            if task.container_instance_arn:
                by_instance[task.container_instance_arn].append(task)
        return by_instance
