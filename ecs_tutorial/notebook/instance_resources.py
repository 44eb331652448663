"""What describe_container_instances says of one instance's resources, ports and zone.

Pure: one element of ``containerInstances`` goes in. Remaining ports are the taken ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Response = Mapping[str, Any]


def reserved(instance: Response, resource: str) -> tuple[int, int]:
    """How much of CPU or MEMORY is reserved, and how much the instance registered."""
    registered = _resource(instance, "registeredResources", resource).get("integerValue", 0)
    remaining = _resource(instance, "remainingResources", resource).get("integerValue", 0)
    return registered - remaining, registered


def taken_ports(instance: Response) -> list[str]:
    """The host ports that tasks have taken; those that the agent keeps are left out."""
    taken = set(_resource(instance, "remainingResources", "PORTS").get("stringSetValue", ()))
    kept = set(_resource(instance, "registeredResources", "PORTS").get("stringSetValue", ()))
    return sorted(taken - kept, key=int)


def zone_of(instance: Response) -> str:
    """The availability zone, one of the attributes that the agent registered."""
    attributes = {a["name"]: a.get("value", "") for a in instance.get("attributes", ())}
    return attributes.get("ecs.availability-zone", "")


def _resource(instance: Response, kind: str, name: str) -> Response:
    return next((r for r in instance.get(kind, ()) if r.get("name") == name), {})
