"""How a request names things: by short name, by id or by ARN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import client_exception, cluster_inactive, cluster_not_found, invalid_parameter
from ..model import Json, Service, TaskDefinition
from ..placement_rules import constraint_objections, strategy_objections
from ..store import ClusterStore

Params = Mapping[str, Any]
Answer = dict[str, Any]

MOST_TAGS = 50


def cluster_arn(backend: EcsBackend, name: str | None) -> str:
    """The ARN of a cluster named by name or ARN; no name means ``default``."""
    name = name or "default"
    return name if name.startswith("arn:") else backend.arn(f"cluster/{name}")


def active_cluster(backend: EcsBackend, params: Params) -> ClusterStore:
    """The cluster that a request's ``cluster`` names.

    Raises:
        EcsError: ClusterNotFoundException, or that the cluster is INACTIVE.
    """
    store = backend.stores.get(cluster_arn(backend, params.get("cluster")))
    if store is None:
        raise cluster_not_found()
    if store.cluster.status == "INACTIVE":
        raise cluster_inactive()
    return store


def last_part(name: str) -> str:
    """The id in an ARN, or the id itself."""
    return name.rsplit("/", 1)[-1]


def instance_arn(backend: EcsBackend, store: ClusterStore, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return backend.arn(f"container-instance/{store.cluster.cluster_name}/{name}")


def task_arn(backend: EcsBackend, store: ClusterStore, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return backend.arn(f"task/{store.cluster.cluster_name}/{name}")


def service_arn(backend: EcsBackend, store: ClusterStore, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return backend.arn(f"service/{store.cluster.cluster_name}/{name}")


def find_service(backend: EcsBackend, store: ClusterStore, name: str) -> Service | None:
    return store.services.get(service_arn(backend, store, name))


def find_definition(backend: EcsBackend, name: str) -> TaskDefinition | None:
    """A task definition by ARN, by ``family:revision``, or the newest ACTIVE of a family."""
    family_revision = name.rsplit(":task-definition/", maxsplit=1)[-1]
    if ":" in family_revision:
        return backend.definitions.get(backend.arn(f"task-definition/{family_revision}"))
    revisions = [
        each
        for each in backend.definitions.values()
        if each.family == family_revision and each.status == "ACTIVE"
    ]
    return max(revisions, key=lambda each: each.revision, default=None)


def usable_definition(backend: EcsBackend, name: str) -> TaskDefinition:
    """A task definition that new tasks may be made of.

    Raises:
        EcsError: ClientException, when there is none or it is INACTIVE.
    """
    definition = find_definition(backend, name)
    if definition is None:
        raise client_exception("TaskDefinition not found.")
    if definition.status != "ACTIVE":
        raise client_exception("TaskDefinition is inactive")
    return definition


def placement_constraints(params: Params) -> tuple[Json, ...]:
    """A request's placement constraints, once nothing is wrong with them."""
    given = tuple(params.get("placementConstraints") or ())
    for objection in constraint_objections(given):
        raise invalid_parameter(objection)
    return given


def placement_strategy(params: Params) -> tuple[Json, ...]:
    """A request's placement strategy, once nothing is wrong with it."""
    given = tuple(params.get("placementStrategy") or ())
    for objection in strategy_objections(given):
        raise invalid_parameter(objection)
    return given


def given_tags(params: Params) -> tuple[Json, ...]:
    """A request's tags, once nothing is wrong with them."""
    tags = tuple(params.get("tags") or ())
    keys = [str(tag.get("key", "")) for tag in tags]
    # AWS: the texts are not confirmed; the rules are those of the API.
    if len(tags) > MOST_TAGS:
        raise invalid_parameter("A resource can have at most 50 tags.")
    if len(set(keys)) < len(keys):
        raise invalid_parameter("Tag keys must be unique.")
    if any(key.lower().startswith("aws:") for key in keys):
        raise invalid_parameter("Tag keys that begin with aws: are reserved.")
    values = (str(tag.get("value", "")) for tag in tags)
    if max(map(len, keys), default=0) > 128 or max(map(len, values), default=0) > 256:
        raise invalid_parameter("Tag keys have at most 128 characters, values at most 256.")
    return tags


def refuse_what_is_not_for_ec2(params: Params) -> None:
    """What only Fargate or awsvpc tasks can be given."""
    if params.get("platformVersion"):
        raise invalid_parameter(
            "The platform version must be null when specifying an EC2 launch type."
        )
    if params.get("networkConfiguration"):
        raise invalid_parameter(
            "Network Configuration is not valid for the given networkMode of this task definition."
        )


def missing(arn: str) -> Answer:
    """An entry of ``failures`` for something that is not there."""
    return {"arn": arn, "reason": "MISSING"}
