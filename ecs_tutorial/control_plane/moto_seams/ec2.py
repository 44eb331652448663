"""The EC2 seam: addresses, AMIs, launches and boot states, put in and taken out together.

It hands out facts of instances and AMIs; what happens on an instance is the data
plane's.
"""

from __future__ import annotations

from collections.abc import Callable

from moto.ec2.models import ec2_backends

from ecs_tutorial.clock import Clock
from ecs_tutorial.control_plane.moto_seams import ec2_facts
from ecs_tutorial.control_plane.moto_seams.amis import AmiCatalogue, AmiFacts, ami_facts
from ecs_tutorial.control_plane.moto_seams.ec2_addresses import Addresses
from ecs_tutorial.control_plane.moto_seams.ec2_facts import Ec2InstanceFacts
from ecs_tutorial.control_plane.moto_seams.ec2_index import InstancesById
from ecs_tutorial.control_plane.moto_seams.ec2_launch import Launches
from ecs_tutorial.control_plane.moto_seams.ec2_states import InstanceStates
from ecs_tutorial.control_plane.moto_seams.seam import Seam

Changed = Callable[[Ec2InstanceFacts], None]


class Ec2Seam(Seam):
    """``changed`` is told of each instance that a timer has moved to its next state.

    Of the pauses on its way there an instance takes the part ``waits``, 1 for all.
    """

    def __init__(self, clock: Clock, changed: Changed, waits: float = 1.0) -> None:
        super().__init__()
        self._addresses = Addresses()
        self._parts = (
            self._addresses,
            AmiCatalogue(),
            InstancesById(),
            Launches(),
            InstanceStates(clock, lambda moved: changed(ec2_facts.facts_of(moved)), waits),
        )

    def _mend(self) -> None:
        for part in self._parts:
            part.install()
            self._undo.append(part.uninstall)

    def reset(self) -> None:
        """Hand out public addresses from the first again, as in a new lab."""
        self._addresses.pool.reset()

    def instances(self) -> tuple[Ec2InstanceFacts, ...]:
        """All EC2 instances of all accounts and regions, by launch time and id."""
        return ec2_facts.instances()

    def allows(self, account_id: str, region: str, instance_id: str, port: int) -> bool:
        """Whether the instance's security groups let its reader in at this TCP port."""
        return ec2_facts.allows(account_id, region, instance_id, port)

    def ami(self, account_id: str, region: str, image_id: str) -> AmiFacts:
        return ami_facts(ec2_backends[account_id][region], image_id)
