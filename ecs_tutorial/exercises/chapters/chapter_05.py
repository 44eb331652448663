"""Exercises of chapter 5: a task by hand, what stands in a task's way, a roll-out planned."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import (
    Outcome,
    cannot_be_checked,
    correct,
    judged,
    not_attempted,
    not_yet,
)

ERRAND, SIGNED = "errand", "night-shift"
CLUSTER = "Wordpress"
DESIRED, ROOM = 4, 5
"""Of the roll-out to be planned: tasks desired, and tasks that the machines can hold."""


def _errands(ecs: Any) -> list[Any]:
    """The tasks of the exercise that should be running."""
    arns = ecs.list_tasks(cluster=CLUSTER, family=ERRAND)["taskArns"]
    return ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []


def _recipes(ecs: Any) -> list[str]:
    return list(ecs.list_task_definitions(familyPrefix=ERRAND)["taskDefinitionArns"])


def one_signed_errand(ecs: Any) -> Outcome:
    tasks = _errands(ecs)
    expected = f"one task of {ERRAND}, started by {SIGNED}"
    if not tasks and not _recipes(ecs):
        return not_attempted()
    if len(tasks) != 1:
        words = "Registering is a text, and runs nothing." if not tasks else "One is enough."
        return not_yet(words, seen=f"{len(tasks)} tasks of {ERRAND}", expected=expected)
    signed = tasks[0].get("startedBy") or "nobody by name"
    if signed != SIGNED:
        words = "`run_task` has a parameter for it: `startedBy`."
        return not_yet(words, seen=f"a task of {ERRAND}, started by {signed}", expected=expected)
    return correct("With `list_tasks(startedBy=…)` you find such tasks again.")


def no_errands(ecs: Any) -> Iterator[str]:
    arns = [task["taskArn"] for task in _errands(ecs)]
    for arn in arns:
        ecs.stop_task(cluster=CLUSTER, task=arn, reason="The exercise is over")
    if arns:
        ecs.get_waiter("tasks_stopped").wait(cluster=CLUSTER, tasks=arns)
        yield "one task" if len(arns) == 1 else f"{len(arns)} tasks"
    for arn in _recipes(ecs):
        ecs.deregister_task_definition(taskDefinition=arn)
        yield f"the task definition {arn.rpartition('/')[2]}"


def what_is_short(ecs: Any, answer: object) -> Outcome:
    service = ecs.describe_services(cluster=CLUSTER, services=["wordpress"])["services"]
    messages = [event["message"] for each in service for event in each["events"]]
    reasons = [text for text in messages if "was unable to place a task" in text]
    if not reasons:
        return cannot_be_checked("The service has no such event now. Run this step's cells first.")
    return judged(
        answer,
        "port" if "using a port" in reasons[0] else "memory" if "memory" in reasons[0] else "cpu",
        expected="port, memory or cpu",
        because="A machine more would help, a bigger one would not.",
        otherwise={
            "memory": "1000 of 3911 MiB are reserved on each machine: there is plenty.",
            "cpu": "20 of 2048 CPU units are reserved on each machine: there is plenty.",
        },
    )


def a_plan_for_the_roll_out(answer: object) -> Outcome:
    expected = f"never fewer than {DESIRED} tasks running, never more than {ROOM} at a time"
    if not isinstance(answer, Mapping) or set(answer) != {
        "minimumHealthyPercent",
        "maximumPercent",
    }:
        words = "Give a dictionary with the two percentages, as in the service's file."
        return not_yet(words, seen="something else", expected=expected)
    if not all(isinstance(percent, int) for percent in answer.values()):
        words = "Both percentages are whole numbers."
        return not_yet(words, seen=f"the answer {dict(answer)}", expected=expected)
    least = math.ceil(DESIRED * answer["minimumHealthyPercent"] / 100)
    most = math.floor(DESIRED * answer["maximumPercent"] / 100)
    seen = f"at least {least}, at most {most} tasks"
    if least < DESIRED:
        return not_yet("Visitors would miss a task meanwhile.", seen=seen, expected=expected)
    if most > ROOM:
        words = "The scheduler would try to start tasks for which there is no room."
        return not_yet(words, seen=seen, expected=expected)
    if most <= least:
        words = "With no task more and none less, nothing can ever be replaced."
        return not_yet(words, seen=seen, expected=expected)
    return correct("One task at a time: a new one comes, an old one goes, four times over.")


EXERCISES = (
    Exercise(
        key="5.1",
        title="an errand, signed",
        kind=Kind.COMPLETE,
        objective="Run a task, follow its states and stop it",
        task="Register the container `job` as the family `errand`, and run one task of it in which "
        "one can read that `night-shift` started it.",
        minutes=3,
        cell="""\
job = {"name": "job", "image": "busybox", "command": ["sleep", "1d"], "memory": 16}
mine = {"cluster": "Wordpress", "taskDefinition": "errand"}
ecs.register_task_definition(family="errand", containerDefinitions=[job])  # blank: two calls
ecs.run_task(**mine, startedBy="night-shift")  # blank
exercise("5.1").check()""",
        because="`startedBy` is a free text; for a service ECS writes the deployment's name there.",
        hints=(
            "First `ecs.register_task_definition`, then `ecs.run_task`.",
            "The parameter of `run_task` is called `startedBy`.",
        ),
        wrong=(
            Wrong(
                'ecs.register_task_definition(family="errand", containerDefinitions=[job])\n'
                "ecs.run_task(**mine)",
                "has a parameter for it",
            ),
            Wrong(
                'ecs.register_task_definition(family="errand", containerDefinitions=[job])',
                "runs nothing",
            ),
            Wrong(
                'ecs.register_task_definition(family="errand", containerDefinitions=[job])\n'
                'ecs.run_task(**mine, startedBy="night-shift", count=2)',
                "One is enough",
            ),
        ),
        second="""\
told = ecs.register_task_definition(family="errand", containerDefinitions=[job | {"memory": 8}])
there = ecs.list_container_instances(cluster="Wordpress")["containerInstanceArns"][:1]
ecs.start_task(**mine, containerInstances=there, startedBy="night-shift")""",
        check=one_signed_errand,
        tidy=no_errands,
    ),
    Exercise(
        key="5.2",
        title="what is short?",
        kind=Kind.READ,
        objective="Read the events of a service and name the reason why a task has no place",
        task="Of what do the machines have too little for the third task: `port`, `memory` or "
        "`cpu`?",
        minutes=1,
        cell="""\
answer = "port"  # blank: one of the three words
exercise("5.2").check(answer)""",
        because="The event says so: the closest machine is already using a port.",
        hints=("Read the end of the newest event.", "Compare with the columns of the table."),
        wrong=(
            Wrong('answer = "memory"', "3911 MiB"),
            Wrong('answer = "cpu"', "2048 CPU units"),
        ),
        second='words = service["events"][0]["message"]\n'
        'answer = next(word for word in ("port", "memory", "cpu") if word in words)',
        check=what_is_short,
    ),
    Exercise(
        key="5.3",
        title="one at a time",
        kind=Kind.DESIGN,
        objective="Roll out a new revision of a task definition, and set how many tasks stay up "
        "meanwhile",
        task="A service has 4 tasks desired, and its machines have room for 5. Choose the "
        "percentages so that all 4 stay up, and no task is tried for which there is no room.",
        minutes=2,
        cell="""\
plan = {"minimumHealthyPercent": 100, "maximumPercent": 125}  # blank: a dictionary
exercise("5.3").check(plan)""",
        because="125 percent of 4 is 5: one new task beside the four old ones.",
        hints=(
            "Which percentage of 4 is 4, and which is 5?",
            "The keys are `minimumHealthyPercent` and `maximumPercent`.",
        ),
        wrong=(
            Wrong('plan = {"minimumHealthyPercent": 75, "maximumPercent": 125}', "miss a task"),
            Wrong('plan = {"minimumHealthyPercent": 100, "maximumPercent": 200}', "no room."),
            Wrong('plan = {"minimumHealthyPercent": 100, "maximumPercent": 100}', "ever be"),
            Wrong("plan = (100, 125)", "Give a dictionary"),
        ),
        second="plan = dict(maximumPercent=149, minimumHealthyPercent=76)",
        check=a_plan_for_the_roll_out,
    ),
)
