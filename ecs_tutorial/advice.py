"""A word after a failed cell, when the lab is no longer the one its notebook began with.

It knows IPython's cell events and a question to ask; what a lab is, it does not know.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

Look = Callable[[], str | None]
"""What has become of the lab, in a sentence; None if it is as it was."""

_listening: list[Callable[[Any], None]] = []


def after_failed_cells(look: Look) -> None:
    """From now on, after a cell that failed, say what has become of the lab, if anything."""
    events = _cell_events()
    if events is None:
        return
    while _listening:
        events.unregister("post_run_cell", _listening.pop())
    _listening.append(_teller(look))
    events.register("post_run_cell", _listening[0])


def _teller(look: Look) -> Callable[[Any], None]:
    def tell(result: Any) -> None:
        words = None if result.success else look()
        if words:
            print(words, file=sys.stderr)

    return tell


def _cell_events() -> Any | None:
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    shell = get_ipython()
    return shell.events if shell else None
