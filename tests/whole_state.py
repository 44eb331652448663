"""All that something holds, as plain data that can be compared: field for field.

A lab's state is a graph of records, dictionaries, timers and streams. Each object is told by its
class and its fields, a stream of random draws by where it is, a function by its name and what it
holds on to; an object met before is told by its place, so that what is shared stays shared.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from types import BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any

PLAIN = (str, bytes, int, float, complex, type(None), datetime, timedelta, Enum)
OF_THE_MACHINE = (type(threading.Lock()), type(threading.RLock()), threading.Thread, ModuleType)
BUILT_IN = (dict, list, tuple, set, frozenset, deque, random.Random, partial)
FUNCTIONS = (FunctionType, MethodType, BuiltinMethodType)
OURS = ("ecs_tutorial.", "moto.")
"""Whose objects hold a lab's state; of others the class alone is told."""


def whole(thing: Any, leave_out: frozenset[str] = frozenset()) -> list[tuple[str, Any]]:
    """Every leaf below ``thing`` with the way to it; fields of some names are left out."""
    leaves: list[tuple[str, Any]] = []
    places: dict[int, str] = {}
    kept: list[Any] = []
    open_: deque[tuple[str, Any]] = deque([("", thing)])
    while open_:
        way, value = open_.popleft()
        if isinstance(value, PLAIN):
            leaves.append((way, value))
        elif id(value) in places:
            leaves.append((way, f"as {places[id(value)]}"))
        elif isinstance(value, type):
            leaves.append((way, value.__qualname__))
        elif not isinstance(value, OF_THE_MACHINE):
            places[id(value)] = way
            kept.append(value)
            leaves.append((way, type(value).__qualname__))
            if not holds_state(value):
                continue
            below = ((name, part) for name, part in parts(value) if name not in leave_out)
            open_.extend((f"{way}/{name}", part) for name, part in below)
    return leaves


def holds_state(value: Any) -> bool:
    return isinstance(value, (*BUILT_IN, *FUNCTIONS)) or type(value).__module__.startswith(OURS)


def parts(value: Any) -> list[tuple[str, Any]]:
    """What is right below something, by name."""
    if isinstance(value, random.Random):
        return [("state", str(value.getstate()))]
    if isinstance(value, FUNCTIONS):
        return [("name", value.__qualname__), *held(value)]
    if isinstance(value, partial):
        return [("of", value.func), ("args", value.args), ("more", value.keywords)]
    if isinstance(value, Mapping):
        return [*((str(key), part) for key, part in value.items()), *fields(value)]
    if isinstance(value, (Set, list, tuple, deque)):
        listed = sorted(value, key=str) if isinstance(value, Set) else value
        return [(str(place), part) for place, part in enumerate(listed)]
    return fields(value)


def held(function: Any) -> list[tuple[str, Any]]:
    """What a function holds on to."""
    if isinstance(function, FunctionType):
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
        return [(name, cell.cell_contents) for name, cell in cells]
    return [("self", function.__self__)] if isinstance(function, MethodType) else []


def fields(value: Any) -> list[tuple[str, Any]]:
    slots = [name for kind in type(value).__mro__ for name in vars(kind).get("__slots__", ())]
    named = [(name, getattr(value, name)) for name in slots if hasattr(value, name)]
    return [*named, *getattr(value, "__dict__", {}).items()]


def differences(before: list[tuple[str, Any]], after: list[tuple[str, Any]]) -> list[str]:
    """What is not the same, the first few."""
    was, now = dict(before), dict(after)
    ways = [way for way in {**was, **now} if was.get(way, "nothing") != now.get(way, "nothing")]
    return [f"{way}: {was.get(way, 'nothing')} -> {now.get(way, 'nothing')}" for way in ways[:12]]
