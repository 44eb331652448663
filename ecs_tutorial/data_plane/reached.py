"""What a browser finds at an address of the lab: a loopback port, or nothing and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reached:
    """Something answers; ``loopback_port`` is where it does on this machine."""

    loopback_port: int
    is_real: bool = False
    """Whether it is the container itself, not a page that stands for it."""
    is_balanced: bool = False
    """Whether it is a load balancer, whose answers come from now one, now another."""


@dataclass(frozen=True)
class Unreachable:
    """Nothing answers: no packet comes back, or the host refuses; ``hint`` says what to check."""

    reason: Literal["timeout", "refused"]
    hint: str
