"""How pytest runs the notebooks: the same surroundings for each kernel, on every machine.

It stands here and not below tests/, because pytest asks only the conftest files above an
item, and the notebooks are no tests' neighbours.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from nbval.plugin import IPyNbCell

from ecs_tutorial.refresh import kernel_environment

HOME = pytest.StashKey[tempfile.TemporaryDirectory]()


def pytest_configure(config: pytest.Config) -> None:
    """Give kernels a home of their own, and find the sanitize file from any folder."""
    config.stash[HOME] = tempfile.TemporaryDirectory(prefix="ecs-tutorial-kernels-")
    if config.option.nbval_sanitize_with:
        rules = config.rootpath / config.option.nbval_sanitize_with
        config.option.nbval_sanitize_with = str(rules)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[HOME].cleanup()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Before a notebook's first cell nbval starts its kernel: with this environment."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    surroundings = kernel_environment(Path(item.config.stash[HOME].name))
    if "IPYTHONDIR" in os.environ:
        # A test that breaks the lab on purpose says so in a start-up file of IPython's.
        surroundings["IPYTHONDIR"] = os.environ["IPYTHONDIR"]
    with mock.patch.dict(os.environ, surroundings):
        return (yield)
