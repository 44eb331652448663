"""ListTasks by index gives what going through all tasks would give, whatever has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cluster_states import NOW, definition, task
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs_tutorial.control_plane.task_index import TaskIndex, keys_of

SMALL = definition()
NAMES = st.integers(0, 7)
CHANGES = st.lists(
    st.tuples(
        NAMES,
        st.sampled_from(["come", "stop", "move", "forget", "list"]),
        st.sampled_from(["service:a", "service:b"]),
        st.sampled_from(["RUNNING", "STOPPED"]),
    ),
    max_size=60,
)


def made(name, group):
    born = NOW + timedelta(seconds=-name % 3)
    return task(f"task-{name}", "one", SMALL, group=group, created_at=born)


def scanned(tasks, keys):
    found = [each for each in tasks.values() if keys <= keys_of(each)]
    ordered = sorted(found, key=lambda each: (each.created_at, each.task_arn))
    return [each.task_arn for each in ordered]


@given(CHANGES)
@settings(max_examples=150)
def test_a_list_is_what_a_look_at_each_task_finds(changes):
    tasks = {}
    index = TaskIndex(lambda arn: (tasks[arn].created_at, arn))
    for name, change, group, status in changes:
        fresh = made(name, group)
        before = tasks.get(fresh.task_arn)
        after = {
            "come": before or fresh,
            "stop": before and replace(before, desired_status="STOPPED", version=2),
            "move": before and replace(before, container_instance_arn=f"instance-{group}"),
            "forget": None,
            "list": before,
        }[change]
        if after:
            tasks[after.task_arn] = after
        if before or after:
            index.put(before, after)
        if before and not after:
            del tasks[before.task_arn]
        for keys in ({("desiredStatus", status)}, {("group", group), ("desiredStatus", status)}):
            assert list(index.listed(frozenset(keys))) == scanned(tasks, frozenset(keys))


def test_a_second_page_puts_nothing_in_order_again():
    tasks = {each.task_arn: each for each in (made(n, "service:a") for n in range(5))}
    asked = []

    def age(arn):
        asked.append(arn)
        return tasks[arn].created_at, arn

    index = TaskIndex(age)
    for each in tasks.values():
        index.put(None, each)
    keys = frozenset({("group", "service:a")})
    first = index.listed(keys)
    assert index.listed(keys) == first
    assert len(asked) == len(first) == len(tasks)
    index.put(None, made(9, "service:b"))
    index.put(next(iter(tasks.values())), None)
    assert len(index.listed(keys)) == len(first) - 1
    assert len(asked) == 2 * len(tasks) - 1
