"""What goes wrong with real containers, each time until the service is steady again.

After each fault the tasks wanted are RUNNING, and on the engine are only their containers and
those that have ended, which the agent keeps for three hours as on AWS.
"""

import random

import boto3
import pytest
import walk
from images import stand_ins
from labs import container
from real_lab import real_lab

from ecs_tutorial import memory_warning

pytestmark = pytest.mark.engine

LISTENS, BUSYBOX = stand_ins.TAGS["listens"], stand_ins.TAGS["busybox"]
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
MIB_TOO_MANY = "x=$(head -c 64m /dev/zero | tail -c 64m | tr '\\0' x); exit 1"


@pytest.fixture(scope="module")
def lab(engine_url, client, tmp_path_factory):
    """Two instances; nothing is allowed."""
    for name in ("busybox", "listens"):
        stand_ins.ensure(client, name)
    with real_lab("faults", engine_url, client, tmp_path_factory.mktemp("fence")) as lab:
        lab.hosts = lab.fleet(2)
        yield lab


@pytest.fixture(autouse=True)
def cleared(lab):
    yield
    lab.clear()
    assert running(lab) == set()


def app(image=LISTENS, **settings):
    return container(image=image, stopTimeout=2, **{"memory": 32, **settings})


def serve(lab, desired, **settings):
    """A service called ``shop``, steady."""
    lab.create_service("shop", lab.register("shop", app(**settings)), desired)
    return lab.steady("shop", desired)


def running(lab):
    return {each["Id"] for each in lab.marked() if each["State"] == "running"}


def runtime_ids(lab, service="shop"):
    return {c.get("runtimeId") for task in lab.tasks(service) for c in task["containers"]}


def ended(lab, arn):
    task = lab.stopped(arn)
    return task, task["containers"][0]


def test_killed_twenty_times_at_random(lab, client):
    """The service is steady after each, with as many containers as wanted and no other."""
    rng = random.Random(20)
    serve(lab, 3)
    for _ in range(20):
        victim = rng.choice(sorted(running(lab)))
        client.kill(victim)
        lab.until(lambda gone=victim: gone not in runtime_ids(lab))
        lab.steady("shop", 3)
    assert running(lab) == runtime_ids(lab)
    dead = [each for each in lab.marked() if each["State"] != "running"]
    assert len(dead) >= 20
    assert sum("has started 1 tasks" in message for message in lab.messages("shop")) >= 20


def test_removed_by_hand(lab, client):
    """``docker rm -f``: the task stops, another takes its place."""
    [task] = serve(lab, 1)
    client.remove_container(next(iter(running(lab))), force=True)
    stopped, container = ended(lab, task)
    assert (stopped["stopCode"], container["exitCode"]) == ("EssentialContainerExited", 137)
    assert lab.steady("shop", 1) != [task]
    assert running(lab) == runtime_ids(lab)


def test_paused_by_hand(lab, client):
    """ECS sees nothing of it; docker ps says it; and the task can still be stopped."""
    task = lab.running(app())
    [runtime_id] = [each["runtimeId"] for each in task["containers"]]
    client.pause(runtime_id)
    host = lab.instances()
    [host] = [k for k, v in host.items() if v["runningTasksCount"] == 1]
    lab.until(lambda: "(Paused)" in lab.shell(host, "docker ps")[0])
    assert lab.task(task["taskArn"])["lastStatus"] == "RUNNING"
    lab.ecs.stop_task(cluster=walk.CLUSTER, task=task["taskArn"])
    assert lab.stopped(task["taskArn"])["containers"][0]["exitCode"] == 0


def test_an_image_that_is_killed_for_memory(lab):
    """OutOfMemoryError with the exit code that the engine reports, whatever it is."""
    script = ["sh", "-c", MIB_TOO_MANY]
    arn = lab.run_task(app(BUSYBOX, memory=16, command=script))["tasks"][0]["taskArn"]
    stopped, container = ended(lab, arn)
    assert container["reason"] == OUT_OF_MEMORY
    assert container["exitCode"] == lab.inspect(stopped)["State"]["ExitCode"]
    assert stopped["stopCode"] == "EssentialContainerExited"


@pytest.mark.parametrize(
    ("fault", "memory", "ends"),
    [
        pytest.param("exit 1", 32, (1, None), id="crashes"),
        pytest.param(MIB_TOO_MANY, 16, (None, OUT_OF_MEMORY), id="out-of-memory"),
    ],
)
def test_a_service_whose_image_fails_is_mended(lab, fault, memory, ends):
    """Another definition makes it steady; the failed tasks are gone, and so are their processes."""
    bad = lab.register("shop", app(BUSYBOX, memory=memory, command=["sh", "-c", fault]))
    lab.create_service("shop", bad, 2)
    of_service = {"cluster": walk.CLUSTER, "services": ["shop"]}
    failed = lab.until(lambda: [task for task in stopped_tasks(lab) if is_over(task, *ends)])
    assert all(task["taskDefinitionArn"] == bad for task in failed)
    good = lab.register("shop", app())
    lab.ecs.update_service(cluster=walk.CLUSTER, service="shop", taskDefinition=good)
    lab.ecs.get_waiter("services_stable").wait(**of_service)
    tasks = lab.tasks("shop")
    assert [task["taskDefinitionArn"] for task in tasks] == [good, good]
    [deployment] = lab.service("shop")["deployments"]
    assert deployment["rolloutState"] == "COMPLETED"
    assert running(lab) == runtime_ids(lab)


def stopped_tasks(lab, service="shop"):
    arns = lab.ecs.list_tasks(cluster=walk.CLUSTER, serviceName=service, desiredStatus="STOPPED")[
        "taskArns"
    ]
    found = lab.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=arns) if arns else {"tasks": []}
    return [task for task in found["tasks"] if task["lastStatus"] == "STOPPED"]


def is_over(task, exit_code, reason):
    """Whether its container has ended with this exit code, or for this reason."""
    [container] = task["containers"]
    return container.get("reason") == reason and exit_code in (None, container["exitCode"])


def test_a_health_check_that_turns_bad(lab, client):
    """UNHEALTHY reaches DescribeTasks, and the service replaces the task."""
    check = {"command": ["CMD-SHELL", "test ! -e /bad"], "interval": 5, "retries": 1}
    [task] = serve(lab, 1, healthCheck=check)
    lab.until(lambda: lab.task(task)["healthStatus"] == "HEALTHY")
    [runtime_id] = runtime_ids(lab)
    client.exec_start(client.exec_create(runtime_id, ["touch", "/bad"]))
    stopped, _ = ended(lab, task)
    assert stopped["healthStatus"] == "UNHEALTHY"
    lab.steady("shop", 1)
    assert running(lab) == runtime_ids(lab) != {runtime_id}


@pytest.mark.parametrize(
    ("name", "task", "settings"),
    [
        ("privileged", {}, {"privileged": True}),
        ("host-network", {"networkMode": "host"}, {}),
        ("host-namespaces", {"pidMode": "host"}, {}),
        ("capabilities", {}, {"linuxParameters": {"capabilities": {"add": ["SYS_ADMIN"]}}}),
        ("devices", {}, {"linuxParameters": {"devices": [{"hostPath": "/dev/fuse"}]}}),
        ("security-options", {}, {"dockerSecurityOptions": ["label:disable"]}),
        (
            "host-mounts",
            {"volumes": [{"name": "etc", "host": {"sourcePath": "/etc"}}]},
            {"mountPoints": [{"sourceVolume": "etc", "containerPath": "/x"}]},
        ),
    ],
)
def test_what_is_not_allowed_stops_the_task_with_the_reason(lab, name, task, settings):
    """DescribeTasks says what it would do and how to allow it; the engine never hears of it."""
    before = {each["Id"] for each in lab.marked()}
    definition = lab.register("shop", app(**settings), **task)
    [asked] = lab.ecs.run_task(cluster=walk.CLUSTER, taskDefinition=definition)["tasks"]
    stopped, container = ended(lab, asked["taskArn"])
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert container["reason"].startswith("CannotCreateContainerError: the container ")
    assert f'To allow it, add allow=["{name}"] to start()' in container["reason"]
    assert {each["Id"] for each in lab.marked()} == before


def test_lines_of_a_real_container_reach_cloudwatch(lab):
    """The engine keeps its own log; each line is shipped once."""
    logs = lab.client("logs")
    logs.create_log_group(logGroupName="/ecs/shop")
    options = {"awslogs-group": "/ecs/shop", "awslogs-region": "us-east-1"}
    options["awslogs-stream-prefix"] = "web"
    definition = app(
        BUSYBOX,
        # The engine reads the two outputs apart: only a pause makes their order certain.
        command=["sh", "-c", "echo begun; sleep 7; echo one; echo one; sleep 1; echo done >&2"],
        logConfiguration={"logDriver": "awslogs", "options": options},
    )
    arn = lab.run_task(definition)["tasks"][0]["taskArn"]
    stopped, _ = ended(lab, arn)
    assert lab.inspect(stopped)["HostConfig"]["LogConfig"]["Type"] == "json-file"
    stream = {"logGroupName": "/ecs/shop", "logStreamName": f"web/app/{arn.rpartition('/')[2]}"}
    lab.until(lambda: len(logs.get_log_events(**stream)["events"]) == 4)
    messages = [event["message"] for event in logs.get_log_events(**stream)["events"]]
    assert messages == ["begun", "one", "one", "done"]


def test_memory_is_counted_before_a_container_is_there(lab, client):
    """What a task may take counts from its placement on, beside what instances offer."""
    registered = [
        each["integerValue"]
        for instance in lab.instances().values()
        for each in instance["registeredResources"]
        if each["name"] == "MEMORY"
    ]
    with lab.local.lock:
        arn = lab.run_task(app(memory=1500))["tasks"][0]["taskArn"]
        assert lab.marked(task_arn=arn) == []
        found = lab.local.memory()
    engine = client.info()["MemTotal"] // 1024**2
    assert found == {"engine": engine, "instances": sum(registered), "tasks": 1500}


def test_a_cell_hears_of_too_much_memory_before_it_is_taken(lab, client, capsys, monkeypatch):
    """Two that may take most of it: of the first nothing is said, with the second a warning."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    memory_warning.say_in_cells()
    most = client.info()["MemTotal"] // 1024**2 * 2 // 3
    definition = lab.register("shop", app(memory=most, memoryReservation=16))
    said = []
    for _ in range(2):
        with lab.local.lock:
            wish = {"cluster": walk.CLUSTER, "taskDefinition": definition}
            [task] = boto3.client("ecs").run_task(**wish)["tasks"]
            assert lab.marked(task_arn=task["taskArn"]) == []
        said.append(capsys.readouterr().err)
        lab.until(lambda arn=task["taskArn"]: lab.task_if(arn, "RUNNING"))
    assert said[0] == ""
    assert said[1].startswith(f"The lab's tasks may take {2 * most} MiB of memory")


def test_docker_ps_shows_an_instance_its_own(lab):
    """As the engine prints them, with the instance's own ports; never the other's."""
    check = {"command": ["CMD-SHELL", "true"], "interval": 5}
    ports = [{"containerPort": 80, "hostPort": 8080}]
    serve(lab, 2, portMappings=ports, healthCheck=check)
    lab.until(lambda: {task["healthStatus"] for task in lab.tasks("shop")} == {"HEALTHY"})
    seen = set()
    for host in lab.hosts:
        header, *rows = lab.shell(host, "docker ps --no-trunc")[0].splitlines()
        names = ("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES")
        starts = [header.index(name) for name in names]
        [row] = [row for row in rows if "ecs-shop-" in row]
        cells = [row[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
        found = lab.engine.inspect_container(cells[0])
        assert cells[1] == LISTENS
        assert cells[3].endswith(" ago")
        assert cells[4].startswith("Up ")
        assert cells[4].endswith(" (healthy)")
        assert cells[5] == "0.0.0.0:8080->80/tcp"
        assert f"/{cells[6]}" == found["Name"]
        seen.add(cells[0])
    assert seen == runtime_ids(lab)
