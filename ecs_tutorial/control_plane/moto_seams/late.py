"""Seams of a service that few labs use: put in when moto first needs that service.

moto imports a service with its first request. The seams' modules import it too, and with
CloudFormation comes nearly all of moto: seconds, at the start of each kernel.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import moto.backends

from ecs_tutorial.clock import Clock
from ecs_tutorial.control_plane.moto_seams.seam import Seam

ImportBackend = Callable[[str, str], Any]


class LateSeams(Seam):
    """The seams that ``make`` gives, as soon as moto has its service ``name``.

    Args:
        name: the service's as moto's package bears it.
        make: imports the seams' modules; called once, not before the service is there.
    """

    def __init__(self, name: str, make: Callable[[], Iterable[Seam]]) -> None:
        super().__init__()
        self._name = name
        self._make = make
        self._seams: tuple[Seam, ...] | None = None
        self._lock = threading.Lock()

    def _mend(self) -> None:
        self._wrap(moto.backends, "_import_backend", self._watched)
        if f"moto.{self._name}.models" in sys.modules:
            self._put_in()

    def _watched(self, import_backend: ImportBackend) -> ImportBackend:
        def imported(module_name: str, backends_name: str) -> Any:
            found = import_backend(module_name, backends_name)
            if module_name == self._name:
                self._put_in()
            return found

        return imported

    def _put_in(self) -> None:
        with self._lock:
            if self._seams is None:
                self._seams = tuple(self._make())
                for seam in self._seams:
                    seam.install()
                    self._undo.append(seam.uninstall)

    def uninstall(self) -> None:
        super().uninstall()
        self._seams = None


def of_cloudformation(clock: Clock, seed: str, changed: Callable[[], None]) -> LateSeams:
    """What the lab changes of CloudFormation; ``changed`` as its seam has it."""

    def make() -> Iterator[Seam]:
        from ecs_tutorial.control_plane.moto_seams import cloudformation, safe_templates

        yield safe_templates.SafeTemplatesSeam()
        yield cloudformation.CloudFormationSeam(clock, seed, changed)

    return LateSeams("cloudformation", make)
