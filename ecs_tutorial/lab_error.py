"""The one error that a learner may meet: a sentence that says what to do.

It knows nothing of what went wrong, only how to be shown: in a notebook as its
sentence alone, without a traceback.
"""

from __future__ import annotations


class LabError(RuntimeError):
    """Something in the lab's surroundings is not as it must be."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]
