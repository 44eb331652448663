"""What a request asks of a service: checked, with the values that AWS fills in."""

from __future__ import annotations

from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import EcsError, invalid_parameter
from ..model import CircuitBreaker, Service
from ..store import ClusterStore
from .capacity_strategies import strategy_of_new_service
from .lookup import (
    Params,
    given_tags,
    placement_constraints,
    placement_strategy,
    refuse_what_is_not_for_ec2,
    service_arn,
    usable_definition,
)
from .service_load_balancers import grace_period, load_balancing, role_arn

MOST_TASKS = 5000
"""Tasks of a service (quota of ECS)."""


def new_service(backend: EcsBackend, store: ClusterStore, params: Params) -> Service:
    """The service that a request asks for, its first deployment not begun."""
    refuse_what_the_lab_has_not(params)
    if is_external(params):
        return new_external_service(backend, store, params)
    runs_on = strategy_of_new_service(backend, store, params)
    definition = usable_definition(backend, params.get("taskDefinition") or "")
    daemon = is_daemon(params)
    if daemon:
        refuse_of_a_daemon(params)
    minimum, maximum = percents(params, 0, 100) if daemon else percents(params)
    return Service(
        service_arn=service_arn(backend, store, params["serviceName"]),
        service_name=params["serviceName"],
        cluster_arn=store.cluster.cluster_arn,
        task_definition=definition.task_definition_arn,
        desired_count=0 if daemon else desired_count(params),
        created_at=backend.clock.now(),
        created_by=f"arn:aws:iam::{backend.account_id}:root",
        scheduling_strategy=params.get("schedulingStrategy") or "REPLICA",
        minimum_healthy_percent=minimum,
        maximum_percent=maximum,
        circuit_breaker=circuit_breaker(params, CircuitBreaker()),
        placement_constraints=placement_constraints(params),
        placement_strategy=placement_strategy(params),
        echoed=echoed(params),
        tags=given_tags(params),
        **runs_on,
        **load_balancing(backend, definition, params),
    )


def new_external_service(backend: EcsBackend, store: ClusterStore, params: Params) -> Service:
    """A service without anything to run: its task sets will say what."""
    refuse_of_an_external_service(params)
    minimum, maximum = percents(params)
    return Service(
        service_arn=service_arn(backend, store, params["serviceName"]),
        service_name=params["serviceName"],
        cluster_arn=store.cluster.cluster_arn,
        task_definition="",
        desired_count=desired_count(params, 0),
        created_at=backend.clock.now(),
        created_by=f"arn:aws:iam::{backend.account_id}:root",
        minimum_healthy_percent=minimum,
        maximum_percent=maximum,
        placement_constraints=placement_constraints(params),
        placement_strategy=placement_strategy(params),
        role_arn=role_arn(backend, None),
        health_check_grace_period_seconds=grace_period(params),
        echoed=echoed(params),
        tags=given_tags(params),
        deployment_controller="EXTERNAL",
    )


def is_external(params: Params) -> bool:
    return (params.get("deploymentController") or {}).get("type") == "EXTERNAL"


SAID_BY_TASK_SETS = (
    "taskDefinition",
    "launchType",
    "capacityProviderStrategy",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
    "platformVersion",
    "role",
)
"""Members of CreateService that CreateTaskSet has in its place."""
UPDATED_FROM_OUTSIDE = (
    "cluster",
    "service",
    "desiredCount",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableECSManagedTags",
    "propagateTags",
)
"""What UpdateService changes of a service whose deployment controller is EXTERNAL (API text)."""


def refuse_of_an_external_service(params: Params) -> None:
    for name in SAID_BY_TASK_SETS:
        if params.get(name):
            # AWS: the text is confirmed for taskDefinition only.
            member = name[0].upper() + name[1:]
            raise invalid_parameter(f"{member} must be blank.")
    if is_daemon(params):
        # AWS: the text is not confirmed; the rule is the API's.
        raise invalid_parameter(
            "The daemon scheduling strategy is not supported by the EXTERNAL deployment controller."
        )
    if (params.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker"):
        # AWS: the text is not confirmed; the rule is documented.
        raise invalid_parameter(
            "The deployment circuit breaker needs the ECS deployment controller."
        )


def refuse_of_task_sets(params: Params) -> None:
    """What is a matter of a task set, or fixed for as long as the service is there."""
    for name, value in params.items():
        same = name == "deploymentController" and is_external(params)
        if value and not same and name not in UPDATED_FROM_OUTSIDE:
            # AWS: the text was seen of the controller CODE_DEPLOY, and with a member's name in
            # words; of EXTERNAL it is not confirmed.
            raise invalid_parameter(
                f"Unable to update {name} on services with an EXTERNAL deployment controller. "
                "Use CreateTaskSet to begin a new deployment."
            )


def refuse_external(params: Params) -> None:
    if is_external(params):
        # AWS: lets a service change over from ECS to EXTERNAL.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab does not change the deployment controller of a service. "
            "Create another service.",
        )


def refuse_other_launch_types(params: Params) -> None:
    if (params.get("launchType") or "EC2") != "EC2":
        # AWS: runs services on FARGATE and EXTERNAL too.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab runs the EC2 launch type only. Leave launchType out or set it to EC2.",
        )


def refuse_what_the_lab_has_not(params: Params) -> None:
    refuse_other_launch_types(params)
    if not is_external(params):
        refuse_what_is_not_for_ec2(params)
    controller = (params.get("deploymentController") or {}).get("type", "ECS")
    strategy = (params.get("deploymentConfiguration") or {}).get("strategy", "ROLLING")
    if controller == "CODE_DEPLOY" or strategy != "ROLLING":
        # AWS: also has CODE_DEPLOY, and blue/green, linear and canary deployments.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab has rolling deployments only. Leave deploymentController and strategy out.",
        )


def is_daemon(params: Params) -> bool:
    return params.get("schedulingStrategy") == "DAEMON"


def refuse_of_a_daemon(params: Params) -> None:
    """A DAEMON service is told neither how many tasks it has nor how to spread them."""
    if params.get("desiredCount") is not None:
        raise invalid_parameter(
            "The daemon scheduling strategy does not support a desired count for services. "
            "Remove the desired count value and try again"
        )
    if params.get("placementStrategy"):
        # AWS: the end of the text is not confirmed.
        raise invalid_parameter(
            "The daemon scheduling strategy does not support placement strategies. "
            "Remove the placement strategy and try again"
        )
    if ((params.get("deploymentConfiguration") or {}).get("maximumPercent") or 100) > 100:
        # AWS: the end of the text is not confirmed.
        raise invalid_parameter(
            "The daemon scheduling strategy does not support values above 100 for "
            "maximumPercent. Change the value and try again"
        )


def echoed(params: Params) -> dict[str, Any]:
    """Members that the answer repeats, with the values AWS fills in."""
    return {
        "serviceRegistries": params.get("serviceRegistries") or [],
        "enableECSManagedTags": bool(params.get("enableECSManagedTags")),
        "propagateTags": params.get("propagateTags") or "NONE",
        "enableExecuteCommand": bool(params.get("enableExecuteCommand")),
        # AWS: new services answer ENABLED and are rebalanced across zones.
        "availabilityZoneRebalancing": "DISABLED",
    }


def changed_echo(service: Service, params: Params) -> dict[str, Any]:
    """The same of a service that is updated: what is given, and the rest as it was."""
    members = ("enableECSManagedTags", "propagateTags", "enableExecuteCommand")
    given = {name: params[name] for name in members if params.get(name) is not None}
    return {**(service.echoed or {}), **given}


def circuit_breaker(params: Params, present: CircuitBreaker) -> CircuitBreaker:
    """The deployment circuit breaker, given or as it was."""
    given = (params.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker")
    if given is None:
        return present
    limits = given.get("thresholdConfiguration") or {}
    if limits and limits.get("type") != "COUNT" and not 1 <= int(limits.get("value", 1)) <= 100:
        # AWS: the text is not confirmed, only that a percentage is from 1 to 100.
        raise invalid_parameter("The threshold value must be between 1 and 100.")
    return CircuitBreaker(
        enable=bool(given.get("enable")),
        rollback=bool(given.get("rollback")),
        reset_on_healthy_task=given.get("resetOnHealthyTask"),
        threshold_configuration=limits or None,
    )


def percents(params: Params, minimum: int = 100, maximum: int = 200) -> tuple[int, int]:
    """minimumHealthyPercent and maximumPercent, given or as they were."""
    given = params.get("deploymentConfiguration") or {}
    minimum = given.get("minimumHealthyPercent", minimum)
    maximum = given.get("maximumPercent", maximum)
    if minimum < 0:
        # AWS: the text is not confirmed.
        raise invalid_parameter("minimumHealthyPercent cannot be negative.")
    if maximum < 100:
        # AWS: the text is not confirmed; a REPLICA service must be able to have all its tasks.
        raise invalid_parameter("maximumPercent must be 100 or more for a REPLICA service.")
    return minimum, maximum


def desired_count(params: Params, present: int | None = None) -> int:
    """desiredCount, given or as it was."""
    count = present if params.get("desiredCount") is None else int(params["desiredCount"])
    if count is None:
        # AWS: desiredCount is required of REPLICA services; the text is not confirmed.
        raise invalid_parameter("The desired count cannot be null.")
    if count < 0:
        # AWS: the text is not confirmed.
        raise invalid_parameter("The desired count cannot be negative.")
    if count > MOST_TASKS:
        # AWS: the error and its text are not confirmed; the quota is documented, and can be raised.
        raise invalid_parameter(f"The desired count cannot be greater than {MOST_TASKS}.")
    return count
