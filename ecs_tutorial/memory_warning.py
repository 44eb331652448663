"""A warning in the cell whose call asks for more memory than the Docker Engine has.

The lab's answer carries it in a header, and each text is said once.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

HEADER = "x-ecs-tutorial-warning"
ASK_FOR_TASKS = frozenset(
    {"RunTask", "StartTask", "CreateService", "UpdateService", "CreateTaskSet", "UpdateTaskSet"}
)


def warning(memory: Mapping[str, int] | None) -> str | None:
    """What to say if tasks may take more MiB than the engine has.

    >>> warning({"engine": 2000, "tasks": 2000}), warning(None)
    (None, None)
    """
    if memory is None or memory["tasks"] <= memory["engine"]:
        return None
    # AWS: warns of nothing; an instance has the memory that it registers, for itself alone.
    return (
        f"The lab's tasks may take {memory['tasks']} MiB of memory, more than the "
        f"{memory['engine']} MiB that the Docker Engine has. Containers may be killed: "
        "run fewer tasks, or give Docker more memory."
    )


def say_in_cells() -> None:
    """From now on the clients that ``boto3.client`` makes say the warning of an answer."""
    import boto3

    boto3.setup_default_session()
    said: set[str] = set()

    def say(parsed: Mapping[str, Any], **_: Any) -> None:
        text = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(HEADER)
        if text and text not in said:
            said.add(text)
            print(text, file=sys.stderr)

    boto3.DEFAULT_SESSION.events.register("after-call.ecs", say)
