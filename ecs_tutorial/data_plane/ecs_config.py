"""The agent's settings out of the text of ``/etc/ecs/ecs.config``.

Read as ecs-init and the agent read it: what cannot be understood is passed over with
a line in the log. It knows nothing of hosts and agents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, get_args

from ecs_tutorial.data_plane.agent_settings import AgentSettings, PullBehavior

Log = Callable[[str], None]

ECS_INIT_LOGGING_DRIVERS = ("json-file", "syslog", "awslogs", "fluentd", "none")
"""What ecs-init hands to the agent, source: aws/amazon-ecs-agent ecs-init/docker/docker.go."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def agent_settings(config_text: str, log: Log = lambda line: None) -> AgentSettings:
    """The settings that an agent starts with on the ECS-optimized AMI.

    >>> agent_settings("ECS_CLUSTER=web\\nECS_RESERVED_MEMORY=256\\n").reserved_memory
    256
    """
    settings: dict[str, Any] = {"available_logging_drivers": ECS_INIT_LOGGING_DRIVERS}
    for name, value in _variables(config_text, log).items():
        if name not in _READERS or not value.strip():
            continue
        field, read = _READERS[name]
        try:
            settings[field] = read(value.strip())
        except ValueError as error:
            log(f'Invalid format for "{name}" environment variable; expected {error}')
    return AgentSettings(**settings)


def _variables(text: str, log: Log) -> dict[str, str]:
    """NAME=value, line by line; ecs-init passes over a line without ``=`` without a word."""
    variables: dict[str, str] = {}
    for line in text.strip().splitlines():
        name, equals, value = line.strip().partition("=")
        if equals:
            variables[name] = value
            if name not in _READERS and not name.startswith(("ECS_", "#")):
                log(f"ecs.config: the agent does not know the setting {name!r}")
        elif name and not name.startswith("#"):
            log(f"ecs.config: a line without '=' is passed over: {name!r}")
    return variables


def _whole_number(value: str) -> int:
    if not value.isdecimal() or int(value) > 65_535:
        raise ValueError("unsigned integer.")
    return int(value)


def _ports(value: str) -> tuple[int, ...]:
    ports = _json(value, list, "a JSON array like [1,2,3].")
    if not all(type(port) is int and 0 < port < 65_536 for port in ports):
        raise ValueError("a JSON array like [1,2,3].")
    return tuple(ports)


def _names(value: str) -> tuple[str, ...]:
    return tuple(map(str, _json(value, list, 'a JSON array like ["json-file","syslog"].')))


def _pairs(value: str) -> dict[str, str]:
    # AWS: not confirmed that the agent goes on after attributes that are no JSON object.
    pairs = _json(value, dict, "a json hash")
    return {name: str(text) for name, text in pairs.items()}


def _json(value: str, kind: type, expected: str) -> Any:
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, kind):
        raise ValueError(expected)
    return parsed


def _duration(value: str) -> float:
    """A duration as Go writes it: ``1h30m``, ``45s``, ``500ms``."""
    if not value or _DURATION.sub("", value):
        raise ValueError("a duration like 30s or 1h30m.")
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(value))


def _stop_timeout(value: str) -> float:
    """The agent takes its default instead of anything below one second."""
    return _at_least(_duration(value), 1.0, AgentSettings.container_stop_timeout)


def _cleanup_wait(value: str) -> float:
    return _at_least(_duration(value), 1.0, AgentSettings.task_cleanup_wait)


def _at_least(seconds: float, least: float, otherwise: float) -> float:
    return seconds if seconds >= least else otherwise


def _pull_behavior(value: str) -> str:
    """An unknown behaviour counts as the default one."""
    return value if value in get_args(PullBehavior) else "default"


_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "ECS_CLUSTER": ("cluster", str),
    "ECS_RESERVED_PORTS": ("reserved_ports", _ports),
    "ECS_RESERVED_PORTS_UDP": ("reserved_ports_udp", _ports),
    "ECS_RESERVED_MEMORY": ("reserved_memory", _whole_number),
    "ECS_INSTANCE_ATTRIBUTES": ("instance_attributes", _pairs),
    "ECS_CONTAINER_INSTANCE_TAGS": ("tags", _pairs),
    "ECS_CONTAINER_STOP_TIMEOUT": ("container_stop_timeout", _stop_timeout),
    "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": ("task_cleanup_wait", _cleanup_wait),
    "ECS_IMAGE_PULL_BEHAVIOR": ("image_pull_behavior", _pull_behavior),
    "ECS_AVAILABLE_LOGGING_DRIVERS": ("available_logging_drivers", _names),
}
