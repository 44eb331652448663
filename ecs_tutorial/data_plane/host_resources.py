"""What an agent registers of its host's CPU and memory, by EC2 instance type.

Figures recorded on AWS come first; they depend on the AMI's kernel as well.
"""

from __future__ import annotations

from dataclasses import dataclass

CPU_UNITS = 1024
"""CPU units of one vCPU."""

RECORDED_MEMORY = {
    "c5.large": 3705,
    "m4.large": 7985,
    "m6i.large": 7817,
    "t2.large": 7974,
    "t2.medium": 3954,
    "t2.micro": 982,
    "t2.small": 2004,
    "t3.nano": 459,
}
"""MiB registered by instances of a type, the newest recording of each."""


@dataclass(frozen=True)
class HostResources:
    """CPU units and MiB of memory, before the agent's own ECS_RESERVED_MEMORY."""

    cpu: int
    memory: int


def host_resources(instance_type: str, vcpus: int, memory_mib: int) -> HostResources:
    """CPU and memory of a host as Docker sees them.

    >>> host_resources("t3.medium", 2, 4096)
    HostResources(cpu=2048, memory=3911)
    """
    # AWS: the kernel keeps a part of the memory; its size is not published for most types.
    estimate = memory_mib * 955 // 1000
    return HostResources(vcpus * CPU_UNITS, RECORDED_MEMORY.get(instance_type, estimate))
