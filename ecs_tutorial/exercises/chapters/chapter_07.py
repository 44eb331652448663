"""Exercises of chapter 7: conditions, strategies, and what has run out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet

CLUSTER, ZONE = "fifty", "us-east-1a"
STRATEGY = "Choose a placement strategy for a goal and prove that it does what you want."
BIND = "Bind tasks to some instances with a placement constraint."
RUN_OUT = "Find out from a service's events which resource has run out."
DESIRED = "Tell what is desired from what is observed."
IN_ZONE = f"attribute:ecs.availability-zone == {ZONE}"
ALONE = '{"type": "distinctInstance"}'


def _zones(ecs: Any) -> dict[str, str]:
    """The Availability Zone of each container instance, by ARN."""
    found = ecs.list_attributes(
        cluster=CLUSTER, targetType="container-instance", attributeName="ecs.availability-zone"
    )
    return {each["targetId"]: each["value"] for each in found["attributes"]}


def _places(ecs: Any, **which: str) -> list[str]:
    """Where tasks are to run, the ARN of a container instance for each."""
    arns = ecs.list_tasks(cluster=CLUSTER, **which)["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
    return [task["containerInstanceArn"] for task in tasks]


def the_instances_of_a_zone(ecs: Any, answer: object) -> Outcome:
    if answer is ...:
        return not_attempted()
    there = {arn for arn, zone in _zones(ecs).items() if zone == ZONE}
    try:
        met = ecs.list_container_instances(cluster=CLUSTER, filter=str(answer))
    except ecs.exceptions.InvalidParameterException:
        return not_yet(
            "That is no sentence of the query language: `attribute:` stands before a name.",
            seen=f"the sentence {answer}",
            expected="attribute:NAME == VALUE",
        )
    found = set(met["containerInstanceArns"])
    if found == there:
        return correct("As a constraint of `memberOf` it lets the same instances pass.")
    return not_yet(
        "It is met by others, or by none: compare name and value with a row of `attributes`.",
        seen=f"{len(found)} instances meet it, {len(found & there)} of them in {ZONE}",
        expected=f"all {len(there)} instances in {ZONE} and no other",
    )


def five_apart_in_one_zone(ecs: Any) -> Outcome:
    zones, places = _zones(ecs), _places(ecs, family="small")
    if not places:
        return not_attempted()
    outside = sum(zones[place] != ZONE for place in places)
    expected = f"5 tasks on 5 instances in {ZONE}"
    seen = f"{len(places)} tasks on {len(set(places))} instances, {outside} outside {ZONE}"
    if outside:
        words = "Nothing keeps them in the zone: that takes a constraint of the type memberOf."
    elif len(set(places)) < len(places):
        words = "Some share an instance: a strategy tries, the constraint distinctInstance binds."
    elif len(places) != 5:
        words = "The places are good; the number is not."
    else:
        return correct("Two constraints, and both bind: a sixth task would still find a place.")
    return not_yet(words, seen=seen, expected=expected)


def stop_them(ecs: Any) -> Iterator[str]:
    arns = ecs.list_tasks(cluster=CLUSTER, family="small")["taskArns"]
    for arn in arns:
        ecs.stop_task(cluster=CLUSTER, task=arn)
        yield f"the task {arn.rpartition('/')[2]}"
    if arns:
        ecs.get_waiter("tasks_stopped").wait(cluster=CLUSTER, tasks=arns)


def even_zones_on_few_machines(ecs: Any) -> Outcome:
    service = ecs.describe_services(cluster=CLUSTER, services=["small"])["services"][0]
    if [each["type"] for each in service["placementStrategy"]] == ["binpack"]:
        return not_attempted()
    zones, places = _zones(ecs), _places(ecs, serviceName="small")
    shares = sorted(Counter(zones[place] for place in places).values())
    used = len(set(places))
    seen = f"{' and '.join(map(str, shares))} tasks in the zones, on {used} instances"
    expected = "as many in each zone, on 8 instances"
    if used > 8:
        words = "Too many machines are in use: inside a zone something must pack the tasks."
    elif len(set(shares)) > 1:
        words = "The zones differ: what matters most comes first in the list of strategies."
    else:
        return correct("Spread over zones first, then packed inside each: the list has an order.")
    return not_yet(words, seen=seen, expected=expected)


def how_many_fit(ecs: Any, answer: object) -> Outcome:
    arns = ecs.list_container_instances(cluster=CLUSTER, maxResults=1)["containerInstanceArns"]
    [one] = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)[
        "containerInstances"
    ]
    there = {each["name"]: each.get("integerValue") for each in one["registeredResources"]}
    by_memory, by_cpu = there["MEMORY"] // 640, there["CPU"] // 128
    return judged(
        answer,
        min(by_memory, by_cpu),
        expected="a whole number of tasks",
        because="Memory is scarcer here, so memory decides; half a task cannot be placed.",
        otherwise={
            by_cpu: "So many would fit by CPU units; ask for the memory too.",
            by_memory + 1: "The last of these would not fit whole: round down.",
        },
    )


def what_has_run_out(ecs: Any, answer: object) -> Outcome:
    service = ecs.describe_services(cluster=CLUSTER, services=["large"])["services"][0]
    said = next(each["message"] for each in service["events"] if "unable to" in each["message"])
    return judged(
        answer,
        "RESOURCE:MEMORY" if "insufficient memory" in said else "RESOURCE:CPU",
        expected="a reason of the table, as RESOURCE:…",
        because="The event says it in words, failures of `run_task` in one word.",
        otherwise={
            "RESOURCE:PORTS": "That is what `web` lacks; `large` asks for no port.",
            "RESOURCE:CPU": "Of CPU units there is plenty: 128 are asked for, of 2048.",
        },
    )


def a_wish_that_can_come_true(ecs: Any) -> Outcome:
    service = ecs.describe_services(cluster=CLUSTER, services=["web"])["services"][0]
    instances = len(_zones(ecs))
    desired = service["desiredCount"]
    if desired == 60:
        return not_attempted()
    if desired == instances:
        return correct("Now desired and observed agree, and the events say: a steady state.")
    less = desired < instances
    return not_yet(
        "More can run: each instance has one port 80." if less else "That is too much still.",
        seen=f"{desired} tasks desired, on {instances} instances",
        expected="as many tasks as have a place",
    )


def _wish(count: str) -> str:
    return f'ecs.update_service(cluster="fifty", service="web", desiredCount={count})'


def _five(*constraints: str, more: str = "") -> str:
    return f'ask("small", count=5, placementConstraints=[{", ".join(constraints)}]{more})'


IN_A = f'{{"type": "memberOf", "expression": "{IN_ZONE}"}}'
BY_ZONE = '{"type": "spread", "field": "attribute:ecs.availability-zone"}'
PACKED = '{"type": "binpack", "field": "memory"}'

EXERCISES = (
    Exercise(
        key="7.1",
        title="a sentence for a zone",
        kind=Kind.COMPLETE,
        objective=BIND,
        task=f"Write the sentence of the query language that instances in `{ZONE}` meet.",
        minutes=1,
        cell=f"""\
expression = "{IN_ZONE}"  # blank: a sentence in quotes
exercise("7.1").check(expression)""",
        because="The same sentence serves as a filter of a list and as a constraint.",
        hints=(
            "The one with `us-east-1f` above shows the form.",
            "The attribute is `ecs.availability-zone`; `attribute:` stands before its name.",
        ),
        wrong=(
            Wrong(f'expression = "ecs.availability-zone = {ZONE}"', "no sentence"),
            Wrong('expression = "attribute:ecs.availability-zone == us-east-1"', "by none"),
        ),
        second='expression = "attribute:ecs.availability-zone != us-east-1b"',
        check=the_instances_of_a_zone,
    ),
    Exercise(
        key="7.2",
        title="five apart",
        kind=Kind.DESIGN,
        objective=BIND,
        task=f"With one call run five tasks of `small` in `{ZONE}`, no two on one instance.",
        minutes=2,
        cell=f"""\
in_a = {IN_A}  # blank
alone = {ALONE}  # blank
ask("small", count=5, placementConstraints=[in_a, alone])  # blank: constraints and call
exercise("7.2").check()""",
        because="A list of constraints means: each of them.",
        hints=(
            "It takes two constraints, one of each type.",
            "`distinctInstance` has no expression.",
        ),
        wrong=(
            Wrong(_five(IN_A, more=f", placementStrategy=[{PACKED}]"), "share an instance"),
            Wrong(_five(ALONE), "in the zone"),
        ),
        second=_five(ALONE, IN_A),
        check=five_apart_in_one_zone,
        tidy=stop_them,
    ),
    Exercise(
        key="7.3",
        title="how many fit?",
        kind=Kind.PREDICT,
        objective=STRATEGY,
        task="If each task asked for 640 MiB and 128 CPU units, how many would one instance take?",
        minutes=1,
        cell="""\
count = 6  # blank: a number
exercise("7.3").check(count)""",
        because="3911 // 640 is 6, 2048 // 128 is 16; the smaller one counts.",
        hints=("Divide twice, once for each resource.", "The smaller number counts, rounded down."),
        wrong=(Wrong("count = 16", "by CPU units"), Wrong("count = 7", "round down")),
        second="count = min(3911 // 640, 2048 // 128)",
        check=how_many_fit,
    ),
    Exercise(
        key="7.4",
        title="even zones, few machines",
        kind=Kind.DESIGN,
        objective=STRATEGY,
        task="Half of the hundred is to survive the loss of a zone, and yet as few machines as "
        "possible are to be used. Call `draw_with` with what does both.",
        minutes=2,
        cell=f"""\
zones = {BY_ZONE}  # blank
draw_with(zones, {PACKED})  # blank: draw_with
exercise("7.4").check()""",
        because="Four machines a zone: 50 tasks, fifteen on each at most.",
        hints=(
            "`draw_with` takes several strategies, in their order.",
            "Zones first, then packing.",
        ),
        wrong=(
            Wrong(f"draw_with({BY_ZONE})", "Too many machines"),
            Wrong(f"draw_with({PACKED}, {BY_ZONE})", "comes first"),
        ),
        second=f"draw_with({BY_ZONE}, {PACKED.replace('memory', 'MEMORY')})",
        check=even_zones_on_few_machines,
    ),
    Exercise(
        key="7.5",
        title="what has run out",
        kind=Kind.READ,
        objective=RUN_OUT,
        task="Which reason would `run_task` give for a task of `large` now?",
        minutes=1,
        cell="""\
reason = "RESOURCE:MEMORY"  # blank: a word of the table
exercise("7.5").check(reason)""",
        because="*Insufficient memory available*, the event says.",
        hints=("Read the event of `large`.", "The word begins with `RESOURCE:`."),
        wrong=(
            Wrong('reason = "RESOURCE:PORTS"', "`web` lacks"),
            Wrong('reason = "RESOURCE:CPU"', "plenty"),
            Wrong('reason = "large"', "Look once more"),
        ),
        second='reason = ask("large")["failures"][0]["reason"]',
        check=what_has_run_out,
    ),
    Exercise(
        key="7.6",
        title="a wish that can come true",
        kind=Kind.FAULT,
        objective=DESIRED,
        task="Nobody pays for more machines. Change the wish for `web` so that it comes true with "
        "as many tasks as possible.",
        minutes=1,
        cell=f"""\
{_wish("50")}  # blank: one call
exercise("7.6").check()""",
        because="The scheduler never gives up a wish; only you can change it.",
        hints=("How many have port 80 to give?", "The call is `update_service`."),
        wrong=(Wrong(_wish("40"), "More can run"), Wrong(_wish("55"), "too much")),
        second=_wish('services["services"][0]["runningCount"]'),
        check=a_wish_that_can_come_true,
    ),
)
