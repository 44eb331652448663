"""Service deployments and service revisions: what became of each deployment of a service."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..circuit_breaker import last_completed
from ..ecs_backend import EcsBackend
from ..errors import EcsError, invalid_parameter, service_not_found
from ..model import Deployment, Service
from ..plan import RollBack
from ..responses import as_response, page
from ..service_records import rolled_back
from ..service_responses import deployment_configuration
from ..store import ClusterStore
from .lookup import Answer, Params, active_cluster, find_service, missing

MOST_DESCRIBED, LISTED_AT_ONCE = 20, 20


@dataclass(frozen=True)
class Rollout:
    """One deployment as the service history tells of it."""

    backend: EcsBackend
    store: ClusterStore
    service: Service
    deployment: Deployment

    def arn(self, kind: str, last: str) -> str:
        cluster, service = self.store.cluster.cluster_name, self.service.service_name
        return self.backend.arn(f"{kind}/{cluster}/{service}/{last}")

    @property
    def deployment_arn(self) -> str:
        # AWS: the id in it is its own; here it follows from the deployment's number.
        digest = hashlib.sha256(self.deployment.id.encode()).digest()
        return self.arn("service-deployment", base64.urlsafe_b64encode(digest).decode()[:21])

    @property
    def revision_arn(self) -> str:
        return self.arn("service-revision", self.deployment.number)

    @property
    def is_primary(self) -> bool:
        return self.deployment in self.service.deployments[:1]

    @property
    def status(self) -> str:
        """Where it stands, in the words of service deployments."""
        if self.deployment.rollout_state == "FAILED":
            if not self.deployment.was_rolled_back:
                return "STOPPED"
            goes_on = self.deployment in self.service.deployments
            return "ROLLBACK_IN_PROGRESS" if goes_on else "ROLLBACK_SUCCESSFUL"
        if self.deployment.finished_at:
            return "SUCCESSFUL"
        return "IN_PROGRESS" if self.is_primary else "STOPPED"

    @property
    def before(self) -> Rollout | None:
        """The deployment that it replaces."""
        older = [each for each in history(self.service) if self.is_newer_than(each)]
        return replace(self, deployment=older[0]) if older else None

    def is_newer_than(self, other: Deployment) -> bool:
        return other.created_at < self.deployment.created_at


def history(service: Service) -> tuple[Deployment, ...]:
    """All deployments, newest first."""
    every = (*service.deployments, *service.past)
    return tuple(sorted(every, key=lambda each: each.created_at, reverse=True))


def rollouts(backend: EcsBackend) -> Iterator[Rollout]:
    for store in backend.stores.values():
        for service in store.services.values():
            for deployment in history(service):
                yield Rollout(backend, store, service, deployment)


# --- operations -----------------------------------------------------------------------


def list_service_deployments(backend: EcsBackend, params: Params) -> Answer:
    """A service's deployments, newest first, narrowed by status and time."""
    store = active_cluster(backend, params)
    service = find_service(backend, store, params["service"])
    if service is None:
        raise service_not_found()
    every = [Rollout(backend, store, service, each) for each in history(service)]
    chosen = [each for each in every if is_wanted(each, params)]
    return page([brief(each) for each in chosen], params, "serviceDeployments", LISTED_AT_ONCE)


def is_wanted(rollout: Rollout, params: Params) -> bool:
    span = params.get("createdAt") or {}
    at = rollout.deployment.created_at
    return (
        (not params.get("status") or rollout.status in params["status"])
        and (not span.get("after") or at > span["after"])
        and (not span.get("before") or at < span["before"])
    )


def brief(rollout: Rollout) -> Answer:
    """A service deployment as a list shows it."""
    deployment = rollout.deployment
    return as_response(
        {
            "serviceDeploymentArn": rollout.deployment_arn,
            "serviceArn": rollout.service.service_arn,
            "clusterArn": rollout.service.cluster_arn,
            "createdAt": deployment.created_at,
            "startedAt": deployment.created_at,
            "finishedAt": deployment.finished_at,
            "targetServiceRevisionArn": rollout.revision_arn,
            "status": rollout.status,
            "statusReason": deployment.rollout_state_reason
            if deployment.rollout_state == "FAILED"
            else None,
        }
    )


def describe_service_deployments(backend: EcsBackend, params: Params) -> Answer:
    """Service deployments by ARN; unknown ones as failures."""
    known = {each.deployment_arn: each for each in rollouts(backend)}
    arns = checked_arns(params, "serviceDeploymentArns")
    return {
        "serviceDeployments": [described(known[arn]) for arn in arns if arn in known],
        "failures": [missing(arn) for arn in arns if arn not in known],
    }


def described(rollout: Rollout) -> Answer:
    """A service deployment with its revisions, and how it may fail."""
    answer = {k: v for k, v in brief(rollout).items() if k != "targetServiceRevisionArn"}
    stopped = rollout.deployment.updated_at if rollout.status == "STOPPED" else None
    sources = [summary(rollout.before)] if rollout.before else []
    return as_response(
        {
            **answer,
            "stoppedAt": stopped,
            "updatedAt": rollout.deployment.updated_at,
            "sourceServiceRevisions": sources,
            "targetServiceRevision": summary(rollout),
            "deploymentConfiguration": deployment_configuration(rollout.service),
            "deploymentCircuitBreaker": circuit_breaker(rollout),
        }
    )


def circuit_breaker(rollout: Rollout) -> Answer:
    breaker = rollout.service.circuit_breaker
    failed = rollout.deployment.rollout_state == "FAILED"
    watched = "MONITORING" if rollout.status == "IN_PROGRESS" else "MONITORING_COMPLETE"
    status = "TRIGGERED" if failed else watched if breaker.enable else "DISABLED"
    return {"status": status, "failureCount": rollout.deployment.failed_tasks}


def summary(rollout: Rollout) -> Answer:
    """A revision, and how many tasks it has."""
    tasks = rollout.store.tasks_of(rollout.service.group)
    statuses = [each.last_status for each in tasks if each.started_by == rollout.deployment.id]
    return {
        "arn": rollout.revision_arn,
        "requestedTaskCount": rollout.deployment.desired_count,
        "runningTaskCount": statuses.count("RUNNING"),
        "pendingTaskCount": statuses.count("PENDING") + statuses.count("PROVISIONING"),
    }


def describe_service_revisions(backend: EcsBackend, params: Params) -> Answer:
    """What a service was to run in each of its deployments."""
    known = {each.revision_arn: each for each in rollouts(backend)}
    arns = checked_arns(params, "serviceRevisionArns")
    return {
        "serviceRevisions": [revision(known[arn]) for arn in arns if arn in known],
        "failures": [missing(arn) for arn in arns if arn not in known],
    }


def revision(rollout: Rollout) -> Answer:
    deployment, service = rollout.deployment, rollout.service
    definition = rollout.backend.definitions[deployment.task_definition]
    return as_response(
        {
            "serviceRevisionArn": rollout.revision_arn,
            "serviceArn": service.service_arn,
            "clusterArn": service.cluster_arn,
            "taskDefinition": deployment.task_definition,
            "launchType": deployment.launch_type,
            "capacityProviderStrategy": deployment.capacity_provider_strategy,
            "loadBalancers": service.load_balancers or None,
            # AWS: tells an image's digest too.
            "containerImages": [
                {"containerName": each["name"], "image": each["image"]}
                for each in definition.container_definitions
            ],
            "guardDutyEnabled": False,
            "createdAt": deployment.created_at,
        }
    )


def checked_arns(params: Params, member: str) -> list[str]:
    arns = list(params.get(member) or ())
    if not 1 <= len(arns) <= MOST_DESCRIBED:
        # AWS: the text is not confirmed; the limit is the API's.
        raise invalid_parameter(f"{member} must have between 1 and {MOST_DESCRIBED} elements.")
    return arns


def stop_service_deployment(backend: EcsBackend, params: Params) -> Answer:
    """Roll a deployment that is in progress back to the last that completed."""
    arn = params["serviceDeploymentArn"]
    rollout = next((each for each in rollouts(backend) if each.deployment_arn == arn), None)
    if rollout is None:
        # AWS: the text is not confirmed.
        raise EcsError(
            "ServiceDeploymentNotFoundException",
            "The service deployment ARN that you specified was not found.",
        )
    refuse_to_stop(rollout, params)
    rollout.store.put_service(going_back(rollout))
    backend.look_soon(rollout.store)
    return {"serviceDeploymentArn": arn}


def refuse_to_stop(rollout: Rollout, params: Params) -> None:
    if rollout.status != "IN_PROGRESS":
        # AWS: the text is not confirmed.
        raise EcsError("ConflictException", "The service deployment is not in progress.")
    if params.get("stopType") == "ABORT":
        # AWS: also ends a deployment without going back.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab stops a service deployment by rolling it back only.",
        )
    if last_completed(rollout.service) is None:
        # AWS: the text is not confirmed.
        raise invalid_parameter("There is no service revision to roll back to.")


def going_back(rollout: Rollout) -> Service:
    """The service once its newest deployment has been given up."""
    now = rollout.backend.clock.now()
    service, given_up = rollout.service, rollout.deployment
    # AWS: the reasons of both deployments are not confirmed.
    stopped: dict[str, Any] = {
        "rollout_state": "FAILED",
        "rollout_state_reason": f"ECS deployment {given_up.id} stopped by user.",
        "finished_at": now,
        "updated_at": now,
    }
    others = service.deployments[1:]
    service = replace(service, deployments=(replace(given_up, **stopped), *others))
    good = last_completed(service)
    assert good is not None
    reason = f"ECS deployment rolling back to deploymentId {good.id}."
    return rolled_back(service, RollBack(service.service_arn, good.id, reason), now)
