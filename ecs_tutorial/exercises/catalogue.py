"""All exercises there are: each module of ``chapters`` brings its own, nobody lists them."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from ecs_tutorial.exercises import chapters
from ecs_tutorial.exercises.model import Exercise
from ecs_tutorial.lab_error import LabError


@cache
def exercises() -> Mapping[str, Exercise]:
    """Every exercise by its key, in the order of the chapters."""
    modules_there = (module.name for module in pkgutil.iter_modules(chapters.__path__))
    names = sorted(name for name in modules_there if name.startswith("chapter_"))
    modules = [import_module(f"{chapters.__name__}.{name}") for name in names]
    found = [each for module in modules for each in module.EXERCISES]
    by_key = {each.key: each for each in found}
    if len(by_key) < len(found):
        raise ValueError("two exercises have the same key")
    return by_key


def find(key: str) -> Exercise:
    """The exercise with this key, also without its quotes, or a sentence that says which exist."""
    key = str(key)
    if key not in exercises():
        chapter = key.rpartition(".")[0]
        beside = [each.key for each in exercises().values() if each.chapter == chapter]
        there = ", ".join(beside or exercises())
        raise LabError(f"There is no exercise {key!r}. There are: {there}.")
    return exercises()[key]
