"""Small tables out of responses: a response of boto3 goes in, a DataFrame comes out.

Pure: nothing here calls AWS or knows the lab. Identifiers are cut to what a reader
needs to tell them apart; ``full=True`` shows whole ARNs and dates. What a response
does not contain gives an empty table with the same columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from ecs_tutorial.notebook.instance_resources import reserved, taken_ports, zone_of
from ecs_tutorial.notebook.tables import Table, table

Response = Mapping[str, Any]

ID_LENGTH = 8
HEADING = re.compile(r"\S+(?: \S+)*")


def clusters(response: Response, full: bool = False) -> Table:
    """One row a cluster, from describe_clusters, create_cluster or delete_cluster."""
    columns = ("status", "container instances", "services", "running tasks", "pending tasks")
    rows = (
        (
            cluster["clusterArn"] if full else cluster["clusterName"],
            cluster["status"],
            cluster.get("registeredContainerInstancesCount", 0),
            cluster.get("activeServicesCount", 0),
            cluster.get("runningTasksCount", 0),
            cluster.get("pendingTasksCount", 0),
        )
        for cluster in _records(response, "clusters", "cluster")
    )
    return table("cluster", columns, rows)


def container_instances(response: Response, full: bool = False) -> Table:
    """One row a container instance, from describe_container_instances."""
    columns = (
        "EC2 instance",
        "zone",
        "status",
        "agent",
        "CPU units reserved",
        "MiB reserved",
        "host ports taken",
        "running tasks",
        "pending tasks",
    )
    rows = (
        (
            _id(instance["containerInstanceArn"], full),
            instance.get("ec2InstanceId", ""),
            zone_of(instance),
            instance["status"],
            "connected" if instance.get("agentConnected") else "disconnected",
            "{} of {}".format(*reserved(instance, "CPU")),
            "{} of {}".format(*reserved(instance, "MEMORY")),
            _listed(taken_ports(instance)),
            instance.get("runningTasksCount", 0),
            instance.get("pendingTasksCount", 0),
        )
        for instance in _records(response, "containerInstances", "containerInstance")
    )
    return table("container instance", columns, rows)


def task_definition(response: Response, full: bool = False) -> Table:
    """One row a container of a task definition, from describe or register_task_definition."""
    columns = ("image", "essential", "CPU units", "memory MiB", "ports", "links", "environment")
    definition = response.get("taskDefinition") or {}
    rows = (
        (
            container["name"],
            container["image"],
            "yes" if container.get("essential", True) else "no",
            container.get("cpu", 0),
            _memory(container),
            _listed(map(_mapping, container.get("portMappings", ()))),
            _listed(container.get("links", ())),
            _environment(container, full),
        )
        for container in definition.get("containerDefinitions", ())
    )
    return table("container", columns, rows)


def tasks(response: Response, full: bool = False) -> Table:
    """One row a task, from describe_tasks, run_task, start_task or stop_task."""
    columns = (
        "task definition",
        "group",
        "last status",
        "desired status",
        "container instance",
        "zone",
        "started",
        "stopped because",
    )
    rows = (
        (
            _id(task["taskArn"], full),
            _name(task["taskDefinitionArn"], full),
            task.get("group", ""),
            task["lastStatus"],
            task["desiredStatus"],
            _id(task.get("containerInstanceArn", ""), full),
            task.get("availabilityZone", ""),
            _time(task.get("startedAt"), full),
            task.get("stoppedReason", ""),
        )
        for task in _records(response, "tasks", "task")
    )
    return table("task", columns, rows)


def containers(response: Response, full: bool = False) -> Table:
    """One row a container of each task, from the responses that ``tasks`` takes."""
    columns = ("container", "image", "last status", "host port", "exit code", "reason")
    rows = (
        (
            _id(task["taskArn"], full),
            container["name"],
            container.get("image", ""),
            container.get("lastStatus", ""),
            _listed(map(_binding, container.get("networkBindings", ()))),
            container.get("exitCode", ""),
            container.get("reason", ""),
        )
        for task in _records(response, "tasks", "task")
        for container in task.get("containers", ())
    )
    return table("task", columns, rows)


def failures(response: Response, full: bool = False) -> Table:
    """One row a failure, which many responses of ECS bring along with their successes."""
    rows = (
        (_id(failure.get("arn", ""), full), failure["reason"], failure.get("detail", ""))
        for failure in response.get("failures", ())
    )
    return table("failed", ("reason", "detail"), rows)


def reasons(asked: Mapping[str, Response]) -> Table:
    """One row a reason for which instances were passed over, of some responses of run_task.

    Args:
        asked: responses, each under a few words that say what was asked for.
    """
    rows = (
        (what, reason, count)
        for what, response in asked.items()
        for reason, count in Counter(f["reason"] for f in response["failures"]).items()
    )
    return table("asked for", ("reason", "instances"), rows)


def service(response: Response, full: bool = False) -> Table:
    """One row a service, from describe_services, create_service, update or delete_service."""
    columns = ("status", "task definition", "desired", "running", "pending", "deployments")
    rows = (
        (
            found["serviceArn"] if full else found["serviceName"],
            found["status"],
            _name(found.get("taskDefinition", ""), full),
            found.get("desiredCount", 0),
            found.get("runningCount", 0),
            found.get("pendingCount", 0),
            len(found.get("deployments", ())),
        )
        for found in _records(response, "services", "service")
    )
    return table("service", columns, rows)


def deployments(response: Response, full: bool = False) -> Table:
    """One row a deployment of each service, newest first, from the same responses."""
    columns = ("status", "task definition", "desired", "running", "pending", "failed", "rollout")
    rows = (
        (
            deployment["id"],
            deployment["status"],
            _name(deployment.get("taskDefinition", ""), full),
            deployment.get("desiredCount", 0),
            deployment.get("runningCount", 0),
            deployment.get("pendingCount", 0),
            deployment.get("failedTasks", 0),
            deployment.get("rolloutState", ""),
        )
        for found in _records(response, "services", "service")
        for deployment in found.get("deployments", ())
    )
    return table("deployment", columns, rows)


def events(response: Response, full: bool = False) -> Table:
    """One row an event of each service, newest first as ECS gives them."""
    rows = (
        (_time(event["createdAt"], full), event["message"])
        for found in _records(response, "services", "service")
        for event in found.get("events", ())
    )
    return table("time", ("message",), rows)


def instances(response: Response, full: bool = False) -> Table:
    """One row an EC2 instance, from describe_instances or run_instances."""
    columns = ("state", "type", "zone", "private address", "public address", "role", "launched")
    rows = (
        (
            instance["InstanceId"],
            instance.get("State", {}).get("Name", ""),
            instance.get("InstanceType", ""),
            instance.get("Placement", {}).get("AvailabilityZone", ""),
            instance.get("PrivateIpAddress", ""),
            instance.get("PublicIpAddress", ""),
            _name(instance.get("IamInstanceProfile", {}).get("Arn", ""), full),
            _time(instance.get("LaunchTime"), full),
        )
        for instance in _ec2_instances(response)
    )
    return table("instance", columns, rows)


def docker_ps(printed: str) -> Table:
    """What ``docker ps`` printed, as a table: its headings say where a column begins."""
    heading, *lines = printed.splitlines() or [""]
    starts = [match.start() for match in HEADING.finditer(heading)]
    names = [match[0].lower() for match in HEADING.finditer(heading)] or ["container id"]
    edges = list(pairwise([*starts, None]))
    rows = (tuple(line[start:end].strip() for start, end in edges) for line in lines if line)
    return table(names[0], names[1:], rows)


def _records(response: Response, plural: str, singular: str) -> Sequence[Response]:
    if plural in response:
        return response[plural]
    return [response[singular]] if singular in response else []


def _ec2_instances(response: Response) -> Iterator[Response]:
    for reservation in response.get("Reservations", [response]):
        yield from reservation.get("Instances", ())


def _id(arn: str, full: bool) -> str:
    """The last eight characters of an ARN's id: enough to tell two tasks apart."""
    return arn if full else arn.rsplit("/", 1)[-1][-ID_LENGTH:]


def _name(arn: str, full: bool) -> str:
    return arn if full else arn.rsplit("/", 1)[-1]


def _time(moment: datetime | None, full: bool) -> str:
    if moment is None:
        return ""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S" if full else "%H:%M:%S")


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values)


def _memory(container: Response) -> str:
    """The hard limit; where there is a reservation too, that is what is reserved."""
    limit, reservation = container.get("memory"), container.get("memoryReservation")
    if limit and reservation:
        return f"{reservation}, at most {limit}"
    return str(limit or reservation or "")


def _mapping(mapping: Response) -> str:
    """The host's port first, as Docker writes it; 0 is a port of the agent's choice."""
    host = mapping.get("hostPort") or "any"
    return f"{host} → {mapping.get('containerPort')}/{mapping.get('protocol', 'tcp')}"


def _binding(binding: Response) -> str:
    return f"{binding['hostPort']} → {binding['containerPort']}/{binding.get('protocol', 'tcp')}"


def _environment(container: Response, full: bool) -> str:
    """The names of the variables; their values, often passwords, only when asked for."""
    variables = container.get("environment", ())
    return _listed(f"{v['name']}={v['value']}" if full else v["name"] for v in variables)
