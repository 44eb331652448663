"""Exercises of chapter 11, on: a capacity provider, its group, and who uses them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises import services
from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet

CLUSTER, PROVIDER, SERVICE = "Today", "today", "site"
JOBS, JOB_MIB = 7, 1500
FULL, WITH_ROOM = 100, 80


def _scaling(ecs: Any) -> Any:
    """The provider's managed scaling; None if there is no provider."""
    found = ecs.describe_capacity_providers(capacityProviders=[PROVIDER])["capacityProviders"]
    return found[0]["autoScalingGroupProvider"]["managedScaling"] if found else None


def a_fifth_is_free(ecs: Any) -> Outcome:
    scaling = _scaling(ecs)
    if scaling is None:
        return not_attempted()
    target = scaling["targetCapacity"]
    seen = f"targetCapacity {target}, managed scaling {scaling['status']}"
    expected = "managed scaling ENABLED, with a fifth of the machines free"
    if target == FULL and scaling["status"] == "ENABLED":
        return not_attempted()
    if scaling["status"] != "ENABLED":
        return not_yet("Now nobody changes the group's size.", seen=seen, expected=expected)
    if target == FULL - WITH_ROOM:
        return not_yet(
            "That is what is to be free, not what is used.", seen=seen, expected=expected
        )
    if target != WITH_ROOM:
        return not_yet("That is another part than a fifth.", seen=seen, expected=expected)
    return correct("The next task need not wait for a machine to boot; you pay for the room.")


def nothing_is_free(ecs: Any) -> Iterator[str]:
    scaling = _scaling(ecs)
    if scaling and (scaling["targetCapacity"] != FULL or scaling["status"] != "ENABLED"):
        again = {"managedScaling": {"status": "ENABLED", "targetCapacity": FULL}}
        ecs.update_capacity_provider(name=PROVIDER, autoScalingGroupProvider=again)
        yield "the changed target capacity"


def machines_for_seven(ecs: Any, answer: object) -> Outcome:
    arns = ecs.list_container_instances(cluster="Today")["containerInstanceArns"]
    found = ecs.describe_container_instances(cluster="Today", containerInstances=arns)
    sizes = {r["name"]: r for r in found["containerInstances"][0]["registeredResources"]}
    fits = sizes["MEMORY"]["integerValue"] // JOB_MIB
    return judged(
        answer,
        -(-JOBS // fits),
        expected="a number of machines",
        because=f"{fits} jobs fit on one machine, and the last machine has one job.",
        otherwise={
            JOBS: "More than one job fits on a machine.",
            JOBS // fits: "Then one job would still wait.",
        },
    )


def number_that_moved(autoscaling: Any, answer: object) -> Outcome:
    groups = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[PROVIDER])
    made = {"MinSize": 0, "MaxSize": 4, "DesiredCapacity": 0}
    moved = [n for g in groups["AutoScalingGroups"] for n, value in made.items() if g[n] != value]
    expected = "the name of one of the group's three numbers"
    if not moved:
        words = "No machine was asked for yet: none of the three has moved."
        return not_yet(words, seen=f"the answer {answer!r}", expected=expected)
    return judged(
        answer,
        moved[0],
        expected=expected,
        because="Between its two limits managed scaling sets it, as the tasks need.",
        otherwise={
            "MinSize": "That is a limit, and it is yours.",
            "MaxSize": "That is a limit: more machines than that there will not be.",
        },
    )


def a_service_on_the_provider(ecs: Any) -> Outcome:
    service = services.found(ecs, CLUSTER, SERVICE)
    if service is None:
        return not_attempted()
    strategy = service.get("capacityProviderStrategy", [])
    named = ", ".join(each["capacityProvider"] for each in strategy)
    seen = f"the providers {named}" if named else f"launch type {service.get('launchType')}"
    seen += f", {service['desiredCount']} tasks desired"
    expected = "the provider today, and no task desired yet"
    if not strategy:
        words = "It takes machines that are there and asks for none."
        return not_yet(words, seen=seen, expected=expected)
    if service["desiredCount"]:
        return not_yet("Its tasks would want machines now.", seen=seen, expected=expected)
    return correct("Scale it, and its tasks wait as PROVISIONING until machines have joined.")


def no_service_on_the_provider(ecs: Any) -> Iterator[str]:
    yield from services.delete(ecs, CLUSTER, SERVICE)


EXERCISES = (
    Exercise(
        key="11.4",
        title="room to spare",
        kind=Kind.DESIGN,
        objective="Build a capacity provider with an Auto Scaling group",
        task="Visitors come suddenly, and a machine takes minutes to boot. Change the provider, "
        "with `update_capacity_provider`, so that a fifth of what its machines have stays free.",
        minutes=2,
        cell="""\
scaling = {"status": "ENABLED", "targetCapacity": 80}  # blank: target and call
ecs.update_capacity_provider(  # blank
    name="today", autoScalingGroupProvider={"managedScaling": scaling}  # blank
)  # blank
exercise("11.4").check()""",
        because="`targetCapacity` is the part that is used, in percent: 100 less 20.",
        hints=(
            "It takes `name`, and `autoScalingGroupProvider` with `managedScaling` as it was made.",
            "`targetCapacity` 100 leaves nothing free.",
        ),
        wrong=(
            Wrong(
                'scaling = {"status": "ENABLED", "targetCapacity": 20}\n'
                'ecs.update_capacity_provider(name="today", '
                'autoScalingGroupProvider={"managedScaling": scaling})',
                "what is to be free",
            ),
            Wrong(
                'scaling = {"status": "ENABLED", "targetCapacity": 95}\n'
                'ecs.update_capacity_provider(name="today", '
                'autoScalingGroupProvider={"managedScaling": scaling})',
                "another part",
            ),
            Wrong(
                'scaling = {"status": "DISABLED", "targetCapacity": 80}\n'
                'ecs.update_capacity_provider(name="today", '
                'autoScalingGroupProvider={"managedScaling": scaling})',
                "nobody changes",
            ),
        ),
        second='scaling = source["managedScaling"] | {"targetCapacity": 100 * 4 // 5}\n'
        'ecs.update_capacity_provider(name="today", '
        'autoScalingGroupProvider={"managedScaling": scaling})',
        check=a_fifth_is_free,
        tidy=nothing_is_free,
    ),
    Exercise(
        key="11.5",
        title="seven jobs",
        kind=Kind.PREDICT,
        objective="Explain why a task waits as PROVISIONING",
        task="With `count=7` instead of 3, how many machines would the group end with?",
        minutes=2,
        cell="""\
machines = 4  # blank: a number
exercise("11.5").check(machines)""",
        because="Seven jobs, two on a machine: three machines are full and a fourth has one.",
        hints=("How many jobs of 1500 MiB fit on a machine?", "Round up."),
        wrong=(
            Wrong("machines = 7", "More than one job"),
            Wrong("machines = 3", "still wait"),
        ),
        second="machines = -(-7 // 2)",
        check=machines_for_seven,
    ),
    Exercise(
        key="11.6",
        title="the number that moved",
        kind=Kind.READ,
        objective="Build a capacity provider with an Auto Scaling group",
        task="Which of the group's three numbers has managed scaling changed?",
        minutes=1,
        cell="""\
group = groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]
print({name: group[name] for name in ("MinSize", "DesiredCapacity", "MaxSize")})
moved = "DesiredCapacity"  # blank: its name
exercise("11.6").check(moved)""",
        because="You made the group with 0 and 4, and its desired capacity began at 0.",
        hints=("You gave two of the three yourself.", "How many machines are there?"),
        wrong=(
            Wrong('moved = "MinSize"', "it is yours"),
            Wrong('moved = "MaxSize"', "there will not be"),
        ),
        second='moved = "desiredcapacity"',
        check=number_that_moved,
    ),
    Exercise(
        key="11.7",
        title="a service that asks for machines",
        kind=Kind.COMPLETE,
        objective="Explain why a task waits as PROVISIONING",
        task="Complete the call: the service `site` is to run on machines of the provider `today`, "
        "which it names itself. It begins with no task.",
        minutes=2,
        cell="""\
site = {"cluster": "Today", "serviceName": "site", "taskDefinition": "job", "desiredCount": 0}
ecs.create_service(**site, capacityProviderStrategy=strategy)  # blank: one call
exercise("11.7").check()""",
        because="`capacityProviderStrategy` stands in the place of `launchType`.",
        hints=(
            "The cluster's default has the form that you need: it is in `strategy`.",
            "The parameter is called as in the cluster, without `default`.",
        ),
        wrong=(
            Wrong('ecs.create_service(**site, launchType="EC2")', "machines that are there"),
            Wrong(
                'ecs.create_service(**site | {"desiredCount": 1}, '
                "capacityProviderStrategy=strategy)",
                "want machines now",
            ),
        ),
        second='mine = {"capacityProvider": "today", "base": 1, "weight": 2}\n'
        "ecs.create_service(**site, capacityProviderStrategy=[mine])",
        check=a_service_on_the_provider,
        tidy=no_service_on_the_provider,
    ),
)
