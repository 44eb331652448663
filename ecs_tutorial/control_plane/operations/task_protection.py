"""UpdateTaskProtection, GetTaskProtection: tasks that no scale-in and no deployment stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ..ecs_backend import EcsBackend
from ..errors import invalid_parameter
from ..model import Service, Task
from ..store import ClusterStore
from .lookup import Answer, Params, active_cluster, missing, task_arn

MOST_UPDATED, MOST_READ = 10, 100
DEFAULT_MINUTES, MOST_MINUTES = 120, 2880


def update_task_protection(backend: EcsBackend, params: Params) -> Answer:
    """Protect tasks of services for a while, or no more."""
    store = active_cluster(backend, params)
    now, minutes = backend.clock.now(), checked_minutes(params)
    until = now + timedelta(minutes=minutes) if params["protectionEnabled"] else None
    protected, failures = [], []
    for arn in named(backend, store, params, MOST_UPDATED):
        task = store.live.get(arn)
        reason = objection(store, task, now) if until else not_of_a_service(store, task)
        if task is None or reason:
            failures.append({**missing(arn), **reason})
            continue
        store.put_task(replace(task, protected_until=until))
        protected.append(answer(store.live[arn], now))
    backend.look_soon(store)
    return {"protectedTasks": protected, "failures": failures}


def objection(store: ClusterStore, task: Task | None, now: datetime) -> dict[str, str]:
    """Why a task cannot be protected; nothing, when it can."""
    service = service_of(store, task) if task else None
    if task is None or service is None:
        return not_of_a_service(store, task)
    others = [
        each
        for each in store.tasks_of(service.group)
        if each.is_protected(now) and each.task_arn != task.task_arn
    ]
    if len(others) < service.desired_count:
        return {}
    # AWS: what stands beside the reason is not confirmed.
    said = "The service has as many protected tasks as it is to have tasks."
    return {"reason": "DEPLOYMENT_BLOCKED", "detail": said}


def not_of_a_service(store: ClusterStore, task: Task | None) -> dict[str, str]:
    if task is None or service_of(store, task):
        return {}
    # AWS: what stands beside the reason is not confirmed.
    return {"reason": "TASK_NOT_VALID", "detail": "The task is not part of a service."}


def service_of(store: ClusterStore, task: Task) -> Service | None:
    return next((each for each in store.services.values() if each.group == task.group), None)


def get_task_protection(backend: EcsBackend, params: Params) -> Answer:
    """How tasks are protected: those named, or all of the cluster's services."""
    store = active_cluster(backend, params)
    if params.get("tasks"):
        arns = named(backend, store, params, MOST_READ)
    else:
        services = store.services.values()
        arns = [task.task_arn for each in services for task in store.tasks_of(each.group)]
    found = {arn: store.live.get(arn) for arn in arns}
    now = backend.clock.now()
    return {
        "protectedTasks": [answer(task, now) for task in found.values() if task],
        "failures": [missing(arn) for arn, task in found.items() if task is None],
    }


def answer(task: Task, now: datetime) -> Answer:
    if not task.is_protected(now):
        return {"taskArn": task.task_arn, "protectionEnabled": False}
    return {
        "taskArn": task.task_arn,
        "protectionEnabled": True,
        "expirationDate": task.protected_until,
    }


def named(backend: EcsBackend, store: ClusterStore, params: Params, most: int) -> list[str]:
    names = params.get("tasks") or ()
    if not 1 <= len(names) <= most:
        # AWS: the text is not confirmed; the limits are the API's.
        raise invalid_parameter(f"Tasks must be between 1 and {most}.")
    return [task_arn(backend, store, name) for name in names]


def checked_minutes(params: Params) -> int:
    minutes = int(params.get("expiresInMinutes") or DEFAULT_MINUTES)
    if not 1 <= minutes <= MOST_MINUTES:
        # AWS: the text is not confirmed; the limits are the API's.
        raise invalid_parameter("expiresInMinutes must be between 1 and 2880.")
    return minutes
