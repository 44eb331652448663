"""An agent's reports on their way to ECS: in order, and again when ECS is busy.

What a report says is the task engine's; here it is only sent.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from ecs_tutorial.clock import Clock, Timer
from ecs_tutorial.data_plane.agent_log import AgentLog
from ecs_tutorial.data_plane.api_errors import ApiError, api_error

FIRST_RETRY, LAST_RETRY = 1.0, 30.0


class StateChangeReceiver(Protocol):
    def submit_task_state_change(self, **parameters: Any) -> dict[str, Any]:
        """Tell ECS how far a task has come."""


class Reports:
    """The queue of reports; it is silent until ``resume`` names the cluster.

    Args:
        seconds: how long a report is on its way.
    """

    def __init__(
        self, ecs: StateChangeReceiver, clock: Clock, log: AgentLog, seconds: float
    ) -> None:
        self._ecs = ecs
        self._clock = clock
        self._log = log
        self._seconds = seconds
        self._queue: deque[dict[str, Any]] = deque()
        self._cluster: str | None = None
        self._retry_after = FIRST_RETRY
        self._timer: Timer | None = None

    def add(self, report: dict[str, Any]) -> None:
        self._queue.append(report)
        self._send_after(self._seconds)

    def resume(self, cluster: str) -> None:
        self._cluster = cluster
        self._send_after(self._seconds)

    def suspend(self) -> None:
        self._cluster = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send_after(self, seconds: float) -> None:
        if self._timer is None and self._cluster is not None and self._queue:
            self._timer = self._clock.call_later(seconds, self._send)

    def _send(self) -> None:
        self._timer = None
        while self._queue:
            try:
                self._submit(self._queue[0])
            except Exception as error:
                if not self._drop(api_error(error)):
                    return
            self._retry_after = FIRST_RETRY
            self._queue.popleft()

    def _submit(self, report: dict[str, Any]) -> None:
        self._log.info("Sending state change to ECS", task=report["task"], status=report["status"])
        self._ecs.submit_task_state_change(cluster=self._cluster, **report)

    def _drop(self, error: ApiError) -> bool:
        """Whether a report that was refused is lost; otherwise it is sent again later."""
        self._log.error("Could not submit task state change", error=error)
        if error.is_terminal:
            return True
        self._send_after(self._retry_after)
        self._retry_after = min(2 * self._retry_after, LAST_RETRY)
        return False
