"""CreateCapacityProvider, DescribeCapacityProviders."""

from __future__ import annotations

from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import EcsError, client_exception
from ..moto_seams import auto_scaling_groups
from .lookup import Answer, Params, last_part, missing


def create_capacity_provider(backend: EcsBackend, params: Params) -> Answer:
    """A provider of an Auto Scaling group's instances."""
    given = params.get("autoScalingGroupProvider")
    if not given:
        # AWS: also has providers of ECS Managed Instances.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab has capacity providers of Auto Scaling groups only, no managed instances.",
        )
    place = (backend.account_id, backend.region_name)
    if auto_scaling_groups.find_group(place, given["autoScalingGroupArn"]) is None:
        # AWS: the text is not confirmed.
        raise client_exception("The specified Auto Scaling group ARN does not exist.")
    if params["name"] in backend.capacity_providers:
        raise client_exception(
            "The specified capacity provider already exists. To change the configuration of an "
            "existing capacity provider, update the capacity provider."
        )
    details = {**given, "managedScaling": dict(given.get("managedScaling") or {})}
    refuse_a_group_in_use(backend, given["autoScalingGroupArn"])
    made = backend.create_capacity_provider(params["name"], details, params.get("tags"))
    return {"capacityProvider": provider_response(made)}


def refuse_a_group_in_use(backend: EcsBackend, arn: str) -> None:
    providers = backend.capacity_providers.values()
    if any(each.auto_scaling_group_provider["autoScalingGroupArn"] == arn for each in providers):
        raise client_exception(
            "The specified Auto Scaling group ARN is already being used by another capacity "
            "provider. Specify a unique Auto Scaling group ARN and try again."
        )


def provider_response(provider: Any) -> Answer:
    return {
        "capacityProviderArn": provider.capacity_provider_arn,
        "name": provider.name,
        "status": provider.status,
        "autoScalingGroupProvider": provider.auto_scaling_group_provider,
        "tags": provider.tags or [],
    }


def describe_capacity_providers(backend: EcsBackend, params: Params) -> Answer:
    """Those named, or all; FARGATE and FARGATE_SPOT, which AWS lists too, the lab has not."""
    # AWS: lists FARGATE and FARGATE_SPOT with every account's own.
    names = params.get("capacityProviders") or list(backend.capacity_providers)
    found = {name: backend.capacity_providers.get(last_part(name)) for name in names}
    return {
        "capacityProviders": [provider_response(each) for each in found.values() if each],
        "failures": [missing(name) for name, each in found.items() if each is None],
    }
