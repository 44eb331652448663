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


def deregister(ecs: Any, family: str, keep: int = 0) -> Iterator[str]:
    """Take away every revision after the one to keep; yields their names."""
    found = ecs.list_task_definitions(familyPrefix=family)["taskDefinitionArns"]
    for name in (arn.rpartition("/")[2] for arn in found):
        if int(name.rpartition(":")[2]) > keep:
            ecs.deregister_task_definition(taskDefinition=name)
            yield f"the task definition {name}"
