"""Capacity provider strategies: which provider gets the next task, by base and weight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from .model import Json


def next_provider(strategy: Sequence[Json], tasks: Mapping[str, int]) -> str:
    """The provider of the next task: first its base is met, then the weights are.

    >>> next_provider([{"capacityProvider": "a", "base": 2}], {"a": 1})
    'a'
    >>> dealt([{"capacityProvider": "a", "weight": 1}, {"capacityProvider": "b", "weight": 4}], 5)
    {'a': 1, 'b': 4}
    """
    for item in strategy:
        if tasks.get(item["capacityProvider"], 0) < item.get("base", 0):
            return str(item["capacityProvider"])
    weighted = [item for item in strategy if item.get("weight", 0) > 0]
    # AWS: how it divides tasks that cannot be divided evenly is not published.
    return str(min(weighted, key=lambda item: _filled(item, tasks))["capacityProvider"])


def _filled(item: Json, tasks: Mapping[str, int]) -> float:
    """How far a provider has come with its share, beyond its base."""
    beyond = tasks.get(item["capacityProvider"], 0) - item.get("base", 0)
    return float(beyond / item["weight"])


def dealt(strategy: Sequence[Json], count: int) -> dict[str, int]:
    """How a strategy divides so many tasks."""
    tasks: Counter[str] = Counter()
    for _ in range(count):
        tasks[next_provider(strategy, tasks)] += 1
    return dict(tasks)
