"""How a seam changes moto and puts it back exactly as it was.

Only attributes of moto's modules and classes are exchanged, never objects that
somebody may already hold. What is not where the lab expects it is an error at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import update_wrapper
from typing import Any


class MotoHasChangedError(RuntimeError):
    """moto is not shaped as the lab's seams expect: another release than the pinned one."""

    def __init__(self, owner: object, name: str, problem: str) -> None:
        where = getattr(owner, "__qualname__", None) or getattr(owner, "__name__", repr(owner))
        super().__init__(
            f"moto's {where}.{name} {problem}. The lab works with moto 5.2.5 up to, but not "
            'including, 5.3: install it with pip install "moto>=5.2.5,<5.3".'
        )


class Seam(ABC):
    """Some attributes of moto exchanged for the lab's, until ``uninstall``.

    Both verbs may be repeated: the second time does nothing.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        if self._undo:
            return
        try:
            self._mend()
        except MotoHasChangedError:
            self.uninstall()
            raise

    def uninstall(self) -> None:
        while self._undo:
            self._undo.pop()()

    @abstractmethod
    def _mend(self) -> None:
        """Exchange the attributes, by ``_replace``, ``_wrap`` and ``_add``."""

    def _replace(self, owner: Any, name: str, value: object) -> Any:
        """Put ``value`` at ``owner.name``; give what stood there."""
        if name not in vars(owner):
            raise MotoHasChangedError(owner, name, "is gone")
        original = vars(owner)[name]
        setattr(owner, name, value)
        self._undo.append(lambda: setattr(owner, name, original))
        return original

    def _wrap(self, owner: Any, name: str, around: Callable[[Any], Any]) -> None:
        """Put ``around(original)`` in the original's place."""
        original = vars(owner).get(name)
        replacement = around(original)
        self._replace(owner, name, replacement)
        if callable(replacement):
            update_wrapper(replacement, original)

    def _add(self, owner: Any, name: str, value: object) -> None:
        """Give ``owner`` an attribute that moto does not have."""
        if hasattr(owner, name):
            raise MotoHasChangedError(owner, name, "is no longer missing")
        setattr(owner, name, value)
        self._undo.append(lambda: delattr(owner, name))
