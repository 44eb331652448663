"""How a cluster's container instances and tasks divide by a field, counted once.

It is kept with the cluster and follows its tasks; where an instance comes, goes or becomes
another kind it is made anew. What is placed, and where, is not known here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from .model import ContainerInstance, Task

FieldValue = str | None
"""What instances are told apart by: an EC2 instance id or an attribute's value."""
Instances = Mapping[str, ContainerInstance]


def field_value(instance: ContainerInstance, field_name: str) -> FieldValue:
    """The instance's value of a spread field: ``instanceId``, ``host``, ``attribute:NAME``."""
    if field_name in ("instanceId", "host"):
        return instance.ec2_instance_id
    # AWS: how instances without the attribute are spread is not confirmed; here they
    # count as one group of their own.
    return instance.attributes.get(field_name.removeprefix("attribute:"))


@dataclass
class Bucket:
    """Container instances that rank alike so far; its parts by a field are counted once."""

    members: Sequence[str]
    _parts: dict[str, dict[FieldValue, Bucket]] = field(default_factory=dict)

    def by(self, field_name: str, instances: Instances) -> dict[FieldValue, Bucket]:
        if field_name not in self._parts:
            self._parts[field_name] = self._divide(field_name, instances)
        return self._parts[field_name]

    def _divide(self, field_name: str, instances: Instances) -> dict[FieldValue, Bucket]:
        members: defaultdict[FieldValue, list[str]] = defaultdict(list)
        for arn in self.members:
            members[field_value(instances[arn], field_name)].append(arn)
        return {value: Bucket(arns) for value, arns in members.items()}


class Layout:
    """The buckets of a cluster's instances, and the counts of its tasks by group and field.

    Args:
        instances, tasks, tasks_of: as in ``ClusterState``; they are looked at, never copied.
    """

    def __init__(
        self,
        instances: Instances,
        tasks: Mapping[str, Task],
        tasks_of: Mapping[str, AbstractSet[str]],
    ) -> None:
        self.everywhere = Bucket(tuple(instances))
        self._instances = instances
        self._tasks = tasks
        self._tasks_of = tasks_of
        self._of_provider: dict[str, Bucket] = {}
        self._counts: dict[str, dict[str, Counter[FieldValue]]] = {}

    def of_provider(self, capacity_provider: str) -> Bucket:
        """The instances of a capacity provider's Auto Scaling group."""
        if capacity_provider not in self._of_provider:
            instances = self._instances.items()
            mine = (arn for arn, i in instances if i.capacity_provider_name == capacity_provider)
            self._of_provider[capacity_provider] = Bucket(tuple(mine))
        return self._of_provider[capacity_provider]

    def counts(self, group: str, field_name: str) -> Counter[FieldValue]:
        """How many wanted tasks of a group there are for each value of the field."""
        counted = self._counts.setdefault(group, {})
        if field_name not in counted:
            places = (self._place(self._tasks[arn]) for arn in self._tasks_of.get(group, ()))
            counted[field_name] = Counter(field_value(i, field_name) for i in places if i)
        return counted[field_name]

    def follow(self, before: Task | None, after: Task) -> None:
        """A task has become another, or is new."""
        if counted := self._counts.get(after.group):
            for task, by in ((before, -1), (after, 1)):
                if task and (instance := self._place(task)):
                    for field_name, counter in counted.items():
                        counter[field_value(instance, field_name)] += by

    def _place(self, task: Task) -> ContainerInstance | None:
        """The instance on which a task counts.

        The desired status decides: a task that is stopping no longer stands in the way of
        another (ECS developer guide, task placement constraints).
        """
        wanted = task.desired_status == "RUNNING" and task.last_status != "STOPPED"
        return self._instances.get(task.container_instance_arn or "") if wanted else None
