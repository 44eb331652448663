"""Exercises of the start notebook: what a service's events and a task's group tell."""

from __future__ import annotations

from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, cannot_be_checked, judged

NAME = "first-look"
STEADY = "has reached a "
GONE = "The service first-look is not there now: run this notebook from its first cell."


def in_the_words_of_ecs(ecs: Any, answer: object) -> Outcome:
    services = ecs.describe_services(cluster=NAME, services=[NAME])["services"]
    messages = [event["message"] for each in services for event in each["events"]]
    steady = [text.partition(STEADY)[2].rstrip(".") for text in messages if STEADY in text]
    if not steady:
        return cannot_be_checked(GONE)
    return judged(
        answer,
        steady[0],
        expected="the two words with which the newest event ends",
        because="Steady means: what runs is what you asked for. It is the event to hope for.",
        otherwise={
            "deployment completed": "That event says that the recipe is in use. Read the one "
            "above.",
            "running": "That is the status of a task. An event speaks of the whole service.",
        },
    )


def who_cares_for_the_task(ecs: Any, answer: object) -> Outcome:
    tasks = ecs.list_tasks(cluster=NAME)["taskArns"]
    if not tasks:
        return cannot_be_checked(GONE)
    group = ecs.describe_tasks(cluster=NAME, tasks=tasks)["tasks"][0]["group"]
    return judged(
        answer,
        group.partition(":")[0],
        expected="the word before the colon in the task's group",
        because="By the group a service knows its tasks: one less, and it starts another.",
        otherwise={
            "family": "That word stands there for a task that somebody ran by hand.",
            "first-look": "That is the name behind the colon. The word before it says what it is.",
        },
    )


EXERCISES = (
    Exercise(
        key="0.1",
        title="in the words of ECS",
        kind=Kind.READ,
        objective="Tell from a service's events what ECS did, and why",
        task="Read the newest event above. With which two words does it say that all is as wanted?",
        minutes=1,
        cell="""\
answer = "steady state"  # blank: two words between quotes
exercise("0.1").check(answer)""",
        because="The newest event stands on top: the service has reached a steady state.",
        hints=(
            "The newest event is the first row of the table.",
            "It ends: has reached a …",
        ),
        wrong=(
            Wrong('answer = "deployment completed"', "the recipe is in use"),
            Wrong('answer = "RUNNING"', "the status of a task"),
        ),
        second='answer = service["events"][0]["message"].rpartition("reached a ")[2].rstrip(".")',
        check=in_the_words_of_ecs,
    ),
    Exercise(
        key="0.2",
        title="who started it?",
        kind=Kind.READ,
        objective="Name the five things between a container and a page",
        task="Each task has a `group`, such as `thing:name`. What stands before the colon in the "
        "group of the task that runs now? Ask `ecs.describe_tasks` for the task `after`.",
        minutes=2,
        cell="""\
# One word; print what you need to find it.
answer = "service"  # blank: one word between quotes
exercise("0.2").check(answer)""",
        because="The group is service:first-look. The service started this task, not you.",
        hints=(
            'The record is `ecs.describe_tasks(cluster="first-look", tasks=after)["tasks"][0]`.',
            'Its group is under the key `"group"`.',
        ),
        wrong=(
            Wrong('answer = "family"', "ran by hand"),
            Wrong('answer = "first-look"', "behind the colon"),
        ),
        second="""\
told = ecs.describe_tasks(cluster="first-look", tasks=after)["tasks"][0]
answer = told["group"].split(":")[0]""",
        check=who_cares_for_the_task,
    ),
)
