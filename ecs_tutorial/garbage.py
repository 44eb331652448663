"""When Python looks for garbage in the process of a lab.

A search goes through everything that is there. A lab with all that it has read is half a million
objects that stay: looked through again and again while they come, they cost a quarter of a start.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS, YOUNG_SEARCHES, OLDER_SEARCHES = 10_000, 10, 10
"""So many objects more are worth a search, and so many searches one among older objects."""


@contextmanager
def not_searched() -> Iterator[None]:
    """While much comes that stays, nothing is looked for."""
    searches = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searches:
            gc.enable()


def search_seldom() -> None:
    """From now on; and what is there at the first call is never gone through again."""
    if not gc.get_freeze_count():
        gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNG_SEARCHES, OLDER_SEARCHES)
