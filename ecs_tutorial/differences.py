"""Where the lab differs from AWS, or does what nobody has confirmed of AWS.

The marks stand in the code, where the lab chooses: comments that begin with ``AWS:``.
This gathers them; ``python -m ecs_tutorial.differences`` prints them as a page.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
MARK = "# AWS:"
OPENING = """\
# Where the lab differs from AWS

Each row is a comment in the code, at the place where the lab does something otherwise than AWS or
something that is not confirmed of AWS. It says how it is on AWS. This page is made by
`python -m ecs_tutorial.differences`.

| part | in | on AWS |
|---|---|---|
"""


@dataclass(frozen=True)
class Difference:
    module: str
    place: str
    """The function or class, empty at the module's top."""
    text: str


def differences() -> Iterator[Difference]:
    """All marks of the package, by module and line."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        module = path.relative_to(PACKAGE).with_suffix("").as_posix()
        for line, text in marks(source):
            yield Difference(module, place_of(line, source), text)


def marks(source: str) -> Iterator[tuple[int, str]]:
    """The line and the sentences of each mark, with the comment lines that go on with it.

    >>> list(marks("a = 1\\n# AWS: two.\\n# And three.\\nb = 2\\n"))
    [(2, 'two. And three.')]
    """
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    for line, comment in comments.items():
        if comment.startswith(MARK):
            yield line, " ".join(sentence(line, comments))


def sentence(line: int, comments: dict[int, str]) -> Iterator[str]:
    yield comments[line].removeprefix(MARK).strip()
    while (line := line + 1) in comments and not comments[line].startswith(MARK):
        yield comments[line].removeprefix("#").strip()


def place_of(line: int, source: str) -> str:
    """The name of the innermost function or class around a line."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    around = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, kinds) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno).name if around else ""


def page() -> str:
    rows = (
        f"| `{each.module}` | {f'`{each.place}`' if each.place else ''} | {each.text} |\n"
        for each in differences()
    )
    return OPENING + "".join(row.replace("|  |", "| |") for row in rows)


if __name__ == "__main__":
    print(page(), end="")
