"""Exercises of chapter 11: the API's own account of itself, Fargate's sizes, machines for jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet

FAMILY, JOBS, JOB_MIB = "large-today", 7, 1500


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


def machines_for_seven(ecs: Any, answer: object) -> Outcome:
    arns = ecs.list_container_instances(cluster="Today")["containerInstanceArns"]
    found = ecs.describe_container_instances(cluster="Today", containerInstances=arns)
    sizes = {r["name"]: r for r in found["containerInstances"][0]["registeredResources"]}
    fits = sizes["MEMORY"]["integerValue"] // JOB_MIB
    return judged(
        answer,
        -(-JOBS // fits),
        expected="a number of machines",
        because=f"{fits} jobs fit on one machine, and the last machine has one job.",
        otherwise={
            JOBS: "More than one job fits on a machine.",
            JOBS // fits: "Then one job would still wait.",
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
        title="three GiB",
        kind=Kind.DESIGN,
        objective="Write a task definition that Fargate accepts",
        task="Register `wanted` once more, as family `large-today`, with 3 GiB of memory and as "
        "little CPU as Fargate allows with it.",
        minutes=2,
        cell="""\
large = wanted | {"family": "large-today"}
ecs.register_task_definition(**large | {"cpu": "512", "memory": "3072"})  # blank: one call
exercise("11.2").check()""",
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
    Exercise(
        key="11.3",
        title="seven jobs",
        kind=Kind.PREDICT,
        objective="Explain why a task waits as PROVISIONING",
        task="With `count=7` instead of 3, how many machines would the group end with?",
        minutes=2,
        cell="""\
machines = 4  # blank: a number
exercise("11.3").check(machines)""",
        because="Seven jobs, two on a machine: three machines are full and a fourth has one.",
        hints=("How many jobs of 1500 MiB fit on a machine?", "Round up."),
        wrong=(
            Wrong("machines = 7", "More than one job"),
            Wrong("machines = 3", "still wait"),
        ),
        second="machines = -(-7 // 2)",
        check=machines_for_seven,
    ),
)
