"""Requests for every ECS operation, valid, on the edge and wrong, out of botocore's model.

A request is a member of the model after the other, filled in by what the lab has under
that name, or one that a learner might have written with a thing changed in it. The same
seed and the same lab give the same requests.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.model import OperationModel, ServiceModel, Shape
from usual_requests import USUAL

Names = Mapping[str, Sequence[Any]]
EDGES: dict[str, tuple[Any, ...]] = {
    "string": ("", " ", "a" * 300, "Ω≈ç", "a\u0000b", "../..", "arn:aws:ecs:", "/", ":", "-1"),
    "integer": (0, -1, 1, 10, 11, 100, 101, 2**31 - 1, -(2**31)),
    "long": (0, -1, 1, 2**31, 2**63 - 1, -(2**63)),
    "double": (0, -1.0, 0.5, 1e300, 100),
    "timestamp": (0, 1, 1.5, 1e9, 1760000000.123, 4e9),
}
WRONG: tuple[Any, ...] = ("text", 7, -0.5, True, None, [], {}, [None], [[]], {"": None}, 2**70)
BROKEN = (b"", b"null", b"[]", b'"text"', b"{", b"{}{}", b"\xff\xfe", b"[" * 5000, b"{}", b"NaN")
UNKNOWN = ("NoSuchOperation", "", "list_clusters", "UnknownOperation", "__init__", "dispatch")
LONGEST_LIST = 3
DEEPEST = 7


@dataclass(frozen=True)
class Request:
    """What is sent: the operation's name and the body as it goes over the wire."""

    operation: str
    body: bytes


@dataclass
class RequestWalk:
    """An endless walk over the service's operations."""

    service: ServiceModel
    rng: random.Random
    names: Names = field(default_factory=dict)
    """What the lab has, by the name of the member that would name it."""
    _round: list[str] = field(default_factory=list)

    def request(self) -> Request:
        kind = self.rng.random()
        if kind < 0.03:
            return self._broken()
        if kind < 0.45:
            operation = self.rng.choice(sorted(USUAL))
            body = USUAL[operation](self._known)
        else:
            operation = self._next()
            shape = self._model(operation).input_shape
            body = self._value(shape, "", 0) if shape else {}
        if self.rng.random() < 0.4:
            body = self._changed(body)
        return Request(operation, json.dumps(body).encode())

    def _next(self) -> str:
        """Every operation once in each round, each round in another order."""
        if not self._round:
            self._round = list(self.service.operation_names)
            self.rng.shuffle(self._round)
        return self._round.pop()

    def _model(self, operation: str) -> OperationModel:
        return self.service.operation_model(operation)

    def _known(self, name: str, otherwise: Any = None) -> Any:
        """Something the lab has under a name; what it has not when there is nothing."""
        there = self.names.get(name)
        return self.rng.choice(there) if there else otherwise

    def _broken(self) -> Request:
        """A body or an operation that no client knows."""
        operation = self.rng.choice((*UNKNOWN, *self.service.operation_names))
        return Request(operation, self.rng.choice(BROKEN))

    # --- out of the model ------------------------------------------------------

    def _value(self, shape: Shape, name: str, depth: int) -> Any:
        if self.rng.random() < 0.02:
            return self.rng.choice(WRONG)
        make: Callable[[Any, str, int], Any] = getattr(self, f"_{shape.type_name}", self._plain)
        return make(shape, name, depth)

    def _structure(self, shape: Any, name: str, depth: int) -> dict[str, Any]:
        seldom = 0.35 if depth else 0.5
        wanted = [
            each
            for each in shape.members
            if (each in shape.required_members and self.rng.random() < 0.97)
            or (depth < DEEPEST and self.rng.random() < seldom)
        ]
        return {each: self._value(shape.members[each], each, depth + 1) for each in wanted}

    def _list(self, shape: Any, name: str, depth: int) -> list[Any]:
        length = self.rng.choice((0, 1, 1, 1, 2, LONGEST_LIST))
        if self.rng.random() < 0.01:
            length = 101
        return [self._value(shape.member, name, depth + 1) for _ in range(length)]

    def _map(self, shape: Any, name: str, depth: int) -> dict[str, Any]:
        keys = (self._string(shape.key, name, depth) for _ in range(self.rng.randrange(3)))
        return {key: self._value(shape.value, name, depth + 1) for key in keys}

    def _boolean(self, shape: Any, name: str, depth: int) -> bool:
        return self.rng.random() < 0.5

    def _string(self, shape: Any, name: str, depth: int) -> str:
        roll = self.rng.random()
        if shape.enum and roll < 0.9:
            return str(self.rng.choice(shape.enum))
        if roll < 0.7 and self.names.get(name):
            return str(self._known(name))
        if roll < 0.85:
            return self.rng.choice(("x", "web", "a-name", "7", "1.5", "default"))
        return str(self.rng.choice(EDGES["string"]))

    def _plain(self, shape: Any, name: str, depth: int) -> Any:
        """A number or a moment."""
        if self.names.get(name) and self.rng.random() < 0.7:
            return self._known(name)
        return self.rng.choice(EDGES.get(shape.type_name, EDGES["integer"]))

    # --- with a thing changed --------------------------------------------------

    def _changed(self, body: Any) -> Any:
        """The same with one place in it taken away, doubled or become something else."""
        body = copy.deepcopy(body)
        places = list(_places(body)) if isinstance(body, (dict, list)) else []
        if not places:
            return body
        holder, key = self.rng.choice(places)
        change = self.rng.randrange(4)
        if change == 0:
            del holder[key]
        elif change == 1 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif change == 2:
            holder[key] = self.rng.choice(WRONG)
        else:
            kind = "integer" if type(holder[key]) is int else "string"
            holder[key] = self.rng.choice(EDGES[kind])
        return body


def _places(value: Any) -> Any:
    """Every place in a structure: what holds it and under which key."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])
