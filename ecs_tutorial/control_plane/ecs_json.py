"""The ECS API's answers on the wire: writers of JSON 1.1, made once from botocore's model.

moto's own serializer looks each member of each record up under all names that a moto class
may give it; the lab's answers have the API's names already. Which operation answers what is
not known here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any

from moto.core.serialize import TimestampSerializer
from moto.core.utils import get_service_model

CONTENT_TYPE = "application/x-amz-json-1.1"
Write = Callable[[Any], Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOTO_TIMESTAMPS = TimestampSerializer("unixtimestamp")


def on_the_wire(operation: str, answer: Mapping[str, Any]) -> str:
    """The body of the answer to an operation by its name in the API: what its shape has."""
    return json.dumps(writer_of_operation(operation)(answer))


@cache
def writer_of_operation(operation: str) -> Write:
    shape = get_service_model("ecs").operation_model(operation).output_shape
    return writer(shape) if shape else lambda answer: {}


def writer(shape: Any) -> Write:
    """A function from a value of this shape to what JSON has in its place."""
    match shape.type_name:
        case "structure" if not shape.is_document_type:
            return _structure(shape)
        case "list":
            return _each(writer(shape.member))
        case "map":
            return _values(writer(shape.value))
        case kind:
            return SCALARS.get(kind, _as_it_is)


def _structure(shape: Any) -> Write:
    """The members that the shape has, in its order; those that are None are left out."""
    members = [(name, writer(member)) for name, member in shape.members.items()]

    def write(record: Any) -> dict[str, Any]:
        if not isinstance(record, dict):
            return {}  # a request that nobody checked was echoed: no member, and no error
        found = ((name, record.get(name), part) for name, part in members)
        return {name: part(value) for name, value, part in found if value is not None}

    return write


def _each(member: Write) -> Write:
    return lambda values: [value if value is None else member(value) for value in values]


def _values(member: Write) -> Write:
    return lambda values: {k: v if v is None else member(v) for k, v in values.items()}


def _text(value: Any) -> Any:
    if type(value) is str:
        return value
    given = value.value if isinstance(value, Enum) else value
    return given if given in (None, {}, []) else str(given)


def _moment(value: Any) -> Any:
    """Seconds since 1970; what is finer than a millisecond is cut off."""
    if not isinstance(value, datetime) or value.tzinfo is not UTC:
        return _MOTO_TIMESTAMPS._convert_timestamp_to_str(value, "unixtimestamp")
    passed = value - _EPOCH
    seconds = passed.days * 86400 + passed.seconds
    return seconds + passed.microseconds // 1000 / 1000 if passed.microseconds else seconds


def _as_it_is(value: Any) -> Any:
    return value


SCALARS: dict[str, Write] = {
    "string": _text,
    "timestamp": _moment,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
}
