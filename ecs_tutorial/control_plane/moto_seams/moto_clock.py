"""moto's clock is the lab's: ``utcnow`` in each module of moto.

moto's modules import ``utcnow`` by name, so it is exchanged wherever it is bound;
a module that is loaded later takes it from ``moto.core.utils``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import moto.core.utils

from ecs_tutorial.control_plane.moto_seams.seam import MotoHasChangedError, Seam


class MotoClock(Seam):
    """``now`` gives the lab time, with a time zone; moto gets it naive and in UTC."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now

    def _mend(self) -> None:
        original = getattr(moto.core.utils, "utcnow", None)
        if original is None:
            raise MotoHasChangedError(moto.core.utils, "utcnow", "is gone")

        def utcnow() -> datetime:
            return self._now().astimezone(UTC).replace(tzinfo=None)

        exchange(original, utcnow)
        self._undo.append(lambda: exchange(utcnow, original))


def exchange(old: object, new: object) -> None:
    """Bind each name that means ``old`` in a loaded module of moto to ``new``."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "moto"]
    for module in modules:
        for name, value in list(vars(module).items()):
            if value is old:
                setattr(module, name, new)
