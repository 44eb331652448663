"""How a service's record changes as its deployments fare; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .model import Deployment, Service, ServiceEvent, TaskSet
from .plan import (
    ChangeTaskSet,
    CloseService,
    CloseTaskSet,
    CountFailedTask,
    FinishDeployment,
    RollBack,
)

EVENTS_SHOWN = 100
# AWS: keeps the deployments of the last 90 days.
DEPLOYMENTS_KEPT = 100


ServiceChange = (
    FinishDeployment | RollBack | CountFailedTask | CloseService | ChangeTaskSet | CloseTaskSet
)
"""The actions of a Plan that change nothing but a service's record."""


def after(service: Service, change: ServiceChange, now: datetime) -> Service:
    """The service once such an action has been carried out."""
    match change:
        case FinishDeployment():
            return finished(service, change, now)
        case RollBack():
            return rolled_back(service, change, now)
        case CountFailedTask():
            return with_failed_task(service, change)
        case CloseService():
            return closed(service)
        case ChangeTaskSet():
            return with_task_set_changed(service, change, now)
        case CloseTaskSet():
            return without_task_set(service, change)


def with_event(service: Service, event: ServiceEvent) -> Service:
    return replace(service, events=(event, *service.events)[:EVENTS_SHOWN])


def finished(service: Service, finish: FinishDeployment, now: datetime) -> Service:
    """One deployment has settled; COMPLETED also drops the older ones."""
    settled = tuple(
        replace(
            each,
            rollout_state=finish.rollout_state,
            rollout_state_reason=finish.reason,
            updated_at=now,
            finished_at=each.finished_at or now,
        )
        if each.id == finish.deployment_id
        else each
        for each in service.deployments
        if _stays(each, finish, service)
    )
    gone = tuple(each for each in service.deployments if not _stays(each, finish, service))
    return replace(service, deployments=settled, past=(*gone, *service.past)[:DEPLOYMENTS_KEPT])


def _stays(deployment: Deployment, finish: FinishDeployment, service: Service) -> bool:
    newer = [each.id for each in service.deployments]
    completed = finish.rollout_state == "COMPLETED"
    return not completed or newer.index(deployment.id) <= newer.index(finish.deployment_id)


def rolled_back(service: Service, back: RollBack, now: datetime) -> Service:
    """An older deployment is PRIMARY and IN_PROGRESS again, the others make way for it."""
    good = next(each for each in service.deployments if each.id == back.deployment_id)
    primary = replace(
        good,
        status="PRIMARY",
        desired_count=service.desired_count,
        rollout_state="IN_PROGRESS",
        rollout_state_reason=back.reason,
        failed_tasks=0,
        updated_at=now,
    )
    bad = replace(service.primary, was_rolled_back=True)
    older = (each for each in (bad, *service.deployments[1:]) if each.id != good.id)
    others = (replace(each, status="ACTIVE") for each in older)
    return replace(
        service,
        task_definition=good.task_definition,
        launch_type=good.launch_type,
        capacity_provider_strategy=good.capacity_provider_strategy,
        deployments=(primary, *others),
    )


def closed(service: Service) -> Service:
    """The last task of a deleted service has stopped; its history stays."""
    past = (*service.deployments, *service.past)
    return replace(service, status="INACTIVE", deployments=(), past=past)


def with_task_set_changed(service: Service, change: ChangeTaskSet, now: datetime) -> Service:
    present = next(each for each in service.task_sets if each.id == change.task_set_id)
    stays = present.stability_status == change.stability_status
    return with_task_set(
        service,
        replace(
            present,
            computed_desired_count=change.computed_desired_count,
            stability_status=change.stability_status,
            stability_status_at=present.stability_status_at if stays else now,
        ),
    )


def with_task_set(service: Service, task_set: TaskSet) -> Service:
    """The service with this task set in the place of the one of its id."""
    sets = (task_set if each.id == task_set.id else each for each in service.task_sets)
    return replace(service, task_sets=tuple(sets))


def without_task_set(service: Service, gone: CloseTaskSet) -> Service:
    left = tuple(each for each in service.task_sets if each.id != gone.task_set_id)
    return replace(service, task_sets=left)


def with_failed_task(service: Service, failed: CountFailedTask) -> Service:
    deployments = tuple(
        replace(each, failed_tasks=each.failed_tasks + 1)
        if each.id == failed.deployment_id
        else each
        for each in service.deployments
    )
    return replace(service, deployments=deployments)
