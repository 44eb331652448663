"""Exercises of chapter 11: the API's own account of itself, and what Fargate takes.

Those about capacity providers are in ``chapter_11_capacity``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet

FAMILY = "large-today"
COLLEAGUE = {"cpu": "512", "memory": "1024", "networkMode": "bridge"}


def operations_on_providers(ecs: Any, answer: object) -> Outcome:
    names = [n for n in ecs.meta.service_model.operation_names if "CapacityProvider" in n]
    return judged(
        answer,
        len(names),
        expected="a number of operations",
        because=f"They are {', '.join(names)}.",
        otherwise={
            len(names) - 1: "The one that gives providers to a cluster is among them too.",
            len(ecs.meta.service_model.operation_names): "Those are all operations of ECS.",
        },
    )


def _large(ecs: Any) -> list[str]:
    arns = ecs.list_task_definitions(familyPrefix=FAMILY)["taskDefinitionArns"]
    return [str(arn) for arn in arns]


def three_gib_for_fargate(ecs: Any) -> Outcome:
    arns = _large(ecs)
    if not arns:
        return not_attempted()
    found = ecs.describe_task_definition(taskDefinition=arns[-1])["taskDefinition"]
    seen = f"{found['cpu']} CPU units and {found['memory']} MiB"
    expected = "the smallest size of Fargate with 3 GiB"
    if int(found["memory"]) != 3 * 1024:
        return not_yet("That is not 3 GiB.", seen=seen, expected=expected)
    if found["cpu"] != "512":
        return not_yet("Less CPU goes with it too, and costs less.", seen=seen, expected=expected)
    return correct("256 CPU units go with 2 GiB at most, 512 with up to 4.")


def no_large_definition(ecs: Any) -> Iterator[str]:
    for arn in _large(ecs):
        ecs.deregister_task_definition(taskDefinition=arn)
        yield f"the task definition {arn.rpartition('/')[2]}"


def member_that_fargate_refuses(ecs: Any, answer: object) -> Outcome:
    taken = ecs.describe_task_definition(taskDefinition="wordpress-today")["taskDefinition"]
    return judged(
        answer,
        next(name for name, value in COLLEAGUE.items() if taken[name] != value),
        expected="the name of a member",
        because="A task on Fargate has a network interface of its own, and no bridge to share.",
        otherwise={
            "cpu": "512 units go with 1 GiB.",
            "memory": "1 GiB goes with 512 units.",
            "requiresCompatibilities": "That is what makes ECS check it.",
        },
    )


EXERCISES = (
    Exercise(
        key="11.1",
        title="ask the model",
        kind=Kind.READ,
        objective="Read in the API which launch types and network modes there are",
        task="How many operations of the API have to do with capacity providers?",
        minutes=2,
        cell="""\
number = sum("CapacityProvider" in name for name in names)  # blank: a number, made from names
exercise("11.1").check(number)""",
        because="The operation that a cluster is given its providers with has the word inside.",
        hints=("`names` holds the names of all operations.", "Look for `CapacityProvider`."),
        wrong=(
            Wrong(
                'number = sum(name.endswith("CapacityProvider") or '
                'name == "DescribeCapacityProviders" for name in names)',
                "among them too",
            ),
            Wrong("number = len(names)", "all operations"),
        ),
        second='number = len([name for name in names if "CapacityProvider" in name])',
        check=operations_on_providers,
    ),
    Exercise(
        key="11.2",
        title="refused by Fargate",
        kind=Kind.FAULT,
        objective="Write a task definition that Fargate accepts",
        task="A colleague has changed one member of `wanted`, and ECS refuses it. Hers is "
        "`changed`. Which member is wrong?",
        minutes=1,
        cell="""\
changed = wanted | {"networkMode": "bridge", "cpu": "512", "memory": "1024"}
member = "networkMode"  # blank: the name of a member
exercise("11.2").check(member)""",
        because="`awsvpc` is the one network mode that Fargate knows.",
        hints=("Compare `changed` with `wanted`.", "The table above has a row for it."),
        wrong=(
            Wrong('member = "cpu"', "units go with"),
            Wrong('member = "memory"', "goes with 512"),
            Wrong('member = "requiresCompatibilities"', "makes ECS check"),
        ),
        second="[member] = [name for name in wanted if wanted[name] != changed[name]]",
        check=member_that_fargate_refuses,
    ),
    Exercise(
        key="11.3",
        title="three GiB",
        kind=Kind.DESIGN,
        objective="Write a task definition that Fargate accepts",
        task="Register `wanted` once more, as family `large-today`, with 3 GiB of memory and as "
        "little CPU as Fargate allows with it.",
        minutes=2,
        cell="""\
large = wanted | {"family": "large-today"}
ecs.register_task_definition(**large | {"cpu": "512", "memory": "3072"})  # blank: one call
exercise("11.3").check()""",
        because="1 GiB is 1024 MiB, and 512 is the least CPU that goes with three of them.",
        hints=("Memory is given in MiB, as a text.", "With 256 CPU units 2 GiB are the most."),
        wrong=(
            Wrong(
                'ecs.register_task_definition(**large | {"cpu": "1024", "memory": "3072"})',
                "costs less",
            ),
            Wrong(
                'ecs.register_task_definition(**large | {"cpu": "512", "memory": "2048"})',
                "not 3 GiB",
            ),
        ),
        second='ecs.register_task_definition(**large | {"memory": "3072"})',
        check=three_gib_for_fargate,
        tidy=no_large_definition,
    ),
)
