"""Exercises of chapter 9a, on: draining, a service scaled alone, and what holds what."""

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

CLUSTER, DESIRED = "shop", 3


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


def _desired(ecs: Any) -> dict[str, int]:
    services = ecs.describe_services(cluster=CLUSTER, services=["pages", "orders"])["services"]
    return {each["serviceName"]: each["desiredCount"] for each in services}


def more_orders_alone(ecs: Any) -> Outcome:
    desired = _desired(ecs)
    seen = f"{desired['orders']} tasks of orders and {desired['pages']} of pages desired"
    expected = f"{DESIRED} tasks of orders, and pages as it was"
    if desired == {"orders": 2, "pages": 2}:
        return not_attempted()
    if desired["pages"] != 2:
        return not_yet("That was the other team's service.", seen=seen, expected=expected)
    if desired["orders"] != DESIRED:
        return not_yet("The right service, another number.", seen=seen, expected=expected)
    return correct("The target group of orders takes the third task in by itself.")


def both_as_before(ecs: Any) -> Iterator[str]:
    for name, count in _desired(ecs).items():
        if count != 2:
            ecs.update_service(cluster=CLUSTER, service=name, desiredCount=2)
            ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=[name])
            _drained(ecs, name)
            yield f"the count of {name}"


def _drained(ecs: Any, name: str) -> None:
    """Wait for the task that is one too many: a service is stable while it still drains."""
    which = {"cluster": CLUSTER, "serviceName": name, "desiredStatus": "STOPPED"}
    ecs.get_waiter("tasks_stopped").wait(cluster=CLUSTER, tasks=ecs.list_tasks(**which)["taskArns"])


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
        title="more orders",
        kind=Kind.COMPLETE,
        objective="Send one path to a second service, and update each of the two alone.",
        task="It is December. Let 3 tasks take orders, and leave `pages` as it is.",
        minutes=1,
        cell="""\
# The client `ecs` is there already.
ecs.update_service(cluster="shop", service="orders", desiredCount=3)  # blank: one call
exercise("9a.5").check()""",
        because="A service is scaled by its name; the other one is not even named.",
        hints=(
            "The call is the one with which you began each update.",
            "Its parameter is called `desiredCount`.",
        ),
        wrong=(
            Wrong(
                'ecs.update_service(cluster="shop", service="pages", desiredCount=3)',
                "other team's",
            ),
            Wrong(
                'ecs.update_service(cluster="shop", service="orders", desiredCount=4)',
                "another number",
            ),
        ),
        second='boto3.client("ecs").update_service(**{"cluster": "shop", "service": "orders", '
        '"desiredCount": 3})',
        check=more_orders_alone,
        tidy=both_as_before,
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
