"""What an instance has or a task needs, and structures as a request gave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
"""A structure as it was given in a request, in the API's own camelCase."""
Port = tuple[int, str]
"""A host port and its protocol, ``(80, "tcp")``."""


@dataclass(frozen=True)
class Resources:
    """CPU units, MiB of memory and host ports: what an instance has or a task needs."""

    cpu: int = 0
    memory: int = 0
    ports: frozenset[Port] = frozenset()
