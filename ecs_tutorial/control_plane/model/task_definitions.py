"""Task definitions, a revision each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from .resources import Json, Resources


def _reserved_memory(container: Json) -> int:
    return int(container.get("memoryReservation") or container.get("memory") or 0)


@dataclass(frozen=True)
class TaskDefinition:
    """A revision of a family, its parts kept as given with the API's defaults filled in."""

    task_definition_arn: str
    family: str
    revision: int
    container_definitions: tuple[Json, ...]
    status: Literal["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"] = "ACTIVE"
    network_mode: str | None = None
    cpu: str | None = None
    memory: str | None = None
    task_role_arn: str | None = None
    execution_role_arn: str | None = None
    volumes: tuple[Json, ...] = ()
    placement_constraints: tuple[Json, ...] = ()
    requires_compatibilities: tuple[str, ...] | None = None
    compatibilities: tuple[str, ...] = ("EXTERNAL", "EC2")
    requires_attributes: tuple[Json, ...] | None = None
    runtime_platform: Json | None = None
    pid_mode: str | None = None
    ipc_mode: str | None = None
    proxy_configuration: Json | None = None
    ephemeral_storage: Json | None = None
    registered_at: datetime | None = None
    registered_by: str | None = None
    deregistered_at: datetime | None = None
    tags: tuple[Json, ...] = ()

    @cached_property
    def needs(self) -> Resources:
        """What one task takes from an instance: CPU, memory, fixed host ports.

        The size of the task counts where it is given, else the sum of its containers.
        """
        containers = self.container_definitions
        return Resources(
            cpu=int(self.cpu or sum(int(c.get("cpu") or 0) for c in containers)),
            memory=int(self.memory or sum(map(_reserved_memory, containers))),
            ports=frozenset(
                (mapping["hostPort"], mapping.get("protocol", "tcp"))
                for c in containers
                for mapping in c.get("portMappings", ())
                if mapping.get("hostPort")
            ),
        )
