"""What a Docker Engine says while it builds an image: its steps, and why it gave up.

Pure: messages in, facts and sentences out. Who asked for the build is not known.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STEP = re.compile(r"Step (\d+)/(\d+) : (.+)", re.DOTALL)
_SYNTAX = re.compile(r"dockerfile parse error (?:on )?line (\d+): (.+)", re.IGNORECASE | re.DOTALL)
_EXIT_CODE = re.compile(r"returned a non-zero code: (\d+)")
_NO_WAY = re.compile(
    r"dial tcp|no such host|timeout|timed out|connection re(fused|set)|network is unreachable"
    r"|deadline exceeded|request canceled"
)
_NO_SUCH_IMAGE = re.compile(
    r"pull access denied|manifest .*(unknown|not found)|repository does not exist"
    r"|invalid reference format|not found: manifest"
)
_OF_THE_ENGINE = re.compile(r"--->|Removing intermediate container |Successfully ")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LINES_KEPT = 12


@dataclass
class BuildLog:
    """How far a build is; fed with the engine's messages, one after the other."""

    step: int = 0
    steps: int = 0
    instruction: str = ""
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    image_id: str = ""
    _is_open: bool = False
    """The last line goes on in the next message: a program's output comes in pieces."""

    def note(self, message: Mapping[str, Any]) -> bool:
        """Take in a message; whether a new step began with it."""
        self.image_id = (message.get("aux") or {}).get("ID", self.image_id)
        said = _COLOUR.sub("", str(message.get("stream") or message.get("status") or ""))
        text = said.strip()
        if began := STEP.fullmatch(text):
            self.step, self.steps = int(began[1]), int(began[2])
            self.instruction = " ".join(began[3].split())
            self.last_lines.clear()
        elif text and not _OF_THE_ENGINE.match(text):
            self._line(said)
        self._is_open = not began and "stream" in message and not said.endswith("\n")
        return bool(began)

    def _line(self, said: str) -> None:
        *before, line = said.splitlines()
        goes_on = self._is_open and self.last_lines and not before
        self.last_lines.append(self.last_lines.pop() + line if goes_on else line.lstrip())

    @property
    def last_line(self) -> str:
        return self.last_lines[-1].rstrip() if self.last_lines else ""

    def reason(self, error: str) -> str:
        """Why the build failed, in a sentence or two, from the engine's own error text."""
        if wrong := _SYNTAX.search(error):
            return f"Docker cannot read line {wrong[1]} of the Dockerfile: {wrong[2].strip()}."
        if self.instruction.upper().startswith("FROM ") or not self.step:
            return self._no_base(error)
        what = f"Step {self.step} of {self.steps} failed: {self.instruction}"
        if code := _EXIT_CODE.search(error):
            lines = "\n".join(self.last_lines)
            return f"{what}\nThe command ended with exit code {code[1]}. Its last lines:\n{lines}"
        return f"{what}\n{error}"

    def _no_base(self, error: str) -> str:
        base = self.instruction.partition(" ")[2].partition(" ")[0]
        image = f"The base image {base}" if base else "The base image"
        if _NO_WAY.search(error):
            return (
                f"{image} is not on this machine, and its registry cannot be reached: is there a "
                f"network? Docker says: {error}"
            )
        if _NO_SUCH_IMAGE.search(error):
            return f"{image} does not exist, or may not be fetched. Docker says: {error}"
        return f"The build failed before its first step was done. Docker says: {error}"
