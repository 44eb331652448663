"""What an instance's tasks have taken of its CPU, memory and host ports.

The agent's own account, beside the control plane's: a task that does not fit yet has
to wait. It knows nothing of containers or states.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ecs_tutorial.data_plane.agent_settings import AgentSettings, HostFacts
from ecs_tutorial.data_plane.messages import TaskPayload

Port = tuple[int, str]

# The first port of Linux's ip_local_port_range, see agent/utils/ephemeral_ports_linux.go.
FIRST_DYNAMIC_PORT, LAST_DYNAMIC_PORT = 32768, 60999


@dataclass(frozen=True)
class Needs:
    cpu: int
    memory: int
    ports: frozenset[Port]


def needs_of(task: TaskPayload) -> Needs:
    """What a task takes before its dynamic ports are known."""
    containers = task["containers"]
    return Needs(
        cpu=sum(c.get("cpu") or 0 for c in containers),
        memory=sum(c.get("memoryReservation") or c.get("memory") or 0 for c in containers),
        ports=frozenset(
            (port, mapping.get("protocol") or "tcp")
            for c in containers
            for mapping in c.get("portMappings") or ()
            if (port := mapping.get("hostPort"))
        ),
    )


@dataclass
class Reservations:
    """The room on one instance; ``ports`` are those that no task may have."""

    cpu: int
    memory: int
    ports: set[Port]
    _held: dict[str, Needs] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: AgentSettings, host: HostFacts) -> Reservations:
        tcp = {(port, "tcp") for port in settings.reserved_ports}
        udp = {(port, "udp") for port in settings.reserved_ports_udp}
        return cls(host.cpu, host.memory - settings.reserved_memory, tcp | udp)

    def reserve(self, task_arn: str, needs: Needs) -> bool:
        """Take ``needs`` for a task if all of it is free."""
        free = self.cpu >= needs.cpu and self.memory >= needs.memory
        if not free or self.ports & needs.ports:
            return False
        self._held[task_arn] = needs
        self._change(needs, -1)
        self.ports |= needs.ports
        return True

    def dynamic_port(self, task_arn: str, protocol: str) -> int:
        """The lowest free port of the dynamic range, held for the task."""
        dynamic = range(FIRST_DYNAMIC_PORT, LAST_DYNAMIC_PORT + 1)
        port = next(port for port in dynamic if (port, protocol) not in self.ports)
        held = self._held[task_arn]
        self._held[task_arn] = replace(held, ports=held.ports | {(port, protocol)})
        self.ports.add((port, protocol))
        return port

    def release(self, task_arn: str) -> None:
        """Give back all that a task holds; a task that holds nothing is ignored."""
        if needs := self._held.pop(task_arn, None):
            self._change(needs, 1)
            self.ports -= needs.ports

    def _change(self, needs: Needs, sign: int) -> None:
        self.cpu += sign * needs.cpu
        self.memory += sign * needs.memory
