"""Lines in the form of the real agent's log, ``level=info time=… msg="…" key="value"``.

It knows the form only; where the lines are kept is the host's affair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted

from ecs_tutorial.clock import Clock


@dataclass(frozen=True)
class AgentLog:
    """Writes lines with ``write``, stamped by ``clock``."""

    clock: Clock
    write: Callable[[str], None]

    def info(self, msg: str, **fields: object) -> None:
        self._line("info", msg, fields)

    def warn(self, msg: str, **fields: object) -> None:
        self._line("warn", msg, fields)

    def error(self, msg: str, **fields: object) -> None:
        self._line("error", msg, fields)

    def critical(self, msg: str, **fields: object) -> None:
        self._line("critical", msg, fields)

    def _line(self, level: str, msg: str, fields: dict[str, object]) -> None:
        parts = [f"level={level} time={_stamp(self.clock.now())} msg={quoted(msg)}"]
        parts += [f"{key}={_value(value)}" for key, value in fields.items()]
        self.write(" ".join(parts))


@lru_cache(maxsize=1)
def _stamp(moment: datetime) -> str:
    """Whole fleets write at one moment."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _value(value: object) -> str:
    return str(value) if isinstance(value, int) else quoted(str(value))
