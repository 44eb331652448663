"""A container's spec as the body of Docker's call, and what a machine is kept from."""

import pytest

from ecs_tutorial.data_plane.docker_spec import (
    ALLOWANCES,
    BOUNDED_LOG,
    container_body,
    health_check,
    host_config,
    log_config,
    refusal,
)
from ecs_tutorial.data_plane.runtime import ContainerSpec, Mount, PublishedPort

HARMFUL = {
    "privileged": {"host_config": {"Privileged": True}},
    "host-network": {"host_config": {"NetworkMode": "host"}},
    "host-namespaces": {"host_config": {"PidMode": "host"}},
    "host-mounts": {"mounts": (Mount("/etc", "/data", is_host_path=True),)},
    "capabilities": {"host_config": {"CapAdd": ["SYS_ADMIN"]}},
    "devices": {"host_config": {"Devices": [{"PathOnHost": "/dev/kmsg"}]}},
    "security-options": {"host_config": {"SecurityOpt": ["seccomp=unconfined"]}},
}


def spec(**fields):
    return ContainerSpec(name="ecs-shop-1-app-00", image="nginx", **fields)


def test_every_allowance_is_tried():
    """The table of this test and that of the library name the same things."""
    assert set(HARMFUL) == set(ALLOWANCES)


@pytest.mark.parametrize("name", HARMFUL)
def test_what_reaches_for_the_machine_is_refused_by_name(name):
    """The reason says what the container would do and what to allow; allowed, it passes."""
    harmful = spec(**HARMFUL[name])
    reason = refusal(harmful, frozenset(set(ALLOWANCES) - {name}))
    assert ALLOWANCES[name] in reason
    assert reason.endswith(f'To allow it, add allow=["{name}"] to start() in the first cell.')
    assert refusal(harmful, frozenset({name})) is None


def test_several_refusals_are_said_together():
    """One sentence names all that would have to be allowed."""
    reason = refusal(spec(host_config={"Privileged": True, "IpcMode": "host"}), frozenset())
    assert 'add allow=["privileged", "host-namespaces"] to start()' in reason


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"host_config": {"SecurityOpt": ["no-new-privileges"], "CapDrop": ["ALL"]}},
        {"host_config": {"NetworkMode": "bridge", "IpcMode": "private"}},
        {"mounts": (Mount("data", "/data"),)},
    ],
)
def test_what_stays_in_its_container_is_not_refused(fields):
    """Fewer rights and volumes of one's own need no permission."""
    assert refusal(spec(**fields), frozenset()) is None


@pytest.mark.parametrize("mode", ["container:abc", "host"])
def test_another_s_namespace_is_not_one_s_own(mode):
    """Neither the machine's nor that of a container outside the lab."""
    assert refusal(spec(host_config={"NetworkMode": mode}), frozenset())


def test_an_empty_definition_leaves_everything_to_the_image():
    """No key stands for a setting that was not made."""
    assert container_body(spec(), {"ecs-tutorial.lab": "one"}, {}) == {
        "Image": "nginx",
        "Labels": {"ecs-tutorial.lab": "one"},
        "HostConfig": {"CpuShares": 2, "LogConfig": BOUNDED_LOG},
    }


def test_the_lab_s_marks_cannot_be_overwritten():
    """A definition's own label of that name does not hide a container from its lab."""
    body = container_body(spec(labels={"ecs-tutorial.lab": "x"}), {"ecs-tutorial.lab": "one"}, {})
    assert body["Labels"] == {"ecs-tutorial.lab": "one"}


def test_every_port_is_bound_to_loopback():
    """Twice the same container port are two bindings; the engine chooses the ports."""
    ports = (PublishedPort(80, 80), PublishedPort(80, 8080), PublishedPort(53, 53, "udp"))
    bindings = host_config(spec(ports=ports), {})["PortBindings"]
    free = {"HostIp": "127.0.0.1", "HostPort": ""}
    assert bindings == {"80/tcp": [free, free], "53/udp": [free]}


def test_a_volume_is_mounted_under_its_name_on_the_engine():
    """Another instance may have the volume's own name already."""
    mounts = (Mount("data", "/data", is_read_only=True), Mount("/srv", "/srv", is_host_path=True))
    config = host_config(spec(mounts=mounts), {"data": "data-one-i-2"})
    assert config["Binds"] == ["data-one-i-2:/data:ro", "/srv:/srv:rw"]


def test_settings_that_nobody_knows_are_not_passed_on():
    """Only what ECS has a parameter for gets to the engine."""
    config = host_config(spec(host_config={"Init": True, "Binds": ["/:/x"], "Runtime": "y"}), {})
    assert config == {"CpuShares": 2, "LogConfig": BOUNDED_LOG, "Init": True}


def test_a_setting_of_zero_is_a_setting():
    """Swappiness 0 is not the same as none."""
    assert host_config(spec(host_config={"MemorySwappiness": 0}), {})["MemorySwappiness"] == 0


@pytest.mark.parametrize("namespace", ["PidMode", "IpcMode"])
def test_a_namespace_of_the_task_is_refused_whatever_is_allowed(namespace):
    """No pause container holds it, and each container for itself would be something else."""
    reason = refusal(spec(host_config={namespace: "task"}), frozenset(ALLOWANCES))
    assert "the lab has no pause container" in reason


def test_health_check_defaults():
    """Every 30 s, 5 s at most, 3 tries, no start period, in nanoseconds."""
    assert health_check({"command": ["CMD", "true"]}) == {
        "Test": ["CMD", "true"],
        "Interval": 30_000_000_000,
        "Timeout": 5_000_000_000,
        "Retries": 3,
        "StartPeriod": 0,
    }


@pytest.mark.parametrize("driver", ["awslogs", "fluentd", "gelf", "journald", "splunk", "syslog"])
def test_logs_stay_with_the_engine(driver):
    """A driver that sends lines elsewhere is never asked for, and the file here is bounded."""
    assert log_config({"Type": driver, "Config": {"a": "b"}}) == {
        "Type": "json-file",
        "Config": {"max-size": "10m", "max-file": "2"},
    }
