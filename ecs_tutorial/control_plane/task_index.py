"""The tasks of a cluster by what ListTasks asks for, and the order in which it lists them.

A list is put in order once and kept until a task comes or goes that is on it, so that one
more page costs what a page is. It knows nothing of what tasks take or of where they fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .model import Task

Keys = frozenset[tuple[str, str]]
"""What a list is narrowed by: ``("group", "service:web")``, ``("desiredStatus", "RUNNING")``."""
NO_KEYS: Keys = frozenset()
MOST_LISTS = 64


def keys_of(task: Task) -> Keys:
    """Under what a task is found; its family is its definition's name without the revision."""
    named = {
        "desiredStatus": task.desired_status,
        "group": task.group,
        "family": task.task_definition_arn.rpartition("/")[2].partition(":")[0],
        "containerInstance": task.container_instance_arn,
        "startedBy": task.started_by,
        "launchType": task.launch_type,
    }
    return frozenset((name, value) for name, value in named.items() if value is not None)


class TaskIndex:
    """The ARNs of tasks under each of their keys, also of those that have stopped.

    Args:
        age: what a list is in the order of, by ARN.
    """

    def __init__(self, age: Callable[[str], object]) -> None:
        self._age = age
        self._found: dict[tuple[str, str], set[str]] = {}
        self._lists: dict[Keys, Sequence[str]] = {}

    def put(self, before: Task | None, after: Task | None) -> None:
        """A task has come, has become another or is forgotten."""
        if before and after and _is_found_alike(before, after):
            return
        arn = (after or before).task_arn  # type: ignore[union-attr]
        old, new = (keys_of(each) if each else NO_KEYS for each in (before, after))
        for key in old - new:
            self._found[key].discard(arn)
            if not self._found[key]:
                del self._found[key]
        for key in new - old:
            self._found.setdefault(key, set()).add(arn)
        for keys in [keys for keys in self._lists if (keys <= old) != (keys <= new)]:
            del self._lists[keys]

    def listed(self, keys: Keys) -> Sequence[str]:
        """The ARNs of the tasks that have all the keys, oldest first."""
        if keys not in self._lists:
            few, *more = sorted((self._found.get(key, set()) for key in keys), key=len)
            if len(self._lists) >= MOST_LISTS:
                self._lists.clear()
            self._lists[keys] = sorted(few.intersection(*more), key=self._age)  # type: ignore
        return self._lists[keys]


def _is_found_alike(before: Task, after: Task) -> bool:
    """The keys that a task may change in its life are the same."""
    return (before.desired_status, before.container_instance_arn) == (
        after.desired_status,
        after.container_instance_arn,
    )
