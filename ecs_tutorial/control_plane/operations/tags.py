"""TagResource, UntagResource, ListTagsForResource for everything that has an ARN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import invalid_parameter
from ..model import Json, Service, TaskSet
from ..responses import as_response
from ..service_records import with_task_set
from ..store import ClusterStore
from ..task_tags import merged
from .lookup import MOST_TAGS, Answer, Params, given_tags

Tags = Sequence[Json]
Put = Callable[[Tags], object]


def list_tags_for_resource(backend: EcsBackend, params: Params) -> Answer:
    tags, _ = tagged(backend, params["resourceArn"])
    return {"tags": as_response(tags)}


def tag_resource(backend: EcsBackend, params: Params) -> Answer:
    tags, put = tagged(backend, params["resourceArn"])
    every = merged(tags, given_tags(params))
    if len(every) > MOST_TAGS:
        raise invalid_parameter("A resource can have at most 50 tags.")
    put(every)
    return {}


def untag_resource(backend: EcsBackend, params: Params) -> Answer:
    tags, put = tagged(backend, params["resourceArn"])
    put([tag for tag in tags if tag["key"] not in params["tagKeys"]])
    return {}


def tagged(backend: EcsBackend, arn: str) -> tuple[Tags, Put]:
    """The tags of what has an ARN, and how others are kept in their place.

    Raises:
        EcsError: InvalidParameterException, when nothing has this ARN.
    """
    providers = backend.capacity_providers.values()
    provider = next((each for each in providers if each.capacity_provider_arn == arn), None)
    if provider:
        return provider.tags or [], lambda tags: setattr(provider, "tags", list(tags))
    record, put = recorded(backend, arn)
    return record.tags, lambda tags: put(replace(record, tags=tuple(tags)))


def recorded(backend: EcsBackend, arn: str) -> tuple[Any, Callable[[Any], object]]:
    """The record behind an ARN, and how its successor is kept."""
    if arn in backend.definitions:
        return backend.definitions[arn], lambda record: backend.definitions.update({arn: record})
    for cluster_arn, store in backend.stores.items():
        if arn == cluster_arn:
            return store.cluster, lambda record, store=store: setattr(store, "cluster", record)
        if arn in store.instances:
            return store.instances[arn], store.put_instance
        if arn in store.services:
            return store.services[arn], store.put_service
        if ":task-set/" in arn and (pair := of_task_set(store, arn)):
            return pair
        task = store.task(arn)
        if task:
            return task, store.put_task
    # AWS: the text is not confirmed.
    raise invalid_parameter("The specified resource is not found or is inactive.")


def of_task_set(store: ClusterStore, arn: str) -> tuple[Any, Callable[[Any], object]] | None:
    for service in store.services.values():
        for each in service.task_sets:
            if each.task_set_arn == arn:
                return each, partial(_put_task_set, store, service)
    return None


def _put_task_set(store: ClusterStore, service: Service, task_set: TaskSet) -> None:
    store.put_service(with_task_set(service, task_set))
