"""A request's body held against botocore's model, before an operation sees it.

What comes out has the types that the model names: an operation need not ask again
whether a list is a list. Members that the model does not know are left out, and so are
those that are null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from botocore.model import OperationModel, Shape

from .errors import EcsError, invalid_parameter

WHOLE_NUMBERS = {"integer": 2**31, "long": 2**63}

SAID_BY_THE_OPERATION = frozenset(
    {
        "ContainerInstanceStatus",
        "PlacementConstraintType",
        "PlacementStrategyType",
        "TaskDefinitionPlacementConstraintType",
    }
)
"""Enums about which operations have a sentence of their own."""


def parameters(operation: OperationModel, body: bytes) -> dict[str, Any]:
    """The parameters of a request to ``operation``.

    Raises:
        EcsError: SerializationException for a body of other types than the model's,
            InvalidParameterException for a member that is missing or no value of its enum.
    """
    given = _decoded(body)
    if operation.input_shape is None:
        return {}
    found: dict[str, Any] = _read(operation.input_shape, given, "The request")
    return found


def _decoded(body: bytes) -> Any:
    """The JSON of a body; an empty one says nothing, which is no error."""
    try:
        return json.loads(body or b"{}", parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # AWS: the texts of a SerializationException are not confirmed, here and below.
        raise EcsError("SerializationException", "The request is not valid JSON.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _read(shape: Shape, value: Any, where: str) -> Any:
    reader = READERS.get(shape.type_name)
    return reader(shape, value, where) if reader else value


def _refuse(shape: Shape, where: str) -> NoReturn:
    raise EcsError("SerializationException", f"{where} must be of type {shape.type_name}.")


def _structure(shape: Any, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(shape, where)
    members = shape.members
    found = {
        name: _read(members[name], part, name)
        for name, part in value.items()
        if part is not None and name in members
    }
    if shape.name == "Tag" and not found.get("key"):
        # AWS: the text is not confirmed; a tag's key has at least one character.
        raise invalid_parameter("Tag key cannot be null or empty.")
    for name in shape.required_members:
        if name not in found:
            # AWS: clients that know the model never leave one out; the text is not confirmed.
            raise invalid_parameter(f"{name} can not be blank.")
    return found


def _list(shape: Any, value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        _refuse(shape, where)
    return [_read(shape.member, part, where) for part in value]


def _map(shape: Any, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(shape, where)
    return {_string(shape.key, key, where): _read(shape.value, value[key], where) for key in value}


def _string(shape: Any, value: Any, where: str) -> str:
    if not isinstance(value, str) or not _is_text(value):
        _refuse(shape, where)
    if shape.enum and value not in shape.enum and shape.name not in SAID_BY_THE_OPERATION:
        # AWS: the text is confirmed for a few operations only.
        raise invalid_parameter(f"{where} should be one of [{','.join(shape.enum)}]")
    return value


def _is_text(value: str) -> bool:
    """Whether it is Unicode text: JSON can also spell halves of characters."""
    return not any("\ud800" <= each <= "\udfff" for each in value)


def _whole_number(shape: Any, value: Any, where: str) -> int:
    limit = WHOLE_NUMBERS[shape.type_name]
    if type(value) is not int or not -limit <= value < limit:
        _refuse(shape, where)
    return int(value)


def _boolean(shape: Any, value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        _refuse(shape, where)
    return value


def _number(shape: Any, value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _refuse(shape, where)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        _refuse(shape, where)
    return number


def _timestamp(shape: Any, value: Any, where: str) -> datetime:
    seconds = _number(shape, value, where)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        _refuse(shape, where)


READERS: Mapping[str, Callable[[Any, Any, str], Any]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _whole_number,
    "long": _whole_number,
    "boolean": _boolean,
    "double": _number,
    "float": _number,
    "timestamp": _timestamp,
}
