"""Whether an answer is one that the service's model allows: a success or an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from botocore.model import OperationModel, Shape

COMMON_ERRORS = frozenset({"SerializationException", "UnknownOperationException"})
"""Errors that a service gives before it knows what an operation's own are."""
NUMBER = (int, float)
TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": NUMBER,
    "float": NUMBER,
    "timestamp": NUMBER,
}


def objections(operation: OperationModel | None, status: int, body: bytes) -> list[str]:
    """What is wrong with an answer; nothing when the model allows it."""
    try:
        answer = json.loads(body)
    except ValueError:
        return [f"no JSON, status {status}: {body[:80]!r}"]
    if status == 200 and operation is not None:
        shape = operation.output_shape
        return list(_misshapen(shape, answer, operation.name)) if shape else []
    return list(_not_an_error(operation, status, answer))


def _not_an_error(operation: OperationModel | None, status: int, answer: Any) -> Iterator[str]:
    own = operation.error_shapes if operation else ()
    allowed = COMMON_ERRORS | {each.name for each in own}
    code = str(answer.get("__type", "")).rpartition("#")[2]
    if status != 400:
        yield f"status {status}: {answer}"
    if code not in allowed:
        yield f"error {code!r}, which is none of the operation's: {answer}"
    if not (answer.get("message") or answer.get("Message")):
        yield f"an error without a message: {answer}"


def _misshapen(shape: Shape, value: Any, where: str) -> Iterator[str]:
    """Every place where a value is not as its shape says."""
    kinds = TYPES[shape.type_name]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        yield f"{where} is no {shape.type_name} but {value!r}"
        return
    if shape.type_name == "structure":
        yield from _wrong_members(shape, value, where)
    elif shape.type_name == "list":
        for part in value:
            yield from _misshapen(shape.member, part, f"{where}[]")
    elif shape.type_name == "map":
        for part in value.values():
            yield from _misshapen(shape.value, part, f"{where}{{}}")
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{where} is {value!r}, none of {shape.enum}"


def _wrong_members(shape: Any, value: dict[str, Any], where: str) -> Iterator[str]:
    for name, part in value.items():
        if name not in shape.members:
            yield f"{where}.{name} is no member"
        else:
            yield from _misshapen(shape.members[name], part, f"{where}.{name}")
