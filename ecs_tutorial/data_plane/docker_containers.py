"""The real containers of a whole lab: one engine, a runtime for each instance.

What the engine's threads have to say is done at once, under the lab's lock, with all that
it makes due. Nothing of the lab is left on the engine, not even of one that died.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from ecs_tutorial.clock import LabClock
from ecs_tutorial.data_plane.docker_engine import DockerEngine
from ecs_tutorial.data_plane.docker_runtime import DockerRuntime


class DockerContainers:
    """The containers of one lab from one reset to the next.

    Args:
        lab_id: marks what belongs to the lab; the same after its process died.
        lock: held whenever something of the lab is done.
    """

    def __init__(
        self,
        lab_id: str,
        clock: LabClock,
        lock: AbstractContextManager[object],
        base_url: str | None = None,
    ) -> None:
        self._clock = clock
        self._lock = lock
        self._engine = DockerEngine(lab_id, self._hand_back, base_url)
        self._engine.remove_leftovers()

    def runtime_for(self, instance_id: str) -> DockerRuntime:
        return DockerRuntime(self._engine, instance_id, self._clock)

    def close(self) -> None:
        """End and remove all of them. Waits for threads that want the lock: not to be held."""
        self._engine.close()

    def _hand_back(self, action: Callable[[], None]) -> None:
        with self._lock:
            self._clock.call_later(0, action)
            self._clock.run_due()
