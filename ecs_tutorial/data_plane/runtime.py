"""The container runtime as an agent sees it: a port with two adapters.

A runtime pulls images and creates, starts, stops and removes containers. No call
blocks: each is given ``done``, called once with the result or with a ``RuntimeFault``
named as ECS names it. What a container does by itself arrives at ``on_exit``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Fault = Literal[
    "CannotPullContainerError",
    "CannotCreateContainerError",
    "CannotStartContainerError",
    "CannotInspectContainerError",
    "CannotStopContainerError",
    "CannotCreateVolumeError",
    "DockerTimeoutError",
    "OutOfMemoryError",
]


@dataclass(frozen=True)
class RuntimeFault:
    """What went wrong, as it appears in a container's ``reason``: ``name: text``."""

    name: Fault
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


@dataclass(frozen=True)
class PublishedPort:
    container_port: int
    host_port: int
    protocol: str = "tcp"
    host_ip: str = "0.0.0.0"


@dataclass(frozen=True)
class Mount:
    """A volume, or a folder of the instance, at a path of the container."""

    source: str
    target: str
    is_read_only: bool = False
    is_host_path: bool = False
    outlives_task: bool = False
    """A volume of the scope ``shared``; others go with the last container that has them."""


@dataclass(frozen=True)
class VolumeRecord:
    """One volume as ``docker volume inspect`` would tell of it."""

    name: str
    created_at: datetime
    driver: str = "local"


@dataclass(frozen=True)
class ContainerSpec:
    """One container as the agent asks the runtime for it.

    ``cpu`` is in CPU shares, ``memory`` and ``memory_reservation`` are in MiB.
    ``links`` maps an alias to the runtime id of the container behind it,
    ``volumes_from`` holds runtime ids, with ``:ro`` behind one that is only read.
    """

    name: str
    image: str
    command: tuple[str, ...] = ()
    entry_point: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    cpu: int = 2
    memory: int | None = None
    memory_reservation: int | None = None
    ports: tuple[PublishedPort, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    hostname: str | None = None
    user: str | None = None
    working_directory: str | None = None
    mounts: tuple[Mount, ...] = ()
    volumes_from: tuple[str, ...] = ()
    health_check: Mapping[str, object] | None = None
    """``command``, ``interval``, ``timeout``, ``retries`` and ``startPeriod``, as ECS has them."""
    config: Mapping[str, Any] = field(default_factory=dict)
    host_config: Mapping[str, Any] = field(default_factory=dict)
    """The rest of the definition, in the form of Docker's API as payloads carry it."""


@dataclass(frozen=True)
class ContainerRecord:
    """One container as ``docker ps`` and ``docker inspect`` would tell of it."""

    runtime_id: str
    spec: ContainerSpec
    created_at: datetime
    state: Literal["created", "running", "exited"] = "created"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_code: int | None = None
    oom_killed: bool = False
    command: tuple[str, ...] = ()
    """What runs in it: the spec's entry point and command, else the image's own."""
    exposed_ports: tuple[tuple[int, str], ...] = ()
    """Ports that the image itself declares, published or not."""
    image_digest: str | None = None
    is_paused: bool = False
    """Somebody has frozen it with ``docker pause``; it counts as running."""
    health: Literal["starting", "healthy", "unhealthy"] | None = None
    """Only for containers with a health check of their own."""

    def listens_on(self, host_port: int) -> bool:
        """Whether something in it answers on this port of its host."""
        exposed = {port for port, _ in self.exposed_ports}
        return self.state == "running" and any(
            port.host_port == host_port and port.container_port in exposed
            for port in self.spec.ports
        )


@dataclass(frozen=True)
class ContainerExit:
    runtime_id: str
    exit_code: int | None
    """None if the container is gone and nobody saw its end."""
    oom_killed: bool = False


@dataclass(frozen=True)
class Usage:
    """What a running container takes; real figures are means since it was last asked."""

    cpu_percent: float
    """100 is one vCPU."""
    memory: float
    """MiB."""
    is_simulated: bool = False


LogRead = Callable[[tuple[str, ...], str], None]
"""Gets lines of a log, and the position behind the last of them."""
UsageRead = Callable[[Mapping[str, Usage]], None]
"""Gets what containers take, by runtime id; one that is gone is left out."""


class ContainerRuntime(Protocol):
    """What an agent needs of Docker, one runtime for each container instance."""

    version: str
    """The engine's version as Docker gives it, ``25.0.16``."""

    on_exit: Callable[[ContainerExit], None]
    """Set by the agent; called when a container ends, stopped or by itself."""

    on_health: Callable[[str, str], None]
    """Set by the agent; called with a runtime id and ``HEALTHY`` or ``UNHEALTHY``."""

    def pull(self, image: str, done: Callable[[str | RuntimeFault], None]) -> None:
        """Fetch ``image``; ``done`` gets its digest, ``sha256:…``."""

    def create(self, spec: ContainerSpec, done: Callable[[str | RuntimeFault], None]) -> None:
        """Create a container; ``done`` gets its runtime id, 64 hex digits."""

    def start(
        self, runtime_id: str, done: Callable[[ContainerRecord | RuntimeFault], None]
    ) -> None:
        """Start a created container; ``done`` gets its record with host ports filled in."""

    def stop(self, runtime_id: str, timeout: float) -> None:
        """SIGTERM, after ``timeout`` seconds SIGKILL; the end arrives at ``on_exit``."""

    def remove(self, runtime_id: str) -> None:
        """Remove a container that has ended; unknown ids are ignored."""

    def containers(self) -> tuple[ContainerRecord, ...]:
        """All containers of this instance, newest first, also those that have ended."""

    def container(self, runtime_id: str) -> ContainerRecord | None:
        """One of them; None if it was removed, or never was."""

    def usage(self, runtime_ids: Sequence[str], done: UsageRead) -> None:
        """``done`` gets the CPU and memory of these containers."""

    def logs(self, runtime_id: str) -> tuple[str, ...]:
        """The lines that the container has written so far."""

    def log_after(self, runtime_id: str, position: str, done: LogRead) -> None:
        """``done`` gets the lines after a position and the new position; ``""`` is the start."""
