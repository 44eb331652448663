"""Pulling images onto an engine: progress, digests, and what to do without a network.

Two who want the same image at one time share the pull. It does not know who asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docker import APIClient
from docker.utils import parse_repository_tag

from ecs_tutorial.data_plane.docker_faults import EngineError, PullError, is_gone, is_unreachable


@dataclass
class PullProgress:
    """How far a pull is: bytes by layer, as the engine tells of them."""

    layers: dict[str, tuple[int, int]] = field(default_factory=dict)
    status: str = ""

    @property
    def received(self) -> int:
        return sum(done for done, _ in self.layers.values())

    @property
    def total(self) -> int:
        """The bytes of all layers whose size is known by now."""
        return sum(size for _, size in self.layers.values())

    def note(self, message: Mapping[str, Any]) -> None:
        """Take in one line of the engine's answer."""
        self.status = message.get("status", "")
        detail = message.get("progressDetail") or {}
        layer = message.get("id", "")
        if self.status == "Downloading" and detail.get("total"):
            self.layers[layer] = (detail["current"], detail["total"])
        elif self.status in ("Download complete", "Pull complete") and layer in self.layers:
            self.layers[layer] = (self.layers[layer][1],) * 2


def pull(client: APIClient, image: str, progress: PullProgress) -> str:
    """Pull an image and return its digest; what goes wrong is raised."""
    repository, tag = parse_repository_tag(image)
    try:
        for message in client.pull(repository, tag or "latest", stream=True, decode=True):
            if "error" in message:
                raise PullError(message["error"])
            progress.note(message)
    except EngineError as error:
        # AWS: an instance has only what it has pulled itself; without a network the lab
        # takes what the engine has.
        if not (is_unreachable(error) and is_there(client, image)):
            raise
    return digest(client, image)


def is_there(client: APIClient, image: str) -> bool:
    try:
        return bool(client.inspect_image(image))
    except EngineError as error:
        if is_gone(error):
            return False
        raise


def digest(client: APIClient, image: str) -> str:
    """The digest under which the registry knows an image; its id if it came from no registry."""
    repository, _ = parse_repository_tag(image)
    found = client.inspect_image(image)
    known = (each.partition("@") for each in found.get("RepoDigests") or ())
    digests = {name: sha for name, _, sha in known}
    return str(digests.get(repository) or next(iter(digests.values()), found["Id"]))
