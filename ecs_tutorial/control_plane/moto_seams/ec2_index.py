"""An EC2 instance by its id: moto goes through all of them, for each one that it launches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.ec2.exceptions import InvalidInstanceIdError
from moto.ec2.models.instances import Instance, InstanceBackend

from ecs_tutorial.control_plane.moto_seams.seam import Seam

INDEX = "_ecs_tutorial_index"


@dataclass
class Index:
    """What one backend has launched so far; moto forgets no instance."""

    by_id: dict[str, Instance] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    """How many instances of a reservation are in it."""

    def take_in(self, reservations: dict[str, Any]) -> None:
        """Those that have come since."""
        for name, reservation in reservations.items():
            new = reservation.instances[self.taken.get(name, 0) :]
            self.by_id |= {instance.id: instance for instance in new}
            self.taken[name] = len(reservation.instances)


class InstancesById(Seam):
    def _mend(self) -> None:
        self._replace(InstanceBackend, "get_instance_by_id", instance_by_id)
        self._replace(InstanceBackend, "get_instance", known_instance)


def instance_by_id(backend: Any, instance_id: str) -> Instance | None:
    index: Index = vars(backend).setdefault(INDEX, Index())
    if instance_id not in index.by_id:
        index.take_in(backend.reservations)
    return index.by_id.get(instance_id)


def known_instance(backend: Any, instance_id: str) -> Instance:
    instance = instance_by_id(backend, instance_id)
    if instance is None:
        raise InvalidInstanceIdError(instance_id)
    return instance
