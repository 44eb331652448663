"""Records turned into the structures that ECS answers with, what is counted counted.

A record's fields carry the API's names already; this adds the figures and the
forms that only a response has.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from .errors import invalid_parameter
from .model import (
    Cluster,
    Container,
    ContainerInstance,
    Port,
    Resources,
    Task,
)
from .store import ClusterStore

SPELT_OTHERWISE = {"bind_ip": "bindIP", "enable_ecs_managed_tags": "enableECSManagedTags"}


@cache
def camel_case(name: str) -> str:
    """``container_instance_arn`` → ``containerInstanceArn``."""
    head, *tail = name.split("_")
    return SPELT_OTHERWISE.get(name) or head + "".join(part.capitalize() for part in tail)


def as_response(value: Any) -> Any:
    """Any record, with its parts, as plain dicts and lists in the API's camelCase."""
    if is_dataclass(value) and not isinstance(value, type):
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {camel_case(name): as_response(part) for name, part in named if part is not None}
    if isinstance(value, Mapping):
        return {key: as_response(part) for key, part in value.items() if part is not None}
    if isinstance(value, (list, tuple)):
        return [as_response(part) for part in value]
    return value


def without(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def cluster_response(store: ClusterStore, include: Sequence[str] = ()) -> dict[str, Any]:
    """A cluster with its counts; ``include`` as in DescribeClusters."""
    cluster: Cluster = store.cluster
    answer = as_response(cluster)
    running, pending = _counted(store.live.values())
    answer |= {
        "registeredContainerInstancesCount": len(store.instances),
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "activeServicesCount": sum(s.status == "ACTIVE" for s in store.services.values()),
        "statistics": _statistics(store) if "STATISTICS" in include else [],
    }
    for member, asked in (("tags", "TAGS"), ("settings", "SETTINGS")):
        if asked not in include:
            answer[member] = []
    if "CONFIGURATIONS" not in include:
        answer.pop("configuration", None)
    return answer


def _statistics(store: ClusterStore) -> list[dict[str, str]]:
    services = store.services.values()
    running, pending = _counted(store.live.values())
    figures = {
        "runningEC2TasksCount": running,
        "pendingEC2TasksCount": pending,
        "activeEC2ServiceCount": sum(s.status == "ACTIVE" for s in services),
        "drainingEC2ServiceCount": sum(s.status == "DRAINING" for s in services),
        "runningFargateTasksCount": 0,
        "pendingFargateTasksCount": 0,
        "activeFargateServiceCount": 0,
        "drainingFargateServiceCount": 0,
    }
    return [{"name": name, "value": str(value)} for name, value in figures.items()]


def instance_response(
    store: ClusterStore, instance: ContainerInstance, include: Sequence[str] = ()
) -> dict[str, Any]:
    """A container instance with what it has left and the number of its tasks."""
    answer = without(as_response(instance), "registered")
    left = instance.registered
    tasks: list[Task] = []
    if instance.container_instance_arn in store.instances:
        left = store.remaining(instance.container_instance_arn)
        tasks = store.tasks_on(instance.container_instance_arn)
    running, pending = _counted(tasks)
    if "CONTAINER_INSTANCE_HEALTH" in include:
        answer["healthStatus"] = health_status(instance)
    return answer | {
        "attributes": attribute_list(instance.attributes),
        "registeredResources": resource_list(instance.registered),
        "remainingResources": resource_list(left),
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "attachments": [],
        "tags": as_response(instance.tags) if "TAGS" in include else [],
    }


def health_status(instance: ContainerInstance) -> dict[str, Any]:
    """What the agent says of its host: while it is connected, that containers can run."""
    # AWS: whether a lost agent makes INSUFFICIENT_DATA is not confirmed.
    status = "OK" if instance.agent_connected else "INSUFFICIENT_DATA"
    details = [{"type": "CONTAINER_RUNTIME", "status": status}]
    return {"overallStatus": status, "details": details}


def attribute_list(attributes: Mapping[str, str | None]) -> list[dict[str, str]]:
    return [
        {"name": name, **({"value": value} if value else {})} for name, value in attributes.items()
    ]


def resource_list(resources: Resources) -> list[dict[str, Any]]:
    """CPU, MEMORY, PORTS and PORTS_UDP as an instance registers them."""
    return [
        _integer("CPU", resources.cpu),
        _integer("MEMORY", resources.memory),
        _strings("PORTS", ports_of(resources.ports, "tcp")),
        _strings("PORTS_UDP", ports_of(resources.ports, "udp")),
    ]


def ports_of(ports: Iterable[Port], protocol: str) -> list[str]:
    """Sorted as recorded on AWS: 22 first, the agent's own 51678 and 51679 last."""
    return [str(port) for port in sorted(port for port, spoken in ports if spoken == protocol)]


def _integer(name: str, value: int) -> dict[str, Any]:
    return _resource(name, "INTEGER") | {"integerValue": value}


def _strings(name: str, values: list[str]) -> dict[str, Any]:
    return _resource(name, "STRINGSET") | {"stringSetValue": values}


def _resource(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "doubleValue": 0.0, "longValue": 0, "integerValue": 0}


def task_response(task: Task, include: Sequence[str] = ()) -> dict[str, Any]:
    """A task; its containers without keys that AWS does not send yet."""
    answer = without(as_response(task), "protectedUntil")
    answer["containers"] = [container_response(each) for each in task.containers]
    answer["tags"] = as_response(task.tags) if "TAGS" in include else []
    return answer


def container_response(container: Container) -> dict[str, Any]:
    return as_response(container)


def task_counts(tasks: Iterable[Task]) -> dict[str, int]:
    running, pending = _counted(tasks)
    return {"runningCount": running, "pendingCount": pending}


def _counted(tasks: Iterable[Task]) -> tuple[int, int]:
    """How many run, and how many are on their way there."""
    # AWS: whether a task counts as running while it is DEACTIVATING is not confirmed; here the
    # counts take the words of the API, tasks "in the RUNNING state" and "in the PENDING state".
    statuses = [task.last_status for task in tasks]
    on_their_way = statuses.count("PENDING") + statuses.count("PROVISIONING")
    return statuses.count("RUNNING"), on_their_way


def page(
    items: Sequence[Any], params: Mapping[str, Any], key: str, limit: int = 100, most: int = 100
) -> dict[str, Any]:
    """One page of a list operation: ``{key: […], nextToken?: …}``."""
    start, size = _position(params.get("nextToken")), params.get("maxResults")
    if size is not None and not 1 <= size <= most:
        # AWS: the text is not confirmed; the limits are the API's.
        raise invalid_parameter(f"maxResults must be between 1 and {most}.")
    end = start + (size or limit)
    answer: dict[str, Any] = {key: list(items[start:end])}
    if end < len(items):
        answer["nextToken"] = base64.urlsafe_b64encode(f"from:{end}".encode()).decode()
    return answer


def _position(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, position = base64.urlsafe_b64decode(token).decode().partition(":")
        if word == "from":
            return int(position)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise invalid_parameter("Invalid token.")
