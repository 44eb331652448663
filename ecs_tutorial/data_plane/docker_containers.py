"""The real containers of a whole lab: one engine, a runtime for each instance.

What the engine's threads have to say is done at once, under the lab's lock, with all that
it makes due. Nothing of the lab is left on the engine, not even of one that died.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from ecs_tutorial.clock import LabClock
from ecs_tutorial.data_plane.docker_engine import DockerEngine
from ecs_tutorial.data_plane.docker_events import ContainerEvent
from ecs_tutorial.data_plane.docker_runtime import DockerRuntime
from ecs_tutorial.data_plane.registry import Registry

REGISTRY = "registry"
"""Among those who listen for an engine's events, beside the instances."""

QUICK_STOP = 1.0
"""Seconds: a database that is asked to stop while it begins does not listen for thirty."""


class DockerContainers:
    """The containers of one lab from one reset to the next.

    Args:
        lab_id: marks what belongs to the lab; the same after its process died.
        at_once: does something of the lab under its lock, as soon as that is free.
        allow: what is not to be refused on this machine, by name (``allowances``).
    """

    def __init__(
        self,
        lab_id: str,
        clock: LabClock,
        at_once: Callable[[Callable[[], None]], None],
        *,
        allow: Iterable[str] = (),
        base_url: str | None = None,
    ) -> None:
        self._clock = clock
        self._allowed = frozenset(allow)
        self._engine = DockerEngine(lab_id, at_once, base_url)
        self._engine.remove_leftovers()
        self._registry: Registry | None = None

    @property
    def memory(self) -> int:
        """The MiB that the engine has for all containers."""
        return self._engine.facts.memory

    def runtime_for(self, instance_id: str) -> DockerRuntime:
        return DockerRuntime(self._engine, instance_id, self._clock, self._allowed)

    def registry(self) -> Registry:
        """The lab's image registry; it is started when it is first asked for, which takes a moment.

        Raises:
            LabError: it could not be started.
        """
        if self._registry is None:
            self._registry = Registry(self._engine.client, self._engine.lab_id)
            self._engine.listen(REGISTRY, self._hear)
        return self._registry

    def _hear(self, event: ContainerEvent) -> None:
        """The engine was away, or the registry's container has gone, and its memory with it."""
        if self._registry is None:
            return
        is_removed = event.kind == "gone" and event.runtime_id == self._registry.container_id
        if event.kind == "looked over" or is_removed:
            self._engine.submit("CannotPullContainerError", self._registry.restore, _ignore)

    @contextmanager
    def stopping_quickly(self) -> Iterator[None]:
        """Within it nobody waits for long until a container has stopped."""
        self._engine.longest_stop = QUICK_STOP
        try:
            yield
        finally:
            self._engine.longest_stop = math.inf

    def close(self) -> None:
        """End and remove all of them. Waits for threads that want the lock: not to be held."""
        self._engine.close()


def _ignore(result: object) -> None:
    """What was not restored is missed by whoever pulls it."""
