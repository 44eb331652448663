"""Clusters and their container instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .resources import Json, Resources


@dataclass(frozen=True)
class Cluster:
    cluster_arn: str
    cluster_name: str
    status: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"
    settings: tuple[Json, ...] = ()
    configuration: Json | None = None
    capacity_providers: tuple[str, ...] = ()
    default_capacity_provider_strategy: tuple[Json, ...] = ()
    service_connect_defaults: Json | None = None
    statistics: tuple[Json, ...] = ()
    tags: tuple[Json, ...] = ()


@dataclass(frozen=True)
class ContainerInstance:
    """One EC2 instance whose agent has registered.

    ``registered`` is what the agent reported; its ports are those the agent keeps
    for itself. What remains is counted from the tasks, see ``ClusterState.remaining``.
    """

    container_instance_arn: str
    ec2_instance_id: str
    registered: Resources
    attributes: Mapping[str, str | None]
    registered_at: datetime
    status: Literal["ACTIVE", "DRAINING", "INACTIVE"] = "ACTIVE"
    agent_connected: bool = True
    version: int = 1
    version_info: Json | None = None
    capacity_provider_name: str | None = None
    tags: tuple[Json, ...] = ()

    @property
    def availability_zone(self) -> str:
        return self.attributes.get("ecs.availability-zone") or ""
