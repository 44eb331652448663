"""From RegisterTaskDefinition to ``docker inspect``: each row of the mapping, the whole way.

Control plane, payload, agent and runtime are all in between; what the engine was asked for is
read back by the ``runtimeId`` that DescribeTasks gives.
"""

import json
import re

import pytest
from images import stand_ins
from real_lab import real_lab

from ecs_tutorial.allowances import ALLOWANCES

pytestmark = pytest.mark.engine

MIB = 1024 * 1024
SECOND = 1_000_000_000
LISTENS, BUSYBOX = stand_ins.TAGS["listens"], stand_ins.TAGS["busybox"]
LOOPBACK = {"HostIp": "127.0.0.1", "HostPort": ""}


@pytest.fixture(scope="module")
def lab(engine_url, client, tmp_path_factory):
    """A lab with one instance that allows everything by name."""
    for name in ("busybox", "listens"):
        stand_ins.ensure(client, name)
    folder = tmp_path_factory.mktemp("fence")
    with real_lab("mapping", engine_url, client, folder, allow=ALLOWANCES) as lab:
        [lab.instance_id] = lab.fleet()
        yield lab


@pytest.fixture
def run(lab):
    """Run a task of one container, or of several, and inspect the one called ``app``."""

    def run(*others, settings=None, **definition):
        app = {"name": "app", "image": LISTENS, "memory": 64, "stopTimeout": 2, **definition}
        containers = [app, *others]
        arn = lab.register("shop", *containers, **(settings or {}))
        [task] = lab.ecs.run_task(cluster="Wordpress", taskDefinition=arn)["tasks"]
        lab.until(lambda: lab.task(task["taskArn"])["lastStatus"] != "PENDING")
        run.task = lab.task(task["taskArn"])
        assert run.task["lastStatus"] == "RUNNING", run.task
        return lab.inspect(run.task)

    yield run
    lab.ecs.stop_task(cluster="Wordpress", task=run.task["taskArn"])


def test_row_name(lab, run):
    """``ecs-<family>-<revision>-<container without special characters>-<20 hex>``."""
    run({"name": "side_car-1", "image": LISTENS, "memory": 32})
    revision = run.task["taskDefinitionArn"].rpartition(":")[2]
    name = lab.inspect(run.task, "side_car-1")["Name"]
    assert re.fullmatch(rf"/ecs-shop-{revision}-sidecar-1-[0-9a-f]{{20}}", name)


def test_row_labels(run):
    """ECS's five, set last, beside one's own dockerLabels."""
    own = {"team": "shop", "com.amazonaws.ecs.cluster": "mine"}
    labels = run(dockerLabels=own)["Config"]["Labels"]
    expected = {
        "team": "shop",
        "com.amazonaws.ecs.cluster": "Wordpress",
        "com.amazonaws.ecs.container-name": "app",
        "com.amazonaws.ecs.task-arn": run.task["taskArn"],
        "com.amazonaws.ecs.task-definition-family": "shop",
        "com.amazonaws.ecs.task-definition-version": run.task["taskDefinitionArn"].split(":")[-1],
    }
    assert expected.items() <= labels.items()


def test_row_environment(run):
    """The definition's, and those that the agent adds."""
    found = run(environment=[{"name": "WHO", "value": "me=you"}])["Config"]["Env"]
    variables = dict(pair.split("=", 1) for pair in found)
    assert variables["WHO"] == "me=you"
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "us-east-1"
    assert {
        "ECS_CONTAINER_METADATA_URI",
        "ECS_CONTAINER_METADATA_URI_V4",
        "ECS_AGENT_URI",
    } <= variables.keys()


@pytest.mark.parametrize(("cpu", "shares"), [(0, 2), (1, 2), (128, 128)])
def test_row_cpu(run, cpu, shares):
    """CpuShares, at least 2."""
    assert run(cpu=cpu)["HostConfig"]["CpuShares"] == shares


def test_row_memory(run):
    """MiB in bytes, limit and reservation."""
    found = run(memory=96, memoryReservation=48)["HostConfig"]
    assert (found["Memory"], found["MemoryReservation"]) == (96 * MIB, 48 * MIB)


def test_row_port_mappings(run):
    """Static and dynamic host ports: on this machine free ports of loopback."""
    mappings = [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 80}]
    found = run(portMappings=mappings)
    asked = found["HostConfig"]["PortBindings"]
    assert [each | {"HostPort": ""} for each in asked["80/tcp"]] == [LOOPBACK, LOOPBACK]
    assert set(found["Config"]["ExposedPorts"]) == {"80/tcp"}


def test_row_reported_bindings(lab, run):
    """bindIP 0.0.0.0 and the instance's ports, while RUNNING and when STOPPED."""
    run(portMappings=[{"containerPort": 80, "hostPort": 80}, {"containerPort": 80}])
    bindings = run.task["containers"][0]["networkBindings"]
    assert [{**each, "hostPort": 0} for each in bindings] == [
        {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 0, "protocol": "tcp"}
    ] * 2
    fixed, dynamic = (each["hostPort"] for each in bindings)
    assert fixed == 80
    assert dynamic >= 32768
    lab.ecs.stop_task(cluster="Wordpress", task=run.task["taskArn"])
    stopped = lab.stopped(run.task["taskArn"])
    assert stopped["containers"][0]["networkBindings"] == bindings


def test_row_links(lab, run):
    """``db:database`` is the other container's Docker name and the alias; it starts first."""
    found = run({"name": "db", "image": LISTENS, "memory": 32}, links=["db:database"])
    other = lab.inspect(run.task, "db")
    assert found["HostConfig"]["Links"] == [f"{other['Name']}:{found['Name']}/database"]
    assert other["State"]["StartedAt"] < found["State"]["StartedAt"]


def test_row_volumes_from_and_mount_points(lab, run):
    """``host: {}`` is a named volume of the task's own; volumesFrom shares it, read only."""
    writer = {
        "name": "writer",
        "image": LISTENS,
        "memory": 32,
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
    }
    found = run(
        writer,
        volumesFrom=[{"sourceContainer": "writer", "readOnly": True}],
        settings={"volumes": [{"name": "data", "host": {}}]},
    )
    other = lab.inspect(run.task, "writer")
    [bind] = other["HostConfig"]["Binds"]
    assert re.fullmatch(r"ecs-shop-\d+-data-[0-9a-f]{20}:/data:rw", bind)
    assert found["HostConfig"]["VolumesFrom"] == [f"{other['Id']}:ro"]
    assert [(each["Destination"], each["RW"]) for each in found["Mounts"]] == [("/data", False)]


def test_row_host_volume(run, tmp_path):
    """A folder of the machine, allowed by name."""
    volume = {"name": "folder", "host": {"sourcePath": str(tmp_path)}}
    mount = {"sourceVolume": "folder", "containerPath": "/srv", "readOnly": True}
    found = run(mountPoints=[mount], settings={"volumes": [volume]})
    assert found["HostConfig"]["Binds"] == [f"{tmp_path}:/srv:ro"]


def test_row_entry_point_and_command(run):
    """Both replace the image's own."""
    config = run(image=BUSYBOX, entryPoint=["sh", "-c"], command=["sleep 60"])["Config"]
    assert (config["Entrypoint"], config["Cmd"]) == (["sh", "-c"], ["sleep 60"])


def test_row_hostname_user_working_directory(run):
    """As they stand in the definition."""
    config = run(
        image=BUSYBOX,
        command=["sleep", "60"],
        user="nobody",
        workingDirectory="/tmp",
        hostname="shop",
    )["Config"]
    assert (config["User"], config["WorkingDir"], config["Hostname"]) == ("nobody", "/tmp", "shop")


def test_row_health_check(run):
    """Seconds become nanoseconds, ECS's defaults are filled in."""
    check = {"command": ["CMD-SHELL", "exit 0"], "interval": 5, "startPeriod": 10}
    assert run(healthCheck=check)["Config"]["Healthcheck"] == {
        "Test": ["CMD-SHELL", "exit 0"],
        "Interval": 5 * SECOND,
        "Timeout": 5 * SECOND,
        "Retries": 3,
        "StartPeriod": 10 * SECOND,
    }


def test_row_ulimits(run):
    """Soft and hard limit by name."""
    limits = [{"name": "nofile", "softLimit": 1024, "hardLimit": 2048}]
    expected = [{"Name": "nofile", "Soft": 1024, "Hard": 2048}]
    assert run(ulimits=limits)["HostConfig"]["Ulimits"] == expected


def test_row_extra_hosts_and_dns(run):
    """extraHosts, dnsServers and dnsSearchDomains."""
    found = run(
        extraHosts=[{"hostname": "db.example", "ipAddress": "192.0.2.1"}],
        dnsServers=["192.0.2.53"],
        dnsSearchDomains=["shop.example"],
    )["HostConfig"]
    assert found["ExtraHosts"] == ["db.example:192.0.2.1"]
    assert (found["Dns"], found["DnsSearch"]) == (["192.0.2.53"], ["shop.example"])


def test_row_log_configuration(run):
    """The engine's own driver with its options."""
    log = {"logDriver": "json-file", "options": {"max-size": "1m", "max-file": "2"}}
    expected = {"Type": "json-file", "Config": log["options"]}
    assert run(logConfiguration=log)["HostConfig"]["LogConfig"] == expected


def test_row_log_driver(run):
    """None set: files of a bounded size."""
    bounded = {"max-size": "10m", "max-file": "2"}
    assert run()["HostConfig"]["LogConfig"] == {"Type": "json-file", "Config": bounded}


def test_row_docker_security_options(run):
    """Passed on as they are."""
    found = run(dockerSecurityOptions=["no-new-privileges"])["HostConfig"]
    assert found["SecurityOpt"] == ["no-new-privileges"]


def test_row_readonly_root_filesystem(run):
    """readonlyRootFilesystem."""
    assert run(readonlyRootFilesystem=True)["HostConfig"]["ReadonlyRootfs"] is True


def test_row_privileged(lab, client):
    """Allowed by name it gets to the engine; whether that starts it is the machine's affair."""
    arn = lab.register("shop", {"name": "app", "image": LISTENS, "memory": 64, "privileged": True})
    [task] = lab.ecs.run_task(cluster="Wordpress", taskDefinition=arn)["tasks"]
    [made] = lab.until(lambda: lab.marked(task_arn=task["taskArn"]))
    assert client.inspect_container(made["Id"])["HostConfig"]["Privileged"] is True
    lab.until(lambda: lab.task(task["taskArn"])["lastStatus"] != "PENDING")
    lab.ecs.stop_task(cluster="Wordpress", task=task["taskArn"])


def test_row_linux_parameters_capabilities(run):
    """Added and dropped."""
    found = run(linuxParameters={"capabilities": {"add": ["NET_RAW"], "drop": ["MKNOD"]}})
    found = found["HostConfig"]
    names = [[each.removeprefix("CAP_") for each in found[key]] for key in ("CapAdd", "CapDrop")]
    assert names == [["NET_RAW"], ["MKNOD"]]


def test_row_linux_parameters_devices(run):
    """Path, path in the container and permissions as letters."""
    devices = [{"hostPath": "/dev/null", "containerPath": "/dev/x", "permissions": ["read"]}]
    assert run(linuxParameters={"devices": devices})["HostConfig"]["Devices"] == [
        {"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "r"}
    ]


def test_row_linux_parameters_init_and_shared_memory(run):
    """initProcessEnabled, and sharedMemorySize in MiB."""
    found = run(linuxParameters={"initProcessEnabled": True, "sharedMemorySize": 96})["HostConfig"]
    assert (found["Init"], found["ShmSize"]) == (True, 96 * MIB)


def test_row_linux_parameters_tmpfs(run):
    """Size in MiB and mount options."""
    tmpfs = [{"containerPath": "/scratch", "size": 16, "mountOptions": ["noexec"]}]
    assert run(linuxParameters={"tmpfs": tmpfs})["HostConfig"]["Tmpfs"] == {
        "/scratch": "size=16m,noexec"
    }


def test_row_linux_parameters_swap(run, client):
    """maxSwap is added to the memory; the engine keeps it where the kernel can limit swap."""
    found = run(memory=64, linuxParameters={"maxSwap": 32, "swappiness": 0})["HostConfig"]
    limits = client.info()
    assert found["MemorySwap"] == (96 * MIB if limits["SwapLimit"] else -1)
    assert found["MemorySwappiness"] in (0, None)


def test_row_system_controls(run):
    """Kernel parameters of the container's own namespaces."""
    controls = [{"namespace": "net.core.somaxconn", "value": "256"}]
    assert run(systemControls=controls)["HostConfig"]["Sysctls"] == {"net.core.somaxconn": "256"}


def test_row_network_mode_none(run):
    """No network at all."""
    assert run(settings={"networkMode": "none"})["HostConfig"]["NetworkMode"] == "none"


def test_row_network_mode_host(lab, run):
    """Allowed by name: the machine's own network, and the container's port is the host's."""
    found = run(
        image=BUSYBOX,
        command=["httpd", "-f", "-p", "127.0.0.1:18471"],
        portMappings=[{"containerPort": 18471, "hostPort": 18471}],
        settings={"networkMode": "host"},
    )
    assert found["HostConfig"]["NetworkMode"] == "host"
    assert lab.local.hosts.host(lab.instance_id).runtime.loopback_port(18471) == 18471


@pytest.mark.parametrize("mode", ["bridge", None])
def test_row_network_mode_bridge(run, mode):
    """The default: the engine's own bridge, where links work."""
    settings = {"networkMode": mode} if mode else {}
    assert run(settings=settings)["HostConfig"]["NetworkMode"] in ("default", "bridge")


def test_row_pid_and_ipc_mode_host(run):
    """Allowed by name: the machine's processes and shared memory."""
    found = run(settings={"pidMode": "host", "ipcMode": "host"})["HostConfig"]
    assert (found["PidMode"], found["IpcMode"]) == ("host", "host")


def test_row_ipc_mode_none(run):
    """No shared memory: nothing of the machine, so nothing to allow."""
    assert run(settings={"ipcMode": "none"})["HostConfig"]["IpcMode"] == "none"


def test_row_restart_policy_and_auto_remove(run):
    """None: ECS starts anew by itself."""
    found = run()["HostConfig"]
    assert found["RestartPolicy"]["Name"] in ("", "no")
    assert not found["AutoRemove"]


def test_row_pause_container(lab, run):
    """A plain bridge task has no other containers than its own."""
    run()
    assert len(lab.marked(task_arn=run.task["taskArn"])) == 1


def test_row_introspection(lab, run):
    """Port 51678 tells of the agent and of its tasks, with the engine's ids."""
    found = run()

    def ask(path):
        return json.loads(
            lab.shell(lab.instance_id, f"curl -s http://localhost:51678/v1/{path}")[0]
        )

    metadata = ask("metadata")
    assert set(metadata) == {"Cluster", "ContainerInstanceArn", "Version"}
    assert metadata["ContainerInstanceArn"] == run.task["containerInstanceArn"]
    containers = {
        each["DockerId"]: each["DockerName"]
        for task in ask("tasks")["Tasks"]
        for each in task["Containers"]
    }
    assert containers[found["Id"]] == found["Name"].removeprefix("/")
