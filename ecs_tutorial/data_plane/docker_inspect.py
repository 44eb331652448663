"""A container or a volume as ``docker inspect`` describes it: the main fields, in Docker's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ecs_tutorial.data_plane.runtime import ContainerRecord, Mount, VolumeRecord

_NEVER = "0001-01-01T00:00:00Z"
_MIB = 1_048_576


def inspection(record: ContainerRecord, names: Mapping[str, str]) -> dict[str, Any]:
    """The document of one container; ``names`` gives the container's name behind a runtime id."""
    path, *arguments = record.command or ("",)
    return {
        "Id": record.runtime_id,
        "Created": _time(record.created_at),
        "Path": path,
        "Args": arguments,
        "State": _state(record),
        "Image": record.image_digest or "",
        "Name": f"/{record.spec.name}",
        "RestartCount": 0,
        "Driver": "overlay2",
        "Platform": "linux",
        "HostConfig": _host_config(record, names),
        "Mounts": [_mount(each) for each in record.spec.mounts],
        "Config": _config(record),
        "NetworkSettings": {"Ports": _ports(record) if record.state == "running" else {}},
    }


def volume_inspection(volume: VolumeRecord) -> dict[str, Any]:
    """The document of one volume."""
    return {
        "CreatedAt": volume.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Driver": volume.driver,
        "Labels": None,
        "Mountpoint": _place(volume.name),
        "Name": volume.name,
        "Options": None,
        "Scope": "local",
    }


def _place(volume: str) -> str:
    return f"/var/lib/docker/volumes/{volume}/_data"


def _mount(mount: Mount) -> dict[str, Any]:
    ways = {"Destination": mount.target, "Mode": "", "RW": not mount.is_read_only}
    if mount.is_host_path:
        return {"Type": "bind", "Source": mount.source, **ways}
    return {"Type": "volume", "Name": mount.source, "Source": _place(mount.source), **ways}


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment else _NEVER


def _state(record: ContainerRecord) -> dict[str, Any]:
    state: dict[str, Any] = {
        "Status": "paused" if record.is_paused else record.state,
        "Running": record.state == "running",
        "Paused": record.is_paused,
        "Restarting": False,
        "OOMKilled": record.oom_killed,
        "Dead": False,
        "ExitCode": record.exit_code or 0,
        "Error": "",
        "StartedAt": _time(record.started_at),
        "FinishedAt": _time(record.finished_at),
    }
    return {**state, "Health": {"Status": record.health}} if record.health else state


def _host_config(record: ContainerRecord, names: Mapping[str, str]) -> dict[str, Any]:
    spec = record.spec
    links = [
        f"/{names.get(target, target)}:/{spec.name}/{alias}" for alias, target in spec.links.items()
    ]
    return {
        "NetworkMode": "default",
        "PortBindings": _bindings(record),
        "RestartPolicy": {"Name": "", "MaximumRetryCount": 0},
        "AutoRemove": False,
        "VolumesFrom": list(spec.volumes_from) or None,
        "CpuShares": spec.cpu,
        "Memory": (spec.memory or 0) * _MIB,
        "MemoryReservation": (spec.memory_reservation or 0) * _MIB,
        "Links": links or None,
    }


def _config(record: ContainerRecord) -> dict[str, Any]:
    spec = record.spec
    exposed = {(port.container_port, port.protocol) for port in spec.ports}
    return {
        "Hostname": spec.hostname or record.runtime_id[:12],
        "User": spec.user or "",
        "ExposedPorts": {
            f"{p}/{kind}": {} for p, kind in sorted({*exposed, *record.exposed_ports})
        },
        "Env": [f"{name}={value}" for name, value in spec.environment.items()],
        "Cmd": list(spec.command) or None,
        "Image": spec.image,
        "WorkingDir": spec.working_directory or "",
        "Entrypoint": list(spec.entry_point) or None,
        "Labels": dict(spec.labels),
    }


def _bindings(record: ContainerRecord) -> dict[str, list[dict[str, str]]]:
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in record.spec.ports:
        binding = {"HostIp": port.host_ip, "HostPort": str(port.host_port)}
        bindings.setdefault(f"{port.container_port}/{port.protocol}", []).append(binding)
    return bindings


def _ports(record: ContainerRecord) -> dict[str, list[dict[str, str]] | None]:
    exposed = {f"{port}/{protocol}": None for port, protocol in sorted(record.exposed_ports)}
    return {**exposed, **_bindings(record)}
