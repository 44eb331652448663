"""What agents report: SubmitTaskStateChange and SubmitContainerStateChange."""

from __future__ import annotations

from dataclasses import replace

from ..ecs_backend import EcsBackend
from ..model import Deployment, Task
from ..store import ClusterStore
from ..task_records import reported
from .lookup import Answer, Params

ACKNOWLEDGED = {"acknowledgment": "ACK"}


def submit_task_state_change(backend: EcsBackend, params: Params) -> Answer:
    """Take a report; one that is late, repeated or of an unknown task changes nothing."""
    store = backend.store_of_task(params.get("task") or "")
    before = store.live.get(params["task"]) if store else None
    if store is None or before is None:
        return ACKNOWLEDGED
    after = reported(before, params, backend.clock.now())
    if after != before:
        backend.put_task(store, after)
        note_in_deployment(backend, store, before, after)
        # AWS: the steady-state event follows within a second or so; here it is there as soon
        # as the count is, so that whoever waited for the count also finds the event.
        runs_now = after.last_status == "RUNNING" != before.last_status
        backend.look_soon(store, 0.0 if runs_now else None)
    return ACKNOWLEDGED


def submit_container_state_change(backend: EcsBackend, params: Params) -> Answer:
    """A report about one container, as agents of the first years sent it."""
    report = {**params, "status": None, "containers": [dict(params)]}
    return submit_task_state_change(backend, report)


def note_in_deployment(backend: EcsBackend, store: ClusterStore, before: Task, after: Task) -> None:
    """Count, in its deployment, a task that stopped without having run; clear it when one runs."""
    if after.last_status == before.last_status:
        return
    service = next((s for s in store.services.values() if s.group == after.group), None)
    if service is None:
        return
    noted = tuple(
        noted_in(each, after, backend) if each.id == after.started_by else each
        for each in service.deployments
    )
    store.put_service(replace(service, deployments=noted))


def noted_in(deployment: Deployment, task: Task, backend: EcsBackend) -> Deployment:
    if task.last_status == "RUNNING":
        return replace(deployment, failed_tasks=0, last_failure_at=None)
    if task.last_status == "STOPPED" and failed(task):
        return replace(
            deployment,
            failed_tasks=deployment.failed_tasks + 1,
            last_failure_at=backend.clock.now(),
        )
    return deployment


def failed(task: Task) -> bool:
    """Whether it stopped by itself without ever having been RUNNING."""
    return task.started_at is None and task.stop_code in (
        "TaskFailedToStart",
        "EssentialContainerExited",
    )
