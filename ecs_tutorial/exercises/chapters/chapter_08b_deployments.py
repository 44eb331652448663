"""Exercises of chapter 8b: deployments that fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet
from ecs_tutorial.exercises.services import delete, found

CLUSTER = "outage"
BREAKER = "Switch on a deployment circuit breaker and read what it did."
HANGS = "Find out that a deployment hangs, and mend it."


def five_failures(ecs: Any) -> Outcome:
    service = found(ecs, CLUSTER, "strict")
    if service is None:
        return not_attempted()
    breaker = service["deploymentConfiguration"]["deploymentCircuitBreaker"]
    limits = breaker.get("thresholdConfiguration", {})
    expected = "a circuit breaker that trips at 5 failed tasks, and rolls back"
    if not breaker["enable"]:
        words = "Set `enable` as well: without it the rest is not looked at."
        return not_yet(words, seen="no circuit breaker that is on", expected=expected)
    if limits.get("type") != "COUNT" or limits.get("value") != 5:
        words = "It is on. How many failures it takes is a matter of `thresholdConfiguration`."
        seen = f"the threshold {limits or 'that everybody has'}"
        return not_yet(words, seen=seen, expected=expected)
    if not breaker["rollback"]:
        words = "It would give up and leave the service between two versions."
        return not_yet(words, seen="no rollback", expected=expected)
    return correct("The count stays 5, whatever the desired count is.")


def delete_strict(ecs: Any) -> Iterator[str]:
    yield from delete(ecs, CLUSTER, "strict")


def _revision(arn: str) -> int:
    return int(arn.rpartition(":")[2])


def the_revision_that_runs(ecs: Any, answer: object) -> Outcome:
    shop = found(ecs, CLUSTER, "shop")
    newest = ecs.describe_task_definition(taskDefinition="shop")["taskDefinition"]["revision"]
    return judged(
        answer,
        _revision(shop["taskDefinition"]),
        expected="the number of a revision",
        because="Not the newest one: compare this number with the one that you sent.",
        otherwise={newest: "That is the newest revision, and its deployment failed."},
    )


def _strict(breaker: str) -> str:
    return f"""\
breaker = {breaker}
ecs.create_service(**what, deploymentConfiguration={{"deploymentCircuitBreaker": breaker}})"""


EXERCISES = (
    Exercise(
        key="8b.5",
        title="five are enough",
        kind=Kind.COMPLETE,
        objective=BREAKER,
        task="Complete the call: the service `strict` shall give a deployment up at the fifth "
        "failed task, whatever its desired count, and roll back.",
        minutes=3,
        cell="""\
what = {"cluster": "outage", "serviceName": "strict", "taskDefinition": "shop", "desiredCount": 0}
limits = {"type": "COUNT", "value": 5}  # blank: the circuit breaker and the call
breaker = {"enable": True, "rollback": True, "thresholdConfiguration": limits}  # blank
config = {"deploymentCircuitBreaker": breaker}  # blank
ecs.create_service(**what, deploymentConfiguration=config)  # blank
exercise("8b.5").check()""",
        because="The type COUNT takes the value as it is; the default is a percentage.",
        hints=(
            "Beside `enable` and `rollback` there is `thresholdConfiguration`.",
            "It has a `type`, COUNT or a percentage, and a `value`.",
        ),
        wrong=(
            Wrong(_strict('{"enable": False, "rollback": True}'), "Set `enable`"),
            Wrong(_strict('{"enable": True, "rollback": True}'), "It is on"),
            Wrong(
                """\
limits = {"type": "COUNT", "value": 5}
breaker = {"enable": True, "rollback": False, "thresholdConfiguration": limits}
ecs.create_service(**what, deploymentConfiguration={"deploymentCircuitBreaker": breaker})""",
                "between two versions",
            ),
        ),
        second="""\
breaker = dict(enable=True, rollback=True, thresholdConfiguration=dict(type="COUNT", value=5))
ecs.create_service(**what, deploymentConfiguration=dict(deploymentCircuitBreaker=breaker))""",
        check=five_failures,
        tidy=delete_strict,
    ),
    Exercise(
        key="8b.6",
        title="what runs now?",
        kind=Kind.FAULT,
        objective=HANGS,
        task="A script says that the deployment was a success. Which revision does the service "
        "`shop` really run? Give its number, as the API tells it.",
        minutes=2,
        cell="""\
number = int(shop["taskDefinition"].rpartition(":")[2])  # blank: a number
exercise("8b.6").check(number)""",
        because="The service's own `taskDefinition` is the one of its primary deployment.",
        hints=(
            "`describe_services` gives the service's `taskDefinition`.",
            "The number stands behind the last colon.",
        ),
        wrong=(
            Wrong('number = bad["revision"]', "its deployment failed"),
            Wrong("number = 0", "Look once more"),
        ),
        second='number = good["revision"]',
        check=the_revision_that_runs,
    ),
)
