"""Capacity providers of Auto Scaling groups: create, describe, update, delete."""

from __future__ import annotations

from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import EcsError, client_exception, invalid_parameter
from ..moto_seams import auto_scaling_groups
from ..responses import page
from .lookup import Answer, Params, given_tags, last_part, missing


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
    group = auto_scaling_groups.find_group(place, given["autoScalingGroupArn"])
    if group is None:
        # AWS: the text is not confirmed.
        raise client_exception("The specified Auto Scaling group ARN does not exist.")
    if params["name"] in backend.capacity_providers:
        raise client_exception(
            "The specified capacity provider already exists. To change the configuration of an "
            "existing capacity provider, update the capacity provider."
        )
    # AWS: whether a group that was named by its name is told by its ARN is not confirmed.
    scaling = {"managedScaling": dict(given.get("managedScaling") or {})}
    details = {**given, "autoScalingGroupArn": group.arn, **scaling}
    refuse_a_group_in_use(backend, group.arn)
    refuse_protection_without(group, given)
    made = backend.create_capacity_provider(
        params["name"], details, [dict(tag) for tag in given_tags(params)]
    )
    return {"capacityProvider": provider_response(made)}


def refuse_a_group_in_use(backend: EcsBackend, arn: str) -> None:
    providers = backend.capacity_providers.values()
    if any(each.auto_scaling_group_provider["autoScalingGroupArn"] == arn for each in providers):
        raise client_exception(
            "The specified Auto Scaling group ARN is already being used by another capacity "
            "provider. Specify a unique Auto Scaling group ARN and try again."
        )


def refuse_protection_without(group: Any, given: Params) -> None:
    """ECS can protect instances of a group only that protects them from scale-in itself."""
    protects = getattr(group, "new_instances_protected_from_scale_in", False)
    if given.get("managedTerminationProtection") == "ENABLED" and not protects:
        raise client_exception(
            "The managed termination protection setting for the capacity provider is invalid. To "
            "enable managed termination protection for a capacity provider, the Auto Scaling group "
            "must have instance protection from scale in enabled."
        )


def update_capacity_provider(backend: EcsBackend, params: Params) -> Answer:
    """Change what managed scaling does; tasks that wait are looked at with the new settings."""
    provider = found(backend, params["name"])
    changes = dict(params.get("autoScalingGroupProvider") or {})
    arn = provider.auto_scaling_group_provider["autoScalingGroupArn"]
    place = (backend.account_id, backend.region_name)
    refuse_protection_without(auto_scaling_groups.find_group(place, arn), changes)
    provider.update(changes)
    return {"capacityProvider": provider_response(provider)}


def delete_capacity_provider(backend: EcsBackend, params: Params) -> Answer:
    """Delete a provider that no cluster has."""
    provider = found(backend, params["capacityProvider"])
    clusters = (each.cluster for each in backend.stores.values())
    if any(c.status == "ACTIVE" and provider.name in c.capacity_providers for c in clusters):
        provider.update_status = "DELETE_FAILED"
        # AWS: the text is not confirmed.
        provider.update_status_reason = (
            "The capacity provider cannot be deleted because it is associated with a cluster. "
            "Remove the capacity provider from the cluster and try again."
        )
        return {"capacityProvider": provider_response(provider)}
    # AWS: takes a while, during which it is DELETE_IN_PROGRESS.
    del backend.capacity_providers[provider.name]
    gone = {"status": "INACTIVE", "updateStatus": "DELETE_COMPLETE"}
    return {"capacityProvider": provider_response(provider) | gone}


def found(backend: EcsBackend, name: str) -> Any:
    provider = backend.capacity_providers.get(last_part(name))
    if provider is None:
        # AWS: the text is not confirmed.
        raise invalid_parameter(
            "The specified capacity provider does not exist. Specify a valid name or ARN and "
            "try again."
        )
    return provider


def provider_response(provider: Any) -> Answer:
    changed = {
        "updateStatus": provider.update_status,
        "updateStatusReason": getattr(provider, "update_status_reason", None),
    }
    return {
        **{name: value for name, value in changed.items() if value},
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
    every = {name: backend.capacity_providers.get(last_part(name)) for name in names}
    return {
        **page(
            [provider_response(each) for each in every.values() if each],
            params,
            "capacityProviders",
            10,
            10,
        ),
        "failures": [missing(name) for name, each in every.items() if each is None],
    }
