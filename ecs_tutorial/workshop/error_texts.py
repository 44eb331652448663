"""Every text with which the lab says that something is wrong, read from its code.

A refusal stands where it is raised, an objection where a rule yields it, an event in the module of
events, a stopped task's reason where it is given. What a call fills in is written ``…``. Nothing is
imported: the code is read as text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
CODES = {
    "client_exception": "ClientException",
    "invalid_parameter": "InvalidParameterException",
    "AWSValidationException": "ValidationException",
    "DependencyViolationError": "DependencyViolation",
}
"""What gives a text its code without naming it."""
CODED = ("EcsError", "EcrError", "EC2ClientError", "SSMException")
FEWEST_WORDS = 3
"""Shorter strings are names."""


class Kind(StrEnum):
    """Where a learner meets a text."""

    REFUSAL = "Calls that are refused"
    OBJECTION = "Task definitions and placements that are refused"
    FAILURE = "Failures inside a good answer"
    EVENT = "Events and deployments of a service"
    STOPPED = "Why a task or a container stopped"
    TARGET = "Why a target is not healthy"


@dataclass(frozen=True)
class ErrorText:
    kind: Kind
    text: str
    code: str = ""
    """The error's code, for a refusal."""


Found = Iterator[tuple[str, str]]
"""Code and text; no code but for refusals."""


class Module:
    """A module's syntax tree, and its texts with ``…`` for what is filled in."""

    def __init__(self, source: str) -> None:
        self.tree = ast.parse(source)
        self.constants = {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def text(self, node: ast.AST | None) -> str:
        """The text that an expression is; empty if it is none."""
        if isinstance(node, ast.Name) and node.id in self.constants:
            return self.text(self.constants[node.id])
        if isinstance(node, ast.JoinedStr):
            return "".join(self._part(each) for each in node.values)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""

    def _part(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue):
            return self.text(node.value) or "…"
        return self.text(node)

    def function(self, name: str) -> ast.AST:
        named = (n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef))
        return next(each for each in named if each.name == name)

    def sentences(self, node: ast.AST) -> Found:
        """Each whole text below a node that is more than a name and no docstring."""
        for child in ast.iter_child_nodes(node):
            is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            text = self.text(child) if isinstance(child, ast.JoinedStr | ast.Constant) else ""
            if len(re.findall(r"\w+", text)) >= FEWEST_WORDS:
                yield "", text
            elif not text and not is_docstring:
                yield from self.sentences(child)


def raised(module: Module) -> Found:
    """The errors that a module makes; one without a text has its code for it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            texts = [module.text(each) for each in node.args]
            if name in CODES and texts and texts[0]:
                yield CODES[name], texts[0]
            elif name in CODED and len(texts) > 1 and texts[1]:
                yield texts[0], texts[1]
            elif name in CODED and ast.unparse(node.args[-1]) == "''":
                yield "", texts[0]


def yielded(module: Module) -> Found:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Yield) and module.text(node.value):
            yield "", module.text(node.value)


def everything(module: Module) -> Found:
    return module.sentences(module.tree)


def said_in(*functions: str) -> Callable[[Module], Found]:
    def found(module: Module) -> Found:
        for name in functions:
            yield from module.sentences(module.function(name))

    return found


def passed_to(method: str) -> Callable[[Module], Found]:
    """The sentences that calls of a method are given."""

    def found(module: Module) -> Found:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(f".{method}"):
                yield from module.sentences(node)

    return found


def grown_in(function: str) -> Callable[[Module], Found]:
    """The one ``text`` that a function puts together, piece by piece."""

    def found(module: Module) -> Found:
        body = ast.walk(module.function(function))
        pieces = [n for n in body if isinstance(n, ast.Assign | ast.AugAssign)]
        kept = [
            n for n in pieces if "text" in {n.id for n in ast.walk(n) if isinstance(n, ast.Name)}
        ]
        yield "", "".join(module.text(node.value) for node in kept)

    return found


def constants(*names: str) -> Callable[[Module], Found]:
    def found(module: Module) -> Found:
        yield from (("", module.text(module.constants[name])) for name in names)

    return found


def named(constant: str) -> Callable[[Module], Found]:
    """The names that a constant of a module lists: a mapping's keys, or a ``Literal``'s members."""

    def found(module: Module) -> Found:
        node = module.constants[constant]
        listed = node.keys if isinstance(node, ast.Dict) else ast.walk(node)
        yield from (("", text) for each in listed if (text := module.text(each)))

    return found


def failure_reasons(module: Module) -> Found:
    """The reasons that an answer's list of failures has."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if module.text(key) == "reason" and module.text(value):
                    yield "", module.text(value)


def target_reasons(module: Module) -> Found:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and str(node.value).startswith(("Target.", "Elb.")):
            yield "", str(node.value)


SOURCES: tuple[tuple[Kind, str, Callable[[Module], Found]], ...] = (
    (Kind.REFUSAL, "control_plane/**/*.py", raised),
    (Kind.OBJECTION, "control_plane/*_rules.py", yielded),
    (Kind.OBJECTION, "control_plane/container_definition_rules.py", said_in("invalid")),
    (Kind.FAILURE, "control_plane/events.py", named("SHORTCOMINGS")),
    (Kind.FAILURE, "control_plane/operations/*.py", failure_reasons),
    (Kind.EVENT, "control_plane/events.py", everything),
    (Kind.EVENT, "control_plane/circuit_breaker.py", everything),
    (Kind.STOPPED, "control_plane/task_records.py", said_in("ending")),
    (Kind.STOPPED, "control_plane/task_stops.py", said_in("reason_to_stop")),
    (Kind.STOPPED, "control_plane/**/*.py", passed_to("deregister")),
    (Kind.STOPPED, "control_plane/operations/tasks.py", said_in("stop_task")),
    (Kind.STOPPED, "control_plane/secret_calls.py", grown_in("_refuse_unless_permitted")),
    (Kind.STOPPED, "control_plane/host_clients.py", grown_in("secrets")),
    (Kind.STOPPED, "data_plane/task_engine.py", constants("OUT_OF_MEMORY", "VANISHED")),
    (Kind.STOPPED, "data_plane/task_engine.py", said_in("_begin")),
    (Kind.STOPPED, "data_plane/transitions.py", said_in("never_starts")),
    (Kind.STOPPED, "data_plane/secrets.py", everything),
    (Kind.STOPPED, "data_plane/runtime.py", named("Fault")),
    (Kind.TARGET, "control_plane/**/*.py", target_reasons),
    (Kind.TARGET, "data_plane/*.py", target_reasons),
)
"""Which modules give which texts, and how they are found there."""


@cache
def error_texts() -> Sequence[ErrorText]:
    """All of them, each once, in the order of their kinds."""
    found: dict[str, ErrorText] = {}
    for kind, pattern, finder in SOURCES:
        for path in sorted(PACKAGE.glob(pattern)):
            for code, text in finder(Module(path.read_text(encoding="utf-8"))):
                flat = " ".join(text.split())
                found.setdefault(flat, ErrorText(kind, flat, code))
    return [each for each in found.values() if not _is_a_piece(each, found.values())]


def _is_a_piece(part: ErrorText, found: Iterable[ErrorText]) -> bool:
    """Whether a sentence only stands at the end of others of its kind."""
    others = (each.text for each in found if each.kind is part.kind and each.text != part.text)
    return " " in part.text and any(each.endswith(f". {part.text}") for each in others)
