"""The messages of service events, in AWS's own words.

Each function gives one text as DescribeServices shows it. They know names and ids
only; when an event is due is the scheduler's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .placement import Rejection

SEE_GUIDE = (
    "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)

SHORTCOMINGS = {
    "AGENT": 'encountered error "AGENT".',
    "RESOURCE:CPU": "has insufficient CPU units available.",
    "RESOURCE:MEMORY": "has insufficient memory available.",
    "RESOURCE:PORTS": "is already using a port required by your task.",
    # AWS: the event's text for missing GPUs is not confirmed; this follows the one for AGENT.
    "RESOURCE:GPU": 'encountered error "RESOURCE:GPU".',
    "ATTRIBUTE": "is missing an attribute required by your task.",
    # AWS: the event's text for an unmet placement constraint is not confirmed; these
    # follow the reason that stopped tasks of a capacity provider give.
    "MEMBEROF": 'encountered error "MemberOf placement constraint unsatisfied."',
    "DISTINCTINSTANCE": 'encountered error "DistinctInstance placement constraint unsatisfied."',
}

TasksMessage = Callable[[str, Iterable[str]], str]
"""A message about some tasks of a service: from its name and their ids."""


def started(service_name: str, task_ids: Iterable[str], unhealthy: int = 0) -> str:
    """The text has the plural for one task too.

    >>> started("web", ["4a", "5b"])
    '(service web) has started 2 tasks: (task 4a) (task 5b).'
    """
    ids = tuple(task_ids)
    said = f"(service {service_name}) has started {_tasks('tasks', ids)}"
    replaced = min(unhealthy, len(ids))
    why = f" Amazon ECS replaced {replaced} tasks due to an unhealthy status."
    return said + why if replaced else said


def stopped(service_name: str, task_ids: Iterable[str]) -> str:
    return f"(service {service_name}) has stopped {_tasks('running tasks', task_ids)}"


def failed_health_checks(service_name: str, task_id: str) -> str:
    return f"(service {service_name}) (task {task_id}) failed container health checks."


def registered_targets(service_name: str, count: int, target_group: str) -> str:
    """No full stop at its end, as recorded.

    >>> registered_targets("web", 1, "arn:tg")
    '(service web) registered 1 targets in (target-group arn:tg)'
    """
    return f"(service {service_name}) registered {count} targets in (target-group {target_group})"


def deregistered_targets(service_name: str, count: int, target_group: str) -> str:
    return f"(service {service_name}) deregistered {count} targets in (target-group {target_group})"


def no_target_group(service_name: str, target_group: str) -> str:
    # AWS: the event was recorded with another error; which one it names here is not confirmed.
    return (
        f"(service {service_name}) failed to register targets in (target-group {target_group}) "
        "with (error One or more target groups not found)"
    )


def draining(service_name: str, count: int) -> str:
    return f"(service {service_name}) has begun draining connections on {count} tasks."


def unhealthy_target(
    service_name: str, task_id: str, target: tuple[str, str, int], reason: str | None
) -> str:
    """The form documented for tasks on EC2."""
    arn, instance_id, port = target
    return (
        f"(service {service_name}) (task {task_id}) (instance {instance_id}) (port {port}) "
        f"is unhealthy in (target-group {arn}) due to (reason {reason})"
    )


def steady_state(service_name: str) -> str:
    return f"(service {service_name}) has reached a steady state."


def computed(service_name: str, task_set_id: str, count: int) -> str:
    """The form of a service whose deployment controller is EXTERNAL.

    >>> computed("web", "ecs-svc/1", 2)
    '(service web) updated computedDesiredCount for taskSet ecs-svc/1 to 2.'
    """
    return (
        f"(service {service_name}) updated computedDesiredCount "
        f"for taskSet {task_set_id} to {count}."
    )


def task_set_steady(service_name: str, task_set_id: str) -> str:
    return f"(service {service_name}, taskSet {task_set_id}) updated state to STEADY_STATE."


def deployment_completed(service_name: str, deployment_id: str) -> str:
    return f"(service {service_name}) (deployment {deployment_id}) deployment completed."


def deployment_failed(service_name: str, deployment_id: str) -> str:
    return (
        f"(service {service_name}) (deployment {deployment_id}) "
        "deployment failed: tasks failed to start."
    )


def rolling_back(service_name: str, deployment_id: str) -> str:
    return f"(service {service_name}) rolling back to deployment {deployment_id}."


def unable_to_place(service_name: str, closest: Rejection | None) -> str:
    """Without a closest instance there was none to look at."""
    return (
        f"(service {service_name}) was unable to place a task because no container instance "
        f"met all of its requirements. {_shortcoming(closest)} {SEE_GUIDE}"
    )


def too_many_provisioning(service_name: str) -> str:
    return (
        f"(service {service_name}) was unable to place tasks in your cluster because the tasks "
        "provisioning capacity limit was exceeded."
    )


def unable_to_start(service_name: str) -> str:
    return (
        f"(service {service_name}) is unable to consistently start tasks successfully. {SEE_GUIDE}"
    )


def held_by_configuration(service_name: str) -> str:
    """The deployment configuration allows neither a start nor a stop."""
    return (
        f"(service {service_name}) was unable to stop or start tasks during a deployment "
        "because of the service deployment configuration. "
        "Update the minimumHealthyPercent or maximumPercent value and try again."
    )


def _shortcoming(closest: Rejection | None) -> str:
    if closest is None:
        return "Reason: No Container Instances were found in your cluster."
    instance_id = closest.container_instance_arn.rsplit("/", 1)[-1]
    return f"The closest matching (container-instance {instance_id}) {SHORTCOMINGS[closest.reason]}"


def _tasks(noun: str, task_ids: Iterable[str]) -> str:
    named = [f"(task {task_id})" for task_id in task_ids]
    return f"{len(named)} {noun}: {' '.join(named)}."
