"""CreateCluster, DescribeClusters, ListClusters, UpdateCluster…, DeleteCluster."""

from __future__ import annotations

import re
from dataclasses import replace

from ..ecs_backend import EcsBackend
from ..errors import EcsError, cluster_not_found, invalid_parameter
from ..model import Cluster, Json
from ..responses import cluster_response, page
from ..store import ClusterStore
from .capacity_strategies import providers_of_cluster, refuse_to_remove_in_use
from .lookup import Answer, Params, active_cluster, cluster_arn, given_tags, missing

CLUSTER_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
ALL_PARTS = ("SETTINGS", "TAGS", "CONFIGURATIONS")


def create_cluster(backend: EcsBackend, params: Params) -> Answer:
    """Create a cluster, or answer with the one that already has the name."""
    name = params.get("clusterName") or "default"
    if not CLUSTER_NAME.fullmatch(name):
        # AWS: the text for a malformed cluster name is not confirmed.
        raise invalid_parameter("Cluster name contains invalid characters.")
    arn = cluster_arn(backend, name)
    store = backend.stores.get(arn)
    if store is None or store.cluster.status == "INACTIVE":
        store = backend.put_cluster(new_cluster(backend, arn, name, params))
    return {"cluster": cluster_response(store, ALL_PARTS)}


def new_cluster(backend: EcsBackend, arn: str, name: str, params: Params) -> Cluster:
    return Cluster(
        cluster_arn=arn,
        cluster_name=name,
        settings=tuple(params.get("settings") or default_settings(backend)),
        configuration=params.get("configuration"),
        **providers_of_cluster(backend, params),
        service_connect_defaults=params.get("serviceConnectDefaults"),
        tags=given_tags(params),
    )


def default_settings(backend: EcsBackend) -> tuple[Json, ...]:
    name = "containerInsights"
    held = backend.principal_settings.effective(f"arn:aws:iam::{backend.account_id}:root")
    return ({"name": name, "value": held[name]},)


def describe_clusters(backend: EcsBackend, params: Params) -> Answer:
    """Clusters by name or ARN, ``default`` when none is named; unknown ones as failures."""
    names = params.get("clusters") or ["default"]
    if len(names) > 100:
        raise invalid_parameter("Clusters cannot have more than 100 elements.")
    arns = [cluster_arn(backend, name) for name in names]
    include = params.get("include") or ()
    return {
        "clusters": [
            cluster_response(backend.stores[arn], include) for arn in arns if arn in backend.stores
        ],
        "failures": [missing(arn) for arn in arns if arn not in backend.stores],
    }


def list_clusters(backend: EcsBackend, params: Params) -> Answer:
    arns = [arn for arn, store in backend.stores.items() if store.cluster.status == "ACTIVE"]
    return page(sorted(arns), params, "clusterArns")


def update_cluster(backend: EcsBackend, params: Params) -> Answer:
    store = active_cluster(backend, params)
    store.cluster = replace(
        store.cluster,
        settings=tuple(params.get("settings") or store.cluster.settings),
        configuration=params.get("configuration") or store.cluster.configuration,
        service_connect_defaults=params.get("serviceConnectDefaults")
        or store.cluster.service_connect_defaults,
    )
    return {"cluster": cluster_response(store, ALL_PARTS)}


def update_cluster_settings(backend: EcsBackend, params: Params) -> Answer:
    return update_cluster(backend, params)


def put_cluster_capacity_providers(backend: EcsBackend, params: Params) -> Answer:
    store = active_cluster(backend, params)
    providers = providers_of_cluster(backend, params)
    refuse_to_remove_in_use(store, providers["capacity_providers"])
    store.cluster = replace(store.cluster, **providers)
    return {"cluster": cluster_response(store, ALL_PARTS)}


def delete_cluster(backend: EcsBackend, params: Params) -> Answer:
    """Make an empty cluster INACTIVE; refuse while something is inside."""
    store = backend.stores.get(cluster_arn(backend, params.get("cluster")))
    if store is None:
        raise cluster_not_found()
    refuse_while_in_use(store)
    store.cluster = replace(store.cluster, status="INACTIVE")
    return {"cluster": cluster_response(store, ALL_PARTS)}


def refuse_while_in_use(store: ClusterStore) -> None:
    # AWS: the codes are those of the API; the wording of the three texts is not confirmed.
    if store.instances:
        raise EcsError(
            "ClusterContainsContainerInstancesException",
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        )
    if any(service.status != "INACTIVE" for service in store.services.values()):
        raise EcsError(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        )
    if store.live:
        raise EcsError(
            "ClusterContainsTasksException",
            "The Cluster cannot be deleted while Tasks are active.",
        )
