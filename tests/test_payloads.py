"""A container definition as an agent is told of it: what travels in the form of Docker's API."""

import json
from dataclasses import replace

import pytest
from cluster_states import definition, task

from ecs_tutorial.control_plane.payloads import docker_config, task_payload
from ecs_tutorial.data_plane.agent_task import AgentTask
from ecs_tutorial.data_plane.container_spec import namespaces

MIB = 1024 * 1024


def host(**definition):
    return json.loads(docker_config(definition)["hostConfig"])


def linux(memory=64, **parameters):
    return host(memory=memory, linuxParameters=parameters)


def test_nothing_asked_is_nothing_sent():
    """Also empty lists ask for nothing."""
    given = {"capabilities": {"add": [], "drop": []}, "devices": [], "tmpfs": []}
    assert linux(**given) == {}


def test_sizes_are_bytes_for_docker():
    """sharedMemorySize is in MiB; a tmpfs says its own unit."""
    found = linux(sharedMemorySize=64, tmpfs=[{"containerPath": "/run", "size": 8}])
    assert found == {"ShmSize": 64 * MIB, "Tmpfs": {"/run": "size=8m"}}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"maxSwap": 32}, {"MemorySwap": 96 * MIB}),
        ({"maxSwap": 0}, {"MemorySwap": 64 * MIB}),
        ({"maxSwap": 0, "swappiness": 0}, {"MemorySwap": 64 * MIB, "MemorySwappiness": 0}),
        ({"swappiness": 10}, {}),
    ],
)
def test_swap_is_the_sum_with_memory(given, sent):
    """No swap is a sum without it; swappiness counts only beside maxSwap."""
    assert linux(**given) == sent


@pytest.mark.parametrize(
    ("permissions", "letters"),
    [(["read", "write"], "rw"), (["mknod"], "m"), ([], "rwm"), (None, "rwm")],
)
def test_device_permissions_are_letters(permissions, letters):
    """All three where none is given; the path in the container is that of the host."""
    [device] = linux(devices=[{"hostPath": "/dev/fuse", "permissions": permissions}])["Devices"]
    assert device == {
        "PathOnHost": "/dev/fuse",
        "PathInContainer": "/dev/fuse",
        "CgroupPermissions": letters,
    }


def test_system_controls():
    """Name and value of a kernel parameter."""
    controls = [{"namespace": "net.core.somaxconn", "value": "256"}]
    assert host(systemControls=controls) == {"Sysctls": {"net.core.somaxconn": "256"}}


def test_what_the_task_shares_goes_with_the_task():
    """Modes are the task's; what was not given is not sent, and bridge changes nothing."""
    own = replace(definition(), network_mode="none", ipc_mode="host")
    payload = task_payload(task("t", "i", own), own)
    assert (payload["networkMode"], payload["ipcMode"]) == ("none", "host")
    assert "pidMode" not in payload
    assert namespaces(AgentTask.of(payload, "c")) == {"NetworkMode": "none", "IpcMode": "host"}
    own = replace(definition(), network_mode="bridge")
    payload = task_payload(task("t", "i", own), own)
    assert namespaces(AgentTask.of(payload, "c")) == {}
