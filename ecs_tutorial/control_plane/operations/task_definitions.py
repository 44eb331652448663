"""Task definitions: register, describe, list, deregister, delete."""

from __future__ import annotations

from dataclasses import replace

from ..ecs_backend import EcsBackend
from ..errors import client_exception, invalid_parameter
from ..model import TaskDefinition
from ..responses import as_response, page, without
from ..task_definitions import register
from .lookup import Answer, Params, find_definition

MOST_DELETED = 10


def register_task_definition(backend: EcsBackend, params: Params) -> Answer:
    """Register the next revision of a family; numbers are never used again."""
    family = params.get("family") or ""
    revision = 1 + max((each.revision for each in _family(backend, family)), default=0)
    definition = register(
        dict(params),
        revision=revision,
        arn=backend.arn(f"task-definition/{family}:{revision}"),
        now=backend.clock.now(),
        registered_by=f"arn:aws:iam::{backend.account_id}:root",
    )
    backend.definitions[definition.task_definition_arn] = definition
    return _answer(definition, tags=definition.tags)


def _family(backend: EcsBackend, family: str) -> list[TaskDefinition]:
    return [each for each in backend.definitions.values() if each.family == family]


def _answer(definition: TaskDefinition, tags: object = ()) -> Answer:
    answer: Answer = {"taskDefinition": definition_response(definition)}
    return answer | ({"tags": as_response(tags)} if tags else {})


def definition_response(definition: TaskDefinition) -> Answer:
    return without(as_response(definition), "tags")


def describe_task_definition(backend: EcsBackend, params: Params) -> Answer:
    definition = found(backend, params["taskDefinition"])
    return _answer(definition, definition.tags if "TAGS" in (params.get("include") or ()) else ())


def found(backend: EcsBackend, name: str) -> TaskDefinition:
    definition = find_definition(backend, name)
    if definition is None:
        raise client_exception("Unable to describe task definition.")
    return definition


def deregister_task_definition(backend: EcsBackend, params: Params) -> Answer:
    """Make a revision INACTIVE: still described, its services go on, no new use."""
    name = params["taskDefinition"]
    if ":" not in name:
        # AWS: the text is not confirmed; the API asks for family:revision or an ARN.
        raise client_exception("Revision is missing.")
    definition = found(backend, name)
    if definition.status == "DELETE_IN_PROGRESS":
        # AWS: the answer is not confirmed; a deletion that has begun is never taken back.
        return _answer(definition)
    inactive = replace(definition, status="INACTIVE", deregistered_at=backend.clock.now())
    backend.definitions[definition.task_definition_arn] = inactive
    return _answer(inactive)


def delete_task_definitions(backend: EcsBackend, params: Params) -> Answer:
    """Delete revisions that are INACTIVE already; others are failures."""
    if not 1 <= len(params["taskDefinitions"]) <= MOST_DELETED:
        # AWS: the text is not confirmed; the limit is the API's.
        raise invalid_parameter("Task definitions must have between 1 and 10 elements.")
    # AWS: a revision is gone once no task and no service uses it; here it stays as it is.
    deleted, failures = [], []
    for name in params["taskDefinitions"]:
        definition = find_definition(backend, name) if ":" in name else None
        if definition is None:
            failures.append({"arn": name, "reason": "TASK_DEFINITION_NOT_FOUND"})
        elif definition.status == "ACTIVE":
            # AWS: the reason's wording is not confirmed.
            failures.append(
                {
                    "arn": definition.task_definition_arn,
                    "reason": "The specified task definition is still in ACTIVE status. "
                    "Please deregister the target and try again.",
                }
            )
        else:
            deleting = replace(definition, status="DELETE_IN_PROGRESS")
            backend.definitions[definition.task_definition_arn] = deleting
            deleted.append(definition_response(deleting))
    return {"taskDefinitions": deleted, "failures": failures}


def list_task_definitions(backend: EcsBackend, params: Params) -> Answer:
    """ARNs by family and status, ascending by family and revision unless asked otherwise."""
    status = params.get("status") or "ACTIVE"
    family = params.get("familyPrefix")
    chosen = [
        each
        for each in backend.definitions.values()
        if each.status == status and family in (None, each.family)
    ]
    chosen.sort(key=lambda each: (each.family, each.revision), reverse=params.get("sort") == "DESC")
    return page([each.task_definition_arn for each in chosen], params, "taskDefinitionArns")


def list_task_definition_families(backend: EcsBackend, params: Params) -> Answer:
    status = params.get("status") or "ACTIVE"
    if status not in ("ACTIVE", "INACTIVE", "ALL"):
        raise invalid_parameter("status should be one of [ACTIVE,INACTIVE,ALL]")
    prefix = params.get("familyPrefix") or ""
    families = {each.family for each in backend.definitions.values()}
    active = {each.family for each in backend.definitions.values() if each.status == "ACTIVE"}
    chosen = {"ACTIVE": active, "INACTIVE": families - active, "ALL": families}[status]
    return page(sorted(f for f in chosen if f.startswith(prefix)), params, "families")
