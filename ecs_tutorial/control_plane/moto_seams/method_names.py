"""Which methods a class of moto's responses has: asked with each request, found once a class.

They are fixed when a class is made; moto goes through all of its members each time, which
is a tenth of what a request costs.
"""

from __future__ import annotations

from functools import cache

import moto.core.responses

from ecs_tutorial.control_plane.moto_seams.seam import Seam


class RememberedMethods(Seam):
    def _mend(self) -> None:
        self._wrap(moto.core.responses, "method_names_from_class", cache)
