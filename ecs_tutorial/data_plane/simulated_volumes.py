"""What stays on a simulated instance's disk when a container has gone: volumes and folders.

Nothing is written. Of a volume it is known who has filled it: an image that keeps data in a
folder, as a database does, prepares that folder when it starts on an empty one, and finds it
prepared afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ecs_tutorial.clock import Clock
from ecs_tutorial.data_plane.images import Image
from ecs_tutorial.data_plane.runtime import ContainerRecord, ContainerSpec, Mount, VolumeRecord

Find = Callable[[str], ContainerRecord | None]


@dataclass
class _Disk:
    """A volume, or a folder of the instance that a task mounts."""

    record: VolumeRecord | None
    filled: set[str] = field(default_factory=set)
    """The folders of images that were prepared in it."""


class SimulatedVolumes:
    """One instance's volumes.

    Args:
        find: gives the container behind a runtime id, for those that share its volumes.
    """

    def __init__(self, clock: Clock, find: Find) -> None:
        self._clock = clock
        self._find = find
        self._disks: dict[str, _Disk] = {}

    def records(self) -> tuple[VolumeRecord, ...]:
        """The volumes by name; a folder of the instance is none."""
        found = (disk.record for _, disk in sorted(self._disks.items()))
        return tuple(record for record in found if record)

    def make_for(self, spec: ContainerSpec) -> None:
        """Make the volumes that a container mounts, or find those that are there."""
        # AWS: Docker also makes nameless volumes, for folders that an image declares; here none.
        for mount in spec.mounts:
            made = None if mount.is_host_path else VolumeRecord(mount.source, self._clock.now())
            self._disks.setdefault(mount.source, _Disk(made))

    def seen_by(self, image: Image, spec: ContainerSpec) -> Image:
        """The image as it behaves there: what its folder already holds it need not prepare."""
        disk = self._data_of(image, spec)
        if disk is None or image.data_folder not in disk.filled:
            return image
        log = tuple(line for line in image.log if line not in image.first_log)
        return replace(image, log=log, needs_one_of=())

    def fill(self, image: Image, spec: ContainerSpec) -> None:
        """The image's program has prepared its folder."""
        disk = self._data_of(image, spec)
        if disk is not None:
            disk.filled.add(image.data_folder)

    def remove_for(self, spec: ContainerSpec, others: Iterable[ContainerSpec]) -> None:
        """A container is removed: volumes of its task go with the last that has them."""
        if not spec.mounts:
            return
        kept = {mount.source for other in others for mount in other.mounts}
        for mount in spec.mounts:
            if not (mount.outlives_task or mount.is_host_path or mount.source in kept):
                self._disks.pop(mount.source, None)

    def clear(self) -> None:
        self._disks.clear()

    def _data_of(self, image: Image, spec: ContainerSpec) -> _Disk | None:
        """What is mounted where the image keeps its data."""
        mounts: Mapping[str, Mount] = {mount.target: mount for mount in self._mounts(spec)}
        mount = mounts.get(image.data_folder)
        return self._disks.get(mount.source) if mount else None

    def _mounts(self, spec: ContainerSpec) -> Iterator[Mount]:
        for shared in spec.volumes_from:
            other = self._find(shared.removesuffix(":ro"))
            yield from other.spec.mounts if other else ()
        yield from spec.mounts
