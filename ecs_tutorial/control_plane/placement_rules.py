"""What is wrong with placement constraints and strategies, before anything is placed.

A rule is a generator of objections, as in ``task_definition_rules``: the first one is
what the caller hears. Pure; it looks at what was asked for, never at a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .model import Json
from .query_language import InvalidExpressionError, parse

# The limits are the API's (RunTask, CreateService, RegisterTaskDefinition).
MOST_CONSTRAINTS = 10
MOST_STRATEGIES = 5
CONSTRAINTS = ("distinctInstance", "memberOf")
BINPACK_FIELDS = ("cpu", "memory")
SPREAD_FIELDS = ("instanceId", "host")

# AWS: what is refused here is refused; none of these sentences is confirmed.


def constraint_objections(
    constraints: Sequence[Json], allowed: Sequence[str] = CONSTRAINTS
) -> Iterator[str]:
    """A task definition's constraints can only be ``memberOf``; other ones are any of the two."""
    if len(constraints) > MOST_CONSTRAINTS:
        yield f"Placement constraints cannot have more than {MOST_CONSTRAINTS} elements."
    for constraint in constraints:
        if constraint.get("type") not in allowed:
            yield f"Placement constraint type should be one of [{','.join(allowed)}]"
        elif constraint["type"] == "memberOf":
            yield from _expression(constraint.get("expression") or "")


def _expression(expression: str) -> Iterator[str]:
    if not expression:
        yield "Placement constraint of type memberOf requires an expression."
        return
    try:
        parse(expression)
    except InvalidExpressionError as error:
        yield f"Invalid expression: {str(error).splitlines()[0]}"


def strategy_objections(strategies: Sequence[Json]) -> Iterator[str]:
    if len(strategies) > MOST_STRATEGIES:
        yield f"Placement strategy cannot have more than {MOST_STRATEGIES} elements."
    for strategy in strategies:
        kind, field = strategy.get("type"), strategy.get("field") or ""
        if kind not in ("random", "spread", "binpack"):
            yield "Placement strategy type should be one of [random,spread,binpack]"
        elif kind == "binpack" and field.lower() not in BINPACK_FIELDS:
            yield "Placement strategy of type binpack requires cpu or memory."
        elif kind == "spread" and not _is_spread_field(field):
            yield "Placement strategy of type spread requires instanceId or attribute:NAME."


def _is_spread_field(field: str) -> bool:
    return field in SPREAD_FIELDS or field.startswith("attribute:")
