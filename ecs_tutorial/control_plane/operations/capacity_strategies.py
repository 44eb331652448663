"""What a request or a cluster may say in a capacity provider strategy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import EcsError, invalid_parameter
from ..model import Json, Service
from ..store import ClusterStore
from .lookup import Params, last_part

FARGATE = ("FARGATE", "FARGATE_SPOT")
MOST_PROVIDERS = 20

Strategy = tuple[Json, ...]


def strategy_of(backend: EcsBackend, store: ClusterStore, params: Params) -> Strategy:
    """The strategy that a request or else its cluster names; empty for the launch type."""
    given = params.get("capacityProviderStrategy")
    if given and params.get("launchType"):
        raise invalid_parameter(
            "Specifying both a launch type and capacity provider strategy is not supported. "
            "Remove one and try again."
        )
    if params.get("launchType"):
        return ()
    if given:
        return checked(backend, store, given)
    default = store.cluster.default_capacity_provider_strategy
    if default and not any(item.get("weight") for item in default):
        raise invalid_parameter(
            "There are no capacity providers with a weight value greater than zero defined in "
            "the default capacity provider strategy. At least one capacity provider must have a "
            "weight value greater than zero specified. Update the cluster's default capacity "
            "provider strategy or specify a valid capacity provider strategy and try again."
        )
    return completed(default)


def checked(backend: EcsBackend, store: ClusterStore, given: Sequence[Json]) -> Strategy:
    """A strategy of providers that the cluster has, with what is left out filled in."""
    strategy = completed(given)
    names = [item["capacityProvider"] for item in strategy]
    refuse_unknown(backend, names)
    for name in names:
        if name not in store.cluster.capacity_providers:
            # AWS: the text is not confirmed.
            raise invalid_parameter(
                f"The specified capacity provider '{name}' is not associated with the cluster."
            )
    refuse_numbers(strategy)
    return strategy


def refuse_numbers(strategy: Strategy) -> None:
    """What the API says of base and weight."""
    # AWS: the texts are not confirmed; the rules are those of the API.
    if len(strategy) > MOST_PROVIDERS:
        raise invalid_parameter(
            "A capacity provider strategy can contain a maximum of 20 capacity providers."
        )
    if not all(0 <= item["weight"] <= 1000 for item in strategy):
        raise invalid_parameter("Weight must be between 0 and 1000.")
    if not all(0 <= item["base"] <= 100_000 for item in strategy):
        raise invalid_parameter("Base must be between 0 and 100000.")
    if sum(item["base"] > 0 for item in strategy) > 1:
        raise invalid_parameter(
            "Only one capacity provider in a capacity provider strategy can have a base defined."
        )
    if strategy and not any(item["weight"] for item in strategy):
        raise invalid_parameter(
            "At least one capacity provider must have a weight value greater than zero specified."
        )


def completed(strategy: Sequence[Json]) -> Strategy:
    """Each item with its base and weight, 0 where they are left out."""
    return tuple(
        {
            "capacityProvider": last_part(item["capacityProvider"]),
            "weight": item.get("weight") or 0,
            "base": item.get("base") or 0,
        }
        for item in strategy
    )


def refuse_unknown(backend: EcsBackend, names: Sequence[str]) -> None:
    """Only providers that are there may be put to a cluster or be asked for."""
    for name in names:
        if name in FARGATE:
            raise EcsError("UnsupportedFeatureException", f"This lab has no {name}.")
        if last_part(name) not in backend.capacity_providers:
            # AWS: the text is not confirmed.
            raise invalid_parameter(
                "The specified capacity provider does not exist. Specify a valid name or ARN and "
                "try again."
            )


# --- clusters -----------------------------------------------------------------------


def providers_of_cluster(backend: EcsBackend, params: Params) -> dict[str, Any]:
    """What CreateCluster and PutClusterCapacityProviders say of providers, once it is right."""
    names = tuple(map(last_part, params.get("capacityProviders") or ()))
    refuse_unknown(backend, names)
    strategy = tuple(params.get("defaultCapacityProviderStrategy") or ())
    for item in strategy:
        if last_part(item["capacityProvider"]) not in names:
            # AWS: the text is not confirmed.
            raise invalid_parameter(
                "The default capacity provider strategy can only have capacity providers that "
                "are associated with the cluster."
            )
    return {"capacity_providers": names, "default_capacity_provider_strategy": strategy}


def refuse_to_remove_in_use(store: ClusterStore, kept: Sequence[str]) -> None:
    """A provider stays with its cluster while tasks or services use it."""
    live = {task.capacity_provider_name for task in store.live.values()}
    asked = {
        item["capacityProvider"]
        for service in store.services.values()
        if service.status != "INACTIVE"
        for item in asked_by(service)
    }
    if (live | asked) & set(store.cluster.capacity_providers) - set(kept):
        raise EcsError(
            "ResourceInUseException",
            "The specified capacity provider is in use and cannot be removed.",
        )


def asked_by(service: Service) -> list[Json]:
    """The items of every strategy that a service has, those of its task sets among them."""
    deployed = (each.deployment.capacity_provider_strategy for each in service.task_sets)
    every = (service.capacity_provider_strategy, *deployed)
    return [item for strategy in every for item in strategy or ()]


# --- services -----------------------------------------------------------------------


def strategy_of_new_service(
    backend: EcsBackend, store: ClusterStore, params: Params
) -> dict[str, Any]:
    """The fields of a new service that say where its tasks run."""
    strategy = strategy_of(backend, store, params)
    if strategy and params.get("schedulingStrategy") == "DAEMON":
        raise invalid_parameter(
            "Specifying a capacity provider strategy is not supported when you create a service "
            "using the DAEMON scheduling strategy."
        )
    return where_it_runs(strategy)


def changed_strategy(
    backend: EcsBackend, store: ClusterStore, service: Service, params: Params
) -> dict[str, Any]:
    """The same of a service that is updated; an empty strategy leads back to the launch type."""
    given = params.get("capacityProviderStrategy")
    present = service.capacity_provider_strategy or ()
    wanted = present if given is None else checked(backend, store, given)
    if wanted != present and not params.get("forceNewDeployment"):
        raise invalid_parameter(
            "When switching from launch type to capacity provider strategy on an existing "
            "service, or making a change to a capacity provider strategy on a service that is "
            "already using one, you must force a new deployment."
        )
    return where_it_runs(wanted)


def where_it_runs(strategy: Strategy) -> dict[str, Any]:
    """A launch type or a strategy, never both."""
    return {
        "launch_type": None if strategy else "EC2",
        "capacity_provider_strategy": strategy or None,
    }
