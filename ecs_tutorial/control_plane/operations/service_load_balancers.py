"""The load balancers that a service names, checked as CreateService checks them."""

from __future__ import annotations

from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import EcsError, invalid_parameter
from ..model import Json, Service, TaskDefinition
from ..moto_seams import elbv2_facts
from .lookup import Params

LINKED_ROLE = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
MOST_TARGET_GROUPS = 5
LONGEST_GRACE = 2_147_483_647


def load_balancing(
    backend: EcsBackend, definition: TaskDefinition, params: Params
) -> dict[str, Any]:
    """The fields of a service that tell of load balancers; none without one."""
    given = tuple(params.get("loadBalancers") or ())
    refuse_grace_without(given, params)
    if not given:
        refuse_role_without(params)
        return {}
    if len(given) > MOST_TARGET_GROUPS:
        # AWS: the text is not confirmed; the limit is documented.
        raise invalid_parameter("A service can have at most 5 load balancers.")
    return {
        "load_balancers": tuple(checked(backend, definition, each) for each in given),
        "role_arn": role_arn(backend, params.get("role")),
        "health_check_grace_period_seconds": grace_period(params) or 0,
    }


def checked(backend: EcsBackend, definition: TaskDefinition, given: Json) -> Json:
    """One load balancer of a request, if its target group and container are there."""
    refuse_classic(given)
    arn, name, port = (
        given.get(member) for member in ("targetGroupArn", "containerName", "containerPort")
    )
    refuse_unknown_container(definition, name, port)
    place = backend.account_id, backend.region_name
    group = elbv2_facts.target_group(*place, str(arn))
    if group is None:
        # AWS: the text is not confirmed.
        raise invalid_parameter(f"The specified target group does not exist: {arn}")
    if not elbv2_facts.is_in_use(*place, str(arn)):
        raise invalid_parameter(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )
    if group.target_type != "instance":
        # AWS: the text is not confirmed in all its words.
        raise invalid_parameter(
            f"The provided target group {arn} has target type {group.target_type}, which is "
            "incompatible with the bridge network mode specified in the task definition."
        )
    return {"targetGroupArn": arn, "containerName": name, "containerPort": port}


def refuse_classic(given: Json) -> None:
    if given.get("loadBalancerName"):
        # AWS: takes the name of a Classic Load Balancer; the lab has none.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab has no Classic Load Balancers. Name a target group in targetGroupArn.",
        )


def refuse_unknown_container(definition: TaskDefinition, name: Any, port: Any) -> None:
    containers = {each["name"]: each for each in definition.container_definitions}
    if name not in containers:
        raise invalid_parameter(f"The container {name} does not exist in the task definition.")
    ports = [each["containerPort"] for each in containers[name].get("portMappings", ())]
    if port not in ports:
        # AWS: the text is not confirmed.
        raise invalid_parameter(
            f"The container {name} did not have a container port {port} defined."
        )


def refuse_grace_without(load_balancers: Any, params: Params) -> None:
    if not load_balancers and params.get("healthCheckGracePeriodSeconds") is not None:
        raise invalid_parameter(
            "Health check grace period is only valid for services configured to use load balancers"
        )


def refuse_role_without(params: Params) -> None:
    if params.get("role"):
        # AWS: the text is not confirmed.
        raise invalid_parameter("role is only valid for services configured to use load balancers.")


def role_arn(backend: EcsBackend, given: str | None) -> str:
    """The role that ECS takes on to register targets: its own, or one that is named."""
    if given and given.startswith("arn:"):
        return given
    name = given.removeprefix("/") if given else LINKED_ROLE
    return f"arn:aws:iam::{backend.account_id}:role/{name}"


def grace_period(params: Params) -> int | None:
    seconds: int | None = params.get("healthCheckGracePeriodSeconds")
    if seconds is not None and not 0 <= seconds <= LONGEST_GRACE:
        # AWS: the text is not confirmed; the limit is documented.
        raise invalid_parameter(f"Health check grace period must be between 0 and {LONGEST_GRACE}.")
    return seconds


def changed_grace(service: Service, params: Params) -> int | None:
    """The grace period that UpdateService asks for, or the one that is."""
    if not service.is_external:
        refuse_grace_without(service.load_balancers, params)
    given = grace_period(params)
    return service.health_check_grace_period_seconds if given is None else given


def refuse_other_load_balancers(service: Service, params: Params) -> None:
    given = params.get("loadBalancers")
    if given is not None and tuple(given) != service.load_balancers:
        # AWS: changes them, and starts a deployment that registers with the new ones.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab does not change the load balancers of a service. Create another service.",
        )
