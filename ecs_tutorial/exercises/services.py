"""What checks look at in a service, and how an exercise deletes one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any


def found(ecs: Any, cluster: str, name: str) -> Any:
    """The service if it is there and not about to go, else nothing."""
    services = ecs.describe_services(cluster=cluster, services=[name])["services"]
    return next((each for each in services if each["status"] == "ACTIVE"), None)


def averages(cloudwatch: Any, service: Any, metric: str) -> list[float]:
    """The service's values of a metric, a minute each, oldest first; none of no service."""
    if service is None:
        return []
    names = {
        "ClusterName": service["clusterArn"].rpartition("/")[2],
        "ServiceName": service["serviceName"],
    }
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/ECS",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in names.items()],
        StartTime=service["createdAt"],
        EndTime=service["createdAt"] + timedelta(hours=12),
        Period=60,
        Statistics=["Average"],
    )["Datapoints"]
    return [each["Average"] for each in sorted(points, key=lambda each: each["Timestamp"])]


def delete(ecs: Any, cluster: str, name: str) -> Iterator[str]:
    """Delete a service with its tasks, and wait until both are gone."""
    if found(ecs, cluster, name) is not None:
        ecs.delete_service(cluster=cluster, service=name, force=True)
        ecs.get_waiter("services_inactive").wait(cluster=cluster, services=[name])
        yield f"the service {name}"
