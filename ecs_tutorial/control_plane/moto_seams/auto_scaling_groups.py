"""Auto Scaling groups, as a capacity provider sees them: which instances, and more of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends

from ecs_tutorial.control_plane.moto_seams.seeds import drawing_from

Place = tuple[str, str]
"""An account and a region."""


def find_group(place: Place, arn_or_name: str) -> FakeAutoScalingGroup | None:
    groups: dict[str, Any] = autoscaling_backends[place[0]][place[1]].autoscaling_groups
    return next((each for each in groups.values() if arn_or_name in (each.arn, each.name)), None)


def instance_ids(group: FakeAutoScalingGroup) -> set[str]:
    return {str(each.instance.id) for each in group.instance_states}


def launched(group: FakeAutoScalingGroup) -> list[str]:
    """The ids of a group's instances, in the order in which it launched them."""
    return [str(each.instance.id) for each in group.instance_states]


def unprotected(group: FakeAutoScalingGroup) -> list[str]:
    """Those of them that are not protected from scale-in."""
    states = (each for each in group.instance_states if not each.protected_from_scale_in)
    return [str(each.instance.id) for each in states]


def shrink(place: Place, group: FakeAutoScalingGroup, instance_ids: Sequence[str]) -> None:
    """Let a group end these instances, and want as many fewer."""
    for instance_id in instance_ids:
        with drawing_from("capacity", group.name, instance_id):
            autoscaling_backends[place[0]][place[1]].terminate_instance(instance_id, True)


def grow(place: Place, group: FakeAutoScalingGroup, size: int) -> None:
    """Let a group start instances until it has so many, but not more than it may have."""
    wanted = min(size, int(group.max_size or 0))
    if wanted > int(group.desired_capacity or 0):
        # Outside any request moto draws from a stream that only this growth has.
        with drawing_from("capacity", group.name, wanted):
            autoscaling_backends[place[0]][place[1]].set_desired_capacity(group.name, wanted)
