"""The deployment circuit breaker: when a deployment has failed, and what is done then.

ECS counts the tasks of a deployment that fail (``failedTasks``). Once as many have as the
threshold says, the deployment is FAILED and starts no task any more; with ``rollback`` the
newest COMPLETED deployment takes its place.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from . import events
from .model import CircuitBreaker, Deployment, Service
from .plan import Action, AddEvent, FinishDeployment, Plan, RollBack

# AWS: the threshold's least was 10 until 2023; here today's.
LEAST_THRESHOLD, GREATEST_THRESHOLD = 3, 200
DEFAULT_PERCENT = 50

# AWS: how soon it acts after a failed deployment is not published; 18 seconds were seen.
NEXT_STEP = timedelta(seconds=18)


def threshold(breaker: CircuitBreaker, desired_count: int) -> int:
    """How many failed tasks make a failed deployment (API text of ThresholdConfiguration).

    >>> threshold(CircuitBreaker(), 25)
    13
    """
    given = breaker.threshold_configuration or {}
    value = int(given.get("value") or DEFAULT_PERCENT)
    if given.get("type") == "COUNT":
        return value
    share = -(-desired_count * value // 100)
    if given.get("type") == "UNBOUNDED_PERCENT":
        # AWS: what a share of less than one task gives is not confirmed.
        return max(share, 1)
    return min(max(share, LEAST_THRESHOLD), GREATEST_THRESHOLD)


def has_tripped(service: Service) -> bool:
    """Whether too many tasks of the deployment in progress have failed."""
    breaker, primary = service.circuit_breaker, service.primary
    return (
        breaker.enable
        and primary.rollout_state == "IN_PROGRESS"
        and primary.failed_tasks >= threshold(breaker, service.desired_count)
    )


def give_up(service: Service, now: datetime) -> Plan:
    """The deployment has failed; go back to the last that completed, if that is asked for."""
    arn, name, failed = service.service_arn, service.service_name, service.primary
    actions: list[Action] = [
        FinishDeployment(
            arn, failed.id, "FAILED", "ECS deployment circuit breaker: tasks failed to start."
        ),
        AddEvent(arn, events.deployment_failed(name, failed.id)),
    ]
    good = last_completed(service) if service.circuit_breaker.rollback else None
    if good:
        reason = f"ECS deployment circuit breaker: rolling back to deploymentId {good.id}."
        actions += [
            RollBack(arn, good.id, reason),
            AddEvent(arn, events.rolling_back(name, good.id)),
        ]
    return Plan(tuple(actions), look_again_at=now + NEXT_STEP)


def last_completed(service: Service) -> Deployment | None:
    """The newest COMPLETED deployment; one that is being rolled back to is none any more."""
    completed = (each for each in service.deployments if each.rollout_state == "COMPLETED")
    return next(completed, None)
