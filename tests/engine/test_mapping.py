"""A task's containers on an engine, where one row of the mapping alone does not say it."""

import re

import pytest
from task_run import ARN, TaskRun

pytestmark = pytest.mark.engine

DATA = {"name": "data", "host": {}}


@pytest.fixture
def run(world):
    """Run a task of one container and inspect it."""

    def run(volumes=(), **definition):
        return TaskRun(world, definition, volumes=volumes).until("RUNNING").inspect()

    return run


def test_names_and_labels(world):
    """Family, revision, the name without special characters; ECS's labels over one's own."""
    labels = {"team": "shop", "com.amazonaws.ecs.cluster": "mine"}
    run = TaskRun(world, {"name": "web_1", "dockerLabels": labels}).until("RUNNING")
    found = run.inspect("web_1")
    assert re.fullmatch(r"/ecs-shop-3-web1-[0-9a-f]{20}", found["Name"])
    image = world.engine.client.inspect_image(found["Image"])
    assert found["Config"]["Labels"] == {
        **(image["Config"]["Labels"] or {}),
        "team": "shop",
        "com.amazonaws.ecs.cluster": "walk",
        "com.amazonaws.ecs.container-name": "web_1",
        "com.amazonaws.ecs.task-arn": ARN,
        "com.amazonaws.ecs.task-definition-family": "shop",
        "com.amazonaws.ecs.task-definition-version": "3",
        **world.engine.calls("i-1").labels_of(found["Name"].lstrip("/")),
    }


def test_ports_are_published_on_loopback_only(run):
    """Static or dynamic for ECS: on the machine always a free port of 127.0.0.1."""
    mappings = [
        {"containerPort": 80, "hostPort": 80},
        {"containerPort": 80},
        {"containerPort": 53, "protocol": "udp"},
    ]
    found = run(portMappings=mappings)
    loopback = {"HostIp": "127.0.0.1", "HostPort": ""}
    asked = found["HostConfig"]["PortBindings"]
    assert {name: [bound | {"HostPort": ""} for bound in each] for name, each in asked.items()} == {
        "80/tcp": [loopback, loopback],
        "53/udp": [loopback],
    }
    assert set(found["Config"]["ExposedPorts"]) == {"80/tcp", "53/udp"}
    published = [each for ports in found["NetworkSettings"]["Ports"].values() for each in ports]
    assert {each["HostIp"] for each in published} == {"127.0.0.1"}
    assert len({each["HostPort"] for each in published}) >= 2


def test_bindings_are_reported_as_the_instance_has_them(world):
    """bindIP 0.0.0.0 and the instance's own port, with RUNNING and again with STOPPED."""
    mappings = [{"containerPort": 80, "hostPort": 80}, {"containerPort": 80}]
    run = TaskRun(world, {"portMappings": mappings}).until("RUNNING")
    run.stop()
    bindings = [
        {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": port, "protocol": "tcp"}
        for port in (80, 32768)
    ]
    reported = run.reported("app")
    assert [each["status"] for each in reported] == ["RUNNING", "STOPPED"]
    assert [each["networkBindings"] for each in reported] == [bindings, bindings]


def test_links(world):
    """A link is the alias of another container of the task, which starts first."""
    script = "wget -q -O - http://database/"
    run = TaskRun(
        world,
        {"name": "db"},
        {"image": "busybox", "links": ["db:database"], "command": ["sh", "-c", script]},
    )
    world.until(lambda: run.container("app").state.has_stopped)
    [link] = run.inspect()["HostConfig"]["Links"]
    names = run.container("db").docker_name, run.container("app").docker_name
    assert link == "/{}:/{}/database".format(*names)
    assert world.runtime.logs(run.container("app").runtime_id) == ("It listens.",)


def test_volumes(world):
    """``host: {}`` is a volume of the task's own; volumesFrom shares another container's."""
    writer = {
        "name": "writer",
        "image": "busybox",
        "command": ["sh", "-c", "echo kept > /data/file"],
        "essential": False,
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
    }
    reader = {
        "image": "busybox",
        "command": ["cat", "/data/file"],
        "volumesFrom": [{"sourceContainer": "writer", "readOnly": True}],
        "dependsOn": [{"containerName": "writer", "condition": "COMPLETE"}],
    }
    run = TaskRun(world, writer, reader, volumes=[DATA])
    world.until(lambda: run.container("app").state.has_stopped)
    [bind] = run.inspect("writer")["HostConfig"]["Binds"]
    assert re.fullmatch(r"ecs-shop-3-data-[0-9a-f]{20}:/data:rw", bind)
    assert run.inspect()["HostConfig"]["VolumesFrom"] == [
        f"{run.container('writer').runtime_id}:ro"
    ]
    assert world.runtime.logs(run.container("app").runtime_id) == ("kept",)


def test_a_task_s_volume_goes_with_its_last_container(world, client):
    """Another container that has it keeps it; a shared one stays."""
    shared = {"name": "common", "dockerVolumeConfiguration": {"scope": "shared"}}
    mounts = [{"sourceVolume": name, "containerPath": f"/{name}"} for name in ("data", "common")]
    both = [
        {"name": name, "image": "busybox", "command": ["true"], "mountPoints": mounts}
        for name in ("one", "two")
    ]
    run = TaskRun(world, *both, volumes=[DATA, shared]).until("STOPPED")
    own = run.task.volumes["data"].source

    def volumes():
        return {each["Name"] for each in client.volumes()["Volumes"] or ()}

    world.runtime.remove(run.container("one").runtime_id)
    world.wait(1)
    assert {own, "common"} <= volumes()
    world.runtime.remove(run.container("two").runtime_id)
    world.until(lambda: own not in volumes())
    assert "common" in volumes()


def test_without_a_command_the_image_s_own_runs(run):
    """Nor does the definition's silence become an empty command."""
    assert run()["Config"]["Cmd"][0] == "sh"


def test_a_terminal_and_standard_input(run):
    """pseudoTerminal and interactive."""
    found = run(pseudoTerminal=True, interactive=True)["Config"]
    assert (found["Tty"], found["OpenStdin"]) == (True, True)


@pytest.mark.parametrize("driver", ["awslogs", "fluentd", "syslog"])
def test_a_log_never_leaves_the_machine(run, driver):
    """A remote driver is not handed to the engine, which keeps the log in files with a bound."""
    log = {"logDriver": driver, "options": {"awslogs-group": "shop"}}
    assert run(logConfiguration=log)["HostConfig"]["LogConfig"] == {
        "Type": "json-file",
        "Config": {"max-size": "10m", "max-file": "2"},
    }


def test_no_restart_policy_and_nothing_of_the_machine(run):
    """ECS starts anew by itself; without being allowed a container has no special rights."""
    found = run()["HostConfig"]
    assert found["RestartPolicy"]["Name"] in ("", "no")
    assert not found["AutoRemove"]
    assert not found["Privileged"]
    assert not found["CapAdd"]
    assert not found["Devices"]
    assert found["NetworkMode"] in ("default", "bridge")
