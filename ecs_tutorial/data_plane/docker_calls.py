"""What one instance asks of the engine: each call waits for its answer.

They run in the engine's worker threads, remember nothing and raise what goes wrong. All
that they make is marked as the lab's and the instance's, and nothing else is touched.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from docker import APIClient
from docker.errors import APIError

from ecs_tutorial.data_plane.docker_events import INSTANCE_LABEL
from ecs_tutorial.data_plane.docker_faults import is_gone
from ecs_tutorial.data_plane.docker_ports import Place
from ecs_tutorial.data_plane.docker_spec import container_body
from ecs_tutorial.data_plane.runtime import ContainerSpec, VolumeRecord
from ecs_tutorial.engine import LAB_LABEL, NAME_LABEL, REGISTRY_LABEL, remove_marked

CONFLICT = 409
LOG_LINES = 2_000
"""The newest lines of a container's log that are read."""


@dataclass(frozen=True)
class Made:
    """A container that the engine has just made, with what its image decided."""

    runtime_id: str
    command: tuple[str, ...]
    exposed_ports: tuple[Place, ...]
    image_id: str
    stop_signal: str


@dataclass(frozen=True)
class InstanceCalls:
    """The calls for one instance of one lab."""

    client: APIClient
    lab_id: str
    instance_id: str
    _with_volumes: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def labels(self) -> dict[str, str]:
        return {LAB_LABEL: self.lab_id, INSTANCE_LABEL: self.instance_id}

    def labels_of(self, name: str) -> dict[str, str]:
        """A container's labels: also its name; and no address of a registry, whoever gives one."""
        return {**self.labels, NAME_LABEL: name, REGISTRY_LABEL: ""}

    def make(self, spec: ContainerSpec) -> Made:
        if any(not mount.is_host_path for mount in spec.mounts):
            # One after the other: what fails takes its volumes away only between the others.
            with self._with_volumes:
                runtime_id = self._create_with_volumes(spec)
        else:
            runtime_id = self._create(spec, {})
        return _made(self.client.inspect_container(runtime_id))

    def start(self, runtime_id: str, *, has_ports: bool) -> dict[Place, list[int]]:
        """Start a container; its loopback ports by container port and protocol."""
        self.client.start(runtime_id)
        if not has_ports:
            return {}
        ports = self.client.inspect_container(runtime_id)["NetworkSettings"]["Ports"] or {}
        return {
            _port(name): [int(binding["HostPort"]) for binding in bindings or ()]
            for name, bindings in ports.items()
        }

    def signal(self, runtime_id: str, signal: str) -> None:
        """Send a signal; a container that has ended meanwhile is left alone."""
        try:
            self.client.kill(runtime_id, signal)
        except APIError as error:
            if error.status_code not in (404, CONFLICT):
                raise

    def remove(self, runtime_id: str, volumes: tuple[str, ...] = ()) -> None:
        """Remove a container, and those volumes that no other container has."""
        with suppress(APIError):
            self.client.remove_container(runtime_id, v=True, force=True)
        for name in volumes:
            for candidate in (name, self._own_name(name)):
                self._remove_volume(candidate)

    def remove_all(self) -> int:
        """Remove all that is marked as this instance's; how many containers there were."""
        marks = [f"{name}={value}" for name, value in self.labels.items()]
        return remove_marked(self.client, marks)

    def exists(self, runtime_id: str) -> bool:
        try:
            return bool(self.client.inspect_container(runtime_id))
        except APIError as error:
            if is_gone(error):
                return False
            raise

    def logs(self, runtime_id: str) -> tuple[str, ...]:
        try:
            text: bytes = self.client.logs(runtime_id, tail=LOG_LINES)
        except APIError:
            return ()
        return tuple(text.decode(errors="replace").splitlines())

    def volumes(self) -> tuple[VolumeRecord, ...]:
        """The instance's volumes, under the names that its tasks gave them."""
        marks = [f"{name}={value}" for name, value in self.labels.items()]
        try:
            found = self.client.volumes(filters={"label": marks})["Volumes"] or ()
        except APIError:
            return ()
        ending = self._own_name("")
        made = (
            VolumeRecord(
                each["Name"].removesuffix(ending),
                datetime.fromisoformat(each["CreatedAt"]),
                each["Driver"],
            )
            for each in found
        )
        return tuple(sorted(made, key=lambda volume: volume.name))

    def stats(self, runtime_id: str) -> dict[str, Any]:
        """One look at a container's figures, without the second that Docker waits otherwise."""
        return dict(self.client.stats(runtime_id, stream=False, one_shot=True))

    def log_after(self, runtime_id: str, position: str) -> tuple[tuple[str, ...], str]:
        """The lines written after a moment, and the moment of the last one."""
        since = {"since": datetime.fromisoformat(position).timestamp()} if position else {}
        # Of what a storm of lines brings between two looks, the newest are enough.
        text: bytes = self.client.logs(runtime_id, timestamps=True, tail=LOG_LINES, **since)
        parted = (line.partition(" ") for line in text.decode(errors="replace").split("\n"))
        lines = [(moment, words.rstrip("\r")) for moment, _, words in parted if moment > position]
        return tuple(words for _, words in lines), lines[-1][0] if lines else position

    def _create_with_volumes(self, spec: ContainerSpec) -> str:
        """If the engine refuses the container, volumes that were for its task alone go again."""
        own = [mount for mount in spec.mounts if not mount.is_host_path]
        volumes = {name: self._own_volume(name) for name in sorted({m.source for m in own})}
        try:
            return self._create(spec, volumes)
        except APIError:
            for name in {volumes[mount.source] for mount in own if not mount.outlives_task}:
                self._remove_volume(name)
            raise

    def _create(self, spec: ContainerSpec, volumes: Mapping[str, str]) -> str:
        """A name that another instance or lab has on this engine gets an ending."""
        try:
            return self._create_as(spec.name, spec, volumes)
        except APIError as error:
            if error.status_code != CONFLICT or self._is_own_container(spec.name):
                raise
        return self._create_as(self._own_name(spec.name), spec, volumes)

    def _create_as(self, name: str, spec: ContainerSpec, volumes: Mapping[str, str]) -> str:
        body = container_body(spec, self.labels_of(name), volumes)
        return str(self.client.create_container_from_config(body, name)["Id"])

    def _is_own_container(self, name: str) -> bool:
        labels = self.client.inspect_container(name)["Config"]["Labels"] or {}
        return self.labels_of(name).items() <= labels.items()

    def _own_volume(self, name: str) -> str:
        """Make a volume or find the one that is there, under a name that is the instance's."""
        if self._is_own_volume(self.client.create_volume(name, labels=self.labels)):
            return name
        own = self._own_name(name)
        self.client.create_volume(own, labels=self.labels)
        return own

    def _remove_volume(self, name: str) -> None:
        with suppress(APIError):
            if self._is_own_volume(self.client.inspect_volume(name)):
                self.client.remove_volume(name)

    def _is_own_volume(self, volume: Mapping[str, Any]) -> bool:
        return self.labels.items() <= (volume["Labels"] or {}).items()

    def _own_name(self, name: str) -> str:
        return f"{name}-{self.lab_id}-{self.instance_id}"


def _made(found: Mapping[str, Any]) -> Made:
    config = found["Config"]
    return Made(
        found["Id"],
        command=(found["Path"], *found["Args"]) if found["Path"] else (),
        exposed_ports=tuple(sorted(_port(name) for name in config.get("ExposedPorts") or ())),
        image_id=found["Image"],
        stop_signal=config.get("StopSignal") or "SIGTERM",
    )


def _port(name: str) -> Place:
    number, _, protocol = name.partition("/")
    return int(number), protocol
