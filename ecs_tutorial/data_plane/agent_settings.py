"""What an agent is told before it starts: its settings and the facts of its host.

The settings are those of ``/etc/ecs/ecs.config`` with the agent's own defaults. This
module knows neither how that file is read nor what the agent does with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

PullBehavior = Literal["default", "always", "once", "prefer-cached"]

DEFAULT_RESERVED_PORTS = (22, 2375, 2376, 51678, 51679)
DEFAULT_LOGGING_DRIVERS = ("json-file", "syslog", "awslogs", "fluentd", "none")
"""What ecs-init hands the agent on an ECS-optimized AMI."""


@dataclass(frozen=True)
class AgentSettings:
    """The agent's settings; each field names the ``ECS_…`` setting that it comes from."""

    cluster: str = ""
    """ECS_CLUSTER; empty means ``default``, which the agent then makes itself."""
    reserved_ports: tuple[int, ...] = DEFAULT_RESERVED_PORTS
    """ECS_RESERVED_PORTS"""
    reserved_ports_udp: tuple[int, ...] = ()
    """ECS_RESERVED_PORTS_UDP"""
    reserved_memory: int = 0
    """ECS_RESERVED_MEMORY, in MiB: what the agent does not offer to tasks."""
    instance_attributes: Mapping[str, str] = field(default_factory=dict)
    """ECS_INSTANCE_ATTRIBUTES"""
    tags: Mapping[str, str] = field(default_factory=dict)
    """ECS_CONTAINER_INSTANCE_TAGS"""
    container_stop_timeout: float = 30.0
    """ECS_CONTAINER_STOP_TIMEOUT, seconds between SIGTERM and SIGKILL."""
    task_cleanup_wait: float = 10800.0
    """ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION, seconds that stopped containers are kept."""
    image_pull_behavior: PullBehavior = "default"
    """ECS_IMAGE_PULL_BEHAVIOR"""
    available_logging_drivers: tuple[str, ...] = DEFAULT_LOGGING_DRIVERS
    """ECS_AVAILABLE_LOGGING_DRIVERS"""


@dataclass(frozen=True)
class Latency:
    """Seconds that words are on their way: from ECS to an agent, and from it to ECS."""

    to_agent: float = 0.1
    to_ecs: float = 0.05
    # Between the end of a container and the end of its task recordings show 20 to 140 ms.


OVER_A_NETWORK = Latency()
NO_LATENCY = Latency(0.0, 0.0)


@dataclass(frozen=True)
class HostFacts:
    """One EC2 instance as its agent finds it; ``cpu`` in CPU units, ``memory`` in MiB."""

    ec2_instance_id: str
    instance_type: str
    ami_id: str
    availability_zone: str
    vpc_id: str
    subnet_id: str
    region: str
    account_id: str
    cpu: int
    memory: int
    private_ip: str
    cpu_architecture: str = "x86_64"
    agent_version: str = "1.107.0"
    agent_hash: str = "00000000"
    """The commit that the agent was built from, as ``versionInfo`` shows it."""
