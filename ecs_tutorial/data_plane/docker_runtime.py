"""The container runtime of one instance on a Docker Engine.

Several instances share an engine; each has its own containers and host ports, of which loopback
ports are the real side. Only what the engine's threads hand back changes what is remembered here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from ecs_tutorial.clock import Clock
from ecs_tutorial.data_plane.docker_calls import Made
from ecs_tutorial.data_plane.docker_engine import DockerEngine
from ecs_tutorial.data_plane.docker_events import ContainerEvent
from ecs_tutorial.data_plane.docker_ports import Place, by_host_port, taken_port
from ecs_tutorial.data_plane.docker_spec import refusal
from ecs_tutorial.data_plane.docker_usage import UsageMeter
from ecs_tutorial.data_plane.runtime import (
    ContainerExit,
    ContainerRecord,
    ContainerSpec,
    LogRead,
    RuntimeFault,
    UsageRead,
)

Result = TypeVar("Result")
KILLED = 137


@dataclass
class _Container:
    record: ContainerRecord
    stop_signal: str
    is_starting: bool = False
    is_stopping: bool = False
    loopback_ports: dict[Place, int] = field(default_factory=dict)
    """By host port and protocol."""

    @property
    def holds_ports(self) -> bool:
        return self.is_starting or self.record.state == "running"


class DockerRuntime:
    """The runtime of one instance.

    Args:
        allowed: what is not to be refused on this machine, by name (``allowances``).
    """

    def __init__(
        self,
        engine: DockerEngine,
        instance_id: str,
        clock: Clock,
        allowed: frozenset[str] = frozenset(),
    ) -> None:
        self.version = engine.facts.version
        self.on_exit: Callable[[ContainerExit], None] = lambda end: None
        self.on_health: Callable[[str, str], None] = lambda runtime_id, health: None
        self._engine = engine
        self._calls = engine.calls(instance_id)
        self.volumes = self._calls.volumes
        self._meter = UsageMeter(self._calls.stats, clock)
        self._clock = clock
        self._allowed = allowed
        self._containers: dict[str, _Container] = {}
        self._images: dict[str, str] = {}
        self._life = 0
        engine.listen(instance_id, self._hear)

    # Images

    def pull(self, image: str, done: Callable[[str | RuntimeFault], None]) -> None:
        self._engine.pull(image, self._if_alive(partial(self._pulled, image, done)))

    def _pulled(
        self, image: str, done: Callable[[str | RuntimeFault], None], result: str | RuntimeFault
    ) -> None:
        if not isinstance(result, RuntimeFault):
            self._images[image] = result
        done(result)

    def images(self) -> dict[str, str]:
        """What this instance has pulled; the engine may have more."""
        return dict(self._images)

    # Containers

    def create(self, spec: ContainerSpec, done: Callable[[str | RuntimeFault], None]) -> None:
        if reason := refusal(spec, self._allowed):
            return self._answer(done, RuntimeFault("CannotCreateContainerError", reason))
        created = partial(self._created, self._life, spec, done)
        return self._engine.submit(
            "CannotCreateContainerError", partial(self._calls.make, spec), created
        )

    def _created(
        self,
        life: int,
        spec: ContainerSpec,
        done: Callable[[str | RuntimeFault], None],
        result: Made | RuntimeFault,
    ) -> None:
        if isinstance(result, RuntimeFault):
            return done(result) if life == self._life else None
        if life != self._life:
            return self._remove(result.runtime_id, spec)
        record = ContainerRecord(
            result.runtime_id,
            spec,
            self._clock.now(),
            command=result.command,
            exposed_ports=result.exposed_ports,
            image_digest=self._images.get(spec.image, result.image_id),
            health="starting" if spec.health_check else None,
        )
        self._containers[result.runtime_id] = _Container(record, result.stop_signal)
        return done(result.runtime_id)

    def start(
        self, runtime_id: str, done: Callable[[ContainerRecord | RuntimeFault], None]
    ) -> None:
        container = self._containers.get(runtime_id)
        if container is None:
            text = f"Error response from daemon: No such container: {runtime_id}"
            return self._answer(done, RuntimeFault("CannotStartContainerError", text))
        held = (c.record.spec for c in self._containers.values() if c.holds_ports)
        if fault := taken_port(container.record.spec, held):
            return self._answer(done, fault)
        container.is_starting = True
        started = self._if_alive(partial(self._started, container, done))
        work = partial(self._calls.start, runtime_id, has_ports=bool(container.record.spec.ports))
        return self._engine.submit("CannotStartContainerError", work, started)

    def _started(
        self,
        container: _Container,
        done: Callable[[ContainerRecord | RuntimeFault], None],
        result: dict[Place, list[int]] | RuntimeFault,
    ) -> None:
        container.is_starting = False
        if isinstance(result, RuntimeFault):
            return done(result)
        container.loopback_ports = by_host_port(container.record.spec, result)
        if container.record.state == "created":
            self._change(container, state="running", started_at=self._clock.now())
        return done(container.record)

    def loopback_port(self, host_port: int, protocol: str = "tcp") -> int | None:
        """The port of this machine behind a host port of the instance, if something has it."""
        running = (c for c in self._containers.values() if c.record.state == "running")
        ports = (c.loopback_ports.get((host_port, protocol)) for c in running)
        return next((port for port in ports if port), None)

    def stop(self, runtime_id: str, timeout: float) -> None:
        container = self._containers.get(runtime_id)
        if container is None or container.record.state != "running" or container.is_stopping:
            return
        container.is_stopping = True
        self._signal(runtime_id, container.stop_signal)
        patience = min(timeout, self._engine.longest_stop)
        self._clock.call_later(patience, partial(self._kill, self._life, runtime_id))

    def kill(self, runtime_id: str) -> None:
        self._kill(self._life, runtime_id)

    def _kill(self, life: int, runtime_id: str) -> None:
        container = self._containers.get(runtime_id)
        if life == self._life and container and container.record.state == "running":
            self._signal(runtime_id, "SIGKILL")

    def _signal(self, runtime_id: str, signal: str) -> None:
        work = partial(self._calls.signal, runtime_id, signal)
        self._engine.submit("CannotStopContainerError", work, _ignore)

    def remove(self, runtime_id: str) -> None:
        if (container := self._containers.get(runtime_id)) and container.record.state != "running":
            del self._containers[runtime_id]
            self._remove(runtime_id, container.record.spec)

    def _remove(self, runtime_id: str, spec: ContainerSpec) -> None:
        volumes = tuple(m.source for m in spec.mounts if not (m.is_host_path or m.outlives_task))
        work = partial(self._calls.remove, runtime_id, volumes)
        self._engine.submit("CannotStopContainerError", work, _ignore)

    def containers(self) -> tuple[ContainerRecord, ...]:
        return tuple(container.record for container in reversed(self._containers.values()))

    def container(self, runtime_id: str) -> ContainerRecord | None:
        return next((c.record for c in [self._containers.get(runtime_id)] if c), None)

    def logs(self, runtime_id: str) -> tuple[str, ...]:
        """The newest lines of the log. It waits for the engine, briefly."""
        return self._calls.logs(runtime_id) if runtime_id in self._containers else ()

    def log_after(self, runtime_id: str, position: str, done: LogRead) -> None:
        def read(result: tuple[tuple[str, ...], str] | RuntimeFault) -> None:
            done(*(((), position) if isinstance(result, RuntimeFault) else result))

        work = partial(self._calls.log_after, runtime_id, position)
        self._engine.submit("CannotInspectContainerError", work, read)

    def usage(self, runtime_ids: Sequence[str], done: UsageRead) -> None:
        read = self._if_alive(partial(self._meter.hand_on, done))
        work = partial(self._meter.read, runtime_ids)
        self._engine.submit("CannotInspectContainerError", work, read)

    def shut_down(self) -> None:
        """The instance goes down: everything ends unheard; images and volumes stay."""
        self._life += 1
        for runtime_id, container in self._containers.items():
            if container.holds_ports:
                container.is_starting = False
                self._signal(runtime_id, "SIGKILL")
                self._mark_exited(container, KILLED, oom_killed=False)

    def discard(self) -> None:
        """The instance is gone with its disk: nothing of it stays on the engine."""
        self.shut_down()
        self._containers.clear()
        self._images.clear()
        self._engine.submit("CannotStopContainerError", self._calls.remove_all, _ignore)

    # What containers do by themselves

    def _hear(self, event: ContainerEvent) -> None:
        if event.kind == "looked over":
            for runtime_id in set(self._containers) - event.present:
                self._see_whether_gone(runtime_id)
        elif container := self._containers.get(event.runtime_id):
            if event.kind == "ended":
                self._end(container, event.exit_code, oom_killed=event.oom_killed)
            elif event.kind == "gone":
                self._forget(event.runtime_id)
            elif event.kind in ("paused", "resumed"):
                # As on AWS the agent hears nothing of it: only who looks sees that it is paused.
                self._change(container, is_paused=event.kind == "paused")
            else:
                self._set_health(container, event.kind)

    def _end(self, container: _Container, exit_code: int | None, *, oom_killed: bool) -> None:
        if container.record.state != "exited":
            self._mark_exited(container, exit_code, oom_killed=oom_killed)
            self.on_exit(ContainerExit(container.record.runtime_id, exit_code, oom_killed))

    def _forget(self, runtime_id: str) -> None:
        """Somebody has removed the container."""
        container = self._containers.pop(runtime_id, None)
        if container is not None:
            self._end(container, None, oom_killed=False)

    def _see_whether_gone(self, runtime_id: str) -> None:
        """A container that was not among the others may only have been made since."""
        self._engine.submit(
            "CannotInspectContainerError",
            partial(self._calls.exists, runtime_id),
            lambda there: None if there is not False else self._forget(runtime_id),
        )

    def _set_health(self, container: _Container, health: str) -> None:
        if container.record.state == "running" and container.record.health != health:
            self._change(container, health=health)
            self.on_health(container.record.runtime_id, health.upper())

    def _mark_exited(
        self, container: _Container, exit_code: int | None, *, oom_killed: bool
    ) -> None:
        now = self._clock.now()
        self._change(
            container,
            state="exited",
            started_at=container.record.started_at or now,
            finished_at=now,
            exit_code=exit_code,
            oom_killed=oom_killed,
            is_paused=False,
        )

    def _change(self, container: _Container, **changes: Any) -> None:
        container.record = replace(container.record, **changes)

    # Answers

    def _answer(self, done: Callable[[Any], None], result: object) -> None:
        """Answer without the engine, but not within the call."""
        self._clock.call_later(0, partial(self._if_alive(done), result))

    def _if_alive(self, done: Callable[[Result], None]) -> Callable[[Result], None]:
        life = self._life
        return lambda result: done(result) if life == self._life else None


def _ignore(result: object) -> None:
    """Nothing hangs on the answer: how containers end is told by events."""
