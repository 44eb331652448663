"""The learner's card: the calls of each chapter, for boto3 and for the AWS CLI.

Read from the code cells; a call stands under the chapter that makes it first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecs_tutorial.workshop.calls import Call, calls_in, cli_blocks, clients_in, commands
from ecs_tutorial.workshop.lessons import Lesson, is_code, tags

OPENING = """\
# The learner's card

Every call of the tutorial with its parameters' names, at the chapter that first explains it. `ecs`
is `boto3.client("ecs")`, and so on; `…` are parameters that the notebook unpacks, and a waiter gets
its own in `.wait(…)`. To print it on one page of paper, open
[learners-card.html](learners-card.html) in a browser. This page is made by
`ecs-tutorial workshop --card`.

| chapter | boto3 | AWS CLI |
|---|---|---|
"""


@dataclass(frozen=True)
class Entry:
    """A call on the card, in its two forms."""

    lesson: Lesson
    boto3: str
    cli: str


def page(lessons: Sequence[Lesson]) -> str:
    return OPENING + "".join(
        f"| {each.lesson.chapter} | `{each.boto3}` | {f'`{each.cli}`' if each.cli else ''} |\n"
        for each in entries(lessons)
    )


def entries(lessons: Sequence[Lesson]) -> Iterator[Entry]:
    """The first chapter comes last: it shows everything once, and others explain it."""
    seen: set[Call] = set()
    for lesson in [*lessons[1:], *lessons[:1]]:
        cli = cli_forms(lesson)
        for call in calls(lesson):
            if call not in seen:
                yield Entry(lesson, call.form, cli.get(call, ""))
        seen.update(calls(lesson))


def calls(lesson: Lesson) -> Sequence[Call]:
    """The calls of a chapter's own cells, each once."""
    code = [c for c in lesson.cells if is_code(c) and "exercise" not in tags(c)]
    trees = [ast.parse(cell["source"]) for cell in code]
    clients = {name: service for tree in trees for name, service in clients_in(tree)}
    return list(dict.fromkeys(call for tree in trees for call in calls_in(tree, clients)))


def cli_forms(lesson: Lesson) -> dict[Call, str]:
    """The CLI's form of each call, as it first stands in the chapter."""
    return {call: call.form for call in reversed(list(_commands(lesson)))}


def _commands(lesson: Lesson) -> Iterator[Call]:
    for cell in lesson.cells:
        if not is_code(cell):
            for block in cli_blocks(cell["source"]):
                yield from commands(block)
