"""How a Docker Engine is reached, what it says of itself, and what a lab left on it.

It knows no lab but by the label on what belongs to it. docker-py is imported only where an
engine is used: most learners never need it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecs_tutorial.lab_error import LabError

if TYPE_CHECKING:
    from docker import APIClient

PATIENCE = 10.0
CALL_SECONDS = 180
"""How long a call to the engine may take."""
CONNECTIONS = 16
LAB_LABEL = "ecs-tutorial.lab"
"""On every container and volume of a lab: whose it is."""
NAME_LABEL = "ecs-tutorial.name"
"""On every container of a lab: its own name. A copy of the labels, as an image committed from
the container hands them on, does not make another container the lab's."""
REGISTRY_LABEL = "ecs-tutorial.registry"
"""On the container of a lab's registry: its address, with which its images' names begin."""
VARIABLE = "ECS_TUTORIAL_CONTAINERS"
OF_LAB = "ECS_TUTORIAL_LAB_CONTAINERS"
"""What the containers of the lab are that this process works with; set when it is opened."""
SIMULATED, DOCKER = "simulated", "docker"
"""What the containers of a lab may be: records, or real ones on an engine."""
INSTEAD = 'or use the simulated containers: containers="simulated"'
_MIB = 1_048_576


@dataclass(frozen=True)
class EngineFacts:
    """What there is to know of an engine before it is used; ``memory`` in MiB."""

    name: str
    version: str
    memory: int
    cpus: int


def program() -> str | None:
    """The docker program, whether an engine answers to it or not."""
    return shutil.which("docker")


def version(docker: str) -> str | None:
    """The version of the engine behind the docker program, None if none answers."""
    command = [docker, "version", "--format", "{{.Server.Version}}"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def connect(base_url: str | None = None, seconds: float = CALL_SECONDS) -> APIClient:
    """A client of the engine at ``base_url``, else of the one that ``docker`` would use."""
    import docker
    from docker.context import ContextAPI
    from docker.utils import kwargs_from_env
    from requests import RequestException

    where: dict[str, Any] = {"base_url": base_url} if base_url else kwargs_from_env()
    try:
        if "base_url" not in where and (context := ContextAPI.get_current_context()):
            where["base_url"] = context.Host
        options = {"timeout": seconds, "max_pool_size": CONNECTIONS}
        return docker.APIClient(version="auto", **options, **where)
    except (docker.errors.DockerException, RequestException, OSError) as error:
        place = where.get("base_url") or os.environ.get("DOCKER_HOST") or "the usual place"
        raise LabError(
            f"No Docker Engine answers at {place}: start Docker, {INSTEAD}. ({error})"
        ) from error


def facts(client: APIClient) -> EngineFacts:
    """What an engine says of itself; one that the lab cannot use is refused in words."""
    version, info = client.version(), client.info()
    if any("podman" in each["Name"].lower() for each in version.get("Components") or ()):
        raise LabError(
            "Podman answers in place of Docker. It refuses links between containers, which "
            f"the tutorial's task needs: start a Docker Engine, {INSTEAD}."
        )
    return EngineFacts(info["Name"], version["Version"], info["MemTotal"] // _MIB, info["NCPU"])


def asked_for(wanted: str | None, environ: Mapping[str, str]) -> str | None:
    """What containers are to be, if that was said; real ones need an engine that answers."""
    wanted = wanted or environ.get(VARIABLE) or None
    if wanted not in (None, SIMULATED, DOCKER):
        raise LabError(f"Containers are to be {wanted!r}; they can be {SIMULATED} or {DOCKER}.")
    if wanted == DOCKER:
        usable()
    return wanted


def is_used(environ: Mapping[str, str]) -> bool:
    """Whether the engine is used here: by the lab, or, while there is none yet, by request."""
    return (environ.get(OF_LAB) or environ.get(VARIABLE)) == DOCKER


def usable() -> EngineFacts:
    """The facts of the engine that a lab would use here; LabError says why there is none."""
    client = connect(seconds=PATIENCE)
    try:
        return facts(client)
    finally:
        client.close()


def remove_leftovers(lab_id: str) -> int:
    """Remove what a lab that died has left behind; how many containers it were."""
    from docker.errors import DockerException
    from requests import RequestException

    client = connect()
    try:
        return remove_marked(client, [f"{LAB_LABEL}={lab_id}"])
    except (DockerException, RequestException, OSError) as error:
        raise LabError(f"The engine no longer answers, containers may be left: {error}") from error
    finally:
        client.close()


def remove_marked(client: APIClient, labels: list[str]) -> int:
    """Remove the lab's containers and volumes with all of ``labels``; how many containers."""
    from docker.errors import APIError

    def remove(entry: Mapping[str, Any]) -> None:
        with suppress(APIError):
            client.remove_container(entry["Id"], v=True, force=True)

    marked = client.containers(all=True, filters={"label": labels})
    containers = [entry for entry in marked if _has_its_name(entry)]
    try:
        with ThreadPoolExecutor(CONNECTIONS // 2) as workers:
            list(workers.map(remove, containers))
    except RuntimeError:
        # The interpreter is about to end and starts no thread any more: one after the other.
        for entry in containers:
            remove(entry)
    for volume in client.volumes(filters={"label": labels})["Volumes"] or ():
        with suppress(APIError):
            client.remove_volume(volume["Name"], force=True)
    for entry in containers:
        address = entry["Labels"].get(REGISTRY_LABEL)
        if address and _name_label(entry).startswith(registry_name(entry["Labels"][LAB_LABEL])):
            _untag(client, address)
    return len(containers)


def registry_name(lab_id: str, port: int | str = "") -> str:
    """What the container of a lab's registry is called; without a port, how that begins."""
    return f"{lab_id}-registry-{port}"


def _has_its_name(entry: Mapping[str, Any]) -> bool:
    """Whether a listed container is the one that its labels were made for."""
    return f"/{_name_label(entry)}" in (entry["Names"] or ())


def _name_label(entry: Mapping[str, Any]) -> str:
    return str(entry["Labels"].get(NAME_LABEL, ""))


def _untag(client: APIClient, address: str) -> None:
    """Forget the names that lead to a registry which is gone; images with other names stay."""
    from docker.errors import APIError

    names = (name for image in client.images() for name in image["RepoTags"] or ())
    for name in [name for name in names if name.startswith(f"{address}/")]:
        with suppress(APIError):
            client.remove_image(name)
