"""EC2's answers as XML, by writers made once from botocore's model: the bytes that moto sends.

moto makes a tree of dicts of an answer, and of the tree a document, event by event: a second's
work for a thousand instances. Here each place in an answer has its writer, made when something
first stands there. What the model of EC2 has nowhere (maps, attributes, lists without a list's
element) the writers do not know: moto itself writes such an answer, and every error.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from xml.sax.saxutils import escape

from moto.core.serialize import (
    EC2Serializer,
    ResponseSerializer,
    TimestampSerializer,
    XFormedAttributePicker,
)
from moto.core.utils import MISSING
from moto.core.utils import get_value as value_at

from ecs_tutorial.control_plane.moto_seams.seam import Seam
from ecs_tutorial.control_plane.moto_seams.serializer import names_of

Write = Callable[[Any, XFormedAttributePicker], str]
"""From a value and the picker of its answer to what is in the value's element."""
PROLOGUE = '<?xml version="1.0" encoding="utf-8"?>\n'
KNOWN = {"name", "queryName"}
"""What a model may say of a member's place in an answer; the second counts in requests only."""
_TIMESTAMPS = TimestampSerializer(EC2Serializer.DEFAULT_TIMESTAMP_FORMAT)


class UnknownShapeError(Exception):
    """A shape that no writer here knows; moto's serializer does."""


class WrittenAnswers(Seam):
    def _mend(self) -> None:
        self._wrap(ResponseSerializer, "_serialize_result", written)


def written(by_moto: Callable[..., Any]) -> Callable[..., Any]:
    """``_serialize_result`` with EC2's answers from the writers, and all others as before."""

    def serialize(serializer: Any, response: dict[str, Any], result: Any) -> Any:
        picker = serializer._value_picker
        plain = type(serializer) is EC2Serializer and type(picker) is XFormedAttributePicker
        if not plain or serializer.pretty_print:
            return by_moto(serializer, response, result)
        try:
            response["body"] = document(serializer, picker, result)
        except UnknownShapeError:
            return by_moto(serializer, response, result)
        response["headers"]["Content-Type"] = serializer.CONTENT_TYPE
        return response

    return serialize


def document(serializer: Any, picker: XFormedAttributePicker, result: Any) -> str:
    operation = serializer.operation_model
    inside = writer_of_answer(operation, tuple(picker.response_transformers))(result, picker)
    namespace = operation.metadata["xmlNamespace"]
    request = element("requestId", escape(serializer.context.request_id))
    root = f"{operation.name}Response"
    return f'{PROLOGUE}<{root} xmlns="{namespace}">{inside}{request}</{root}>'


@lru_cache(maxsize=256)
def writer_of_answer(operation: Any, transformed: tuple[str, ...]) -> Write:
    """``transformed`` are the ends of the paths whose values moto changes on their way out."""
    shape = operation.output_shape
    if shape is None:
        return lambda result, picker: ""
    return writer(shape, f"{operation.name}.{shape.name}", transformed)


def writer(shape: Any, path: str, transformed: tuple[str, ...]) -> Write:
    if not KNOWN.issuperset(shape.serialization):
        raise UnknownShapeError(path)
    match shape.type_name:
        case "structure":
            return _structure([Member(shape, key, path, transformed) for key in shape.members])
        case "list":
            return _list(shape, path, transformed)
        case kind if kind in SCALARS:
            text = SCALARS[kind]
            return lambda value, picker: escape(text(value))
        case _:
            raise UnknownShapeError(path)


class Member:
    """A member at one place of an answer: how it is found in a record, and written."""

    def __init__(self, parent: Any, key: str, path: str, transformed: tuple[str, ...]) -> None:
        self.key, self.path, self.transformed = key, f"{path}.{key}", transformed
        self.shape = parent.members[key]
        self.shape.parent = parent  # where moto looks for the names that are taken
        self.tag = self.shape.serialization.get("name", key)
        self.transformer = next((end for end in transformed if self.path.endswith(end)), None)

    @cached_property
    def write(self) -> Write:
        return writer(self.shape, self.path, self.transformed)


@dataclass(frozen=True, slots=True)
class RecordClass:
    """How records of one class are read at one place: the names of each member, and the way."""

    members: list[tuple[Member, tuple[str, ...]]]
    look: Callable[[Any, str, Any], Any]

    @classmethod
    def of(cls, record: Any, members: list[Member], picker: XFormedAttributePicker) -> RecordClass:
        named = [(each, names_of(picker, record, each.key, each.shape)) for each in members]
        return cls(named, way_to_look(record, (name for _, names in named for name in names)))

    def values(self, record: Any, picker: XFormedAttributePicker) -> Iterator[tuple[Member, Any]]:
        """Every member with what stands under the first of its names that the record has."""
        look = self.look
        for member, names in self.members:
            value = None
            for name in names:
                if (found := look(record, name, MISSING)) is not MISSING:
                    value = found
                    break
            if member.transformer is not None:
                value = picker.response_transformers[member.transformer](value)
            if value is not None:
                yield member, value


def way_to_look(record: Any, names: Iterable[str]) -> Callable[[Any, str, Any], Any]:
    """moto's way to a value by a name, without its questions where the answers are known."""
    if type(record) is dict:
        return dict.get
    paths = any("." in name for name in names)
    return value_at if paths or hasattr(record, "__getitem__") else getattr


def _structure(members: list[Member]) -> Write:
    """The members that a record has, in the shape's order; those that are None are left out."""
    classes: dict[type, RecordClass] = {}

    def write(record: Any, picker: XFormedAttributePicker) -> str:
        if record is None:
            return ""
        known = classes.get(type(record))
        if known is None:
            known = classes[type(record)] = RecordClass.of(record, members, picker)
        values = known.values(record, picker)
        return "".join([element(each.tag, each.write(value, picker)) for each, value in values])

    return write


def _list(shape: Any, path: str, transformed: tuple[str, ...]) -> Write:
    """Every item in an element of its own, but for structures with nothing in them."""
    member = shape.member
    write = writer(member, f"{path}.{member.name}", transformed)
    tag, empty_too = member.serialization.get("name", "member"), member.type_name != "structure"

    def items(values: Any, picker: XFormedAttributePicker) -> Iterator[str]:
        for value in values:
            inside = write(value, picker)
            if inside or empty_too:
                yield element(tag, inside)

    return lambda values, picker: "".join(items(values, picker))


def element(tag: str, inside: str) -> str:
    return f"<{tag}>{inside}</{tag}>" if inside else f"<{tag}/>"


def _boolean(value: Any) -> str:
    return "true" if value is True or str(value).lower() == "true" else "false"


def _moment(value: Any) -> str:
    return str(_TIMESTAMPS._convert_timestamp_to_str(value, _TIMESTAMPS.default_format))


def _base64(value: str | bytes) -> str:
    return b64encode(value.encode() if isinstance(value, str) else value).decode()


SCALARS: Mapping[str, Callable[[Any], str]] = {
    "string": str,
    "boolean": _boolean,
    "integer": lambda value: str(int(value)),
    "long": lambda value: str(int(value)),
    "float": lambda value: str(float(value)),
    "double": lambda value: str(float(value)),
    "timestamp": _moment,
    "blob": _base64,
}
