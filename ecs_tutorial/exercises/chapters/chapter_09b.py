"""Exercises of chapter 9b: who may read a secret, and what figures and schedules lead to."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
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
from ecs_tutorial.exercises.services import averages, found

CLUSTER, SERVICE, PORT = "Wordpress", "shop", "/shop/db-port"
NO_VALUES = "The service shop has no such values yet. Run this step's cells first."


def who_takes_the_role_on(iam: Any, answer: object) -> Outcome:
    trust = iam.get_role(RoleName="shop-execution")["Role"]["AssumeRolePolicyDocument"]
    trust = json.loads(trust) if isinstance(trust, str) else trust
    return judged(
        answer,
        trust["Statement"][0]["Principal"]["Service"],
        expected="the name of a service, as a trust policy writes it",
        because="Execution role and task role are both taken on for tasks, not for machines.",
        otherwise={
            "ec2.amazonaws.com": "That one is trusted by the role of a machine, in chapter 3.",
            "ecs.amazonaws.com": "That is ECS itself, which has a role of its own.",
        },
        else_="The trust policy of the role says it: iam.get_role.",
    )


def _own_parameters(ssm: Any) -> list[Any]:
    """Those that right and wrong answers make."""
    names = [PORT, "/db-port", "/shop/port"]
    return list(ssm.get_parameters(Names=names)["Parameters"])


def a_port_kept_secret(ssm: Any) -> Outcome:
    found = _own_parameters(ssm)
    if not found:
        return not_attempted()
    name, kind = found[0]["Name"], found[0]["Type"]
    seen, expected = f"{name}, a {kind}", f"{PORT}, stored encrypted"
    if name != PORT:
        words = "The role may read only what lies under /shop/."
        return not_yet(words, seen=seen, expected=expected)
    if kind != "SecureString":
        return not_yet("It lies there as it is, for all to see.", seen=seen, expected=expected)
    return correct("The role may read it already: its policy names everything under /shop/.")


def no_port(ssm: Any) -> Iterator[str]:
    for each in _own_parameters(ssm):
        ssm.delete_parameter(Name=each["Name"])
        yield f"the parameter {each['Name']}"


def where_the_refusal_stands(ecs: Any, answer: object) -> Outcome:
    stopped = ecs.list_tasks(cluster=CLUSTER, family="greeter", desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=stopped)["tasks"] if stopped else []
    names = [
        name
        for task in tasks
        for name, value in task.items()
        if isinstance(value, str) and value.startswith("Fetching secret data")
    ]
    return judged(
        answer,
        names[0] if names else "stoppedReason",
        expected="the name of a member of a task",
        because="No container was made, so nothing about a container can say it.",
        otherwise={
            "exitCode": "A container has one only after it ran, and none did.",
            "reason": "That member belongs to a container, and says nothing here.",
            "stopCode": "That says what kind of end it was, not why.",
        },
        else_="Print the task that was refused, and look for the sentence.",
    )


def mib_in_use(ecs: Any, cloudwatch: Any, answer: object) -> Outcome:
    percents = averages(cloudwatch, found(ecs, CLUSTER, SERVICE), "MemoryUtilization")
    if not percents:
        return cannot_be_checked(NO_VALUES)
    percent = percents[-1]
    try:
        given = round(float(str(answer)))
    except (ValueError, OverflowError):
        given = -1
    return judged(
        given,
        round(percent * 64 / 100),
        expected="a number of MiB",
        because="A percentage needs to be told of what: here of the memory that the task reserves.",
        otherwise={
            round(percent): "That is the percentage.",
            64: "That much is set aside for it.",
            round(percent * 3911 / 100): "It is of what is reserved, not of a machine.",
        },
    )


def tasks_for_a_quarter(ecs: Any, cloudwatch: Any, answer: object) -> Outcome:
    service = found(ecs, CLUSTER, SERVICE)
    busy = averages(cloudwatch, service, "CPUUtilization")
    if not busy:
        return cannot_be_checked(NO_VALUES)
    wanted = math.ceil(service["desiredCount"] * busy[-1] / 25)
    return judged(
        answer,
        wanted,
        expected="a number of tasks",
        because="Tasks, times their percentage, through the target, rounded up.",
        otherwise={
            wanted - 1: "So few would still be above 25 percent.",
            service["desiredCount"]: "Those are the tasks there are now.",
        },
        else_="What all tasks use together stays the same: divide it by 25.",
    )


def weekdays_half_past_eight(answer: object) -> Outcome:
    text = " ".join(str(answer).upper().split())
    fields = text.removeprefix("CRON(").removesuffix(")").split()
    seen, expected = f"{answer!r}", "cron(…) with six fields"
    if not text.startswith("CRON(") or len(fields) != len("123456"):
        return not_yet("AWS wants cron( and six fields.", seen=seen, expected=expected)
    for holds, words in _demands(*fields):
        if not holds:
            return not_yet(words, seen=seen, expected=expected)
    return correct("The limits change at that minute, and the desired count follows.")


def _demands(*fields: str) -> Iterator[tuple[bool, str]]:
    minutes, hours, day, month, weekday, year = fields
    yield (minutes, hours) == ("30", "8"), "The minutes come first, then the hours."
    yield weekday != "1-5", "AWS counts from Sunday, which is 1."
    yield weekday in ("MON-FRI", "2-6"), "That is not Monday to Friday."
    yield day == "?", "One of the two kinds of day is a ?."
    yield (month, year) == ("*", "*"), "Every month and every year has weekdays."


EXERCISES = (
    Exercise(
        key="9b.1",
        title="who takes it on?",
        kind=Kind.READ,
        objective="Tell the execution role of a task from its task role",
        task="Which service may take on the role `shop-execution`? Give its name as the role's "
        "trust policy writes it.",
        minutes=1,
        cell="""\
trusted = "ecs-tasks.amazonaws.com"  # blank: a text
exercise("9b.1").check(trusted)""",
        because='`iam.get_role(RoleName="shop-execution")` shows the policy with its principal.',
        hints=("Ask IAM for the role.", "Look for `Principal` in `AssumeRolePolicyDocument`."),
        wrong=(
            Wrong('trusted = "ec2.amazonaws.com"', "role of a machine"),
            Wrong('trusted = "ecs.amazonaws.com"', "ECS itself"),
            Wrong('trusted = "shop-execution"', "iam.get_role"),
        ),
        second='trusted = " ECS-tasks.amazonaws.com "',
        check=who_takes_the_role_on,
    ),
    Exercise(
        key="9b.2",
        title="one secret more",
        kind=Kind.COMPLETE,
        objective="Hand a secret to a container and find out why one does not arrive",
        task="Keep the port of the database, `3306`, as a secret `db-port` that the role "
        "`shop-execution` may read, without touching the role.",
        minutes=2,
        cell="""\
port = {"Value": "3306"}
ssm.put_parameter(**port, Name="/shop/db-port", Type="SecureString")  # blank: one call
exercise("9b.2").check()""",
        because="The policy allows `parameter/shop/*`, and a SecureString is stored encrypted.",
        hints=("The first step of this chapter has such a call.", "What does the policy name?"),
        wrong=(
            Wrong(
                'ssm.put_parameter(**port, Name="/db-port", Type="SecureString")', "only what lies"
            ),
            Wrong('ssm.put_parameter(**port, Name="/shop/db-port", Type="String")', "for all to"),
        ),
        second='ssm.put_parameter(Name="/shop/db-port", Value="3306", Type="SecureString", '
        "Overwrite=True)",
        check=a_port_kept_secret,
        tidy=no_port,
    ),
    Exercise(
        key="9b.3",
        title="where does it say so?",
        kind=Kind.FAULT,
        objective="Hand a secret to a container and find out why one does not arrive",
        task="Somebody writes `/shop/db-usr` into a definition. `run_task` answers as ever. In "
        "which member of the task will the reason stand?",
        minutes=1,
        cell="""\
member = "stoppedReason"  # blank: the name of a member
exercise("9b.3").check(member)""",
        because="The agent gave up before there was a container, and told it of the task.",
        hints=(
            "The refused task is still described.",
            "Which member did it print?",
        ),
        wrong=(
            Wrong('member = "exitCode"', "only after it ran"),
            Wrong('member = "reason"', "belongs to a container"),
            Wrong('member = "stopCode"', "kind of end"),
            Wrong('member = "events"', "Print the task"),
        ),
        second='member = "STOPPEDREASON"',
        check=where_the_refusal_stands,
    ),
    Exercise(
        key="9b.4",
        title="percent of what?",
        kind=Kind.READ,
        objective="Read a service's CPU and memory in CloudWatch",
        task="How many MiB does the one task of the shop use?",
        minutes=2,
        cell="""\
# The task reserves 64 MiB.
mib = memory[-1]["Average"] * 64 / 100  # blank: a number
exercise("9b.4").check(mib)""",
        because="The metric's percentage, of the 64 MiB in the task definition.",
        hints=("`memory` holds the values of MemoryUtilization.", "Percent of what is reserved."),
        wrong=(
            Wrong('mib = memory[-1]["Average"]', "is the percentage"),
            Wrong("mib = 64", "set aside"),
            Wrong('mib = memory[-1]["Average"] * 3911 / 100', "not of a machine"),
        ),
        second="mib = 24",
        check=mib_in_use,
    ),
    Exercise(
        key="9b.5",
        title="a lower target",
        kind=Kind.PREDICT,
        objective="Scale a service on a metric and on a schedule",
        task="How many tasks would the policy ask for now if its target were 25 percent?",
        minutes=2,
        cell="""\
tasks = 4  # blank: a number
exercise("9b.5").check(tasks)""",
        because="Two tasks at 42 percent use as much as four at 21, or three at 28.",
        hints=("What do the two tasks use together?", "Divide it by the target, and round up."),
        wrong=(
            Wrong("tasks = 3", "still be above"),
            Wrong("tasks = 2", "there are now"),
            Wrong("tasks = 8", "divide it by 25"),
        ),
        second='tasks = "4"',
        check=tasks_for_a_quarter,
    ),
    Exercise(
        key="9b.6",
        title="half past eight",
        kind=Kind.DESIGN,
        objective="Scale a service on a metric and on a schedule",
        task="The shop's staff comes at half past eight, Monday to Friday. Write the schedule.",
        minutes=2,
        cell="""\
when = "cron(30 8 ? * MON-FRI *)"  # blank: a schedule
exercise("9b.6").check(when)""",
        because="Minutes, hours, the day of the month left open, every month, the weekdays.",
        hints=("The text above has one for six in the evening.", "Count the fields: six."),
        wrong=(
            Wrong('when = "cron(8 30 ? * MON-FRI *)"', "minutes come first"),
            Wrong('when = "cron(30 8 ? * 1-5 *)"', "counts from Sunday"),
            Wrong('when = "cron(30 8 * * MON-FRI *)"', "kinds of day"),
            Wrong('when = "30 8 * * 1-5"', "AWS wants cron"),
            Wrong('when = "cron(30 8 ? * SAT-SUN *)"', "not Monday to Friday"),
        ),
        second='when = "cron(30 8 ? * 2-6 *)"',
        check=weekdays_half_past_eight,
    ),
)
