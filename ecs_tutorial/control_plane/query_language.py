"""The cluster query language: which container instances an expression selects.

``memberOf`` constraints and the filter of ListContainerInstances are written in it,
for example ``attribute:ecs.instance-type =~ t3.* and agentConnected == true``. It looks
at one instance and the tasks on it, and knows nothing of clusters or placement.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import LarkError, VisitError

from .bounded_patterns import UnboundedPatternError, compiled, pattern_matches
from .model import ContainerInstance

# The operators and their names are those of the ECS developer guide's page
# "Create expressions to define container instances for tasks".
GRAMMAR = r"""
    ?expression: conjunction (_OR conjunction)*  -> any_of
    ?conjunction: negation (_AND negation)*      -> all_of
    ?negation: _NOT negation                     -> negated
        | "(" expression ")"
        | test
    ?test: SUBJECT EXISTENCE                     -> existence
        | SUBJECT COMPARISON _value              -> comparison
        | SUBJECT MEMBERSHIP "[" _value ("," _value)* "]" -> membership
        | SUBJECT MATCHING (PATTERN | QUOTED)    -> matching
    _value: WORD | QUOTED

    SUBJECT: /attribute:[\w.\/\\-]+/ | "task:group" | "agentConnected" | "agentVersion"
        | "ec2InstanceId" | "registeredAt" | "runningTasksCount"
    EXISTENCE: /exists\b|!\s*exists\b|not_exists\b/
    COMPARISON: /==|!=|>=|<=|>|<|equals\b|not_equals\b|(greater|less)_than(_equal)?\b/
    MEMBERSHIP: /in\b|!\s*in\b|not_in\b/
    MATCHING: /=~|!~|matches\b|not_matches\b/
    _OR: /or\b|\|\|/
    _AND: /and\b|&&/
    _NOT: /not\b|!/
    WORD: /[^\s()\[\],'"&|!=<>]+/
    PATTERN: /(?:[^\s()'"]|\([^\s()]*\))+/
    QUOTED: /'[^']*'|"[^"]*"/
    %ignore /\s+/
"""

MAXIMUM_LENGTH = 2000
"""Characters in an expression (API reference, PlacementConstraint)."""

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "equals": operator.eq,
    ">": operator.gt,
    "greater_than": operator.gt,
    ">=": operator.ge,
    "greater_than_equal": operator.ge,
    "<": operator.lt,
    "less_than": operator.lt,
    "<=": operator.le,
    "less_than_equal": operator.le,
}


class InvalidExpressionError(ValueError):
    """The expression is not one of the cluster query language."""


class GroupedTask(Protocol):
    """What the language asks of a task."""

    @property
    def group(self) -> str: ...

    @property
    def last_status(self) -> str: ...


@dataclass(frozen=True)
class Candidate:
    """An instance and the tasks on it, as an expression sees them."""

    instance: ContainerInstance
    tasks: Iterable[GroupedTask] = ()

    def values(self, subject: str) -> list[Any]:
        """The subject's values: none when it does not exist, several for ``task:group``."""
        if subject.startswith("attribute:"):
            name = subject.removeprefix("attribute:")
            attributes = self.instance.attributes
            return [attributes[name] or ""] if name in attributes else []
        return SUBJECTS[subject](self)


SUBJECTS: dict[str, Callable[[Candidate], list[Any]]] = {
    "agentConnected": lambda c: [c.instance.agent_connected],
    "agentVersion": lambda c: [
        v for v in [(c.instance.version_info or {}).get("agentVersion")] if v
    ],
    "ec2InstanceId": lambda c: [c.instance.ec2_instance_id],
    "registeredAt": lambda c: [c.instance.registered_at],
    "runningTasksCount": lambda c: [sum(t.last_status == "RUNNING" for t in c.tasks)],
    "task:group": lambda c: [task.group for task in c.tasks],
}

Test = Callable[[Candidate], bool]


def matches(
    expression: str, instance: ContainerInstance, tasks: Iterable[GroupedTask] = ()
) -> bool:
    """Whether the expression selects the instance with these tasks on it.

    Raises:
        InvalidExpressionError: the text cannot be read.
    """
    parsed = parse(expression)
    # An iterator serves one subject only; most expressions look at no task at all.
    seen = tuple(tasks) if parsed.looks_at_tasks else ()
    return parsed.test(Candidate(instance, seen))


@dataclass(frozen=True)
class Expression:
    """An expression that has been read."""

    test: Test
    looks_at_tasks: bool


@lru_cache(maxsize=512)
def parse(expression: str) -> Expression:
    """Read an expression; the same text is read once."""
    if len(expression) > MAXIMUM_LENGTH:
        raise InvalidExpressionError(f"longer than {MAXIMUM_LENGTH} characters")
    try:
        test = Meaning().transform(_parser().parse(expression))
    except VisitError as error:
        raise InvalidExpressionError(str(error.orig_exc)) from error
    except LarkError as error:
        raise InvalidExpressionError(str(error)) from error
    return Expression(test, "task:group" in expression or "runningTasksCount" in expression)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", start="expression")


@v_args(inline=True)
class Meaning(Transformer[Token, Test]):
    """Turns a parsed expression into a test, from the inside out."""

    def any_of(self, *tests: Test) -> Test:
        return lambda candidate: any(test(candidate) for test in tests)

    def all_of(self, *tests: Test) -> Test:
        return lambda candidate: all(test(candidate) for test in tests)

    def negated(self, test: Test) -> Test:
        return lambda candidate: not test(candidate)

    def existence(self, subject: Token, word: Token) -> Test:
        return _unless(_is_negative(word), lambda candidate: bool(candidate.values(str(subject))))

    def comparison(self, subject: Token, symbol: Token, argument: Token) -> Test:
        negative = str(symbol) in ("!=", "not_equals")
        compare = COMPARISONS["==" if negative else str(symbol)]
        literal = _unquoted(argument)
        return _unless(negative, _some(subject, lambda value: _compared(value, literal, compare)))

    def membership(self, subject: Token, word: Token, *arguments: Token) -> Test:
        literals = [_unquoted(argument) for argument in arguments]
        return _unless(
            _is_negative(word),
            _some(subject, lambda v: any(_compared(v, one, operator.eq) for one in literals)),
        )

    def matching(self, subject: Token, symbol: Token, argument: Token) -> Test:
        try:
            pattern = compiled(_unquoted(argument))
        except UnboundedPatternError as error:
            raise InvalidExpressionError(str(error)) from error
        except re.error as error:
            raise InvalidExpressionError(f"not a regular expression: {argument}") from error
        return _unless(
            str(symbol) in ("!~", "not_matches"),
            _some(subject, lambda value: pattern_matches(pattern, _text(value))),
        )


def _some(subject: Token, test: Callable[[Any], bool]) -> Test:
    return lambda candidate: any(test(value) for value in candidate.values(str(subject)))


def _unless(negative: bool, test: Test) -> Test:
    # AWS: what a negative operator says of an instance without the subject is not
    # confirmed; here it is the opposite of the positive one, so it selects the instance.
    return (lambda candidate: not test(candidate)) if negative else test


def _is_negative(word: Token) -> bool:
    return word.startswith(("!", "not_"))


def _unquoted(argument: Token) -> str:
    return argument[1:-1] if argument.type == "QUOTED" else str(argument)


def _compared(value: Any, literal: str, compare: Callable[[Any, Any], bool]) -> bool:
    """Compare as dates, numbers or versions where both are such, else as text."""
    for read in (_date, _numbers):
        left, right = read(value), read(literal)
        if left is not None and right is not None:
            return compare(left, right)
    return compare(_text(value), literal)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _date(value: Any) -> datetime | None:
    """A date or a date and time; without a zone it is meant in UTC."""
    try:
        date = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _numbers(value: Any) -> tuple[int, ...] | None:
    """The parts of a number or a version.

    >>> _numbers("1.105.0") > _numbers("1.14.2")
    True
    """
    text = _text(value)
    return tuple(map(int, text.split("."))) if re.fullmatch(r"\d+(\.\d+)*", text) else None
