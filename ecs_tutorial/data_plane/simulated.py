"""A container runtime of records: containers that start, write, end and are killed on time.

Nothing runs. What a container does is read off its behaviour; when it does so is up to
the clock. It knows no ECS and no Docker.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ecs_tutorial.clock import Clock
from ecs_tutorial.data_plane.behaviours import (
    arguments,
    behaviour,
    is_missing,
    passes,
    setting,
)
from ecs_tutorial.data_plane.images import (
    digest,
    image_of,
)
from ecs_tutorial.data_plane.runtime import (
    ContainerExit,
    ContainerRecord,
    ContainerSpec,
    LogRead,
    RuntimeFault,
    Usage,
    UsageRead,
    VolumeRecord,
)
from ecs_tutorial.data_plane.simulated_containers import SimulatedContainer, SimulatedContainers
from ecs_tutorial.data_plane.simulated_faults import (
    from_daemon,
    missing_program,
    pull_fault,
    taken_port,
)
from ecs_tutorial.data_plane.simulated_volumes import SimulatedVolumes

CACHED_PULL_SECONDS = 0.3
REFUSED_PULL_SECONDS = 0.5
CREATE_SECONDS = 0.2
START_SECONDS = 0.5
STOP_SECONDS = 0.5
IDLE_MEMORY = 24
"""MiB of a container whose image says nothing of it."""
KILLED = 137


class SimulatedRuntime:
    """The runtime of one instance.

    Args:
        repository_has: whether an image whose name holds ``.dkr.ecr.`` is in ECR.
    """

    def __init__(
        self,
        clock: Clock,
        rng: random.Random,
        repository_has: Callable[[str], bool],
        version: str = "25.0.16",
    ) -> None:
        self.version = version
        self.on_exit: Callable[[ContainerExit], None] = lambda end: None
        self.on_health: Callable[[str, str], None] = lambda runtime_id, health: None
        self._clock = clock
        self._rng = rng
        self._repository_has = repository_has
        self._containers = SimulatedContainers()
        self._volumes = SimulatedVolumes(clock, self.container)
        self._images: dict[str, str] = {}
        self._pulls: dict[str, list[Callable[[str | RuntimeFault], None]]] = {}
        self._life = 0

    # Images

    def pull(self, image: str, done: Callable[[str | RuntimeFault], None]) -> None:
        """Fetch ``image``; two who want the same one at one time share the download."""
        self._pulls.setdefault(image, []).append(done)
        if len(self._pulls[image]) == 1:
            fault = pull_fault(image, self._repository_has)
            self._later(self._pull_seconds(image, fault), self._pulled, image, fault)

    def _pull_seconds(self, image: str, fault: RuntimeFault | None) -> float:
        if fault:
            return REFUSED_PULL_SECONDS
        return CACHED_PULL_SECONDS if image in self._images else image_of(image).pull_seconds

    def _pulled(self, image: str, fault: RuntimeFault | None) -> None:
        if fault is None:
            self._images[image] = digest(image)
        for done in self._pulls.pop(image, []):
            done(fault or self._images[image])

    def images(self) -> dict[str, str]:
        """What has been pulled: image name to digest, as ``docker images`` would list it."""
        return dict(self._images)

    # Containers

    def create(self, spec: ContainerSpec, done: Callable[[str | RuntimeFault], None]) -> None:
        self._later(CREATE_SECONDS, self._created, spec, done)

    def _created(self, spec: ContainerSpec, done: Callable[[str | RuntimeFault], None]) -> None:
        if self._containers.has_name(spec.name):
            text = f'Conflict. The container name "/{spec.name}" is already in use.'
            return done(RuntimeFault("CannotCreateContainerError", from_daemon(text)))
        self._volumes.make_for(spec)
        image = image_of(spec.image)
        runtime_id = f"{self._rng.getrandbits(256):064x}"
        life = behaviour(image, spec)
        record = ContainerRecord(
            runtime_id,
            spec,
            self._clock.now(),
            command=arguments(image, spec),
            exposed_ports=tuple((port, "tcp") for port in image.ports) if life.listens else (),
            image_digest=self._images.get(spec.image),
            health="starting" if spec.health_check else None,
        )
        self._containers.add(SimulatedContainer(record, life))
        return done(runtime_id)

    def start(
        self, runtime_id: str, done: Callable[[ContainerRecord | RuntimeFault], None]
    ) -> None:
        self._later(START_SECONDS, self._started, runtime_id, done)

    def _started(
        self, runtime_id: str, done: Callable[[ContainerRecord | RuntimeFault], None]
    ) -> None:
        container = self._containers.get(runtime_id)
        if container is None:
            text = from_daemon(f"No such container: {runtime_id}")
            return done(RuntimeFault("CannotStartContainerError", text))
        if fault := self._start_fault(container.record.spec):
            return done(fault)
        self._containers.change(container, state="running", started_at=self._clock.now())
        self._find_data(container)
        self._live(container)
        return done(container.record)

    def _find_data(self, container: SimulatedContainer) -> None:
        """What an earlier container has left in its volumes changes what this one does."""
        spec = container.record.spec
        image = image_of(spec.image)
        container.behaviour = behaviour(self._volumes.seen_by(image, spec), spec)
        if container.behaviour.listens:
            self._volumes.fill(image, spec)

    def _start_fault(self, spec: ContainerSpec) -> RuntimeFault | None:
        if program := is_missing(image_of(spec.image), spec):
            return missing_program(program)
        return taken_port(spec, [c.record.spec for c in self._containers.running()])

    def _live(self, container: SimulatedContainer) -> None:
        """Put on the agenda all that the container will do by itself."""
        life, runtime_id = container.behaviour, container.record.runtime_id
        for seconds, line in life.lines:
            self._later(seconds, self._write, runtime_id, line)
        if life.ends_after is not None:
            self._later(life.ends_after, self._end, runtime_id, life.exit_code, life.oom_killed)
        if check := container.record.spec.health_check:
            self._later(setting(check, "interval", 30), self._probe, runtime_id)

    def _write(self, runtime_id: str, line: str) -> None:
        container = self._containers.get(runtime_id)
        if container and container.record.state == "running":
            container.lines.append(line)

    def _probe(self, runtime_id: str) -> None:
        """One run of the health check; the first comes an interval after the start."""
        container = self._containers.get(runtime_id)
        if container is None or container.record.state != "running":
            return
        check = container.record.spec.health_check or {}
        container.failed_probes = 0 if passes(check) else container.failed_probes + 1
        if container.failed_probes == 0:
            self._set_health(container, "healthy")
        elif container.failed_probes >= setting(check, "retries", 3):
            self._set_health(container, "unhealthy")
        self._later(setting(check, "interval", 30), self._probe, runtime_id)

    def _set_health(self, container: SimulatedContainer, health: str) -> None:
        if container.record.health != health:
            self._containers.change(container, health=health)
            self.on_health(container.record.runtime_id, health.upper())

    def stop(self, runtime_id: str, timeout: float) -> None:
        container = self._containers.get(runtime_id)
        if container is None or container.record.state != "running":
            return
        code = container.behaviour.stop_exit_code
        seconds = timeout if code is None else min(STOP_SECONDS, timeout)
        self._later(seconds, self._end, runtime_id, KILLED if code is None else code, False)

    def kill(self, runtime_id: str, exit_code: int = KILLED, oom: bool = False) -> None:
        """End a running container at once, as a fault from outside would."""
        self._later(0, self._end, runtime_id, exit_code, oom)

    def _end(self, runtime_id: str, exit_code: int, oom_killed: bool) -> None:
        container = self._containers.get(runtime_id)
        if container is not None and container.record.state == "running":
            self._mark_exited(container, exit_code, oom_killed)
            self.on_exit(ContainerExit(runtime_id, exit_code, oom_killed))

    def remove(self, runtime_id: str) -> None:
        container = self._containers.get(runtime_id)
        if container is not None and container.record.state != "running":
            self._containers.remove(container)
            others = (other.record.spec for other in self._containers)
            self._volumes.remove_for(container.record.spec, others)

    def container(self, runtime_id: str) -> ContainerRecord | None:
        container = self._containers.get(runtime_id)
        return container.record if container else None

    def volumes(self) -> tuple[VolumeRecord, ...]:
        return self._volumes.records()

    def containers(self) -> tuple[ContainerRecord, ...]:
        return tuple(container.record for container in self._containers.newest_first())

    def logs(self, runtime_id: str) -> tuple[str, ...]:
        container = self._containers.get(runtime_id)
        return tuple(container.lines) if container else ()

    def log_after(self, runtime_id: str, position: str, done: LogRead) -> None:
        lines = self.logs(runtime_id)
        self._later(0, done, lines[int(position or 0) :], str(len(lines)))

    def usage(self, runtime_ids: Sequence[str], done: UsageRead) -> None:
        found = [self._containers.get(each) for each in runtime_ids]
        usages = {each.record.runtime_id: simulated_usage(each) for each in found if each}
        self._later(0, done, usages)

    def shut_down(self) -> None:
        """The instance goes down: everything ends unheard; images stay on its disk."""
        self._life += 1
        self._pulls.clear()
        for container in self._containers.running():
            code = container.behaviour.stop_exit_code
            self._mark_exited(container, KILLED if code is None else code, False)

    def discard(self) -> None:
        """The instance is gone with its disk."""
        self.shut_down()
        self._containers.clear()
        self._images.clear()
        self._volumes.clear()

    def loopback_port(self, host_port: int) -> int | None:
        """None: nothing runs, so nothing really answers."""

    def _mark_exited(self, container: SimulatedContainer, exit_code: int, oom_killed: bool) -> None:
        self._containers.change(
            container,
            state="exited",
            finished_at=self._clock.now(),
            exit_code=exit_code,
            oom_killed=oom_killed,
        )

    def _later(self, seconds: float, action: Callable[..., None], *arguments: Any) -> None:
        """Like ``call_later``, but only if the instance has not gone down meanwhile."""
        self._clock.call_later(seconds, partial(self._if_alive, self._life, action, arguments))

    def _if_alive(self, life: int, action: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        if life == self._life:
            action(*arguments)


def simulated_usage(container: SimulatedContainer) -> Usage:
    """A hundredth of a vCPU for what answers requests, and the memory that it needs at least."""
    least = float(max(image_of(container.record.spec.image).least_memory, IDLE_MEMORY))
    limit = container.record.spec.memory or least
    return Usage(1.0 if container.behaviour.listens else 0.0, min(least, limit), is_simulated=True)
