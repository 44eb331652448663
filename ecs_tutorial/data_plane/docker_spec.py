"""A container as the agent wants it, as the body of Docker's call to create it.

Each row of ECS's mapping to Docker is a line here (aws/amazon-ecs-agent,
agent/api/task/task.go). Pure: what a learner's machine must be kept from is refused here
too, in words. It knows no engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecs_tutorial.allowances import ALLOWANCES, how_to_allow
from ecs_tutorial.data_plane.runtime import ContainerSpec, Mount

LOOPBACK = "127.0.0.1"
_MIB = 1_048_576
_NANOSECONDS = 1_000_000_000

_PASSED_ON = (
    *("CapAdd", "CapDrop", "Devices", "Dns", "DnsSearch", "ExtraHosts", "Init", "IpcMode"),
    *("MemorySwap", "MemorySwappiness", "NetworkMode", "PidMode", "Privileged", "ReadonlyRootfs"),
    *("SecurityOpt", "ShmSize", "Sysctls", "Tmpfs", "Ulimits"),
)
_LOCAL_LOG_DRIVERS = frozenset({"json-file", "local", "none"})
# AWS: the engine's default log has no bound; here it shares the learner's disk: two files of 10 MB.
BOUNDED_LOG = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "2"}}


def refusal(spec: ContainerSpec, allowed: frozenset[str]) -> str | None:
    """Why this machine does not run a container, or None if nothing is against it."""
    if "task" in (spec.host_config.get("PidMode"), spec.host_config.get("IpcMode")):
        # AWS: the agent's pause container lends its namespace to all containers of the task.
        return (
            "the container shares processes or memory with the others of its task (pidMode or "
            "ipcMode task), and the lab has no pause container to hold them"
        )
    asked = [name for name in _asked_for(spec) if name not in allowed]
    if not asked:
        return None
    # AWS: an instance of one's own may do all this; here the machine is the learner's.
    wants = " and ".join(ALLOWANCES[name] for name in asked)
    return f"the container {wants}. The lab refuses this on your machine. {how_to_allow(asked)}"


def _asked_for(spec: ContainerSpec) -> Iterator[str]:
    host = spec.host_config
    namespaces = (host.get("PidMode"), host.get("IpcMode"))
    asked = {
        "privileged": host.get("Privileged"),
        "host-network": _is_foreign(host.get("NetworkMode")),
        "host-namespaces": any(map(_is_foreign, namespaces)),
        "host-mounts": any(mount.is_host_path for mount in spec.mounts),
        "capabilities": host.get("CapAdd"),
        "devices": host.get("Devices"),
        "security-options": set(host.get("SecurityOpt") or ()) - {"no-new-privileges"},
    }
    return (name for name, is_asked in asked.items() if is_asked)


def _is_foreign(namespace: str | None) -> bool:
    """Whether a namespace is the machine's or another container's."""
    return bool(namespace) and str(namespace).startswith(("host", "container:"))


def container_body(
    spec: ContainerSpec, labels: Mapping[str, str], volumes: Mapping[str, str]
) -> dict[str, Any]:
    """The body of ``POST /containers/create``.

    Args:
        labels: the lab's own marks, beside those of ECS.
        volumes: the name on the engine of each volume that the spec mounts.
    """
    body = {
        **spec.config,
        "Image": spec.image,
        "Cmd": list(spec.command),
        "Entrypoint": list(spec.entry_point),
        "Env": [f"{name}={value}" for name, value in spec.environment.items()],
        "User": spec.user,
        "WorkingDir": spec.working_directory,
        "Hostname": spec.hostname,
        "Labels": {**spec.labels, **labels},
        "ExposedPorts": {_port(each): {} for each in spec.ports},
        "Healthcheck": health_check(spec.health_check),
        "HostConfig": host_config(spec, volumes),
    }
    return {name: value for name, value in body.items() if value}


def host_config(spec: ContainerSpec, volumes: Mapping[str, str]) -> dict[str, Any]:
    config = {
        "CpuShares": spec.cpu,
        "Memory": (spec.memory or 0) * _MIB,
        "MemoryReservation": (spec.memory_reservation or 0) * _MIB,
        "PortBindings": port_bindings(spec),
        "Links": [f"{target}:{alias}" for alias, target in spec.links.items()],
        "VolumesFrom": list(spec.volumes_from),
        "Binds": [_bind(mount, volumes) for mount in spec.mounts],
        "LogConfig": log_config(spec.host_config.get("LogConfig")),
    }
    asked = {name: spec.host_config.get(name) for name in _PASSED_ON}
    return {name: value for name, value in config.items() if value} | {
        # Zero says something, as for swappiness.
        name: value
        for name, value in asked.items()
        if value is not None
    }


def port_bindings(spec: ContainerSpec) -> dict[str, list[dict[str, str]]]:
    """Each published port on a free port of the loopback interface, which the engine picks."""
    # AWS: published on all addresses of the instance; here the machine is several instances.
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in spec.ports:
        bindings.setdefault(_port(port), []).append({"HostIp": LOOPBACK, "HostPort": ""})
    return bindings


def health_check(check: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """ECS's seconds in Docker's nanoseconds, with ECS's defaults."""
    if not check:
        return None
    return {
        "Test": list(check["command"]),
        "Interval": (check.get("interval") or 30) * _NANOSECONDS,
        "Timeout": (check.get("timeout") or 5) * _NANOSECONDS,
        "Retries": check.get("retries") or 3,
        "StartPeriod": (check.get("startPeriod") or 0) * _NANOSECONDS,
    }


def log_config(config: Mapping[str, Any] | None) -> dict[str, Any]:
    """The log options if the log stays on this machine; else a file here, of bounded size."""
    if not config or config.get("Type") not in _LOCAL_LOG_DRIVERS:
        return BOUNDED_LOG
    return {"Type": config["Type"], "Config": dict(config.get("Config") or {})}


def _port(port: Any) -> str:
    return f"{port.container_port}/{port.protocol}"


def _bind(mount: Mount, volumes: Mapping[str, str]) -> str:
    source = mount.source if mount.is_host_path else volumes[mount.source]
    return f"{source}:{mount.target}:{'ro' if mount.is_read_only else 'rw'}"
