"""Exercises of chapter 10: an order, a proof and a bill."""

from __future__ import annotations

from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_yet

ORDER = ("service", "machines", "cluster", "security group")
HOURLY, MACHINES, HOURS = 0.0416, 5, 63
"""The list price of a t3.medium; what was forgotten, from Friday at 18:00 to Monday at 9:00."""


def leaves_before_the_root(answer: object) -> Outcome:
    given = (
        tuple(str(each).strip().casefold() for each in answer)
        if isinstance(answer, list | tuple)
        else ()
    )
    expected = f"a list of these, in another order: {', '.join(sorted(ORDER))}"
    if sorted(given) != sorted(ORDER):
        return not_yet("Use each of the four once.", seen=f"{answer!r}", expected=expected)
    place = {name: given.index(name) for name in given}
    for first, later, words in BEFORE:
        if place[first] > place[later]:
            return not_yet(words, seen=" → ".join(given), expected=expected)
    return correct("What others hang on goes last. Read backwards, it is the order of building.")


BEFORE = (
    ("machines", "cluster", "A cluster is deleted only when no machine is in it any more."),
    (
        "service",
        "machines",
        "While the service is there it wants its tasks, and starts them anew wherever it can.",
    ),
    (
        "machines",
        "security group",
        "A firewall that a machine still uses is not deleted: DependencyViolation.",
    ),
)


def how_many_live(ec2: Any, answer: object) -> Outcome:
    found = [
        each["State"]["Name"]
        for page in ec2.get_paginator("describe_instances").paginate()
        for group in page["Reservations"]
        for each in group["Instances"]
    ]
    return judged(
        answer,
        sum(state != "terminated" for state in found),
        expected="how many instances are in any state but terminated",
        because="A number that came from AWS is a proof; a memory is none.",
        otherwise={len(found): "That counts the terminated ones too, which EC2 still shows."},
    )


def what_a_weekend_costs(answer: object) -> Outcome:
    try:
        given = round(float(str(answer)), 1)
    except ValueError:
        given = -1.0
    return judged(
        given,
        round(HOURLY * MACHINES * HOURS, 1),
        expected="US dollars, to within ten cents",
        because="Machines cost by the hour, busy or idle, with a weekend or without.",
        otherwise={
            round(HOURLY * HOURS, 1): "That is what one of them costs.",
            round(HOURLY * MACHINES * 24, 1): "That is one day. From Friday 18:00 to Monday 9:00 "
            "there are more hours.",
            round(HOURLY * MACHINES, 1): "That is one hour.",
        },
        else_="Price of an hour, times hours, times machines.",
    )


EXERCISES = (
    Exercise(
        key="10.1",
        title="in which order?",
        kind=Kind.DESIGN,
        objective="Name the order in which AWS lets things go, and the reason for it",
        task="Put these four in an order in which AWS refuses none of them and no task is started "
        "anew: `cluster`, `machines`, `security group`, `service`.",
        minutes=2,
        cell="""\
order = ["service", "machines", "cluster", "security group"]  # blank: a list of four names
exercise("10.1").check(order)""",
        because="Cluster and security group both wait for the machines; between them, any order.",
        hints=("Which of them wants the others to run?", "Who has to be gone before a firewall?"),
        wrong=(
            Wrong(
                'order = ["cluster", "service", "machines", "security group"]', "no machine is in"
            ),
            Wrong(
                'order = ["machines", "service", "cluster", "security group"]', "wants its tasks"
            ),
            Wrong(
                'order = ["service", "security group", "machines", "cluster"]',
                "DependencyViolation",
            ),
            Wrong('order = ["service", "cluster"]', "each of the four"),
        ),
        second='order = ("service", "machines", "security group", "cluster")',
        check=leaves_before_the_root,
    ),
    Exercise(
        key="10.2",
        title="prove it",
        kind=Kind.COMPLETE,
        objective="Terminate machines and prove that none is left",
        task="`states` holds the states of your machines. Make out of it the number of those that "
        "could still cost something.",
        minutes=1,
        cell="""\
living = sum(state != "terminated" for state in states)  # blank: a number, made from states
exercise("10.2").check(living)""",
        because="EC2 shows terminated instances for about an hour; they are not billed.",
        hints=("Print `states`.", "Count what is not `terminated`."),
        wrong=(Wrong("living = len(states)", "counts the terminated"),),
        second='living = len([each for each in states if each not in {"terminated"}])',
        check=how_many_live,
    ),
    Exercise(
        key="10.3",
        title="a weekend",
        kind=Kind.PREDICT,
        objective="Estimate what a forgotten cluster costs in an hour, a day and a month",
        task="Five `t3.medium` are forgotten from Friday at 18:00 to Monday at 9:00. What do the "
        "machines alone cost, in USD?",
        minutes=2,
        cell="""\
cost_of_weekend = 5 * 63 * 0.0416  # blank: a number
exercise("10.3").check(cost_of_weekend)""",
        because="6 hours on Friday, 48 at the weekend, 9 on Monday: 63 hours.",
        hints=("Count the hours first.", "The price of an hour stands in the table above."),
        wrong=(
            Wrong("cost_of_weekend = 63 * 0.0416", "one of them costs"),
            Wrong("cost_of_weekend = 5 * 24 * 0.0416", "one day"),
            Wrong("cost_of_weekend = 5 * 0.0416", "one hour"),
            Wrong("cost_of_weekend = 100", "times machines"),
        ),
        second="cost_of_weekend = 13.1",
        check=what_a_weekend_costs,
    ),
)
