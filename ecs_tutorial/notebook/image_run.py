"""An image run once: one command in a container that is removed again.

The container reaches no network. It is marked as the lab's, which removes it if this
process ends before it.
"""

from __future__ import annotations

import os
import uuid
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from ecs_tutorial import engine
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder

if TYPE_CHECKING:
    from docker import APIClient

SECONDS = 60
MEMORY = "256m"
LINES_OF_A_FAILURE = 12


def run_once(tag: str, command: str) -> None:
    """Run a command in a container of an image, say what it printed, and remove the container.

    Raises:
        LabError: there is no such image, or the command failed; the message says which.
    """
    if not engine.is_used(os.environ):
        print(f"Printed by {command}: nothing, containers are simulated.")
        return
    with closing(engine.connect(seconds=SECONDS)) as client:
        code, lines = _run(client, tag, command)
    if code:
        said = "\n".join(lines[-LINES_OF_A_FAILURE:])
        raise LabError(f"{command} ended with exit code {code} in {tag}:\n{said}")
    print(f"Printed by {command}: {' / '.join(lines)}")


def _run(client: APIClient, tag: str, command: str) -> tuple[int, list[str]]:
    import requests
    from docker.errors import APIError

    made = _make(client, tag, command)
    try:
        client.start(made)
        code = client.wait(made, timeout=SECONDS)["StatusCode"]
        return code, client.logs(made).decode(errors="replace").splitlines()
    except APIError as error:
        raise LabError(f"{command} cannot be run in {tag}: {error.explanation}") from None
    except requests.RequestException as error:
        # A limit that is reached while the answer is read is a ConnectionError of requests.
        if "timed out" not in str(error).lower():
            raise
        raise LabError(
            f"{command} had not ended in {tag} after {SECONDS} seconds, and was stopped."
        ) from None
    finally:
        with suppress(APIError):
            client.remove_container(made, v=True, force=True)


def _make(client: APIClient, tag: str, command: str) -> str:
    from docker.errors import ImageNotFound

    lab_id = lab_folder.name_on_engine(lab_folder.state_folder())
    name = f"{lab_id}-run-{uuid.uuid4().hex[:12]}"
    # An image may bring a label of its own: this is no registry.
    labels = {engine.LAB_LABEL: lab_id, engine.NAME_LABEL: name, engine.REGISTRY_LABEL: ""}
    limits = client.create_host_config(mem_limit=MEMORY, network_mode="none")
    try:
        made = client.create_container(tag, command, name=name, labels=labels, host_config=limits)
    except ImageNotFound:
        raise LabError(f"There is no image {tag} here: build it first.") from None
    return str(made["Id"])
