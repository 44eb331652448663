"""What agents report: late, repeated or out of order it does no harm; registering again too."""

import itertools
import json

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container, in_process_only


def report(lab, arn, status, *containers, **more):
    """One SubmitTaskStateChange, as an agent sends it."""
    answer = lab.ecs.submit_task_state_change(
        cluster=walk.CLUSTER, task=arn, status=status, containers=list(containers), **more
    )
    assert answer["acknowledgment"]


def change(name, status, **more):
    return {"containerName": name, "status": status, **more}


def comparable(task):
    return json.dumps(task, sort_keys=True, default=str)


@pytest.fixture
def running(fleet):
    """A task with two containers that is RUNNING."""
    return fleet.running(container("app"), container("side", essential=False))


def test_a_late_report_changes_nothing(fleet, running):
    """PENDING after RUNNING, for the task and for its containers, leaves all as it was."""
    arn = running["taskArn"]
    report(fleet, arn, "PENDING", change("app", "PENDING"), change("side", "PENDING"))
    assert comparable(fleet.task(arn)) == comparable(running)


def test_a_repeated_report_changes_nothing(fleet, running):
    """The same report again does not even count as a version."""
    arn = running["taskArn"]
    for _ in range(3):
        report(fleet, arn, "RUNNING", change("app", "RUNNING"), change("side", "RUNNING"))
    assert comparable(fleet.task(arn)) == comparable(running)


def test_a_stopped_task_stays_stopped(fleet, running):
    """After its end nothing that still comes in brings a task back, and counts stay true."""
    arn = running["taskArn"]
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=arn)
    stopped = fleet.stopped(arn)
    for status in ("RUNNING", "PENDING", "STOPPED"):
        report(fleet, arn, status, change("app", status, exitCode=99))
    assert comparable(fleet.task(arn)) == comparable(stopped)
    cluster = fleet.ecs.describe_clusters(clusters=[walk.CLUSTER])["clusters"][0]
    assert (cluster["runningTasksCount"], cluster["pendingTasksCount"]) == (0, 0)


@in_process_only
def test_reports_in_any_order_end_alike(fleet):
    """Whatever order the reports of a task come in, it ends with the same states and codes."""
    steps = (
        ("PENDING", change("app", "RUNNING", runtimeId="a" * 64)),
        ("RUNNING", change("side", "RUNNING", runtimeId="b" * 64)),
        ("STOPPED", change("app", "STOPPED", exitCode=7)),
    )
    ends = set()
    for order in itertools.permutations(steps):
        [task] = fleet.run_task(container("app"), container("side", essential=False))["tasks"]
        for status, entry in order:
            report(fleet, task["taskArn"], status, entry)
        now = fleet.task(task["taskArn"])
        app = next(each for each in now["containers"] if each["name"] == "app")
        ends.add((now["lastStatus"], now["desiredStatus"], app["lastStatus"], app["exitCode"]))
        fleet.pass_time(60)
    assert ends == {("STOPPED", "STOPPED", "STOPPED", 7)}


@in_process_only
def test_two_entries_for_one_container_are_taken_in_order(fleet):
    """RUNNING and STOPPED in one message: the container ran and has stopped."""
    [task] = fleet.run_task(container("app"), container("side", essential=False))["tasks"]
    report(
        fleet,
        task["taskArn"],
        "PENDING",
        change("side", "RUNNING", runtimeId="c" * 64),
        change("side", "STOPPED", exitCode=0),
    )
    side = next(c for c in fleet.task(task["taskArn"])["containers"] if c["name"] == "side")
    assert (side["lastStatus"], side["exitCode"], side["runtimeId"]) == ("STOPPED", 0, "c" * 64)


@in_process_only
def test_a_report_of_something_unknown_is_acknowledged(fleet, running):
    """An unknown task, and an unknown container of a known one, are taken without harm."""
    arn = running["taskArn"]
    report(fleet, f"{arn.rsplit('/', 1)[0]}/{'0' * 32}", "STOPPED")
    report(fleet, arn, "RUNNING", change("nobody", "STOPPED", exitCode=1))
    assert comparable(fleet.task(arn)) == comparable(running)


@in_process_only
def test_reports_about_a_service_do_not_confuse_it(fleet):
    """Late and repeated reports for its tasks start and stop nothing."""
    fleet.create_service("web", fleet.register("web"), desired=2)
    fleet.stable("web")
    fleet.pass_time(5)
    before, events = fleet.tasks("web"), fleet.messages("web")
    for task in before:
        for status in ("PENDING", "RUNNING", "PENDING"):
            report(fleet, task["taskArn"], status, change("app", status))
    fleet.pass_time(30)
    assert comparable(fleet.tasks("web")) == comparable(before)
    assert fleet.messages("web") == events


def registration(instance, **more):
    return {
        "cluster": walk.CLUSTER,
        "instanceIdentityDocument": json.dumps({"instanceId": instance["ec2InstanceId"]}),
        "instanceIdentityDocumentSignature": "",
        "totalResources": instance["registeredResources"],
        "attributes": [{"name": "stack", "value": "blue"}],
        **more,
    }


def test_registering_again_is_the_same_instance(fleet, running):
    """With its ARN an agent finds its instance again, with the tasks on it, one version on."""
    before = next(i for i in fleet.instances().values() if i["runningTasksCount"])
    arn = before["containerInstanceArn"]
    again = registration(before, containerInstanceArn=arn)
    answer = fleet.ecs.register_container_instance(**again)["containerInstance"]
    assert answer["containerInstanceArn"] == arn
    assert answer["version"] == before["version"] + 1
    assert answer["runningTasksCount"] == 1
    assert answer["remainingResources"] == before["remainingResources"]
    assert {"name": "stack", "value": "blue"} in answer["attributes"]
    assert {"name": "ecs.os-type", "value": "linux"} in answer["attributes"]
    assert len(fleet.instances()) == 2
    assert fleet.task(running["taskArn"])["lastStatus"] == "RUNNING"


@in_process_only
def test_registering_in_a_cluster_that_is_not_there(fleet):
    """ECS makes no cluster for an agent that names one."""
    instance = next(iter(fleet.instances().values()))
    with pytest.raises(ClientError, match="Cluster not found"):
        fleet.ecs.register_container_instance(**registration(instance) | {"cluster": "nowhere"})
