"""Tasks: placed with their failures, started in order, ended for a reason, shown for an hour."""

import json

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container, in_process_only

from ecs_tutorial.control_plane.errors import client_exception
from ecs_tutorial.control_plane.operations import tasks

PORT_80 = [{"containerPort": 80, "hostPort": 80}]
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"digest": f"sha256:{0:064}", "size": 7023},
        "layers": [],
    }
)
SLEEPER = {"image": "busybox", "command": ["sleep", "3600"]}


def by_name(task):
    return {each["name"]: each for each in task["containers"]}


def ids_of(lab):
    """EC2 instance id by container instance ARN."""
    return {each["containerInstanceArn"]: key for key, each in lab.instances().items()}


def zone_of(lab, task):
    return lab.host(ids_of(lab)[task["containerInstanceArn"]])["Placement"]["AvailabilityZone"]


def test_run_task_answers_pending_then_it_runs(fleet):
    """PENDING without bindings at first; RUNNING with bindings and runtime ids in the end."""
    answer = fleet.run_task(container(portMappings=PORT_80), container("side", essential=False))
    [task] = answer["tasks"]
    assert answer["failures"] == []
    assert (task["lastStatus"], task["desiredStatus"]) == ("PENDING", "RUNNING")
    assert task["group"] == "family:app"
    assert task["version"] == 1
    assert {each["lastStatus"] for each in task["containers"]} == {"PENDING"}
    assert not any({"networkBindings", "runtimeId"} & each.keys() for each in task["containers"])
    fleet.ecs.get_waiter("tasks_running").wait(cluster=walk.CLUSTER, tasks=[task["taskArn"]])
    running = fleet.task(task["taskArn"])
    app, side = by_name(running)["app"], by_name(running)["side"]
    binding = {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 80, "protocol": "tcp"}
    assert (app["networkBindings"], side["networkBindings"]) == ([binding], [])
    assert len({app["runtimeId"], side["runtimeId"]}) == 2
    assert "exitCode" not in app
    assert running["startedAt"] >= running["createdAt"]
    assert running["version"] > 1


@in_process_only
def test_containers_run_one_by_one_before_the_task_does(fleet):
    """Links give the order: mysql runs while wordpress and the task are still PENDING."""
    arn = fleet.run_task(*walk.TASK_DEFINITION["containerDefinitions"])["tasks"][0]["taskArn"]
    seen = []
    for _ in range(200):
        task = fleet.task(arn)
        now = tuple(by_name(task)[name]["lastStatus"] for name in ("mysql", "wordpress"))
        if (*now, task["lastStatus"]) not in seen:
            seen.append((*now, task["lastStatus"]))
        if task["lastStatus"] == "RUNNING":
            break
    assert seen[0] == ("PENDING", "PENDING", "PENDING")
    assert ("RUNNING", "PENDING", "PENDING") in seen
    assert ("PENDING", "RUNNING", "PENDING") not in seen
    assert seen[-1] == ("RUNNING", "RUNNING", "RUNNING")


def test_depends_on_gives_the_order(fleet):
    """With SUCCESS the one that waits starts after the other has ended well."""
    task = fleet.running(
        container("app", dependsOn=[{"containerName": "init", "condition": "SUCCESS"}]),
        container("init", "busybox", command=["sleep", "5"], essential=False),
    )
    init, app = by_name(task)["init"], by_name(task)["app"]
    assert (init["lastStatus"], init["exitCode"]) == ("STOPPED", 0)
    assert app["lastStatus"] == "RUNNING"


@in_process_only
def test_a_dependency_that_fails_keeps_the_task_from_starting(fleet):
    """The one that waits for SUCCESS never starts; the task stops and says so."""
    answer = fleet.run_task(
        container("app", dependsOn=[{"containerName": "init", "condition": "SUCCESS"}]),
        container("init", "busybox", command=["false"], essential=False),
    )
    task = fleet.stopped(answer["tasks"][0]["taskArn"])
    assert by_name(task)["init"]["exitCode"] == 1
    assert "exitCode" not in by_name(task)["app"]
    assert task["stopCode"] == "TaskFailedToStart"


def test_tasks_and_failures_together(fleet):
    """Of three copies with one host port two find an instance; each instance says why not."""
    answer = fleet.run_task(container(portMappings=PORT_80), count=3)
    assert len(answer["tasks"]) == 2
    hosts = {task["containerInstanceArn"] for task in answer["tasks"]}
    assert {each["arn"] for each in answer["failures"]} == hosts
    assert [each["reason"] for each in answer["failures"]] == ["RESOURCE:PORTS"] * 2


@in_process_only
@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"cpu": 4096}, "RESOURCE:CPU"),
        ({"memory": 8192}, "RESOURCE:MEMORY"),
        ({"logConfiguration": {"logDriver": "splunk"}}, "ATTRIBUTE"),
    ],
)
def test_each_instance_that_was_looked_at_gives_its_reason(fleet, wish, reason):
    """No task, and one failure for each container instance, still with HTTP 200."""
    answer = fleet.run_task(container(**wish))
    assert answer["tasks"] == []
    assert [each["reason"] for each in answer["failures"]] == [reason] * 2
    assert {each["arn"] for each in answer["failures"]} == set(ids_of(fleet))


@in_process_only
def test_what_a_task_takes_is_counted_and_given_back(fleet):
    """Remaining is registered less CPU, memory and host ports of tasks that have not stopped."""

    def remaining(arn):
        [instance] = [i for i in fleet.instances().values() if i["containerInstanceArn"] == arn]
        found = {each["name"]: each for each in instance["remainingResources"]}
        ports = found["PORTS"]["stringSetValue"]
        return found["CPU"]["integerValue"], found["MEMORY"]["integerValue"], "80" in ports

    before = remaining(next(iter(ids_of(fleet))))
    [task] = fleet.run_task(container(cpu=100, portMappings=PORT_80))["tasks"]
    host = task["containerInstanceArn"]
    assert remaining(host) == (before[0] - 100, before[1] - 64, True)
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=task["taskArn"])
    fleet.stopped(task["taskArn"])
    assert remaining(host) == before


@in_process_only
def test_two_copies_with_port_0_get_dynamic_ports(fleet):
    """The agent picks them from 32768 on; each binding tells its own."""
    host = next(iter(ids_of(fleet)))
    definition = fleet.register("app", container(portMappings=[{"containerPort": 80}]))
    arns = []
    for _ in range(2):
        answer = fleet.ecs.start_task(
            cluster=walk.CLUSTER, taskDefinition=definition, containerInstances=[host]
        )
        arns.append(answer["tasks"][0]["taskArn"])
    tasks = [fleet.until(lambda arn=arn: fleet.task_if(arn, "RUNNING")) for arn in arns]
    ports = {task["containers"][0]["networkBindings"][0]["hostPort"] for task in tasks}
    assert len(ports) == 2
    assert min(ports) >= 32768


@in_process_only
@pytest.mark.parametrize("count", [0, 11])
def test_count_has_limits(fleet, count):
    """RunTask takes one to ten copies."""
    with pytest.raises(fleet.ecs.exceptions.InvalidParameterException, match="between 1 and 10"):
        fleet.run_task(count=count)


def test_an_empty_cluster_is_an_error(fleet):
    """Without any container instance RunTask raises, in AWS's words."""
    fleet.ecs.create_cluster(clusterName="empty")
    definition = fleet.register("app")
    with pytest.raises(fleet.ecs.exceptions.InvalidParameterException) as refusal:
        fleet.ecs.run_task(cluster="empty", taskDefinition=definition)
    message = refusal.value.response["Error"]["Message"]
    assert message == "No Container Instances were found in your cluster."


def test_start_task_names_the_instance(fleet):
    """StartTask runs there and nowhere else; an unknown instance is a failure MISSING."""
    chosen = sorted(ids_of(fleet))[1]
    unknown = chosen.rsplit("/", 1)[0] + "/" + "0" * 32
    answer = fleet.ecs.start_task(
        cluster=walk.CLUSTER,
        taskDefinition=fleet.register("app"),
        containerInstances=[chosen, unknown],
        startedBy="me",
    )
    [task] = answer["tasks"]
    assert (task["containerInstanceArn"], task["startedBy"]) == (chosen, "me")
    assert answer["failures"] == [{"arn": unknown, "reason": "MISSING"}]
    assert fleet.until(lambda: fleet.task_if(task["taskArn"], "RUNNING"))


@in_process_only
def test_start_task_says_why_an_instance_cannot(fleet):
    """A host port that is taken is a failure of StartTask too."""
    host = sorted(ids_of(fleet))[0]
    definition = fleet.register("app", container(portMappings=PORT_80))
    request = {"cluster": walk.CLUSTER, "taskDefinition": definition, "containerInstances": [host]}
    assert len(fleet.ecs.start_task(**request)["tasks"]) == 1
    assert fleet.ecs.start_task(**request)["failures"] == [
        {"arn": host, "reason": "RESOURCE:PORTS"}
    ]


def test_overrides_change_what_runs(fleet):
    """Command and environment reach the container; the answer has an entry for each container."""
    override = {
        "name": "app",
        "command": ["sh", "-c", "echo hello $WHO; exit 3"],
        "environment": [{"name": "WHO", "value": "world"}],
    }
    [task] = fleet.run_task(
        container(**SLEEPER),
        container("side", essential=False),
        overrides={"containerOverrides": [override]},
    )["tasks"]
    assert task["overrides"]["containerOverrides"] == [override, {"name": "side"}]
    stopped = fleet.stopped(task["taskArn"])
    assert by_name(stopped)["app"]["exitCode"] == 3
    host = ids_of(fleet)[task["containerInstanceArn"]]
    log = fleet.shell(host, f"docker logs {by_name(stopped)['app']['runtimeId']}")[0]
    assert log == "hello world\n"


@in_process_only
def test_overrides_of_size_count_in_placement(fleet):
    """A task that asks for more than the definition is placed by what it asks for."""
    override = {"name": "app", "memory": 8192}
    answer = fleet.run_task(container(), overrides={"containerOverrides": [override]})
    assert [each["reason"] for each in answer["failures"]] == ["RESOURCE:MEMORY"] * 2
    with pytest.raises(fleet.ecs.exceptions.ClientException, match="nobody"):
        fleet.run_task(container(), overrides={"containerOverrides": [{"name": "nobody"}]})


@in_process_only
def test_group_and_started_by_are_kept(fleet):
    """Both are answered as given, and ListTasks finds by startedBy."""
    [task] = fleet.run_task(container(), group="nightly", startedBy="cron")["tasks"]
    assert (task["group"], task["startedBy"]) == ("nightly", "cron")
    fleet.run_task(container())
    listed = fleet.ecs.list_tasks(cluster=walk.CLUSTER, startedBy="cron")["taskArns"]
    assert listed == [task["taskArn"]]


def test_constraints_bind(fleet):
    """memberOf chooses the instance, distinctInstance allows one of a group on each."""
    expression = "attribute:ecs.availability-zone == us-east-1b"
    answer = fleet.run_task(
        count=2, placementConstraints=[{"type": "memberOf", "expression": expression}]
    )
    assert {zone_of(fleet, task) for task in answer["tasks"]} == {"us-east-1b"}
    answer = fleet.run_task(
        count=3, group="apart", placementConstraints=[{"type": "distinctInstance"}]
    )
    assert len({task["containerInstanceArn"] for task in answer["tasks"]}) == 2
    assert len(answer["failures"]) == 2


@in_process_only
def test_a_definitions_own_constraint_binds_too(fleet):
    """A memberOf in the task definition counts in RunTask and explains its failures."""
    constraint = {"type": "memberOf", "expression": "attribute:ecs.instance-type == m5.large"}
    definition = fleet.register("app", placementConstraints=[constraint])
    answer = fleet.ecs.run_task(cluster=walk.CLUSTER, taskDefinition=definition)
    assert answer["tasks"] == []
    assert len(answer["failures"]) == 2


@in_process_only
def test_strategies_choose(fleet):
    """spread divides evenly, binpack fills the fullest instance first."""
    zones = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
    spread = fleet.run_task(count=4, placementStrategy=zones)["tasks"]
    assert (
        sorted(zone_of(fleet, task) for task in spread) == ["us-east-1a"] * 2 + ["us-east-1b"] * 2
    )
    fleet.run_task(container(memory=512), count=1)
    pack = [{"type": "binpack", "field": "memory"}]
    packed = fleet.run_task(count=5, placementStrategy=pack)["tasks"]
    assert len({task["containerInstanceArn"] for task in packed}) == 1


@in_process_only
@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"placementConstraints": [{"type": "memberOf", "expression": "x ="}]}, "Invalid expr"),
        ({"placementConstraints": [{"type": "memberOf"}]}, "requires an expression"),
        ({"placementConstraints": [{"type": "nearby"}]}, "should be one of"),
        ({"placementStrategy": [{"type": "densest"}]}, "should be one of"),
        ({"placementStrategy": [{"type": "spread"}]}, "requires instanceId or attribute"),
        ({"placementStrategy": [{"type": "binpack", "field": "disk"}]}, "requires cpu or memory"),
        ({"placementStrategy": [{"type": "random"}] * 6}, "more than 5"),
    ],
)
def test_placement_that_cannot_be_read_is_refused(fleet, wish, sentence):
    """RunTask says what is wrong instead of placing anything."""
    with pytest.raises(fleet.ecs.exceptions.InvalidParameterException, match=sentence):
        fleet.run_task(**wish)


def test_an_essential_containers_end_stops_the_task(fleet):
    """The others get SIGTERM; exit codes and reason tell who went first."""
    [task] = fleet.run_task(
        container("job", "busybox", command=["sh", "-c", "sleep 3; exit 7"]), container("web")
    )["tasks"]
    stopped = fleet.stopped(task["taskArn"])
    assert stopped["stoppedReason"] == "Essential container in task exited"
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["desiredStatus"] == "STOPPED"
    codes = {name: each["exitCode"] for name, each in by_name(stopped).items()}
    assert codes == {"job": 7, "web": 0}
    assert stopped["executionStoppedAt"] <= stopped["stoppedAt"]


@in_process_only
def test_another_containers_end_does_not(fleet):
    """A container that is not essential may end; the task runs on."""
    task = fleet.running(
        container("web"),
        container("job", "busybox", command=["true"], essential=False),
    )
    fleet.pass_time(30)
    now = fleet.task(task["taskArn"])
    assert now["lastStatus"] == "RUNNING"
    assert by_name(now)["job"]["exitCode"] == 0


@in_process_only
def test_too_little_memory_kills_with_137(fleet):
    """A container killed for memory says so, with the exit code of SIGKILL."""
    environment = [{"name": "MYSQL_ROOT_PASSWORD", "value": "x"}]
    [task] = fleet.run_task(container("db", "mysql", memory=16, environment=environment))["tasks"]
    [db] = fleet.stopped(task["taskArn"])["containers"]
    assert db["exitCode"] == 137
    assert db["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_stop_task_answers_as_aws_does(fleet):
    """It answers with the present status and the wish; the end comes when the agent reports."""
    arn = fleet.running()["taskArn"]
    answer = fleet.ecs.stop_task(cluster=walk.CLUSTER, task=arn, reason="enough")["task"]
    assert (answer["lastStatus"], answer["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert (answer["stopCode"], answer["stoppedReason"]) == ("UserInitiated", "enough")
    assert "stoppingAt" in answer
    assert "stoppedAt" not in answer
    fleet.ecs.get_waiter("tasks_stopped").wait(cluster=walk.CLUSTER, tasks=[arn])
    stopped = fleet.task(arn)
    assert (stopped["lastStatus"], stopped["stoppedReason"]) == ("STOPPED", "enough")
    assert stopped["containers"][0]["exitCode"] == 0


@in_process_only
def test_stop_task_without_a_reason_and_of_nothing(fleet):
    """The reason is AWS's own; stopping again changes nothing; an unknown task is an error."""
    arn = fleet.running()["taskArn"]
    first = fleet.ecs.stop_task(cluster=walk.CLUSTER, task=arn)["task"]
    assert first["stoppedReason"] == "Task stopped by user"
    again = fleet.ecs.stop_task(cluster=walk.CLUSTER, task=arn, reason="again")["task"]
    assert again["stoppedReason"] == "Task stopped by user"
    with pytest.raises(fleet.ecs.exceptions.InvalidParameterException, match="not found"):
        fleet.ecs.stop_task(cluster=walk.CLUSTER, task="0" * 32)


@in_process_only
@pytest.mark.parametrize(("timeout", "seconds"), [({}, 30), ({"stopTimeout": 5}, 5)])
def test_who_ignores_sigterm_is_killed(fleet, timeout, seconds):
    """After 30 seconds, or after the container's stopTimeout, SIGKILL gives exit code 137."""
    arn = fleet.running(container(**SLEEPER, **timeout))["taskArn"]
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=arn)
    task = fleet.stopped(arn)
    assert task["containers"][0]["exitCode"] == 137
    took = (task["stoppedAt"] - task["stoppingAt"]).total_seconds()
    assert seconds <= took <= seconds + 2


@in_process_only
def test_stopped_tasks_stay_visible_for_an_hour(fleet):
    """ListTasks and DescribeTasks show a stopped task for an hour of lab time, then MISSING."""
    arn = fleet.running()["taskArn"]
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=arn)
    fleet.stopped(arn)

    def listed():
        answer = fleet.ecs.list_tasks(cluster=walk.CLUSTER, desiredStatus="STOPPED")
        return arn in answer["taskArns"]

    fleet.pass_time(3500)
    assert listed()
    assert fleet.task(arn)["lastStatus"] == "STOPPED"
    fleet.pass_time(120)
    assert not listed()
    answer = fleet.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=[arn])
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]


@pytest.mark.parametrize("image", ["wordpres", "wordpress:no-such-tag", "example/wordpress"])
def test_an_image_that_does_not_exist_cannot_be_pulled(fleet, image):
    """The container has CannotPullContainerError and no exit code; the task never started."""
    [task] = fleet.run_task(container(image=image))["tasks"]
    stopped = fleet.stopped(task["taskArn"])
    [app] = stopped["containers"]
    assert app["reason"].startswith("CannotPullContainerError: Error response from daemon: ")
    assert "exitCode" not in app
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert "startedAt" not in stopped


@in_process_only
def test_images_of_the_official_library_are_known(fleet):
    """With or without their registry's name and with a tag of theirs."""
    images = (
        "nginx",
        "nginx:1.27",
        "docker.io/library/nginx",
        "public.ecr.aws/docker/library/nginx",
    )
    arns = [fleet.run_task(container(image=image))["tasks"][0]["taskArn"] for image in images]
    fleet.pass_time(60)
    assert {fleet.task(arn)["lastStatus"] for arn in arns} == {"RUNNING"}


def test_images_of_the_labs_own_repositories_are_known(fleet):
    """What was put into an ECR repository can be pulled; another tag of it cannot."""
    ecr = fleet.client("ecr")
    try:
        uri = ecr.create_repository(repositoryName="wordpress")["repository"]["repositoryUri"]
        ecr.put_image(repositoryName="wordpress", imageManifest=MANIFEST, imageTag="mine")
        assert fleet.running(container(image=f"{uri}:mine"))["lastStatus"] == "RUNNING"
        [task] = fleet.run_task(container(image=f"{uri}:yours"))["tasks"]
        [app] = fleet.stopped(task["taskArn"])["containers"]
        assert app["reason"].startswith("CannotPullContainerError")
    finally:
        ecr.delete_repository(repositoryName="wordpress", force=True)


@in_process_only
def test_the_labs_limits_are_said(fleet):
    """Fargate and awsvpc are refused by name, not run as something else."""
    with pytest.raises(ClientError, match="EC2 launch type only"):
        fleet.run_task(launchType="FARGATE")
    definition = fleet.register("app", networkMode="awsvpc")
    with pytest.raises(ClientError, match="bridge only"):
        fleet.ecs.run_task(cluster=walk.CLUSTER, taskDefinition=definition)


@in_process_only
def test_describe_tasks_has_limits(fleet):
    """One to a hundred tasks; unknown ones are failures MISSING."""
    error = fleet.ecs.exceptions.InvalidParameterException
    for names in ([], ["x"] * 101):
        with pytest.raises(error):
            fleet.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=names)
    answer = fleet.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=["0" * 32])
    assert [each["reason"] for each in answer["failures"]] == ["MISSING"]


@in_process_only
@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ({"name": "app", "cpu": -1}, "Invalid 'cpu' override"),
        ({"name": "app", "memory": 0}, "Invalid 'memory' override"),
        ({"name": "app", "environment": [{"value": "x"}]}, "need a name"),
        ({"name": "nobody"}, "is not a container in the TaskDefinition"),
    ],
)
@pytest.mark.parametrize("memory", [64, 500_000])
def test_odd_overrides_leave_nothing(fleet, override, sentence, memory):
    """They are refused whether or not there is room, and no task is kept."""
    with pytest.raises(ClientError, match=sentence):
        fleet.run_task(container(memory=memory), overrides={"containerOverrides": [override]})
    assert fleet.ecs.list_tasks(cluster=walk.CLUSTER)["taskArns"] == []


@in_process_only
def test_start_task_looks_at_a_draining_instance_too(fleet):
    """An instance that drains takes no task, whoever names it."""
    host = sorted(ids_of(fleet))[0]
    state = {"cluster": walk.CLUSTER, "containerInstances": [host]}
    fleet.ecs.update_container_instances_state(**state, status="DRAINING")
    try:
        answer = fleet.ecs.start_task(**state, taskDefinition=fleet.register("app"))
    finally:
        fleet.ecs.update_container_instances_state(**state, status="ACTIVE")
    assert (answer["tasks"], answer["failures"]) == ([], [{"arn": host, "reason": "INACTIVE"}])


@in_process_only
def test_a_run_task_that_fails_midway_leaves_nothing(fleet, monkeypatch):
    """Whatever goes wrong with the second copy, the first one is neither kept nor started."""
    copies = iter([tasks.placed])

    def placed_once(*args):
        if placed := next(copies, None):
            return placed(*args)
        raise client_exception("The second copy cannot be made.")

    monkeypatch.setattr(tasks, "placed", placed_once)
    with pytest.raises(ClientError, match="The second copy cannot be made"):
        fleet.run_task(container(), count=2)
    fleet.pass_time(60)
    assert fleet.ecs.list_tasks(cluster=walk.CLUSTER)["taskArns"] == []
    assert {each["pendingTasksCount"] for each in fleet.instances().values()} == {0}
