"""The tags that a task begins with: its own, propagated ones, and those that ECS manages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .model import Cluster, Json, Service, TaskDefinition


def merged(*groups: Iterable[Json]) -> tuple[Json, ...]:
    """All tags, of those with one key the last.

    >>> merged([{"key": "a", "value": "1"}], [{"key": "a", "value": "2"}])
    ({'key': 'a', 'value': '2'},)
    """
    return tuple({tag["key"]: tag for group in groups for tag in group}.values())


def managed(names: Mapping[str, str]) -> list[Json]:
    """``aws:ecs:clusterName`` and the like."""
    return [{"key": f"aws:ecs:{name}", "value": value} for name, value in names.items()]


def tags_of_run(cluster: Cluster, definition: TaskDefinition, params: Json) -> tuple[Json, ...]:
    """Of a task of RunTask or StartTask."""
    from_definition = params.get("propagateTags") == "TASK_DEFINITION"
    propagated: Sequence[Json] = definition.tags if from_definition else ()
    names = {"clusterName": cluster.cluster_name} if params.get("enableECSManagedTags") else {}
    # AWS: which of two tags with one key wins is not confirmed; here the request's own.
    return merged(managed(names), propagated, params.get("tags") or ())


def tags_of_service_task(
    cluster: Cluster, service: Service, definition: TaskDefinition
) -> tuple[Json, ...]:
    """Of a task that a service starts."""
    settings = service.echoed or {}
    sources = {"SERVICE": service.tags, "TASK_DEFINITION": definition.tags}
    names = {"clusterName": cluster.cluster_name, "serviceName": service.service_name}
    shown = managed(names) if settings.get("enableECSManagedTags") else []
    return merged(shown, sources.get(settings.get("propagateTags", "NONE"), ()))
