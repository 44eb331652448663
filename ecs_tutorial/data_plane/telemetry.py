"""What an agent tells of the CPU and memory of its tasks: each full minute of lab time.

The shape is that of the agent's telemetry session (aws/amazon-ecs-agent, ecs-agent/tcs).
What a container takes is the runtime's to say, what becomes of the figures the control
plane's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from ecs_tutorial.clock import Clock, Timer
from ecs_tutorial.data_plane.agent_task import AgentTask
from ecs_tutorial.data_plane.runtime import ContainerRuntime, Usage

PERIOD = timedelta(minutes=1)
# AWS: an agent measures all the time and reports every 20 seconds, also tasks of no service.


class Telemetry:
    """The reports of one agent, as long as it has tasks of services.

    Args:
        tasks: those that the agent has now and that are not over.
        send: gets the entries for tasks, and whether they were measured or simulated.
    """

    def __init__(
        self,
        clock: Clock,
        runtime: ContainerRuntime,
        tasks: Callable[[], Iterable[AgentTask]],
        send: Callable[[list[dict[str, Any]], bool], None],
    ) -> None:
        self._clock = clock
        self._runtime = runtime
        self._tasks = tasks
        self._send = send
        self._timer: Timer | None = None

    def begin(self) -> None:
        """Report from the next full minute on, unless that is so already or there is no need."""
        if self._timer is None and self._of_services():
            now = self._clock.now()
            due = now.replace(second=0, microsecond=0) + PERIOD
            self._timer = self._clock.call_at(due, self._measure)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _of_services(self) -> list[AgentTask]:
        tasks = self._tasks()
        return [each for each in tasks if each.payload.get("serviceName")]

    def _measure(self) -> None:
        self._timer = None
        running = {
            container.runtime_id: (task.arn, container.name)
            for task in self._of_services()
            for container in task.containers.values()
            if container.runtime_id and container.state.known == "RUNNING"
        }
        if running:
            self._runtime.usage(tuple(running), partial(self._measured, running))
        self.begin()

    def _measured(
        self, running: Mapping[str, tuple[str, str]], usages: Mapping[str, Usage]
    ) -> None:
        entries: dict[str, list[dict[str, Any]]] = {}
        for runtime_id, usage in usages.items():
            arn, name = running[runtime_id]
            entries.setdefault(arn, []).append(_entry(name, usage))
        if entries:
            self._send(
                [{"taskArn": arn, "containerMetrics": each} for arn, each in entries.items()],
                any(each.is_simulated for each in usages.values()),
            )


def _entry(name: str, usage: Usage) -> dict[str, Any]:
    return {
        "containerName": name,
        "cpuStatsSet": _one_sample(usage.cpu_percent),
        "memoryStatsSet": _one_sample(usage.memory),
    }


def _one_sample(value: float) -> dict[str, float]:
    return {"min": value, "max": value, "sum": value, "sampleCount": 1}
