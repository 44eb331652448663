"""Exercises of chapter 9c: what a volume is, and a service that stays where its data is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises import services
from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet

CLUSTER, FAMILY, OWN, PINNED = "store", "database", "database-own", "pinned"
GROUP, SENTENCE = "/ecs/database", "Initializing database files"
COLLEAGUE = {"sourceVolume": "data", "containerPath": "/var/lib/sql"}


def _definition(ecs: Any) -> Any:
    return ecs.describe_task_definition(taskDefinition=FAMILY)["taskDefinition"]


def member_that_keeps(ecs: Any, answer: object) -> Outcome:
    volume = _definition(ecs)["volumes"][0]["dockerVolumeConfiguration"]
    return judged(
        answer,
        next(name for name, value in volume.items() if value == "shared"),
        expected="the name of a member",
        because="Its two values are task and shared.",
        otherwise={
            "autoprovision": "That one says who makes the volume.",
            "driver": "That one says which program makes the folder.",
            "name": "Any volume has one.",
        },
    )


def member_that_is_wrong(ecs: Any, answer: object) -> Outcome:
    point = _definition(ecs)["containerDefinitions"][0]["mountPoints"][0]
    return judged(
        answer,
        next(name for name, value in COLLEAGUE.items() if point[name] != value),
        expected="the name of a member",
        because="MySQL writes beside the volume, into the container.",
        otherwise={
            "sourceVolume": "That one names the volume, as the definition does.",
            "readOnly": "It is not there, so the folder can be written to.",
        },
    )


def times_prepared(logs: Any, answer: object) -> Outcome:
    found = logs.filter_log_events(logGroupName=GROUP, filterPattern=f'"{SENTENCE}"')["events"]
    return judged(
        answer,
        len(found),
        expected="a number",
        because="Every later task finds the files in the volume.",
        otherwise={
            len(found) + 9: "A task that finds its files does not prepare them.",
            9: "A task that finds its files does not prepare them, and one did.",
            0: "The first task of all found nothing.",
        },
    )


def _own(ecs: Any) -> list[str]:
    arns = ecs.list_task_definitions(familyPrefix=OWN)["taskDefinitionArns"]
    return [str(arn) for arn in arns]


def a_volume_that_goes(ecs: Any) -> Outcome:
    arns = _own(ecs)
    if not arns:
        return not_attempted()
    made = ecs.describe_task_definition(taskDefinition=arns[-1])["taskDefinition"]
    [volume] = made["volumes"] or [{}]
    scope = volume.get("dockerVolumeConfiguration", {}).get("scope", "task")
    expected = f"a volume of the scope task, mounted in the containers of {OWN}"
    if (volume.get("host") or {}).get("sourcePath"):
        words = "A folder of the machine stays when the task has gone."
        return not_yet(words, seen="a folder of the machine", expected=expected)
    if not volume:
        return not_yet("Then nothing is mounted.", seen="no volume", expected=expected)
    if scope != "task":
        return not_yet("This one outlives its task.", seen=f"the scope {scope}", expected=expected)
    return correct("The agent removes it when it removes the task's containers.")


def no_definition_of_one_s_own(ecs: Any) -> Iterator[str]:
    for arn in _own(ecs):
        ecs.deregister_task_definition(taskDefinition=arn)
        yield f"the task definition {arn.rpartition('/')[2]}"


def it_stays_with_its_data(ecs: Any) -> Outcome:
    service = services.found(ecs, CLUSTER, PINNED)
    if service is None:
        return not_attempted()
    arns = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    machines = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)
    oldest = min(machines["containerInstances"], key=lambda each: each["registeredAt"])
    names = (oldest["ec2InstanceId"], oldest["containerInstanceArn"].rpartition("/")[2])
    rules = service["placementConstraints"]
    told = " ".join(rule.get("expression", rule["type"]) for rule in rules) or "no constraint"
    order = service["deploymentConfiguration"]
    least, most = order["minimumHealthyPercent"], order["maximumPercent"]
    seen = f"{told.replace(names[0], 'the machine')}, {least} and {most} percent"
    expected = "one machine, the one with the data, and never two tasks at a time"
    if not any(name in rule.get("expression", "") for rule in rules for name in names):
        words = "It could still start where the files are not."
        return not_yet(words, seen=seen, expected=expected)
    if most > 100:
        return not_yet("Two tasks could be at the files at once.", seen=seen, expected=expected)
    if least > 0:
        words = "With one task that must not stop and no second one, no update can begin."
        return not_yet(words, seen=seen, expected=expected)
    return correct("When that machine is drained, the service waits and says so in its events.")


def no_pinned_service(ecs: Any) -> Iterator[str]:
    yield from services.delete(ecs, CLUSTER, PINNED)


EXERCISES = (
    Exercise(
        key="9c.1",
        title="the one word",
        kind=Kind.READ,
        objective="Write a task definition with a volume that outlives its task.",
        task="Which member of the volume's configuration says that it outlives the task?",
        minutes=1,
        cell="""\
print(database["volumes"])
member = "scope"  # blank: the name of a member
exercise("9c.1").check(member)""",
        because="Its value is `shared`, so the volume belongs to no task.",
        hints=("Print `database['volumes']`.", "Look for the word `shared`."),
        wrong=(
            Wrong('member = "autoprovision"', "who makes the volume"),
            Wrong('member = "driver"', "which program"),
        ),
        second='[volume] = database["volumes"]\nfor name, value in volume['
        '"dockerVolumeConfiguration"].items():\n    if value == "shared":\n        member = name',
        check=member_that_keeps,
    ),
    Exercise(
        key="9c.2",
        title="empty again",
        kind=Kind.FAULT,
        objective="Find a volume on the machine, and tell from a log whether a database found its "
        "data.",
        task="A colleague's database begins anew with each task, although the volume is there. Her "
        "mount point is `theirs`. Compare it with yours: which member is wrong?",
        minutes=2,
        cell="""\
theirs = {"sourceVolume": "data", "containerPath": "/var/lib/sql"}
ours = database["containerDefinitions"][0]["mountPoints"][0]
member = "containerPath"  # blank: the name of a member
exercise("9c.2").check(member)""",
        because="The volume has to appear where MySQL keeps its files.",
        hints=("Print `ours`.", "The image decides where its program writes."),
        wrong=(
            Wrong('member = "sourceVolume"', "names the volume"),
            Wrong('member = "readOnly"', "can be written to"),
        ),
        second="[member] = [name for name in theirs if theirs[name] != ours[name]]",
        check=member_that_is_wrong,
    ),
    Exercise(
        key="9c.3",
        title="nine times more",
        kind=Kind.PREDICT,
        objective="Replace the only task of a database without two of them at work on the same "
        "files.",
        task="If the task were replaced nine times more on this machine, how often would "
        "`Initializing database files` stand in the log group?",
        minutes=1,
        cell="""\
times = 1  # blank: a number
exercise("9c.3").check(times)""",
        because="Only the very first task found an empty folder.",
        hints=("Who writes the sentence, and when?", "How often does it stand there now?"),
        wrong=(
            Wrong("times = 10", "does not prepare them."),
            Wrong("times = 9", "and one did"),
            Wrong("times = 0", "found nothing"),
        ),
        second="times = sum(prepared(task) for task in (first, second))",
        check=times_prepared,
    ),
    Exercise(
        key="9c.4",
        title="a volume that goes",
        kind=Kind.COMPLETE,
        objective="Write a task definition with a volume that outlives its task.",
        task="Complete the recipe of a family `database-own`: its volume `data` is to be "
        "removed with its task.",
        minutes=2,
        cell="""\
recipe = {"family": "database-own", "containerDefinitions": database["containerDefinitions"]}
volume = {"name": "data", "dockerVolumeConfiguration": {"scope": "task"}}  # blank: volume and call
recipe["volumes"] = [volume]  # blank
ecs.register_task_definition(**recipe)  # blank
exercise("9c.4").check()""",
        because="The other value of `scope` is `task`, which is also what a volume has of itself.",
        hints=("`volumes` is a list with one entry.", "Its name is the one of the mount point."),
        wrong=(
            Wrong(
                'recipe["volumes"] = database["volumes"]\necs.register_task_definition(**recipe)',
                "outlives its task",
            ),
            Wrong(
                'recipe["volumes"] = [{"name": "data", "host": {"sourcePath": "/data"}}]\n'
                "ecs.register_task_definition(**recipe)",
                "A folder of the machine stays",
            ),
        ),
        second='ecs.register_task_definition(**recipe, volumes=[{"name": "data"}])',
        check=a_volume_that_goes,
        tidy=no_definition_of_one_s_own,
    ),
    Exercise(
        key="9c.5",
        title="where its data is",
        kind=Kind.DESIGN,
        objective="Keep a service on the machine that has its data.",
        task="Design a service `pinned` of the definition `database`, with a desired count of 0 "
        "for now. It must never start where the files are not, never twice at a time, and it must "
        "be possible to update it.",
        minutes=4,
        cell="""\
what = {"cluster": "store", "serviceName": "pinned", "taskDefinition": "database"}
stay = {"type": "memberOf", "expression": f"ec2InstanceId == {machine}"}  # blank: rule and call
order = {"minimumHealthyPercent": 0, "maximumPercent": 100}  # blank
rules = {"placementConstraints": [stay], "deploymentConfiguration": order}  # blank
ecs.create_service(**what, desiredCount=0, **rules)  # blank
exercise("9c.5").check()""",
        because="`memberOf` ties it to a machine; the percentages let the one task stop first.",
        hints=(
            "A placement constraint has a `type` and an `expression`, as in chapter 7.",
            "In an expression a machine is `ec2InstanceId`; its id is in `machine`.",
            "The two percentages are those of the service `database`.",
        ),
        wrong=(
            Wrong(
                'order = {"minimumHealthyPercent": 0, "maximumPercent": 100}\n'
                "ecs.create_service(**what, desiredCount=0, deploymentConfiguration=order)",
                "where the files are not",
            ),
            Wrong(
                'stay = {"type": "memberOf", "expression": f"ec2InstanceId == {machine}"}\n'
                "ecs.create_service(**what, desiredCount=0, placementConstraints=[stay])",
                "at the files at once",
            ),
            Wrong(
                'stay = {"type": "memberOf", "expression": f"ec2InstanceId == {machine}"}\n'
                'order = {"minimumHealthyPercent": 100, "maximumPercent": 100}\n'
                'rules = {"placementConstraints": [stay], "deploymentConfiguration": order}\n'
                "ecs.create_service(**what, desiredCount=0, **rules)",
                "no update can begin",
            ),
        ),
        second='stay = {"type": "memberOf", "expression": f"ec2InstanceId in [{machine}]"}\n'
        "ecs.create_service(**what, desiredCount=0, placementConstraints=[stay], "
        "deploymentConfiguration=order)",
        check=it_stays_with_its_data,
        tidy=no_pinned_service,
    ),
)
