"""What an engine refuses or cannot do, as a fault named as ECS names it.

It reads exceptions of docker-py and of its transport. Which call went wrong, and so
which of ECS's names fits, the caller says.
"""

from __future__ import annotations

import re

import requests
from docker.errors import APIError, DockerException

from ecs_tutorial.data_plane.runtime import Fault, RuntimeFault

EngineError = (DockerException, requests.RequestException, OSError)
"""All that a call to the engine may raise."""

# AWS: the agent allows each step a time of its own, 4 minutes for a create, 3 for a start.
_TIMED_OUT = "Could not transition to {}; timed out after waiting 3m0s"
_STATE_WANTED: dict[Fault, str] = {
    "CannotPullContainerError": "pulled",
    "CannotCreateContainerError": "created",
    "CannotCreateVolumeError": "created",
    "CannotStartContainerError": "started",
    "CannotStopContainerError": "stopped",
}
_UNREACHABLE = re.compile(
    r"dial tcp|no such host|timeout|timed out|connection re(fused|set)|network is unreachable"
    r"|request canceled|deadline exceeded|\bEOF\b|x509|proxyconnect"
)


class PullError(DockerException):
    """A pull that the engine gave up halfway, in the engine's words."""


def fault_of(error: Exception, name: Fault) -> RuntimeFault:
    """The fault behind an exception; ``name`` is that of the step it happened in."""
    if isinstance(error, requests.Timeout) and name in _STATE_WANTED:
        return RuntimeFault("DockerTimeoutError", _TIMED_OUT.format(_STATE_WANTED[name]))
    return RuntimeFault(name, text_of(error))


def text_of(error: Exception) -> str:
    """What the docker command would print."""
    if isinstance(error, APIError):
        return f"Error response from daemon: {error.explanation or error}"
    if isinstance(error, PullError):
        return str(error)
    return f"Cannot connect to the Docker daemon. Is the docker daemon running? ({error})"


def is_unreachable(error: Exception) -> bool:
    """Whether a pull failed on the way to the registry, not by the registry's answer."""
    return isinstance(error, APIError | PullError) and bool(_UNREACHABLE.search(text_of(error)))


def is_gone(error: Exception) -> bool:
    """Whether the engine has no such container, volume or image."""
    return isinstance(error, APIError) and error.status_code == 404
