"""Services, their deployments and task sets as the structures that ECS answers with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from .daemon import places_of
from .model import Deployment, Service, Task, TaskSet
from .responses import as_response, task_counts, without
from .store import ClusterStore

KEPT_OF_DEPLOYMENTS = ("failedStarts", "lastFailureAt", "finishedAt", "wasRolledBack")
SHARED_BY_TASK_SETS = (
    "id",
    "taskDefinition",
    "createdAt",
    "updatedAt",
    "launchType",
    "capacityProviderStrategy",
)


def service_response(
    store: ClusterStore, service: Service, include: Sequence[str] = ()
) -> dict[str, Any]:
    """A service with its counts, and each deployment with its own."""
    service = counted(store, service)
    tasks = store.tasks_of(service.group)
    unsaid = () if service.task_definition else ("taskDefinition",)
    answer = without(
        as_response(service),
        "minimumHealthyPercent",
        "maximumPercent",
        "circuitBreaker",
        "echoed",
        "events",
        "past",
        "deploymentController",
        "taskSets",
        *unsaid,
    )
    return (
        answer
        | as_response(service.echoed or {})
        | task_counts(tasks)
        | _steered_from_outside(store, service)
        | {
            "deploymentConfiguration": deployment_configuration(service),
            "deployments": [deployment_response(each, tasks) for each in service.deployments],
            "events": as_response(service.events),
            "tags": as_response(service.tags) if "TAGS" in include else [],
        }
    )


def _steered_from_outside(store: ClusterStore, service: Service) -> dict[str, Any]:
    """What only a service has whose deployment controller is EXTERNAL."""
    if not service.is_external:
        return {}
    return {
        "deploymentController": {"type": "EXTERNAL"},
        # Their tags are told by DescribeTaskSets alone.
        "taskSets": [task_set_response(store, service, each) for each in service.task_sets],
    }


def task_set_response(
    store: ClusterStore, service: Service, task_set: TaskSet, include: Sequence[str] = ()
) -> dict[str, Any]:
    """A task set with the counts of its tasks."""
    own = (task for task in store.tasks_of(service.group) if task.started_by == task_set.id)
    return {
        **without(as_response(task_set), "deployment"),
        **_deployed(task_set.deployment),
        **task_counts(own),
        "serviceArn": service.service_arn,
        "clusterArn": service.cluster_arn,
        "scale": {"value": task_set.scale, "unit": "PERCENT"},
        "tags": as_response(task_set.tags) if "TAGS" in include else [],
    }


def _deployed(deployment: Deployment) -> dict[str, Any]:
    """The members that a task set has in common with a deployment."""
    found = as_response(deployment)
    return {name: found[name] for name in SHARED_BY_TASK_SETS if name in found}


def counted(store: ClusterStore, service: Service) -> Service:
    """A DAEMON service with its desired count, which follows from the container instances."""
    if service.scheduling_strategy != "DAEMON" or service.status != "ACTIVE":
        return service
    desired = len(places_of(service, store.snapshot()))
    primary = replace(service.primary, desired_count=desired)
    return replace(service, desired_count=desired, deployments=(primary, *service.deployments[1:]))


def deployment_configuration(service: Service) -> dict[str, Any]:
    # An EXTERNAL controller has no circuit breaker.
    breaker = {"deploymentCircuitBreaker": as_response(service.circuit_breaker)}
    return {
        **({} if service.is_external else breaker),
        "maximumPercent": service.maximum_percent,
        "minimumHealthyPercent": service.minimum_healthy_percent,
    }


def deployment_response(deployment: Deployment, tasks: Iterable[Task]) -> dict[str, Any]:
    own = [task for task in tasks if task.started_by == deployment.id]
    return without(as_response(deployment), *KEPT_OF_DEPLOYMENTS) | task_counts(own)
