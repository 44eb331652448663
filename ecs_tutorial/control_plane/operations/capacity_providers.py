"""CreateCapacityProvider, DescribeCapacityProviders, and what a strategy may ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from moto.moto_api._internal import mock_random

from ..capacity import Waiting
from ..ecs_backend import EcsBackend
from ..errors import EcsError, client_exception, invalid_parameter
from ..model import Task, TaskDefinition
from ..moto_seams import auto_scaling_groups
from ..placement import Request
from ..store import ClusterStore
from ..task_records import new_task
from .lookup import Answer, Params, last_part, missing

FARGATE = ("FARGATE", "FARGATE_SPOT")


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
        # AWS: the text is not confirmed.
        raise client_exception("The specified capacity provider already exists.")
    details = {**given, "managedScaling": dict(given.get("managedScaling") or {})}
    made = backend.create_capacity_provider(params["name"], details, params.get("tags"))
    return {"capacityProvider": provider_response(made)}


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


def refuse_unknown(backend: EcsBackend, names: list[str]) -> None:
    """Only providers that are there may be put to a cluster."""
    for name in names:
        if name in FARGATE:
            raise EcsError("UnsupportedFeatureException", f"This lab has no {name}.")
        if last_part(name) not in backend.capacity_providers:
            # AWS: the text is not confirmed.
            raise invalid_parameter(
                "The specified capacity provider does not exist. Specify a valid name or ARN and "
                "try again."
            )


def chosen_provider(backend: EcsBackend, store: ClusterStore, params: Params) -> str | None:
    """The capacity provider that a request or its cluster names; None for the launch type."""
    given = params.get("capacityProviderStrategy")
    if given and params.get("launchType"):
        # AWS: the text is not confirmed; the refusal is the API's.
        raise invalid_parameter(
            "Specifying both a launch type and capacity provider strategy is not supported. "
            "Remove one and try again."
        )
    if params.get("launchType"):
        return None
    strategy = given or store.cluster.default_capacity_provider_strategy
    names = list(dict.fromkeys(last_part(each["capacityProvider"]) for each in strategy))
    refuse_unknown(backend, names)
    if len(names) > 1:
        # AWS: divides tasks among several by base and weight.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab takes one capacity provider in a strategy.",
        )
    if names and names[0] not in store.cluster.capacity_providers:
        # AWS: the text is not confirmed.
        raise invalid_parameter(
            f"The specified capacity provider '{names[0]}' is not associated with the cluster."
        )
    return names[0] if names else None


def provision(
    backend: EcsBackend,
    store: ClusterStore,
    definition: TaskDefinition,
    waiting_for: tuple[Request, str],
    params: Params,
) -> Task:
    """A task that waits for room as the request asks for it, on an instance of the provider."""
    request, provider = waiting_for
    task = new_task(
        backend,
        store,
        definition=definition,
        instance=None,
        task_id=mock_random.uuid4().hex,
        group=request.group,
        started_by=params.get("startedBy"),
        overrides=params.get("overrides"),
        enable_execute_command=bool(params.get("enableExecuteCommand")),
        tags=params.get("tags") or (),
    )
    task = replace(
        task,
        last_status="PROVISIONING",
        capacity_provider_name=provider,
        containers=(),
        connectivity=None,
        connectivity_at=None,
    )
    backend.capacity.wait(store, Waiting(task, request, provider))
    return task
