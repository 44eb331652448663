"""Lines in the form of the real agent's log, ``level=info time=… msg="…" key="value"``.

It knows the form only; where the lines are kept is the host's affair.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

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
        time = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        parts = [f"level={level} time={time} msg={json.dumps(msg, ensure_ascii=False)}"]
        parts += [f"{key}={_value(value)}" for key, value in fields.items()]
        self.write(" ".join(parts))


def _value(value: object) -> str:
    return str(value) if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)
