"""Services: the scheduler starts, replaces and removes tasks, and says what it did."""

import itertools
import re
from datetime import timedelta

import pytest
import walk
from botocore.exceptions import ClientError, WaiterError
from labs import container, in_process_only

PORT_80 = [{"containerPort": 80, "hostPort": 80}]
GUIDE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
UNABLE = (
    "(service web) was unable to place a task because no container instance met all of its "
    "requirements. "
)
ID = "[0-9a-f]{32}"


@pytest.fixture
def web(fleet):
    """A definition of a small web server."""
    return fleet.register("web")


def ids(tasks):
    return {task["taskArn"].rsplit("/", 1)[1] for task in tasks}


def zones(lab, tasks):
    return sorted(task["availabilityZone"] for task in tasks)


def update(lab, **request):
    return lab.ecs.update_service(cluster=walk.CLUSTER, service="web", **request)["service"]


def quiet_message(lab, text):
    """Wait until an event begins with ``text``; gives the whole message."""
    return lab.until(
        lambda: next((m for m in lab.messages("web") if m.startswith(text)), None), step=2
    )


def test_the_scheduler_starts_what_is_wanted(fleet, web):
    """CreateService answers with nothing running yet; a waiter sees it become stable."""
    created = fleet.create_service("web", web, desired=2)
    assert (created["runningCount"], created["pendingCount"], created["events"]) == (0, 0, [])
    assert created["status"] == "ACTIVE"
    service = fleet.stable("web")
    assert (service["desiredCount"], service["runningCount"]) == (2, 2)
    tasks = fleet.tasks("web")
    [deployment] = service["deployments"]
    assert {task["startedBy"] for task in tasks} == {deployment["id"]}
    assert {task["group"] for task in tasks} == {"service:web"}


@in_process_only
def test_tasks_of_one_plan_are_of_one_age(fleet, web, monkeypatch):
    """Also where time goes on while they are written down: ids then order them."""
    clock, moments = type(fleet.local.clock), itertools.count()
    standing = clock.now
    monkeypatch.setattr(
        clock, "now", lambda self: standing(self) + timedelta(milliseconds=next(moments))
    )
    fleet.create_service("web", web, desired=2)
    fleet.stable("web")
    assert len({task["createdAt"] for task in fleet.tasks("web")}) == 1


def test_events_have_awss_texts_newest_first(fleet, web):
    """Started, then deployment completed, then steady: in AWS's words, the newest first."""
    fleet.create_service("web", web, desired=2)
    service = fleet.stable("web")
    fleet.until(lambda: len(fleet.messages("web")) == 3)
    service = fleet.service("web")
    steady, completed, started = (event["message"] for event in service["events"])
    named = re.fullmatch(
        rf"\(service web\) has started 2 tasks: \(task ({ID})\) \(task ({ID})\)\.", started
    )
    assert set(named.groups()) == ids(fleet.tasks("web"))
    [deployment] = service["deployments"]
    assert completed == f"(service web) (deployment {deployment['id']}) deployment completed."
    assert steady == "(service web) has reached a steady state."
    times = [event["createdAt"] for event in service["events"]]
    assert times == sorted(times, reverse=True)
    assert deployment["rolloutState"] == "COMPLETED"
    assert deployment["rolloutStateReason"] == f"ECS deployment {deployment['id']} completed."
    assert re.fullmatch(r"ecs-svc/\d{16,19}", deployment["id"])


def test_a_stopped_task_is_replaced(fleet, web):
    """Whoever stops a task of a service gets another one."""
    fleet.create_service("web", web, desired=2)
    fleet.stable("web")
    before = fleet.tasks("web")
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=before[0]["taskArn"])
    fleet.stopped(before[0]["taskArn"])
    after = fleet.until(
        lambda: fleet.service("web")["runningCount"] == 2 and fleet.tasks("web"), step=2
    )
    assert len(ids(after) & ids(before)) == 1


@in_process_only
def test_a_task_that_ends_by_itself_is_replaced_without_back_off(fleet):
    """A task that ran and exited comes again and again, and no event calls that a failure."""
    job = fleet.register("job", container("job", "busybox", command=["sleep", "20"]))
    fleet.create_service("web", job)
    fleet.pass_time(180)
    messages = fleet.messages("web")
    assert sum("has started 1 tasks" in message for message in messages) >= 6
    assert not any("unable to consistently" in message for message in messages)


def test_scaling_out_and_in(fleet, web):
    """The difference is started or stopped, and an event names the tasks concerned."""
    fleet.create_service("web", web, desired=1)
    fleet.stable("web")
    update(fleet, desiredCount=4)
    assert fleet.stable("web")["runningCount"] == 4
    assert any(" has started 3 tasks: " in message for message in fleet.messages("web"))
    four = fleet.tasks("web")
    service = update(fleet, desiredCount=1)
    fleet.until(lambda: fleet.service("web")["runningCount"] == 1)
    gone = ids(four) - ids(fleet.tasks("web"))
    [message] = [m for m in fleet.messages("web") if " has stopped 3 running tasks: " in m]
    assert set(re.findall(ID, message)) == gone
    reason = f"Scaling activity initiated by (deployment {service['deployments'][0]['id']})"
    arns = [task["taskArn"] for task in four if ids([task]) & gone]
    stopped = fleet.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=arns)["tasks"]
    assert {(task["stoppedReason"], task["stopCode"]) for task in stopped} == {
        (reason, "ServiceSchedulerInitiated")
    }


def test_spread_across_zones_by_default(fleet, web):
    """Without a strategy tasks go evenly to the zones, and scaling in leaves them even."""
    assert fleet.create_service("web", web, desired=4)["placementStrategy"] == []
    fleet.stable("web")
    assert zones(fleet, fleet.tasks("web")) == ["us-east-1a"] * 2 + ["us-east-1b"] * 2
    update(fleet, desiredCount=2)
    left = fleet.until(lambda: len(fleet.tasks("web")) == 2 and fleet.tasks("web"))
    assert zones(fleet, left) == ["us-east-1a", "us-east-1b"]


@in_process_only
@pytest.mark.parametrize(
    ("percents", "limits"),
    [
        ((100, 200), (4, 8)),
        ((50, 100), (2, 4)),
        ((75, 150), (3, 6)),
        ((0, 100), (0, 4)),
        ((60, 130), (3, 5)),
    ],
)
def test_a_rolling_update_stays_inside_its_percents(fleet, web, percents, limits):
    """At every step at least minimumHealthyPercent run and at most maximumPercent exist."""
    configuration = dict(zip(("minimumHealthyPercent", "maximumPercent"), percents, strict=True))
    lowest, highest = limits
    fleet.create_service("web", web, desired=4, deploymentConfiguration=configuration)
    fleet.stable("web")
    old = ids(fleet.tasks("web"))
    update(fleet, taskDefinition=fleet.register("web", container(cpu=10)))
    seen = []
    for _ in range(400):
        service = fleet.service("web")
        seen.append((service["runningCount"], service["runningCount"] + service["pendingCount"]))
        if len(service["deployments"]) == 1 and service["runningCount"] == 4:
            break
    assert len(service["deployments"]) == 1
    assert min(running for running, _ in seen) >= lowest
    assert max(present for _, present in seen) <= highest
    assert max(present for _, present in seen) > 4 or min(running for running, _ in seen) < 4
    assert not ids(fleet.tasks("web")) & old


def test_a_rolling_update_replaces_every_task(fleet, web):
    """Two deployments while it lasts, PRIMARY and ACTIVE; one, COMPLETED, in the end."""
    fleet.create_service("web", web, desired=2)
    fleet.stable("web")
    old = fleet.tasks("web")
    newer = fleet.register("web", container(cpu=10))
    answer = update(fleet, taskDefinition=newer)
    assert [each["status"] for each in answer["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert [each["taskDefinition"] for each in answer["deployments"]] == [newer, web]
    assert answer["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    service = fleet.stable("web")
    [deployment] = service["deployments"]
    fleet.until(lambda: fleet.service("web")["deployments"][0]["rolloutState"] == "COMPLETED")
    new = fleet.tasks("web")
    assert {task["taskDefinitionArn"] for task in new} == {newer}
    assert {task["startedBy"] for task in new} == {deployment["id"]}
    assert not ids(new) & ids(old)


@in_process_only
def test_force_new_deployment_replaces_the_same_definition(fleet, web):
    """The tasks are new ones; the definition is the one there was."""
    fleet.create_service("web", web, desired=1)
    fleet.stable("web")
    old = ids(fleet.tasks("web"))
    update(fleet, forceNewDeployment=True)
    fleet.until(lambda: len(fleet.service("web")["deployments"]) == 1)
    assert not ids(fleet.tasks("web")) & old
    assert fleet.service("web")["taskDefinition"] == web


@in_process_only
def test_a_deployment_that_fits_nowhere_waits(fleet):
    """With one port, two hosts and 100 to 200 percent nothing can move, and nothing is lost."""
    fixed = fleet.register("web", container(portMappings=PORT_80))
    fleet.create_service("web", fixed, desired=2)
    fleet.stable("web")
    old = ids(fleet.tasks("web"))
    update(fleet, taskDefinition=fleet.register("web", container(cpu=10, portMappings=PORT_80)))
    assert "is already using a port" in quiet_message(fleet, UNABLE)
    assert ids(fleet.tasks("web")) == old


@pytest.mark.parametrize(
    ("wish", "shortcoming"),
    [
        ({"portMappings": PORT_80}, "is already using a port required by your task."),
        ({"memory": 8192}, "has insufficient memory available."),
        ({"cpu": 4096}, "has insufficient CPU units available."),
        (
            {"logConfiguration": {"logDriver": "splunk"}},
            "is missing an attribute required by your task.",
        ),
    ],
)
def test_unable_to_place_says_which_instance_came_closest_and_why(fleet, wish, shortcoming):
    """The event names a container instance of the cluster and what it lacks, in AWS's words."""
    definition = fleet.register("web", container(**wish))
    fleet.create_service("web", definition, desired=3)
    message = quiet_message(fleet, UNABLE)
    text = rf"The closest matching \(container-instance ({ID})\) {re.escape(shortcoming)} "
    found = re.fullmatch(re.escape(UNABLE) + text + re.escape(GUIDE), message)
    arns = {each["containerInstanceArn"].rsplit("/", 1)[1] for each in fleet.instances().values()}
    assert found[1] in arns


@in_process_only
def test_an_empty_cluster_has_no_instance_to_name(fleet, web):
    """The event says that no container instances were found, and does not come every second."""
    fleet.ecs.create_cluster(clusterName="empty")
    fleet.ecs.create_service(cluster="empty", serviceName="web", taskDefinition=web, desiredCount=1)
    fleet.pass_time(200)
    answer = fleet.ecs.describe_services(cluster="empty", services=["web"])["services"][0]
    reason = "Reason: No Container Instances were found in your cluster. "
    assert [each["message"] for each in answer["events"]] == [f"{UNABLE}{reason}{GUIDE}"]
    fleet.ecs.delete_service(cluster="empty", service="web", force=True)


@in_process_only
def test_room_that_comes_later_is_used(fleet):
    """A service that could not be placed is, as soon as the port is free."""
    fixed = fleet.register("web", container(portMappings=PORT_80))
    first = fleet.ecs.run_task(cluster=walk.CLUSTER, taskDefinition=fixed, count=2)["tasks"]
    fleet.create_service("web", fixed, desired=1)
    quiet_message(fleet, UNABLE)
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=first[0]["taskArn"])
    assert fleet.stable("web")["runningCount"] == 1


@in_process_only
def test_tasks_that_never_start_are_tried_ever_more_rarely(fleet):
    """After some failures AWS's event says so, and the pauses between starts grow."""
    bad = fleet.register("bad", container(image="wordpres"))
    fleet.create_service("web", bad)
    fleet.pass_time(900)
    service = fleet.service("web")
    told = "(service web) is unable to consistently start tasks successfully. "
    assert [m for m in fleet.messages("web") if "consistently" in m] == [told + GUIDE]
    starts = [e["createdAt"] for e in service["events"] if "has started" in e["message"]]
    pauses = [(newer - older).total_seconds() for newer, older in itertools.pairwise(starts)]
    assert len(starts) < 12
    assert pauses[0] > 10 * pauses[-1]
    assert service["deployments"][0]["failedTasks"] == len(starts)
    assert service["deployments"][0]["rolloutState"] == "IN_PROGRESS"


@in_process_only
def test_steady_state_is_said_again_every_six_hours(fleet, web):
    """While nothing changes the same event comes every 21,600 seconds."""
    fleet.create_service("web", web)
    fleet.stable("web")
    fleet.pass_time(13 * 3600)
    steady = [e["createdAt"] for e in fleet.service("web")["events"] if "steady" in e["message"]]
    assert len(steady) == 3
    assert {round((a - b).total_seconds()) for a, b in itertools.pairwise(steady)} == {21600}


def test_the_same_call_again_is_idempotent(fleet, web):
    """CreateService answers with the service that is there, and refuses a different one."""
    first = fleet.create_service("web", web)
    again = fleet.create_service("web", web)
    assert again["createdAt"] == first["createdAt"]
    assert again["deployments"][0]["id"] == first["deployments"][0]["id"]
    with pytest.raises(ClientError, match=r"Creation of service was not idempotent\."):
        fleet.create_service("web", web, desired=2)


def test_delete_drains_and_leaves_inactive(fleet, web):
    """Refused above 0; then DRAINING while tasks stop, then INACTIVE, and the waiter sees it."""
    ecs = fleet.ecs
    name = {"cluster": walk.CLUSTER, "service": "web"}
    fleet.create_service("web", web, desired=2)
    fleet.stable("web")
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="while it is scaled above"):
        ecs.delete_service(**name)
    answer = ecs.delete_service(**name, force=True)["service"]
    assert (answer["status"], answer["desiredCount"]) == ("DRAINING", 0)
    assert answer["runningCount"] == 2
    assert ecs.list_services(cluster=walk.CLUSTER)["serviceArns"] == []
    ecs.get_waiter("services_inactive").wait(cluster=walk.CLUSTER, services=["web"])
    inactive = fleet.service("web")
    assert (inactive["status"], inactive["runningCount"]) == ("INACTIVE", 0)
    with pytest.raises(ecs.exceptions.ServiceNotActiveException, match="was not ACTIVE"):
        ecs.update_service(**name)
    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.delete_service(**name)
    assert fleet.create_service("web", web)["status"] == "ACTIVE"


@in_process_only
def test_while_it_drains_its_name_is_taken(fleet):
    """Neither create nor update works while its tasks are still stopping."""
    slow = fleet.register("slow", container(image="busybox", command=["sleep", "3600"]))
    fleet.create_service("web", slow)
    fleet.stable("web")
    fleet.ecs.delete_service(cluster=walk.CLUSTER, service="web", force=True)
    assert fleet.service("web")["status"] == "DRAINING"
    with pytest.raises(ClientError, match="Unable to Start a service that is still Draining"):
        fleet.create_service("web", slow)
    with pytest.raises(ClientError, match="was not ACTIVE"):
        update(fleet, desiredCount=1)


def test_waiters_of_plain_boto3_see_failure_too(fleet, web):
    """services_stable fails for a service that is not there, tasks_running for a stopped task."""
    stable = fleet.ecs.get_waiter("services_stable")
    with pytest.raises(WaiterError, match="MISSING"):
        stable.wait(cluster=walk.CLUSTER, services=["nothing"])
    fleet.create_service("web", web)
    fleet.ecs.get_waiter("services_stable").wait(cluster=walk.CLUSTER, services=["web"])
    [task] = fleet.tasks("web")
    fleet.ecs.get_waiter("tasks_running").wait(cluster=walk.CLUSTER, tasks=[task["taskArn"]])
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=task["taskArn"])
    fleet.ecs.get_waiter("tasks_stopped").wait(cluster=walk.CLUSTER, tasks=[task["taskArn"]])
    with pytest.raises(WaiterError, match="STOPPED"):
        fleet.ecs.get_waiter("tasks_running").wait(cluster=walk.CLUSTER, tasks=[task["taskArn"]])


def test_a_draining_instance_loses_its_service_tasks(fleet, web):
    """They move to the other instance within the percents; a standalone task stays."""
    by_zone = {
        fleet.host(key)["Placement"]["AvailabilityZone"]: each["containerInstanceArn"]
        for key, each in fleet.instances().items()
    }
    host, other = by_zone["us-east-1a"], by_zone["us-east-1b"]
    own = fleet.ecs.start_task(cluster=walk.CLUSTER, taskDefinition=web, containerInstances=[host])[
        "tasks"
    ][0]["taskArn"]
    fleet.create_service("web", web, desired=2)
    fleet.stable("web")
    state = {"cluster": walk.CLUSTER, "containerInstances": [host]}
    try:
        answer = fleet.ecs.update_container_instances_state(**state, status="DRAINING")
        assert answer["containerInstances"][0]["status"] == "DRAINING"
        fleet.until(lambda: {t["containerInstanceArn"] for t in fleet.tasks("web")} == {other})
        assert fleet.stable("web")["runningCount"] == 2
        assert fleet.task(own)["desiredStatus"] == "RUNNING"
    finally:
        fleet.ecs.update_container_instances_state(**state, status="ACTIVE")


@in_process_only
@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"placementConstraints": [{"type": "memberOf", "expression": "x ="}]}, "Invalid expr"),
        ({"placementStrategy": [{"type": "spread"}]}, "requires instanceId or attribute"),
        ({"desiredCount": -1}, "cannot be negative"),
        ({"desiredCount": 5001}, "cannot be greater than 5000"),
        ({"deploymentConfiguration": {"maximumPercent": 99}}, "maximumPercent must be 100"),
        ({"deploymentConfiguration": {"minimumHealthyPercent": -1}}, "cannot be negative"),
    ],
)
def test_what_no_scheduler_could_do_is_refused(fleet, web, wish, sentence):
    """Create and update say what is wrong, and the service that is there goes on unharmed."""
    error = fleet.ecs.exceptions.InvalidParameterException
    request = {"serviceName": "bad", "taskDefinition": web, "desiredCount": 1, **wish}
    with pytest.raises(error, match=sentence):
        fleet.ecs.create_service(cluster=walk.CLUSTER, **request)
    fleet.create_service("web", web)
    with pytest.raises(error, match=sentence):
        update(fleet, **wish)
    assert fleet.stable("web")["runningCount"] == 1
    assert fleet.ecs.list_services(cluster=walk.CLUSTER)["serviceArns"] == [
        fleet.service("web")["serviceArn"]
    ]


@in_process_only
def test_constraints_of_a_service_bind(fleet, web):
    """memberOf keeps its tasks in one zone; UpdateService can take the constraint away."""
    constraint = {
        "type": "memberOf",
        "expression": "attribute:ecs.availability-zone in [us-east-1b]",
    }
    fleet.create_service("web", web, desired=2, placementConstraints=[constraint])
    fleet.stable("web")
    assert zones(fleet, fleet.tasks("web")) == ["us-east-1b"] * 2
    assert update(fleet, placementConstraints=[])["placementConstraints"] == []
    update(fleet, forceNewDeployment=True)
    fleet.until(lambda: len(fleet.service("web")["deployments"]) == 1)
    assert "us-east-1a" in zones(fleet, fleet.tasks("web"))


@in_process_only
def test_what_is_not_there_is_said(fleet, web):
    """Unknown services are failures to describe and errors elsewhere."""
    answer = fleet.ecs.describe_services(cluster=walk.CLUSTER, services=["nothing"])
    assert [each["reason"] for each in answer["failures"]] == ["MISSING"]
    for call in (fleet.ecs.update_service, fleet.ecs.delete_service):
        with pytest.raises(fleet.ecs.exceptions.ServiceNotFoundException):
            call(cluster=walk.CLUSTER, service="nothing")


@in_process_only
def test_a_service_in_the_shape_recorded_on_aws(fleet, web):
    """A service on EC2 without a load balancer has neither a role nor Fargate's members."""
    fleet.create_service("web", web)
    service = fleet.stable("web")
    assert service["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
    }
    assert (service["launchType"], service["schedulingStrategy"]) == ("EC2", "REPLICA")
    absent = ("roleArn", "healthCheckGracePeriodSeconds", "networkConfiguration", "platformVersion")
    assert not set(absent) & service.keys()
