"""What checks look at in a service, and how an exercise deletes one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def found(ecs: Any, cluster: str, name: str) -> Any:
    """The service if it is there and not about to go, else nothing."""
    services = ecs.describe_services(cluster=cluster, services=[name])["services"]
    return next((each for each in services if each["status"] == "ACTIVE"), None)


def delete(ecs: Any, cluster: str, name: str) -> Iterator[str]:
    """Delete a service with its tasks, and wait until both are gone."""
    if found(ecs, cluster, name) is not None:
        ecs.delete_service(cluster=cluster, service=name, force=True)
        ecs.get_waiter("services_inactive").wait(cluster=cluster, services=[name])
        yield f"the service {name}"
