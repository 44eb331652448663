"""One look at a cluster, and plans put together."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .model import ClusterState
from .plan import Plan
from .room import Room


@dataclass(frozen=True)
class Look:
    """One look at a cluster: what there is, when it is, and what this look has used up."""

    state: ClusterState
    room: Room
    now: datetime
    rng: random.Random


def together(plans: Iterable[Plan]) -> Plan:
    """One plan that does what all of them want, in their order."""
    each = tuple(plans)
    times = [plan.look_again_at for plan in each if plan.look_again_at]
    return Plan(
        actions=tuple(action for plan in each for action in plan.actions),
        look_again_at=min(times, default=None),
    )
