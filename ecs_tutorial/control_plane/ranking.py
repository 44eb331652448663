"""Placement strategies: in which order instances are tried and tasks leave again.

Strategies are best effort and apply in the order given: each divides the instances
that the ones before it hold equal. Nothing here knows whether a task fits; the order
is produced lazily, so that taking the first that fits costs little in a large cluster.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from .layout import Bucket, field_value
from .model import Json, Task
from .room import Room

Item = TypeVar("Item")

SPREAD_OVER_ZONES: tuple[Json, ...] = (
    {"type": "spread", "field": "attribute:ecs.availability-zone"},
)
"""What a service does that names no strategy."""

SPREAD_OVER_INSTANCES: Json = {"type": "spread", "field": "instanceId"}


def best_first(
    room: Room,
    group: str,
    strategies: Sequence[Json],
    rng: random.Random,
    capacity_provider: str | None = None,
) -> Iterator[str]:
    """Container instance ARNs, the best place for a task of ``group`` first.

    With a capacity provider only the instances of its Auto Scaling group.
    """
    bucket = (
        room.layout.of_provider(capacity_provider) if capacity_provider else room.layout.everywhere
    )
    return _best_first(bucket, room, group, strategies, rng)


def _best_first(
    bucket: Bucket, room: Room, group: str, strategies: Sequence[Json], rng: random.Random
) -> Iterator[str]:
    if not strategies or strategies[0]["type"] == "random":
        yield from shuffled(bucket.members, rng)
        return
    for part in _divided(bucket, room, group, strategies[0], rng):
        yield from _best_first(part, room, group, strategies[1:], rng)


def _divided(
    bucket: Bucket, room: Room, group: str, strategy: Json, rng: random.Random
) -> Iterator[Bucket]:
    if strategy["type"] == "binpack":
        levels = alike(bucket.members, lambda arn: free(room, arn, strategy["field"]))
        yield from (Bucket(levels[amount]) for amount in sorted(levels))
        return
    counts = room.counts(group, strategy["field"])
    parts = bucket.by(strategy["field"], room.state.instances)
    shares = alike(parts, lambda value: counts[value])
    for count in sorted(shares):
        yield from (parts[value] for value in shuffled(shares[count], rng))


def first_to_leave(room: Room, tasks: Iterable[Task], strategies: Sequence[Json]) -> list[Task]:
    """The tasks of one service in the order in which a scale-in stops them.

    It mirrors the strategies: spread leaves from where most are, binpack from the
    instance with most to spare; then from the instance that holds most of them
    (ECS developer guide, service scheduler). Those that wait for an instance come first.
    """
    mirrored = [s for s in strategies if s["type"] != "random"]
    parts = alike(tasks, lambda task: _place(task) in room.state.instances)
    placed = _leaving(room, parts[True], [*mirrored, SPREAD_OVER_INSTANCES])
    return _leaving(room, parts[False], []) + placed


def _leaving(room: Room, tasks: list[Task], strategies: Sequence[Json]) -> list[Task]:
    if not strategies:
        # AWS: which of several equal tasks is stopped is not confirmed; here the newest.
        return sorted(tasks, key=lambda task: (task.created_at, task.task_arn), reverse=True)
    strategy, *rest = strategies
    if strategy["type"] == "binpack":
        levels = alike(tasks, lambda task: free(room, _place(task), strategy["field"]))
        ordered = [_leaving(room, levels[amount], rest) for amount in sorted(levels, reverse=True)]
        return [task for level in ordered for task in level]
    instances = room.state.instances
    parts = alike(tasks, lambda task: field_value(instances[_place(task)], strategy["field"]))
    return fullest_first([_leaving(room, part, rest) for part in parts.values()])


def fullest_first(parts: Iterable[Sequence[Item]]) -> list[Item]:
    """Take one item after the other, each from the part that holds most at that moment.

    >>> fullest_first([["a1", "a2", "a3"], ["b1"]])
    ['a1', 'a2', 'a3', 'b1']
    >>> fullest_first([["a1", "a2"], ["b1", "b2", "b3"]])
    ['b1', 'a1', 'b2', 'a2', 'b3']
    """
    sized = [(len(part) - taken, item) for part in parts for taken, item in enumerate(part)]
    return [item for _, item in sorted(sized, key=lambda pair: -pair[0])]


def shuffled(items: Sequence[Item], rng: random.Random) -> Iterator[Item]:
    """The items in random order, drawn one by one: who takes only the first pays for one."""
    moved: dict[int, int] = {}
    for last in range(len(items) - 1, -1, -1):
        drawn = rng.randrange(last + 1)
        yield items[moved.get(drawn, drawn)]
        moved[drawn] = moved.get(last, last)


def alike(items: Iterable[Item], value: Callable[[Item], Any]) -> dict[Any, list[Item]]:
    """The items by their value, each group in the order given."""
    groups: defaultdict[Any, list[Item]] = defaultdict(list)
    for item in items:
        groups[value(item)].append(item)
    return groups


def free(room: Room, container_instance_arn: str, field_name: str) -> int:
    """The amount of ``cpu`` or ``memory`` that an instance has left."""
    remaining = room.remaining(container_instance_arn)
    return remaining.cpu if field_name.lower() == "cpu" else remaining.memory


def _place(task: Task) -> str:
    return task.container_instance_arn or ""
