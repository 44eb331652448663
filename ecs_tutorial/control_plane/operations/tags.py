"""TagResource, UntagResource, ListTagsForResource for everything that has an ARN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import invalid_parameter
from ..model import Json
from ..responses import as_response
from .lookup import Answer, Params

Put = Callable[[Any], object]


def list_tags_for_resource(backend: EcsBackend, params: Params) -> Answer:
    record, _ = tagged(backend, params["resourceArn"])
    return {"tags": as_response(record.tags)}


def tag_resource(backend: EcsBackend, params: Params) -> Answer:
    record, put = tagged(backend, params["resourceArn"])
    given = {tag["key"]: tag for tag in params["tags"]}
    kept = [tag for tag in record.tags if tag["key"] not in given]
    put(with_tags(record, [*kept, *given.values()]))
    return {}


def untag_resource(backend: EcsBackend, params: Params) -> Answer:
    record, put = tagged(backend, params["resourceArn"])
    put(with_tags(record, [tag for tag in record.tags if tag["key"] not in params["tagKeys"]]))
    return {}


def with_tags(record: Any, tags: Sequence[Json]) -> Any:
    return replace(record, tags=tuple(tags))


def tagged(backend: EcsBackend, arn: str) -> tuple[Any, Put]:
    """The record behind an ARN, and how its successor is kept.

    Raises:
        EcsError: InvalidParameterException, when nothing has this ARN.
    """
    if arn in backend.definitions:
        return backend.definitions[arn], lambda record: backend.definitions.update({arn: record})
    for cluster_arn, store in backend.stores.items():
        if arn == cluster_arn:
            return store.cluster, lambda record, store=store: setattr(store, "cluster", record)
        if arn in store.instances:
            return store.instances[arn], store.put_instance
        if arn in store.services:
            return store.services[arn], store.put_service
        task = store.task(arn)
        if task:
            return task, store.put_task
    # AWS: the text is not confirmed.
    raise invalid_parameter("The specified resource is not found or is inactive.")
