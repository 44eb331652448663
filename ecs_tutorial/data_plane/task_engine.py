"""The tasks of one instance: takes each container through its transitions.

The engine asks the transition table what is next, has the step done, and hands every
change on as a report. It knows neither the ECS API nor how tasks get here.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from ecs_tutorial.clock import Clock
from ecs_tutorial.data_plane import secrets
from ecs_tutorial.data_plane.agent_log import AgentLog
from ecs_tutorial.data_plane.agent_settings import AgentSettings, HostFacts
from ecs_tutorial.data_plane.agent_task import AgentContainer, AgentTask
from ecs_tutorial.data_plane.container_steps import ContainerSteps
from ecs_tutorial.data_plane.messages import TaskPayload
from ecs_tutorial.data_plane.reservations import Reservations, needs_of
from ecs_tutorial.data_plane.runtime import (
    ContainerExit,
    ContainerRecord,
    ContainerRuntime,
    RuntimeFault,
)
from ecs_tutorial.data_plane.transitions import Status, can_be_ordered, never_starts, next_step

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
VANISHED = "ContainerVanishedError: No container matching saved ID found"


class TaskEngine:
    """Everything between a task's payload and its containers.

    Args:
        report: gets the parameters of SubmitTaskStateChange, without the cluster.
        report_health: gets a task whenever one of its containers' health changes.
    """

    def __init__(
        self,
        *,
        runtime: ContainerRuntime,
        clock: Clock,
        settings: AgentSettings,
        host: HostFacts,
        rng: random.Random,
        log: AgentLog,
        report: Callable[[dict[str, Any]], None],
        report_health: Callable[[AgentTask], None],
        secrets_for: secrets.ClientFor = secrets.nobody,
    ) -> None:
        self.tasks: dict[str, AgentTask] = {}
        self.unfinished: dict[str, AgentTask] = {}
        """Of the tasks those that are not over; the others are kept for a while."""
        self._runtime = runtime
        self._clock = clock
        self._settings = settings
        self._log = log
        self._report = report
        self._report_health = report_health
        self._reservations = Reservations.of(settings, host)
        self._steps = ContainerSteps(
            runtime,
            clock,
            settings,
            self._reservations,
            host.region,
            rng,
            self._answered,
            secrets_for,
        )
        self._take = {
            "pull": self._steps.pull,
            "create": self._steps.create,
            "start": self._steps.start,
            "stop": self._steps.stop,
            "give up": self._steps.give_up,
        }
        self._waiting: deque[AgentTask] = deque()
        self._containers: dict[str, tuple[AgentTask, AgentContainer]] = {}
        runtime.on_exit = self._exited
        runtime.on_health = self._health_changed

    def accept(self, payload: TaskPayload, cluster: str) -> None:
        """Take a task in or stop it; a task that is already wanted is left as it is."""
        task = self.tasks.get(payload["arn"])
        if task is None:
            task = AgentTask.of(payload, cluster)
            self.tasks[task.arn] = self.unfinished[task.arn] = task
            self._begin(task, payload["desiredStatus"])
        elif payload["desiredStatus"] == "STOPPED" and task.desired_status != "STOPPED":
            self._log.info("Managed task has to stop", task=task.arn)
            task.stop()
            self._settle(task)

    def suspend(self) -> None:
        """The instance goes down: no answer of the runtime counts any more."""
        self._steps.forget_answers()

    def resume(self) -> None:
        """The instance is back: see which containers are left and go on from there."""
        records = {record.runtime_id: record for record in self._runtime.containers()}
        for task in list(self.unfinished.values()):
            for container in task.containers.values():
                self._compare(task, container, records)
            if task not in self._waiting:
                self._settle(task)

    # A task's beginning, progress and end

    def _begin(self, task: AgentTask, desired_status: str) -> None:
        if desired_status == "STOPPED":
            task.stop()
        elif not can_be_ordered(task.states.values()):
            task.reason = f"Task dependencies cannot be resolved, taskArn: {task.arn}"
            task.stop()
        else:
            self._waiting.append(task)
            return self._start_waiting()
        return self._settle(task)

    def _start_waiting(self) -> None:
        """First in, first out: a task that does not fit yet holds up those behind it."""
        while self._waiting:
            task = self._waiting[0]
            if not self._reservations.reserve(task.arn, needs_of(task.payload)):
                self._log.info("Task is waiting for the instance's resources", task=task.arn)
                return
            self._waiting.popleft()
            self._settle(task)

    def _settle(self, task: AgentTask) -> None:
        """Take every step that is open, report what changed, and see whether all is over."""
        while self._advance(task):
            pass
        if task.unsent:
            self._report(task.take_report())
        if task.status == "STOPPED" and not task.is_finished:
            self._finish(task)

    def _advance(self, task: AgentTask) -> bool:
        """Take one step of each container that is free; whether any state changed at once."""
        before = task.states
        for container in task.containers.values():
            if not container.is_busy:
                self._take_step(task, container)
        return task.states != before

    def _take_step(self, task: AgentTask, container: AgentContainer) -> None:
        if reason := never_starts(container.state, task.states):
            container.reason = reason
            return self._mark_ended(task, container)
        if transition := next_step(container.state, task.states):
            container.is_busy = True
            self._take[transition.step](task, container)
        return None

    def _answered(
        self, task: AgentTask, container: AgentContainer, result: Status | RuntimeFault
    ) -> None:
        """A step is over; the end of the container may have come first."""
        if container.state.has_stopped:
            return
        if isinstance(result, RuntimeFault):
            container.reason = str(result)
            self._mark_ended(task, container)
        elif result == "STOPPED":
            self._mark_ended(task, container)
        elif result == "RUNNING":
            self._mark_running(task, container)
        else:
            self._mark(task, container, known=result)
        self._settle(task)

    def _finish(self, task: AgentTask) -> None:
        task.is_finished = True
        self.unfinished.pop(task.arn, None)
        if task in self._waiting:
            self._waiting.remove(task)
        self._log.info("Managed task has reached stopped", task=task.arn)
        self._reservations.release(task.arn)
        self._clock.call_later(self._settings.task_cleanup_wait, partial(self._clean_up, task))
        self._start_waiting()

    def _clean_up(self, task: AgentTask) -> None:
        for container in task.containers.values():
            if container.runtime_id:
                self._runtime.remove(container.runtime_id)
                self._containers.pop(container.runtime_id, None)
        self.tasks.pop(task.arn, None)

    # What containers do by themselves

    def _exited(self, end: ContainerExit) -> None:
        task, container = self._containers.get(end.runtime_id, (None, None))
        if task is None or container is None or container.state.has_stopped:
            return
        if not container.state.has_run:
            self._mark_running(task, container)
        if end.oom_killed:
            container.reason = OUT_OF_MEMORY
        elif end.exit_code is None:
            container.reason = VANISHED
        self._mark_ended(task, container, end.exit_code)
        self._settle(task)

    def _health_changed(self, runtime_id: str, health: str) -> None:
        task, container = self._containers.get(runtime_id, (None, None))
        if task is not None and container is not None and not container.state.has_stopped:
            container.change(health=health)
            self._report_health(task)
            self._settle(task)

    def _start_timed_out(self, task: AgentTask, container: AgentContainer) -> None:
        if not container.state.has_stopped:
            container.change(start_timed_out=True)
            self._settle(task)

    def _compare(
        self, task: AgentTask, container: AgentContainer, records: dict[str, ContainerRecord]
    ) -> None:
        """Note the end of a container that went down with its instance."""
        container.is_busy = False
        if container.runtime_id is None or container.state.has_stopped:
            return
        record = records.get(container.runtime_id)
        if record is None:
            container.reason = VANISHED
            self._mark_ended(task, container)
        elif record.state == "exited":
            self._mark_ended(task, container, record.exit_code)

    # Marks

    def _mark(self, task: AgentTask, container: AgentContainer, **state: Any) -> None:
        container.is_busy = False
        container.change(**state)
        if container.runtime_id:
            self._containers[container.runtime_id] = (task, container)
        self._log.info(
            "Container change",
            task=task.arn,
            container=container.name,
            runtimeID=container.runtime_id or "",
            knownStatus=container.state.known,
            desiredStatus=container.state.desired,
            **({"reason": container.reason} if container.reason else {}),
        )

    def _mark_running(self, task: AgentTask, container: AgentContainer) -> None:
        self._mark(task, container, known="RUNNING", has_run=True)
        task.unsent.append(container.report("RUNNING"))
        if timeout := container.payload.get("startTimeout"):
            self._clock.call_later(timeout, partial(self._start_timed_out, task, container))

    def _mark_ended(
        self, task: AgentTask, container: AgentContainer, exit_code: int | None = None
    ) -> None:
        self._mark(task, container, known="STOPPED", desired="STOPPED", exit_code=exit_code)
        task.unsent.append(container.report("STOPPED"))
        if container.state.essential:
            task.execution_stopped_at = task.execution_stopped_at or self._clock.now()
            task.stop()
