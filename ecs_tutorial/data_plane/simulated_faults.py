"""Why the simulated runtime cannot pull an image, in Docker's own words; pure."""

from __future__ import annotations

from collections.abc import Callable

from ecs_tutorial.data_plane.images import ImageName, has_repository, looks_published
from ecs_tutorial.data_plane.runtime import RuntimeFault


def pull_fault(image: str, repository_has: Callable[[str], bool]) -> RuntimeFault | None:
    """Docker's words for an image that is not there; ECR is asked about its own."""
    name = ImageName.of(image)
    if name.is_ecr:
        found, text = repository_has(image), "Requested image not found"
    elif has_repository(name):
        found, text = looks_published(name.tag), "manifest unknown"
    else:
        return _cannot_pull(
            f"pull access denied for {name.repository}, repository does not exist or may "
            "require 'docker login': denied: requested access to the resource is denied"
        )
    full = f"{name.repository}:{name.tag}"
    text = f"manifest for {full} not found: manifest unknown: {text}"
    return None if found else _cannot_pull(text)


def _cannot_pull(text: str) -> RuntimeFault:
    return RuntimeFault("CannotPullContainerError", from_daemon(text))


def from_daemon(text: str) -> str:
    return f"Error response from daemon: {text}"
