"""The AWS calls of the notebooks, in boto3's form and in that of the AWS CLI.

Pure: a cell's code or Markdown in, calls out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

CLI_SUMMARY = "<summary>The same with the AWS CLI</summary>"
CLI_BLOCK = re.compile(
    rf"^<details>\n{CLI_SUMMARY}\n\n```bash\n(?P<lines>.*?)\n```\n\n"
    r"(?:(?!</?details>|```bash).)*?^</details>$",
    re.M | re.S,
)
COMMAND = re.compile(r"\baws ([a-z0-9-]+) (wait )?([a-z0-9-]+)((?:(?!\baws ).)*)")
OPTION = re.compile(r"(?<!\S)--[a-z][a-z0-9-]*")
SHAPES_THE_ANSWER = {"--query", "--output"}


@dataclass(frozen=True)
class Call:
    """An AWS operation, as the AWS CLI spells it: ``ecs create-cluster``, ``ecs wait …``."""

    service: str
    operation: str
    form: str = field(default="", compare=False)
    """How it stands in the text, with the names of its parameters."""

    def __str__(self) -> str:
        return f"{self.service} {self.operation}"


def clients_in(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The names that a cell gives to boto3 clients, with their services."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for name, value in _pairs(node.targets[0], node.value):
                if (
                    isinstance(name, ast.Name)
                    and isinstance(value, ast.Call)
                    and ast.unparse(value).startswith("boto3.client(")
                ):
                    yield name.id, ast.literal_eval(value.args[0])


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def calls_in(tree: ast.AST, clients: Mapping[str, str]) -> Iterator[Call]:
    """The AWS operations that a cell calls, in the order of the text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            service = clients.get(ast.unparse(node.func.value))
            if service:
                yield Call(service, _operation(node, node.func), _form(node))


def _operation(node: ast.Call, called: ast.Attribute) -> str:
    if called.attr in {"get_waiter", "get_paginator"}:
        named = str(ast.literal_eval(node.args[0])).replace("_", "-")
        return f"wait {named}" if called.attr == "get_waiter" else named
    return called.attr.replace("_", "-")


def _form(node: ast.Call) -> str:
    given = [ast.unparse(each) for each in node.args]
    names = [each.arg or "…" for each in node.keywords]
    return f"{ast.unparse(node.func)}({', '.join(dict.fromkeys([*given, *names]))})"


def commands(lines: str) -> list[Call]:
    """The AWS operations in a block of the CLI's form.

    >>> commands("a=$(aws ecs list-tasks --cluster c --output text)")[0].form
    'aws ecs list-tasks --cluster'
    """
    joined = lines.replace("\\\n", " ")
    return [_command(*found.groups()) for found in COMMAND.finditer(joined)]


def _command(service: str, wait: str | None, operation: str, rest: str) -> Call:
    name = f"{wait or ''}{operation}"
    options = [each for each in OPTION.findall(rest) if each not in SHAPES_THE_ANSWER]
    return Call(service, name, " ".join(["aws", service, name, *dict.fromkeys(options)]))


def cli_blocks(source: str) -> list[str]:
    """The lines of a cell's blocks with the CLI's form, block by block."""
    return [found["lines"] for found in CLI_BLOCK.finditer(source)]
