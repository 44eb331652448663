"""CPU and memory of real containers, out of the figures that Docker's stats give.

An engine tells how long a container has had the CPU in all; what it took since the last
look is the difference, which is remembered here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from docker.errors import APIError

from ecs_tutorial.clock import Clock
from ecs_tutorial.data_plane.runtime import RuntimeFault, Usage, UsageRead

MIB = 1024 * 1024
NANOSECONDS = 1_000_000_000


class UsageMeter:
    """The usage of one instance's containers.

    Args:
        stats: one look at a container's figures, as Docker's API gives them.
    """

    def __init__(self, stats: Callable[[str], Mapping[str, Any]], clock: Clock) -> None:
        self._stats = stats
        self._clock = clock
        self._before: dict[str, tuple[float, float]] = {}
        """When a container was looked at, and its seconds of CPU until then."""

    def read(self, runtime_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """Ask the engine; a container that is gone is left out."""
        found: dict[str, Mapping[str, Any]] = {}
        for runtime_id in runtime_ids:
            with suppress(APIError):
                found[runtime_id] = self._stats(runtime_id)
        return found

    def hand_on(
        self, done: UsageRead, result: Mapping[str, Mapping[str, Any]] | RuntimeFault
    ) -> None:
        done({} if isinstance(result, RuntimeFault) else self.usages(result))

    def usages(self, figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Usage]:
        """What was taken since the last look; at the first there is nothing to compare with."""
        now, usages = self._clock.now().timestamp(), {}
        for runtime_id, figure in figures.items():
            seconds = figure["cpu_stats"]["cpu_usage"]["total_usage"] / NANOSECONDS
            then, before = self._before.get(runtime_id, (now, seconds))
            share = (seconds - before) / (now - then) if now > then else 0.0
            usages[runtime_id] = Usage(max(share, 0.0) * 100, _memory(figure["memory_stats"]))
            self._before[runtime_id] = (now, seconds)
        self._before = {name: self._before[name] for name in figures}
        return usages


def _memory(figures: Mapping[str, Any]) -> float:
    """MiB without files that are only cached, as ``docker stats`` shows it."""
    details = figures.get("stats") or {}
    cached = details.get("total_inactive_file", details.get("inactive_file", 0))
    return float(max(figures.get("usage", 0) - cached, 0)) / MIB
