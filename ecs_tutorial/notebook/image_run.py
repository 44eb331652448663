"""An image run once: one command in a container that is removed again.

The container belongs to no lab and reaches no network.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from ecs_tutorial import engine

if TYPE_CHECKING:
    from docker import APIClient

SECONDS = 60
MEMORY = "256m"
LINES_OF_A_FAILURE = 12


def run_once(tag: str, command: str) -> None:
    """Run a command in a container of an image, say what it printed, and remove the container.

    Raises:
        RuntimeError: there is no such image, or the command failed; the message says which.
    """
    if not engine.is_used(os.environ):
        print(f"Printed by {command}: nothing, containers are simulated.")
        return
    with closing(engine.connect(seconds=SECONDS)) as client:
        code, lines = _run(client, tag, command)
    if code:
        said = "\n".join(lines[-LINES_OF_A_FAILURE:])
        raise RuntimeError(f"{command} ended with exit code {code} in {tag}:\n{said}")
    print(f"Printed by {command}: {' / '.join(lines)}")


def _run(client: APIClient, tag: str, command: str) -> tuple[int, list[str]]:
    from docker.errors import APIError, ImageNotFound

    limits = client.create_host_config(mem_limit=MEMORY, network_mode="none")
    try:
        made = client.create_container(tag, command, host_config=limits)["Id"]
    except ImageNotFound:
        raise RuntimeError(f"There is no image {tag} here: build it first.") from None
    try:
        client.start(made)
        code = client.wait(made)["StatusCode"]
        return code, client.logs(made).decode(errors="replace").splitlines()
    except APIError as error:
        raise RuntimeError(f"{command} cannot be run in {tag}: {error.explanation}") from None
    finally:
        with suppress(APIError):
            client.remove_container(made, v=True, force=True)
