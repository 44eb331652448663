"""Which tasks of a deployment count as failed.

``failedTasks`` is what the circuit breaker watches: tasks that never ran, and tasks that
stopped without having passed their health check. How often starting failed in a row, which
is what back-off goes by, is counted beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from .deployments import serves
from .model import Deployment, Service, Task, TaskDefinition

BY_ITSELF = ("TaskFailedToStart", "EssentialContainerExited")


@dataclass(frozen=True)
class TaskChange:
    """What a report has made of a task."""

    before: Task
    after: Task
    definition: TaskDefinition
    at: datetime

    @property
    def runs_now(self) -> bool:
        return self.after.last_status == "RUNNING" != self.before.last_status

    @property
    def serves_now(self) -> bool:
        return serves(self.after, self.definition) and not serves(self.before, self.definition)


def after_change(service: Service, change: TaskChange) -> Service:
    """The service once one of its tasks has become another."""
    resets = service.circuit_breaker.reset_on_healthy_task is not False
    deployments = tuple(
        _noted(each, change, resets) if each.id == change.after.started_by else each
        for each in service.deployments
    )
    task_sets = tuple(
        replace(each, deployment=_noted(each.deployment, change, resets))
        if each.id == change.after.started_by
        else each
        for each in service.task_sets
    )
    return replace(service, deployments=deployments, task_sets=task_sets)


def _noted(deployment: Deployment, change: TaskChange, resets: bool) -> Deployment:
    if change.after.last_status == "STOPPED":
        return _stopped(deployment, change)
    if change.runs_now:
        deployment = replace(deployment, failed_starts=0, last_failure_at=None)
    return replace(deployment, failed_tasks=0) if resets and change.serves_now else deployment


def _stopped(deployment: Deployment, change: TaskChange) -> Deployment:
    if never_ran(change.after):
        return replace(
            deployment,
            failed_tasks=deployment.failed_tasks + 1,
            failed_starts=deployment.failed_starts + 1,
            last_failure_at=change.at,
        )
    if never_served(change.after, change.definition):
        return replace(deployment, failed_tasks=deployment.failed_tasks + 1)
    return deployment


def never_ran(task: Task) -> bool:
    """Whether it stopped by itself without ever having been RUNNING."""
    return task.started_at is None and task.stop_code in BY_ITSELF


def never_served(task: Task, definition: TaskDefinition) -> bool:
    """Whether it failed its health check, or ended by itself before it had passed it.

    A task without a health check that has run counts as good, however soon it ended: a
    container that crashes right after its start trips no circuit breaker, on AWS as here.
    """
    if task.health_status == "UNHEALTHY":
        return True
    ran = replace(task, last_status="RUNNING")
    return task.stop_code in BY_ITSELF and not serves(ran, definition)
