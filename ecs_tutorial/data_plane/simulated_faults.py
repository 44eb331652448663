"""Why the simulated runtime cannot pull an image or start a container, in Docker's words; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ecs_tutorial.data_plane.images import ImageName, has_repository, looks_published
from ecs_tutorial.data_plane.runtime import ContainerSpec, PublishedPort, RuntimeFault


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


def missing_program(program: str) -> RuntimeFault:
    return _cannot_start(
        "failed to create task for container: failed to create shim task: OCI runtime create "
        "failed: runc create failed: unable to start container process: exec: "
        f'"{program}": executable file not found in $PATH: unknown'
    )


def taken_port(spec: ContainerSpec, running: Iterable[ContainerSpec]) -> RuntimeFault | None:
    """Of the container's host ports one that a running container has."""
    taken = {_place(port) for each in running for port in each.ports}
    for port in spec.ports:
        if _place(port) in taken:
            return _cannot_start(
                f"driver failed programming external connectivity on endpoint {spec.name}: "
                f"Bind for {port.host_ip}:{port.host_port} failed: port is already allocated"
            )
    return None


def _place(port: PublishedPort) -> tuple[int, str]:
    return port.host_port, port.protocol


def _cannot_start(text: str) -> RuntimeFault:
    return RuntimeFault("CannotStartContainerError", from_daemon(text))


def _cannot_pull(text: str) -> RuntimeFault:
    return RuntimeFault("CannotPullContainerError", from_daemon(text))


def from_daemon(text: str) -> str:
    return f"Error response from daemon: {text}"
