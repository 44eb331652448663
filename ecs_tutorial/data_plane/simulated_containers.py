"""The containers of a simulated runtime, found by id and by name, and those that run.

An instance may have thousands that ended and were not removed yet, and who starts a container
asks about names and ports: neither may go through all of them. What a container does is not
known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ecs_tutorial.data_plane.behaviours import Behaviour
from ecs_tutorial.data_plane.runtime import ContainerRecord


@dataclass
class SimulatedContainer:
    record: ContainerRecord
    behaviour: Behaviour
    lines: list[str] = field(default_factory=list)
    failed_probes: int = 0


class SimulatedContainers:
    """All of one instance, in the order in which they were made."""

    def __init__(self) -> None:
        self._all: dict[str, SimulatedContainer] = {}
        self._names: set[str] = set()
        self._running: dict[str, SimulatedContainer] = {}

    def __iter__(self) -> Iterator[SimulatedContainer]:
        return iter(self._all.values())

    def get(self, runtime_id: str) -> SimulatedContainer | None:
        return self._all.get(runtime_id)

    def has_name(self, name: str) -> bool:
        return name in self._names

    def running(self) -> list[SimulatedContainer]:
        """Those that run, in the order in which they were started."""
        return list(self._running.values())

    def newest_first(self) -> Iterator[SimulatedContainer]:
        return reversed(self._all.values())

    def add(self, container: SimulatedContainer) -> None:
        self._all[container.record.runtime_id] = container
        self._names.add(container.record.spec.name)

    def change(self, container: SimulatedContainer, **changes: Any) -> None:
        """Replace a container's record by one that differs in this."""
        container.record = replace(container.record, **changes)
        runtime_id = container.record.runtime_id
        if container.record.state == "running":
            self._running[runtime_id] = container
        else:
            self._running.pop(runtime_id, None)

    def remove(self, container: SimulatedContainer) -> None:
        """Forget one that does not run."""
        del self._all[container.record.runtime_id]
        self._names.discard(container.record.spec.name)

    def clear(self) -> None:
        self._all.clear()
        self._names.clear()
        self._running.clear()
