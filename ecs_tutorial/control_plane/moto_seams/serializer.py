"""moto's serializer, quicker: it remembers under which names it looks a member up.

A member of an answer may have several names in moto's objects: the model's, the same in snake
case, the part after the class's name and so on. moto finds them anew for each member of each
object, which is most of what its answers cost. They follow from the member's shape and the
object's class alone, so they are found once for each; what is picked stays the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.serialize import (
    AttributePickerContext,
    ResponseSerializer,
    XFormedAttributePicker,
)
from moto.core.utils import MISSING
from moto.core.utils import get_value as value_at

from ecs_tutorial.control_plane.moto_seams.seam import Seam

GetValue = Callable[[ResponseSerializer, Any, str, Any], Any]
NAMES, TRANSFORMED = "_names_by_class", "_transformed_members"
"""What is remembered, as attributes of a shape and of one answer's picker."""


class RememberedNames(Seam):
    def _mend(self) -> None:
        self._wrap(ResponseSerializer, "get_value", quicker)


def quicker(get_value: GetValue) -> GetValue:
    """``get_value`` for what moto picks by name only; the rest it does as before."""

    def picked(serializer: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
        picker = serializer._value_picker
        if type(picker) is not XFormedAttributePicker or is_transformed(picker, key):
            return get_value(serializer, value, key, shape)
        in_dict = type(value) is dict
        for name in names_of(picker, value, key, shape):
            found = value.get(name, MISSING) if in_dict else value_at(value, name, MISSING)
            if found is not MISSING:
                return found
        return None

    return picked


def is_transformed(picker: XFormedAttributePicker, key: str) -> bool:
    """Whether some member of this name is changed on its way out, wherever it stands."""
    members = vars(picker).get(TRANSFORMED)
    if members is None:
        members = {path.rpartition(".")[2] for path in picker.response_transformers}
        setattr(picker, TRANSFORMED, members)
    return key in members


def names_of(picker: XFormedAttributePicker, value: Any, key: str, shape: Any) -> tuple[str, ...]:
    """The names under which moto looks for a member in an object of this class, in its order."""
    by_class: dict[Any, tuple[str, ...]] = vars(shape).setdefault(NAMES, {})
    names = by_class.get((type(value), key))
    if names is None:
        context = AttributePickerContext(obj=value, key=key, shape=shape)
        names = tuple(dict.fromkeys(picker.get_possible_keys(context)))
        by_class[type(value), key] = names
    return names
