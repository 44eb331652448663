"""Exercises of chapter 9a, on: draining, how long it may take, and what holds what."""

from __future__ import annotations

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

CLUSTER = "shop"
DELAY, AS_BEFORE = "deregistration_delay.timeout_seconds", 30
LONGEST_ORDER = 90
"""Seconds, as the task of 9a.5 says."""


def seconds_of_draining(ecs: Any, answer: object) -> Outcome:
    service = ecs.describe_services(cluster=CLUSTER, services=["pages"])["services"]
    events = [event for each in service for event in each["events"]]
    when = {
        word: event["createdAt"]
        for event in reversed(events)
        for word in ("begun draining", "has stopped")
        if word in event["message"]
    }
    if len(when) < 2:
        return cannot_be_checked("No task has drained yet. Run this step's cells first.")
    lasted = round((when["has stopped"] - when["begun draining"]).total_seconds())
    return judged(
        answer,
        lasted,
        expected="the whole seconds from the one event to the other",
        because="That is the deregistration delay, and the moment that the scheduler takes.",
        otherwise={
            300: "That is the default, which this target group does not have.",
            0: "Between the two events something had to wait.",
        },
    )


def _delays(elbv2: Any) -> dict[str, int]:
    """The deregistration delay of each of the two target groups, by name."""
    groups = elbv2.describe_target_groups(Names=["pages", "orders"])["TargetGroups"]
    return {each["TargetGroupName"]: _delay(elbv2, each["TargetGroupArn"]) for each in groups}


def _delay(elbv2: Any, arn: str) -> int:
    found = elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    return int({each["Key"]: each["Value"] for each in found}[DELAY])


def time_to_order(elbv2: Any) -> Outcome:
    delays = _delays(elbv2)
    if delays == {"orders": AS_BEFORE, "pages": AS_BEFORE}:
        return not_attempted()
    seen = f"{delays['orders']} seconds for orders and {delays['pages']} for pages"
    expected = "an order's longest time for orders and little more, and pages as it was"
    if delays["pages"] != AS_BEFORE:
        return not_yet("That was the other team's target group.", seen=seen, expected=expected)
    if delays["orders"] < LONGEST_ORDER:
        return not_yet("Some orders would still be broken off.", seen=seen, expected=expected)
    if delays["orders"] > LONGEST_ORDER * 3 // 2:
        return not_yet("Every update would wait for nobody.", seen=seen, expected=expected)
    return correct("Each old task now gets the time that its last order may take.")


def delays_as_before(elbv2: Any) -> Iterator[str]:
    groups = elbv2.describe_target_groups(Names=["pages", "orders"])["TargetGroups"]
    before = [{"Key": DELAY, "Value": str(AS_BEFORE)}]
    for each in groups:
        if _delay(elbv2, each["TargetGroupArn"]) != AS_BEFORE:
            arn = each["TargetGroupArn"]
            elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=before)
            yield f"the delay of {each['TargetGroupName']}"


def what_is_held(ec2: Any, answer: object) -> Outcome:
    groups = ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["shop-door", "shop-machines"]}]
    )["SecurityGroups"]
    named = {each["GroupId"]: each["GroupName"] for each in groups}
    held = [
        named[pair["GroupId"]]
        for group in groups
        for rule in group["IpPermissions"]
        for pair in rule.get("UserIdGroupPairs", ())
        if pair["GroupId"] in named
    ]
    if not held:
        return cannot_be_checked("The two groups are gone. Run this chapter's cells first.")
    return judged(
        answer,
        held[0],
        expected="the name of one of the two groups",
        because="A rule of the other one names it, so that one has to go first.",
        otherwise={"shop-machines": "No rule of the other group names this one."},
    )


EXERCISES = (
    Exercise(
        key="9a.4",
        title="how long they drained",
        kind=Kind.READ,
        objective="Roll out an update behind a load balancer and show that no request failed.",
        task="How many whole seconds lay between *has begun draining* and *has stopped*? Each "
        "event has its time in `createdAt`.",
        minutes=2,
        cell="""\
diary = ecs.describe_services(cluster="shop", services=["pages"])["services"][0]["events"]
begun = next(each for each in diary if "begun draining" in each["message"])
ended = next(each for each in diary if "has stopped" in each["message"])
answer = round((ended["createdAt"] - begun["createdAt"]).total_seconds())  # blank: seconds
exercise("9a.4").check(answer)""",
        because="Two times subtracted give a duration, which has `total_seconds()`.",
        hints=(
            'Subtract the one `["createdAt"]` from the other.',
            "The result has `total_seconds()`; round it.",
        ),
        wrong=(
            Wrong("answer = 300", "does not have"),
            Wrong("answer = 0", "had to wait"),
        ),
        second='answer = (ended["createdAt"] - begun["createdAt"]).seconds',
        check=seconds_of_draining,
    ),
    Exercise(
        key="9a.5",
        title="time to order",
        kind=Kind.DESIGN,
        objective="Roll out an update behind a load balancer and show that no request failed.",
        task="An order takes up to 90 seconds. Set up `orders` so that no update breaks one off "
        "and none waits much longer than it must. Leave `pages` as it is.",
        minutes=2,
        cell="""\
key = "deregistration_delay.timeout_seconds"
longer = [{"Key": key, "Value": "90"}]  # blank: attributes and call
elb.modify_target_group_attributes(TargetGroupArn=orders, Attributes=longer)  # blank
exercise("9a.5").check()""",
        because="A target that drains may finish what it has, for as long as the delay lasts.",
        hints=(
            "Which attribute says how long a target may finish its requests?",
            "Values of attributes are texts; the delay now is `30`.",
        ),
        wrong=(
            Wrong(
                'longer = [{"Key": key, "Value": "90"}]\n'
                "elb.modify_target_group_attributes(TargetGroupArn=pages, Attributes=longer)",
                "other team's",
            ),
            Wrong(
                'longer = [{"Key": key, "Value": "60"}]\n'
                "elb.modify_target_group_attributes(TargetGroupArn=orders, Attributes=longer)",
                "broken off",
            ),
            Wrong(
                'longer = [{"Key": key, "Value": "300"}]\n'
                "elb.modify_target_group_attributes(TargetGroupArn=orders, Attributes=longer)",
                "wait for nobody",
            ),
        ),
        second="elb.modify_target_group_attributes(\n    TargetGroupArn=orders, "
        'Attributes=[{"Key": key, "Value": "100"}]\n)',
        check=time_to_order,
        tidy=delays_as_before,
    ),
    Exercise(
        key="9a.6",
        title="which one is held",
        kind=Kind.PREDICT,
        objective="Delete a load balancer and what it needs in an order that AWS accepts.",
        task="One of the two security groups cannot be deleted as long as the other one exists. "
        "Which: `shop-door` or `shop-machines`?",
        minutes=1,
        cell="""\
# Think of the rules from the chapter's beginning.
answer = "shop-door"  # blank: a name
exercise("9a.6").check(answer)""",
        because="What is named by a rule of another group cannot go before that rule.",
        hints=(
            "A rule of one group names the other one.",
            "The machines' rule says who may come in.",
        ),
        wrong=(Wrong('answer = "shop-machines"', "No rule of the other group"),),
        second='answer = "SHOP-DOOR"',
        check=what_is_held,
    ),
)
