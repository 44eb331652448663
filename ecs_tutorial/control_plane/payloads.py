"""What the control plane sends to an agent: payload messages of tasks to run or stop.

The shapes are those of the Agent Communication Service, so that another transport
can carry the same messages (aws-facts: names and fields as the published agent reads
them). A task definition is translated here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .model import Json, Task, TaskDefinition

NANOSECONDS = 1_000_000_000
MIB = 1_048_576
COPIED = (
    "links",
    "dependsOn",
    "volumesFrom",
    "mountPoints",
    "startTimeout",
    "stopTimeout",
    "healthCheck",
    "logConfiguration",
)


def task_payload(task: Task, definition: TaskDefinition) -> dict[str, Any]:
    """One task as an agent is told of it."""
    overridden = _overrides_by_container(task)
    region = task.task_arn.split(":")[3]
    return {
        "arn": task.task_arn,
        "family": definition.family,
        "version": str(definition.revision),
        "desiredStatus": _desired(task),
        "overrides": "{}",
        "containers": [
            container_payload(each, overridden.get(each["name"], {}), region)
            for each in definition.container_definitions
        ],
        "volumes": list(definition.volumes),
        **_service(task),
        **_namespaces(definition),
        **_roles(definition, task),
    }


def _service(task: Task) -> dict[str, str]:
    kind, _, name = task.group.partition(":")
    return {"serviceName": name} if kind == "service" else {}


def _roles(definition: TaskDefinition, task: Task) -> dict[str, Any]:
    """The roles of a task; on AWS their credentials come with them."""
    given = {
        "roleCredentials": (task.overrides or {}).get("taskRoleArn") or definition.task_role_arn,
        "executionRoleCredentials": (task.overrides or {}).get("executionRoleArn")
        or definition.execution_role_arn,
    }
    return {name: {"roleArn": arn} for name, arn in given.items() if arn}


def _desired(task: Task) -> str:
    """What its agent is to do: let it run while load balancers let go of it."""
    return "RUNNING" if task.last_status == "DEACTIVATING" else task.desired_status


def _namespaces(definition: TaskDefinition) -> dict[str, str]:
    """Whose network, processes and memory its containers see; the agent makes it so."""
    given = {
        "networkMode": definition.network_mode,
        "pidMode": definition.pid_mode,
        "ipcMode": definition.ipc_mode,
    }
    return {name: mode for name, mode in given.items() if mode}


def container_payload(definition: Json, override: Json, region: str) -> dict[str, Any]:
    """One container: the definition's words with the request's overrides on top."""
    merged = {**definition, **{key: value for key, value in override.items() if key != "name"}}
    payload = {
        "name": merged["name"],
        "image": merged["image"],
        "cpu": int(merged.get("cpu") or 0),
        "memory": int(merged.get("memory") or 0),
        "essential": merged.get("essential", True),
        "command": list(merged.get("command", ())),
        "entryPoint": list(merged.get("entryPoint", ())),
        "environment": _environment(definition, override),
        "portMappings": [dict(mapping) for mapping in merged.get("portMappings", ())],
        "overrides": "{}",
        "dockerConfig": docker_config(merged),
    }
    if secrets := merged.get("secrets"):
        payload["secrets"] = [secret_payload(each, region) for each in secrets]
    if merged.get("memoryReservation"):
        payload["memoryReservation"] = merged["memoryReservation"]
    return payload | {name: merged[name] for name in COPIED if merged.get(name) is not None}


def secret_payload(secret: Mapping[str, Any], region: str) -> dict[str, str]:
    """One entry of a container's ``secrets`` as an agent is told of it.

    >>> secret_payload({"name": "A", "valueFrom": "/db/user"}, "us-east-1")["valueFrom"]
    '/db/user'
    >>> secret_payload({"name": "A", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/db/user"}, "")
    {'name': 'A', 'valueFrom': '/db/user', 'region': 'eu-west-1', 'provider': 'ssm'}
    """
    value_from = secret["valueFrom"]
    service, where = (value_from.split(":")[2:4]) if value_from.startswith("arn:") else ("ssm", "")
    provider = "asm" if service == "secretsmanager" else "ssm"
    if provider == "ssm" and where:
        path = value_from.partition(":parameter/")[2]
        value_from = f"/{path}" if "/" in path else path
    return {
        "name": secret["name"],
        "valueFrom": value_from,
        "region": where or region,
        "provider": provider,
    }


def docker_config(definition: Json) -> dict[str, str]:
    """The parts that travel in Docker API form, as JSON inside JSON."""
    config = {
        "User": definition.get("user"),
        "WorkingDir": definition.get("workingDirectory"),
        "Hostname": definition.get("hostname"),
        "Domainname": None,
        "Labels": definition.get("dockerLabels"),
        "Tty": definition.get("pseudoTerminal"),
        "OpenStdin": definition.get("interactive"),
        "NetworkDisabled": definition.get("disableNetworking"),
        "Healthcheck": _health_check(definition.get("healthCheck")),
    }
    host = {
        "Privileged": definition.get("privileged"),
        "ReadonlyRootfs": definition.get("readonlyRootFilesystem"),
        "Dns": definition.get("dnsServers"),
        "DnsSearch": definition.get("dnsSearchDomains"),
        "ExtraHosts": [
            f"{each['hostname']}:{each['ipAddress']}" for each in definition.get("extraHosts", ())
        ],
        "Ulimits": [
            {"Name": each["name"], "Soft": each["softLimit"], "Hard": each["hardLimit"]}
            for each in definition.get("ulimits", ())
        ],
        "SecurityOpt": definition.get("dockerSecurityOptions"),
        "Sysctls": {
            each["namespace"]: each["value"]
            for each in definition.get("systemControls", ())
            if each.get("namespace") and each.get("value")
        },
        "LogConfig": _log_config(definition.get("logConfiguration")),
        **_linux_parameters(definition),
    }
    return {"config": _compact(config), "hostConfig": _compact(host), "version": "1.25"}


def payload_message(
    *,
    message_id: str,
    cluster_arn: str,
    instance_arn: str,
    sequence: int,
    at: float,
    tasks: Iterable[dict[str, Any]],
) -> dict[str, Any]:
    """A ``PayloadMessage``; ``at`` is the lab time in milliseconds since 1970."""
    return {
        "type": "PayloadMessage",
        "message": {
            "messageId": message_id,
            "clusterArn": cluster_arn,
            "containerInstanceArn": instance_arn,
            "tasks": list(tasks),
            "seqNum": sequence,
            "generatedAt": int(at),
        },
    }


def _overrides_by_container(task: Task) -> dict[str, Json]:
    overrides: Mapping[str, Any] = task.overrides or {}
    return {each["name"]: each for each in overrides.get("containerOverrides", ())}


def _environment(definition: Json, override: Json) -> dict[str, str]:
    pairs = [*(definition.get("environment") or ()), *(override.get("environment") or ())]
    return {pair["name"]: pair.get("value") or "" for pair in pairs if pair.get("name")}


def _health_check(check: Json | None) -> dict[str, Any] | None:
    if not check:
        return None
    return {
        "Test": list(check["command"]),
        "Interval": check.get("interval", 30) * NANOSECONDS,
        "Timeout": check.get("timeout", 5) * NANOSECONDS,
        "Retries": check.get("retries", 3),
        "StartPeriod": check.get("startPeriod", 0) * NANOSECONDS,
    }


def _linux_parameters(definition: Json) -> dict[str, Any]:
    """``linuxParameters``, sizes from MiB to bytes and swap to the sum that Docker wants."""
    given = definition.get("linuxParameters") or {}
    capabilities = given.get("capabilities") or {}
    return {
        "CapAdd": capabilities.get("add"),
        "CapDrop": capabilities.get("drop"),
        "Devices": [_device(each) for each in given.get("devices") or ()],
        "Init": given.get("initProcessEnabled"),
        "ShmSize": (given.get("sharedMemorySize") or 0) * MIB or None,
        "Tmpfs": {each["containerPath"]: _tmpfs(each) for each in given.get("tmpfs") or ()},
        **_swap(given, definition.get("memory")),
    }


def _device(device: Json) -> dict[str, str]:
    letters = {"read": "r", "write": "w", "mknod": "m"}
    # AWS: a device without permissions has all three.
    granted = device.get("permissions") or list(letters)
    return {
        "PathOnHost": device["hostPath"],
        "PathInContainer": device.get("containerPath") or device["hostPath"],
        "CgroupPermissions": "".join(letters[each] for each in granted),
    }


def _tmpfs(mount: Json) -> str:
    return ",".join([f"size={mount['size']}m", *(mount.get("mountOptions") or ())])


def _swap(given: Json, memory: int | None) -> dict[str, int]:
    """Without ``maxSwap`` the instance's own settings count, and ``swappiness`` is ignored."""
    if given.get("maxSwap") is None or not memory:
        return {}
    total = {"MemorySwap": (memory + given["maxSwap"]) * MIB}
    swappiness = given.get("swappiness")
    return total if swappiness is None else {**total, "MemorySwappiness": swappiness}


def _log_config(configuration: Json | None) -> dict[str, Any] | None:
    if not configuration:
        return None
    return {"Type": configuration["logDriver"], "Config": dict(configuration.get("options", {}))}


def _compact(settings: Mapping[str, Any]) -> str:
    given = {name: value for name, value in settings.items() if value not in (None, "", [], {})}
    return json.dumps(given, sort_keys=True, separators=(",", ":"))
