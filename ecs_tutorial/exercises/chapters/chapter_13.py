"""Chapter 13: two clusters in trouble, and a test of what was learnt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.chapters.self_test import PARTS
from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, not_attempted, not_yet
from ecs_tutorial.exercises.trouble import Site

TILLS, BELL = "incident-tills", "incident-bell"
MISSPELT = "busibox"
SLEEPS = {"image": "busybox", "command": ["sleep", "1d"], "memory": 64}
DOOR = {"containerPort": 80, "hostPort": 80}


def half_the_tills(ecs: Any, ec2: Any, iam: Any, ssm: Any) -> None:
    site = Site(TILLS, ecs, ec2, iam)
    first, *_ = site.put_up(ssm, machines=2)
    till = SLEEPS | {"name": "till", "portMappings": [DOOR]}
    ecs.register_task_definition(family="till", containerDefinitions=[till])
    ecs.update_container_instances_state(
        cluster=TILLS, containerInstances=[first], status="DRAINING"
    )
    site.serve("tills", "till", desired=2)


def both_tills_again(ecs: Any) -> Outcome:
    service = _service(ecs, TILLS, "tills")
    if service is None:
        return not_attempted()
    desired, running = service["desiredCount"], service["runningCount"]
    expected, seen = "2 desired, 2 running", f"{desired} desired, {running} running"
    if desired < 2:
        words = "The shop wants two. A smaller wish is no mending."
        return not_yet(words, seen=seen, expected=expected)
    if running == desired:
        return correct(
            "Somebody had set a machine to DRAINING and forgotten it. It is connected and healthy, "
            "and still gets nothing new: look at the status, not only at the agent."
        )
    instances = ecs.list_container_instances(cluster=TILLS)["containerInstanceArns"]
    if len(instances) < 2:
        words = "One machine has one port 80. What did you need the other one for?"
        return not_yet(words, seen=f"{seen}, on {len(instances)} machine", expected=expected)
    if _is_as_begun(ecs, service):
        return not_attempted()
    words = "Not steady yet. Wait, or read the newest event."
    return not_yet(words, seen=seen, expected=expected)


def _is_as_begun(ecs: Any, service: Any) -> bool:
    """Still a machine that is DRAINING, and still the first revision."""
    draining = ecs.list_container_instances(cluster=TILLS, status="DRAINING")
    first = ecs.list_task_definitions(familyPrefix="till")["taskDefinitionArns"][:1]
    return bool(draining["containerInstanceArns"]) and service["taskDefinition"] in first


def no_tills(ecs: Any, ec2: Any, iam: Any) -> Iterator[str]:
    yield from Site(TILLS, ecs, ec2, iam).take_down("till")


def no_bell_rings(ecs: Any, ec2: Any, iam: Any, ssm: Any) -> None:
    site = Site(BELL, ecs, ec2, iam)
    site.put_up(ssm, machines=1)
    for image in ("busybox", MISSPELT):
        bell = SLEEPS | {"name": "bell", "image": image}
        ecs.register_task_definition(family="bell", containerDefinitions=[bell])
    site.serve("bell", "bell", desired=1)


def the_bell_rings(ecs: Any) -> Outcome:
    service = _service(ecs, BELL, "bell")
    if service is None:
        return not_attempted()
    desired, running = service["desiredCount"], service["runningCount"]
    named = service["taskDefinition"].rpartition("/")[2]
    seen = f"{desired} desired, {running} running, of {named}"
    expected = "1 desired, 1 running"
    if desired == 0:
        words = "Where nothing is wanted nothing fails, and nothing rings."
        return not_yet(words, seen=seen, expected=expected)
    if _image(ecs, service) == MISSPELT:
        others = [arn for arn in _services(ecs, BELL) if not arn.endswith("/bell")]
        if not others:
            return not_attempted()
        words = "There is a second service now. The service `bell` itself is still in trouble."
        return not_yet(words, seen=f"{seen}, and a service beside it", expected=expected)
    if running == desired:
        return correct(
            "The stopped task had the reason: CannotPullContainerError. One letter in the image's "
            "name, and no task of the revision can ever start."
        )
    words = "Another revision is in use now, and its task does not run yet. Wait, or read why."
    return not_yet(words, seen=seen, expected=expected)


def no_bell(ecs: Any, ec2: Any, iam: Any) -> Iterator[str]:
    yield from Site(BELL, ecs, ec2, iam).take_down("bell")


def _image(ecs: Any, service: Any) -> str:
    told = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
    return str(told["taskDefinition"]["containerDefinitions"][0]["image"])


def _services(ecs: Any, cluster: str) -> list[str]:
    return list(ecs.list_services(cluster=cluster)["serviceArns"])


def _service(ecs: Any, cluster: str, name: str) -> Any:
    """The service, if it and its cluster are in use."""
    try:
        found = ecs.describe_services(cluster=cluster, services=[name])["services"]
    except ecs.exceptions.ClusterNotFoundException:
        return None
    return next((each for each in found if each["status"] == "ACTIVE"), None)


EXERCISES = (
    Exercise(
        key="13.1",
        title="half the tills",
        kind=Kind.INCIDENT,
        objective="Find out from the API alone why a service does not run what it should",
        task="In the cluster `incident-tills` the service `tills` should run two tasks and runs "
        "one. Nobody changed the service. Find out why, and mend it with the API alone; two tasks "
        "must run, and nothing may be wanted less.",
        minutes=8,
        cell="""\
ecs = boto3.client("ecs")
where = {"cluster": "incident-tills"}
idle = ecs.list_container_instances(**where, status="DRAINING")  # blank: look, then mend
idle = {"containerInstances": idle["containerInstanceArns"]}  # blank
ecs.update_container_instances_state(**where, **idle, status="ACTIVE")  # blank
ecs.get_waiter("services_stable").wait(**where, services=["tills"])  # blank
exercise("13.1").check()""",
        because="One of the two machines was DRAINING, so the second task had no place: port 80 of "
        "the other one was taken. Made ACTIVE again, it gets the task by itself.",
        hints=(
            "Begin with the newest event of the service: what does the scheduler lack?",
            "It speaks of one machine. There are two: how do they stand?",
            "`ecs.update_container_instances_state` changes the status of a machine.",
        ),
        wrong=(
            Wrong('ecs.update_service(**where, service="tills", desiredCount=1)', "A smaller wish"),
            Wrong(
                'idle = ecs.list_container_instances(**where, status="DRAINING")\n'
                'gone = idle["containerInstanceArns"][0]\n'
                "ecs.deregister_container_instance(**where, containerInstance=gone, force=True)",
                "One machine has one port 80",
            ),
        ),
        second="""\
till = {"name": "till", "image": "busybox", "command": ["sleep", "1d"], "memory": 64}
till["portMappings"] = [{"containerPort": 80}]
ecs.register_task_definition(family="till", containerDefinitions=[till])
ecs.update_service(**where, service="tills", taskDefinition="till")
ecs.get_waiter("services_stable").wait(**where, services=["tills"])""",
        check=both_tills_again,
        tidy=no_tills,
        begin=half_the_tills,
    ),
    Exercise(
        key="13.2",
        title="nobody rings",
        kind=Kind.INCIDENT,
        objective="Read a stopped task's reason and mend what it names",
        task="In the cluster `incident-bell` the service `bell` should run one task and runs none, "
        "since somebody rolled out a new revision. Find the reason, and bring the service back.",
        minutes=8,
        cell="""\
ecs = boto3.client("ecs")
where = {"cluster": "incident-bell"}
there = ecs.list_task_definitions(familyPrefix="bell")  # blank: look, then mend
before = there["taskDefinitionArns"][-2]  # blank
ecs.update_service(**where, service="bell", taskDefinition=before)  # blank
ecs.get_waiter("services_stable").wait(**where, services=["bell"])  # blank
exercise("13.2").check()""",
        because="The newest revision names the image busibox, which is not there. The one before "
        "is as it was, so going back to it is the quickest way.",
        hints=(
            "Tasks come and go: `ecs.list_tasks` has a parameter `desiredStatus`.",
            "`ecs.describe_tasks` gives a stopped task's `stoppedReason`.",
            "An older revision is still there, and it worked.",
        ),
        wrong=(
            Wrong('ecs.update_service(**where, service="bell", desiredCount=0)', "nothing rings"),
            Wrong(
                'more = {"serviceName": "bell-2", "taskDefinition": "bell", "desiredCount": 1}\n'
                "ecs.create_service(**where, **more)",
                "a second service now",
            ),
        ),
        second="""\
bell = {"name": "bell", "image": "busybox", "command": ["sleep", "1h"], "memory": 32}
ecs.register_task_definition(family="bell", containerDefinitions=[bell])
ecs.update_service(**where, service="bell", taskDefinition="bell")
ecs.get_waiter("services_stable").wait(**where, services=["bell"])""",
        check=the_bell_rings,
        tidy=no_bell,
        begin=no_bell_rings,
    ),
    *PARTS,
)
