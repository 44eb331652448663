"""Exercises of chapter 8b: machines that are drained or lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet
from ecs_tutorial.exercises.services import delete, found

CLUSTER = "outage"
DRAIN = "Drain a container instance and say where its tasks went."
LOST = "Tell from a stopped task that its machine is gone."
DAEMON = "Keep one task on each machine with a daemon service."


def _stopped(ecs: Any) -> list[Any]:
    arns = ecs.list_tasks(cluster=CLUSTER, family="shop", desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    return sorted(tasks, key=lambda task: task["stoppedAt"])


def who_stopped_it(ecs: Any, answer: object) -> Outcome:
    return judged(
        answer,
        _stopped(ecs)[0]["stopCode"],
        expected="a stop code",
        because="The service scheduler stopped it, once another one ran.",
        otherwise={
            "UserInitiated": "You changed the state of a machine; StopTask was not called.",
            "EssentialContainerExited": "The container did not end by itself.",
        },
    )


def three_to_five_of_four(ecs: Any) -> Outcome:
    service = found(ecs, CLUSTER, "careful")
    if service is None:
        return not_attempted()
    given = service["deploymentConfiguration"]
    least = -(-4 * given["minimumHealthyPercent"] // 100)
    most = 4 * given["maximumPercent"] // 100
    if (least, most) == (3, 5):
        return correct("The least is rounded up, the most is rounded down.")
    words = (
        "The least is not right. Which share of 4 is 3?"
        if least != 3
        else "The least is right. Which share of 4 is 5?"
    )
    return not_yet(words, seen=f"of 4 tasks {least} to {most}", expected="of 4 tasks 3 to 5")


def delete_careful(ecs: Any) -> Iterator[str]:
    yield from delete(ecs, CLUSTER, "careful")


def one_on_each(ecs: Any) -> Outcome:
    service = found(ecs, CLUSTER, "collector")
    if service is None:
        return not_attempted()
    strategy = service["schedulingStrategy"]
    if strategy != "DAEMON":
        words = "It has as many tasks now as there are machines; a third machine would get none."
        return not_yet(words, seen=f"the strategy {strategy}", expected="the strategy DAEMON")
    if service["placementConstraints"]:
        words = "It is a daemon, but a constraint keeps it from some machine."
        return not_yet(words, seen="a placement constraint", expected="none")
    return correct("Its desired count is the number of machines, and nobody has to change it.")


def delete_collector(ecs: Any) -> Iterator[str]:
    yield from delete(ecs, CLUSTER, "collector")


def the_lost_machine(ecs: Any, answer: object) -> Outcome:
    reason = _stopped(ecs)[-1]["stoppedReason"]
    return judged(
        answer,
        reason.partition("(instance ")[2].partition(")")[0],
        expected="an id that begins with i-",
        because="The id is EC2's; the container instance is gone from the cluster.",
        otherwise={"staying": "That is the name of a variable; read what it holds."},
        else_="Read the stopped reason to its end: one word in it begins with i-.",
    )


EXERCISES = (
    Exercise(
        key="8b.1",
        title="who stopped the task?",
        kind=Kind.READ,
        objective=DRAIN,
        task="Which stop code has the task that was on the drained machine?",
        minutes=2,
        cell="""\
code = "ServiceSchedulerInitiated"  # blank: a stop code
exercise("8b.1").check(code)""",
        because="Draining a machine asks the services to replace their tasks.",
        hints=(
            "`describe_tasks` with the ARN of `moving` knows it.",
            "The member is called `stopCode`.",
        ),
        wrong=(
            Wrong('code = "UserInitiated"', "StopTask was not called"),
            Wrong('code = "EssentialContainerExited"', "by itself"),
            Wrong('code = "DRAINING"', "Look once more"),
        ),
        second="""\
code = ecs.describe_tasks(cluster="outage", tasks=[moving["taskArn"]])["tasks"][0]["stopCode"]""",
        check=who_stopped_it,
    ),
    Exercise(
        key="8b.2",
        title="neither too few nor too many",
        kind=Kind.DESIGN,
        objective=DRAIN,
        task="Create a service `careful` of the definition `shop`. It will have 4 tasks one day, "
        "so create it with a desired count of 0. While its tasks are replaced, of 4 never fewer "
        "than 3 shall serve and never more than 5 be there.",
        minutes=3,
        cell="""\
percent = {"minimumHealthyPercent": 75, "maximumPercent": 125}  # blank: percentages and service
what = {"cluster": "outage", "serviceName": "careful", "taskDefinition": "shop"}  # blank
ecs.create_service(**what, desiredCount=0, deploymentConfiguration=percent)  # blank
exercise("8b.2").check()""",
        because="3 of 4 are 75 percent, 5 of 4 are 125.",
        hints=(
            "The two members of `deploymentConfiguration` are percentages of the desired count.",
            "The least is `minimumHealthyPercent`, the most `maximumPercent`.",
        ),
        wrong=(
            Wrong(
                """\
ecs.create_service(
    cluster="outage", serviceName="careful", taskDefinition="shop", desiredCount=0
)""",
                "The least is not right",
            ),
            Wrong(
                """\
percent = {"minimumHealthyPercent": 75, "maximumPercent": 150}
what = {"cluster": "outage", "serviceName": "careful", "taskDefinition": "shop"}
ecs.create_service(**what, desiredCount=0, deploymentConfiguration=percent)""",
                "The least is right",
            ),
        ),
        second="""\
percent = {"minimumHealthyPercent": 60, "maximumPercent": 140}
what = {"cluster": "outage", "serviceName": "careful", "taskDefinition": "shop"}
ecs.create_service(**what, desiredCount=0, deploymentConfiguration=percent)""",
        check=three_to_five_of_four,
        tidy=delete_careful,
    ),
    Exercise(
        key="8b.3",
        title="one on each machine",
        kind=Kind.COMPLETE,
        objective=DAEMON,
        task="Create a service `collector` of the definition `shop` that has one task on each "
        "machine, however many there are.",
        minutes=2,
        cell="""\
what = {"cluster": "outage", "serviceName": "collector", "taskDefinition": "shop"}
ecs.create_service(**what, schedulingStrategy="DAEMON")  # blank: one call
exercise("8b.3").check()""",
        because="A daemon service takes no desired count: the machines are counted.",
        hints=(
            "The parameter is called `schedulingStrategy`.",
            "Leave `desiredCount` out: a daemon service refuses it.",
        ),
        wrong=(
            Wrong("ecs.create_service(**what, desiredCount=2)", "third machine"),
            Wrong(
                """\
only = {"type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1a"}
ecs.create_service(**what, schedulingStrategy="DAEMON", placementConstraints=[only])""",
                "keeps it from",
            ),
        ),
        second="""\
what["schedulingStrategy"] = "DAEMON"
ecs.create_service(**what)""",
        check=one_on_each,
        tidy=delete_collector,
    ),
    Exercise(
        key="8b.4",
        title="which machine was it?",
        kind=Kind.READ,
        objective=LOST,
        task="Half an hour later somebody asks which machine was lost. Find its id in a stopped "
        "task.",
        minutes=2,
        cell="""\
machine = gone["tasks"][0]["stoppedReason"].split()[3].rstrip(")")  # blank: an id
exercise("8b.4").check(machine)""",
        because="A stopped task is kept for about an hour; then only your own notes know.",
        hints=(
            "The table above has it, in the last column.",
            'The text is `gone["tasks"][0]["stoppedReason"]`.',
        ),
        wrong=(
            Wrong('machine = "staying"', "name of a variable"),
            Wrong(
                'machine = gone["tasks"][0]["containerInstanceArn"]',
                "one word in it begins with i-",
            ),
        ),
        second="machine = lost_id",
        check=the_lost_machine,
    ),
)
