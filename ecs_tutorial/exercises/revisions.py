"""What checks look at in a family of task definitions, and how an exercise tidies one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError


def newest(ecs: Any, family: str) -> Any:
    """The newest revision of a family, and nothing if there is none."""
    try:
        return ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    except ClientError:
        return None


def added(ecs: Any, family: str) -> Any:
    """The newest revision of a family, if there is one beside that of the chapter."""
    return newest(ecs, family) if len(_active(ecs, family)) > 1 else None


def deregister(ecs: Any, family: str, keep: int = 0) -> Iterator[str]:
    """Take away all ACTIVE revisions but the oldest to keep; yields their names."""
    for name in _active(ecs, family)[keep:]:
        ecs.deregister_task_definition(taskDefinition=name)
        yield f"the task definition {name}"


def _active(ecs: Any, family: str) -> list[str]:
    found = ecs.list_task_definitions(familyPrefix=family)["taskDefinitionArns"]
    return [arn.rpartition("/")[2] for arn in found]
