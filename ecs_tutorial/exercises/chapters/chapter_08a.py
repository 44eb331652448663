"""Exercises of chapter 8a: reading how tasks end, and mending what made them end."""

from __future__ import annotations

from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet
from ecs_tutorial.exercises.revisions import added, deregister

CLUSTER = "trouble"
READ = "Read stop code, stopped reason, exit code and container reason of a task."
NEVER = "Tell a task that never ran from one that ran and ended."


def _ended(ecs: Any, **which: str) -> Any:
    """The first task of those that has stopped."""
    arns = ecs.list_tasks(cluster=CLUSTER, desiredStatus="STOPPED", **which)["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    return min(tasks, key=lambda task: task["createdAt"])


def the_signal(ecs: Any, answer: object) -> Outcome:
    killed = _ended(ecs, family="web")
    return judged(
        answer,
        killed["containers"][0]["exitCode"] - 128,
        expected="a number below 65",
        because="137 is 128 + 9, and 9 is SIGKILL: the program was not even asked to end.",
        otherwise={
            137: "That is the exit code itself; take off what every signal adds.",
            15: "15 is SIGTERM, the polite one, which `docker stop` sends.",
        },
    )


def an_image_that_is_there(ecs: Any) -> Outcome:
    latest = added(ecs, "no-image")
    if latest is None:
        return not_attempted()
    image = latest["containerDefinitions"][0]["image"]
    repository, _, tag = image.partition(":")
    if repository.rpartition("/")[2] == "busybox" and tag in {"", "latest", "stable"}:
        return correct("A new revision, and nothing else to change: run it, and it starts.")
    if repository.rpartition("/")[2] != "busybox":
        words = "The name before the colon is not the one of that image."
    else:
        words = "The name before the colon is right. Read the tag letter by letter."
    return not_yet(words, seen=f"the image {image}", expected="the image busybox with a real tag")


def the_stop_code(ecs: Any, answer: object) -> Outcome:
    return judged(
        answer,
        _ended(ecs, family="exits")["stopCode"],
        expected="a stop code",
        because="A program that has run and ended gives this code, whatever its exit code.",
        otherwise={
            "TaskFailedToStart": "It did start: it printed a sentence.",
            "UserInitiated": "Nobody has called StopTask.",
        },
    )


def the_reason(ecs: Any, answer: object) -> Outcome:
    return judged(
        answer,
        _ended(ecs, family="hungry")["containers"][0]["reason"].partition(":")[0],
        expected="the first word of a container's reason",
        because="The word before the colon is for programs, and can be searched for.",
        otherwise={
            "EssentialContainerExited": "That is the task's stop code; ask the container.",
            137: "That is the exit code; beside it stands one member more.",
        },
    )


def _revision(image: str) -> str:
    return f"""\
app = {{"name": "app", "image": "{image}", "memory": 64}}
ecs.register_task_definition(family="no-image", containerDefinitions=[app])"""


EXERCISES = (
    Exercise(
        key="8a.1",
        title="the signal",
        kind=Kind.READ,
        objective=READ,
        task="Which signal ended the container of `web`? Give its number.",
        minutes=1,
        cell="""\
signal = 9  # blank: a number
exercise("8a.1").check(signal)""",
        because="An exit code above 128 is 128 plus the number of the signal.",
        hints=("The exit code is printed above.", "Take 128 off it."),
        wrong=(
            Wrong("signal = 137", "exit code itself"),
            Wrong("signal = 15", "polite"),
            Wrong("signal = 1", "Look once more"),
        ),
        second='signal = dead["containers"][0]["exitCode"] - 128',
        check=the_signal,
    ),
    Exercise(
        key="8a.2",
        title="an image that is there",
        kind=Kind.FAULT,
        objective=NEVER,
        task="Register a revision of the family `no-image` whose image exists.",
        minutes=2,
        cell="""\
app = {"name": "app", "image": "busybox:latest", "memory": 64}  # blank: container and call
ecs.register_task_definition(family="no-image", containerDefinitions=[app])  # blank
exercise("8a.2").check()""",
        because="A definition is never changed: the same family gets another revision.",
        hints=(
            "Two letters of the tag stand in the wrong order.",
            "The call is `register_task_definition`, as in the function above.",
        ),
        wrong=(
            Wrong(_revision("busybox:lates"), "letter by letter"),
            Wrong(_revision("busibox:latest"), "before the colon is not"),
        ),
        second=_revision("busybox"),
        check=an_image_that_is_there,
        tidy=lambda ecs: deregister(ecs, "no-image", keep=1),
    ),
    Exercise(
        key="8a.3",
        title="a program that ends well",
        kind=Kind.PREDICT,
        objective=NEVER,
        task="Suppose the program of `exits` ended with 0 in place of 1. "
        "Which stop code would its task have?",
        minutes=1,
        cell="""\
code = "EssentialContainerExited"  # blank: a stop code
exercise("8a.3").check(code)""",
        because="To ECS the end of an essential container is the end of the task, good or bad.",
        hints=(
            "Does ECS ask how a container ended, or whether it did?",
            "Compare the stop codes of `exits` and `hungry` above.",
        ),
        wrong=(
            Wrong('code = "TaskFailedToStart"', "It did start"),
            Wrong('code = "UserInitiated"', "StopTask"),
            Wrong('code = "Succeeded"', "Look once more"),
        ),
        second='code = exits["tasks"][0]["stopCode"]',
        check=the_stop_code,
    ),
    Exercise(
        key="8a.4",
        title="the word to search for",
        kind=Kind.READ,
        objective=READ,
        task="An alarm shall ring when a container was killed for its memory. For which word, "
        "the first of a member of the container, should it look?",
        minutes=2,
        cell="""\
word = "OutOfMemoryError"  # blank: a word
exercise("8a.4").check(word)""",
        because="Exit code 137 alone would ring for every SIGKILL.",
        hints=(
            "The member is called `reason`.",
            'It is in `hungry["tasks"][0]["containers"][0]`.',
        ),
        wrong=(
            Wrong('word = "EssentialContainerExited"', "stop code"),
            Wrong("word = 137", "one member more"),
            Wrong('word = "memory"', "Look once more"),
        ),
        second='word = hungry["tasks"][0]["containers"][0]["reason"].partition(":")[0]',
        check=the_reason,
    ),
)
