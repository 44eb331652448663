"""Exercises of chapter 8a: a health check, and a port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, not_attempted, not_yet
from ecs_tutorial.exercises.revisions import added, deregister, newest

CLUSTER = "trouble"
HEALTH = "Find out why a service replaces a healthy looking task again and again."
PORT = "Place two tasks that want the same port."


def a_check_that_passes(ecs: Any) -> Outcome:
    latest = added(ecs, "sick")
    if latest is None:
        return not_attempted()
    container = latest["containerDefinitions"][0]
    check = " ".join(container.get("healthCheck", {}).get("command", ()))
    writes = "/ready" in " ".join(container.get("command", ()))
    if check and (writes or ("/ready" not in check and "curl" not in check)):
        return correct("A check has to ask for something that a good container has.")
    if not check:
        words = "Without a check ECS is blind: mend it, do not take it away."
    elif "curl" in check:
        words = "The image busybox has no program of that name, so the check fails for ever."
    else:
        words = "Nobody writes the file /ready, so the check fails as before."
    seen = f"the check {check!r}" if check else "no health check"
    return not_yet(words, seen=seen, expected="a check that passes in this container")


def two_on_one_machine(ecs: Any) -> Outcome:
    if newest(ecs, "two") is None:
        return not_attempted()
    count = len(ecs.list_tasks(cluster=CLUSTER, family="two")["taskArns"])
    if count == 2:
        return correct("With host port 0 Docker takes a free port for each of them.")
    if count == 1:
        words = "A port that is free has room for one task. The second one wants the same."
    elif count == 0:
        words = "That host port is taken already; run_task says so in its failures."
    else:
        words = "Two are enough; tidy up and try again."
    return not_yet(words, seen=f"{count} tasks of the family two", expected="2 tasks")


def stop_both(ecs: Any) -> Iterator[str]:
    arns = ecs.list_tasks(cluster=CLUSTER, family="two")["taskArns"]
    for arn in arns:
        ecs.stop_task(cluster=CLUSTER, task=arn)
        yield "a task of the family two"
    if arns:
        ecs.get_waiter("tasks_stopped").wait(cluster=CLUSTER, tasks=arns)
    yield from deregister(ecs, "two")


def _checked(command: str, more: str = "") -> str:
    return f"""\
good = app | {{"healthCheck": {{"command": {command}}}{more}}}
ecs.register_task_definition(family="sick", containerDefinitions=[good])"""


def _two(port: int) -> str:
    return f"""\
web["portMappings"] = [{{"containerPort": 80, "hostPort": {port}}}]
ecs.register_task_definition(family="two", containerDefinitions=[web])
ecs.run_task(cluster="trouble", taskDefinition="two", count=2)"""


EXERCISES = (
    Exercise(
        key="8a.5",
        title="a check that passes",
        kind=Kind.FAULT,
        objective=HEALTH,
        task="Register a revision of the family `sick` that becomes HEALTHY. "
        "Its container is `app`, and it needs a health check.",
        minutes=3,
        cell="""\
good = app | {"healthCheck": {"command": ["CMD-SHELL", "ls /bin/sleep"]}}  # blank: and the call
ecs.register_task_definition(family="sick", containerDefinitions=[good])  # blank
exercise("8a.5").check()""",
        because="The program that shall run is there, and `ls` says so with exit code 0.",
        hints=(
            "Ask for a file that is in the image, or let the program write `/ready`.",
            'The check is a member of the container: `{"healthCheck": {"command": [...]}}`.',
        ),
        wrong=(
            Wrong(_checked('["CMD-SHELL", "test -f /ready"]'), "Nobody writes"),
            Wrong(_checked('["CMD-SHELL", "curl localhost"]'), "no program of that name"),
            Wrong(
                'ecs.register_task_definition(family="sick", containerDefinitions=[app])',
                "blind",
            ),
        ),
        second=_checked(
            '["CMD-SHELL", "test -f /ready"]',
            ', "command": ["sh", "-c", "touch /ready; sleep 3600"]',
        ),
        check=a_check_that_passes,
        tidy=lambda ecs: deregister(ecs, "sick", keep=1),
    ),
    Exercise(
        key="8a.6",
        title="two tasks, one machine",
        kind=Kind.DESIGN,
        objective=PORT,
        task="Register the container `web` as the family `two`, in such a way that two tasks of it "
        "fit on the one machine, and run two.",
        minutes=3,
        cell="""\
web["portMappings"] = [{"containerPort": 80, "hostPort": 0}]  # blank: port, definition, tasks
ecs.register_task_definition(family="two", containerDefinitions=[web])  # blank
ecs.run_task(cluster="trouble", taskDefinition="two", count=2)  # blank
exercise("8a.6").check()""",
        because="A host port of 0, or none, leaves the choice to Docker.",
        hints=(
            "Which number stands for a port of Docker's own choice?",
            'Change `web["portMappings"]`, register it and run it with `count=2`.',
        ),
        wrong=(Wrong(_two(80), "taken already"), Wrong(_two(8080), "room for one task")),
        second="""\
web["portMappings"] = [{"containerPort": 80}]
ecs.register_task_definition(family="two", containerDefinitions=[web])
for _ in range(2):
    ecs.run_task(cluster="trouble", taskDefinition="two")""",
        check=two_on_one_machine,
        tidy=stop_both,
    ),
)
