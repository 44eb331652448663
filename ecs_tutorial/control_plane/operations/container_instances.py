"""Container instances: what agents register and what is asked about them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import EcsError, client_exception, cluster_not_found, invalid_parameter
from ..model import ContainerInstance, Json, Port, Resources
from ..query_language import InvalidExpressionError, matches
from ..responses import instance_response, page
from ..store import ClusterStore
from .lookup import Answer, Params, active_cluster, cluster_arn, given_tags, instance_arn, missing

MOST = 100
MOST_ATTRIBUTES = 10
BUILT_IN = ("ecs.", "com.amazonaws.ecs.")
"""How the attributes begin that nobody has put."""
LAST_PORT = 65535


def register_container_instance(backend: EcsBackend, params: Params) -> Answer:
    """An agent registers, or registers again with the ARN it was given before."""
    store = backend.stores.get(cluster_arn(backend, params.get("cluster")))
    if store is None or store.cluster.status == "INACTIVE":
        raise cluster_not_found()
    known = store.instances.get(params.get("containerInstanceArn") or "")
    instance = _again(known, params) if known else _first_time(backend, store, params)
    store.put_instance(instance)
    backend.look_soon(store)
    return {"containerInstance": instance_response(store, instance)}


def _first_time(backend: EcsBackend, store: ClusterStore, params: Params) -> ContainerInstance:
    document = identity_document(params.get("instanceIdentityDocument") or "{}")
    instance_id = backend.new_id().replace("-", "")
    return ContainerInstance(
        container_instance_arn=instance_arn(backend, store, instance_id),
        ec2_instance_id=document.get("instanceId", ""),
        registered=_resources(params.get("totalResources") or ()),
        attributes=_attributes(params),
        registered_at=backend.clock.now(),
        agent_connected=False,
        version_info=params.get("versionInfo"),
        capacity_provider_name=backend.capacity.provider_of(store, document.get("instanceId", "")),
        tags=given_tags(params),
    )


def identity_document(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        # AWS: the text is not confirmed.
        raise client_exception("The instance identity document is not valid.")
    return document


def _again(known: ContainerInstance, params: Params) -> ContainerInstance:
    return replace(
        known,
        registered=_resources(params.get("totalResources") or ()),
        attributes={**known.attributes, **_attributes(params)},
        version=known.version + 1,
    )


def _attributes(params: Params) -> dict[str, str | None]:
    return {each["name"]: each.get("value") for each in params.get("attributes") or ()}


def _resources(total: Any) -> Resources:
    named: dict[str, Mapping[str, Any]] = {each.get("name"): each for each in total}
    if None in named:
        # AWS: the text is not confirmed.
        raise invalid_parameter("Resource name cannot be null.")
    ports: set[Port] = set()
    for name, protocol in (("PORTS", "tcp"), ("PORTS_UDP", "udp")):
        ports |= {(_port(p), protocol) for p in named.get(name, {}).get("stringSetValue", ())}
    return Resources(
        cpu=_amount(named, "CPU"),
        memory=_amount(named, "MEMORY"),
        ports=frozenset(ports),
    )


def _amount(named: Mapping[str, Mapping[str, Any]], resource: str) -> int:
    amount = int(named.get(resource, {}).get("integerValue", 0))
    if amount < 0:
        # AWS: the text is not confirmed.
        raise invalid_parameter(f"Resource {resource} cannot be negative.")
    return amount


def _port(number: str) -> int:
    if not (number.isascii() and number.isdecimal() and int(number) <= LAST_PORT):
        # AWS: the text is not confirmed.
        raise invalid_parameter(f"Invalid port '{number}'.")
    return int(number)


def deregister_container_instance(backend: EcsBackend, params: Params) -> Answer:
    """Take an instance out of its cluster; with tasks on it only by ``force``."""
    store = active_cluster(backend, params)
    instance = found(backend, store, params["containerInstance"])
    if store.tasks_on(instance.container_instance_arn) and not params.get("force"):
        # AWS: the text is not confirmed; the refusal is the API's.
        raise invalid_parameter("Found running tasks on the instance.")
    backend.deregister(store, instance, "Container instance deregistration forced by user")
    gone = replace(instance, status="INACTIVE", version=instance.version + 1)
    return {"containerInstance": instance_response(store, gone)}


def found(backend: EcsBackend, store: ClusterStore, name: str) -> ContainerInstance:
    instance = store.instances.get(instance_arn(backend, store, name))
    if instance is None:
        # AWS: the text is not confirmed.
        raise EcsError("ClientException", "Container instance not found.")
    return instance


def describe_container_instances(backend: EcsBackend, params: Params) -> Answer:
    store = active_cluster(backend, params)
    arns = [instance_arn(backend, store, name) for name in named(params)]
    include = params.get("include") or ()
    return {
        "containerInstances": [
            instance_response(store, store.instances[arn], include)
            for arn in arns
            if arn in store.instances
        ],
        "failures": [missing(arn) for arn in arns if arn not in store.instances],
    }


def named(params: Params) -> list[str]:
    names = list(params.get("containerInstances") or ())
    if not names:
        raise invalid_parameter("Container instances cannot be empty.")
    if len(names) > MOST:
        raise invalid_parameter("Container instances cannot have more than 100 elements.")
    return names


def list_container_instances(backend: EcsBackend, params: Params) -> Answer:
    """ARNs by status and by an expression of the cluster query language."""
    store = active_cluster(backend, params)
    status, expression = params.get("status"), params.get("filter")
    arns = [
        arn
        for arn, instance in store.instances.items()
        if status in (None, instance.status) and _passes(store, instance, expression)
    ]
    return page(sorted(arns), params, "containerInstanceArns")


def _passes(store: ClusterStore, instance: ContainerInstance, expression: str | None) -> bool:
    if not expression:
        return True
    try:
        return matches(expression, instance, store.tasks_on(instance.container_instance_arn))
    except InvalidExpressionError as error:
        raise invalid_parameter(f"Invalid expression: {error}") from None


def update_container_instances_state(backend: EcsBackend, params: Params) -> Answer:
    """ACTIVE to DRAINING and back."""
    store = active_cluster(backend, params)
    if params["status"] not in ("ACTIVE", "DRAINING"):
        raise invalid_parameter("Container instance status should be one of [DRAINING,ACTIVE]")
    arns = [instance_arn(backend, store, name) for name in named(params)]
    known = [arn for arn in arns if arn in store.instances]
    for arn in known:
        instance = store.instances[arn]
        store.put_instance(replace(instance, status=params["status"], version=instance.version + 1))
    backend.look_soon(store)
    return {
        "containerInstances": [instance_response(store, store.instances[arn]) for arn in known],
        "failures": [missing(arn) for arn in arns if arn not in store.instances],
    }


def put_attributes(backend: EcsBackend, params: Params) -> Answer:
    """All of them, or with one that cannot be put none."""
    store = active_cluster(backend, params)
    changed: dict[str, ContainerInstance] = {}
    for given in _few(params["attributes"]):
        instance = _target(backend, store, given)
        instance = changed.get(instance.container_instance_arn, instance)
        attributes = {**instance.attributes, given["name"]: given.get("value")}
        if sum(not name.startswith(BUILT_IN) for name in attributes) > MOST_ATTRIBUTES:
            # AWS: the text is not confirmed; the limit is the API's.
            raise EcsError(
                "AttributeLimitExceededException",
                "You can apply up to 10 custom attributes for each resource.",
            )
        changed[instance.container_instance_arn] = replace(instance, attributes=attributes)
    for instance in changed.values():
        store.put_instance(instance)
    backend.look_soon(store)
    return {"attributes": params["attributes"]}


def _few(attributes: Sequence[Json]) -> Sequence[Json]:
    if not 1 <= len(attributes) <= MOST_ATTRIBUTES:
        # AWS: the text is not confirmed; the limit is the API's.
        raise invalid_parameter("Attributes must have between 1 and 10 elements.")
    return attributes


def delete_attributes(backend: EcsBackend, params: Params) -> Answer:
    store = active_cluster(backend, params)
    attributes = _few(params["attributes"])
    for attribute in attributes:
        _target(backend, store, attribute)
    for attribute in attributes:
        instance = _target(backend, store, attribute)
        kept = {k: v for k, v in instance.attributes.items() if k != attribute["name"]}
        store.put_instance(replace(instance, attributes=kept))
    return {"attributes": params["attributes"]}


def _target(backend: EcsBackend, store: ClusterStore, attribute: Params) -> ContainerInstance:
    instance = store.instances.get(instance_arn(backend, store, attribute.get("targetId") or ""))
    if instance is None:
        raise EcsError("TargetNotFoundException", "The specified target wasn't found.")
    return instance


def list_attributes(backend: EcsBackend, params: Params) -> Answer:
    """Attributes of the cluster's container instances, by name and value."""
    store = active_cluster(backend, params)
    name, value = params.get("attributeName"), params.get("attributeValue")
    found = [
        {"name": n, **({"value": v} if v else {}), "targetId": instance.container_instance_arn}
        for _, instance in sorted(store.instances.items())
        for n, v in instance.attributes.items()
        if name in (None, n) and value in (None, v)
    ]
    return page(found, params, "attributes")


def update_container_agent(backend: EcsBackend, params: Params) -> Answer:
    """There is no newer agent: the image that instances start from has the newest."""
    store = active_cluster(backend, params)
    found(backend, store, params["containerInstance"])
    # AWS: the text is not confirmed; agents of older images are updated.
    raise EcsError(
        "NoUpdateAvailableException", "There is no update available for your container agent."
    )


def discover_poll_endpoint(backend: EcsBackend, params: Params) -> Answer:
    # AWS: wss endpoints of the agent and telemetry services; the lab's agents hold
    # their sessions in the lab's own process and dial neither.
    host = f"https://ecs-a-1.{backend.region_name}.localhost/"
    return {"endpoint": host, "telemetryEndpoint": host.replace("ecs-a", "ecs-t")}
