"""What the data plane is told of EC2: instances, and the AMIs that they are made from.

Frozen records; whoever wires the planes fills them from what EC2 answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

InstanceState = Literal["pending", "running", "stopping", "stopped", "shutting-down", "terminated"]


@dataclass(frozen=True)
class Ec2Instance:
    """One EC2 instance; ``user_data`` is decoded, ``role_name`` its profile's role."""

    instance_id: str
    state: InstanceState
    image_id: str
    instance_type: str
    user_data: bytes
    role_name: str | None
    private_ip: str
    private_dns_name: str
    public_ip: str | None
    availability_zone: str
    subnet_id: str
    vpc_id: str
    region: str
    account_id: str
    vcpus: int
    memory_mib: int
    security_group_ids: tuple[str, ...]
    launch_time: datetime
    architecture: str = "x86_64"


@dataclass(frozen=True)
class Ami:
    """A machine image; the versions are those of the ECS-optimized AMI, else empty."""

    image_id: str
    is_ecs_optimized: bool
    agent_version: str = ""
    agent_hash: str = ""
    docker_version: str = ""
    name: str = ""
