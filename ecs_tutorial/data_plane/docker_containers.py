"""The real containers of a whole lab: one engine, a runtime for each instance.

What the engine's threads have to say is done at once, under the lab's lock, with all that
it makes due. Nothing of the lab is left on the engine, not even of one that died.
"""

from __future__ import annotations

from collections.abc import Callable

from ecs_tutorial.clock import LabClock
from ecs_tutorial.data_plane.docker_engine import DockerEngine
from ecs_tutorial.data_plane.docker_runtime import DockerRuntime


class DockerContainers:
    """The containers of one lab from one reset to the next.

    Args:
        lab_id: marks what belongs to the lab; the same after its process died.
        at_once: does something of the lab under its lock, as soon as that is free.
    """

    def __init__(
        self,
        lab_id: str,
        clock: LabClock,
        at_once: Callable[[Callable[[], None]], None],
        base_url: str | None = None,
    ) -> None:
        self._clock = clock
        self._engine = DockerEngine(lab_id, at_once, base_url)
        self._engine.remove_leftovers()

    def runtime_for(self, instance_id: str) -> DockerRuntime:
        return DockerRuntime(self._engine, instance_id, self._clock)

    def close(self) -> None:
        """End and remove all of them. Waits for threads that want the lock: not to be held."""
        self._engine.close()
