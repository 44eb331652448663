"""README's command lines, as they stand there.

``python tests/readme_commands.py pip tests`` prints the one that runs the tests after
a set-up with pip, so that nothing which runs README's lines keeps a copy of them.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_WORD = {"pip": "python3", "uv": "uv"}
LAST_WORD = {"lab": "ecs-tutorial lab", "tests": "pytest"}


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """What stands in README's fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)\n```$", readme(), re.MULTILINE | re.DOTALL)


def command(tool: str, purpose: str) -> str:
    """The line that sets up with a tool and then serves a purpose."""
    first, last = FIRST_WORD[tool], LAST_WORD[purpose]
    (line,) = (
        block for block in blocks("bash") if block.startswith(f"{first} ") and block.endswith(last)
    )
    return line


if __name__ == "__main__":
    print(command(*sys.argv[1:]))
