"""What agents report: SubmitTaskStateChange, SubmitContainerStateChange and of attachments."""

from __future__ import annotations

from ..ecs_backend import EcsBackend
from ..task_records import reported
from .lookup import Answer, Params, active_cluster

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
        backend.count_failures(store, before, after)
        # AWS: the steady-state event follows within a second or so; here it is there as soon
        # as the count is, so that whoever waited for the count also finds the event.
        runs_now = after.last_status == "RUNNING" != before.last_status
        backend.look_soon(store, 0.0 if runs_now else None)
    return ACKNOWLEDGED


def submit_container_state_change(backend: EcsBackend, params: Params) -> Answer:
    """A report about one container, as agents of the first years sent it."""
    report = {**params, "status": None, "containers": [dict(params)]}
    return submit_task_state_change(backend, report)


def submit_attachment_state_changes(backend: EcsBackend, params: Params) -> Answer:
    """A report about network interfaces and volumes; the lab's tasks have none."""
    active_cluster(backend, params)
    return ACKNOWLEDGED
