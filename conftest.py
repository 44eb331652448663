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
from hypothesis import settings
from nbval.plugin import IPyNbCell

from ecs_tutorial.engine import DOCKER, SIMULATED, VARIABLE, remove_leftovers
from ecs_tutorial.refresh import kernel_environment
from ecs_tutorial.served import lab_folder
from ecs_tutorial.session import IN_PROCESS

RULES_FOR_REAL_CONTAINERS = "tests/engine/real-containers.cfg"
# A failure on an unchanged tree tells nothing of a change: the same examples each time.
settings.register_profile("any machine", deadline=None, derandomize=True)
settings.load_profile("any machine")
HOME = pytest.StashKey[tempfile.TemporaryDirectory]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--containers",
        choices=(SIMULATED, DOCKER),
        default=SIMULATED,
        help="what runs in the notebooks' labs; with docker their outputs are compared by "
        "the rules of tests/engine/real-containers.cfg",
    )
    reliability = parser.getgroup("reliability", "how far tests/reliability goes")
    reliability.addoption("--requests", type=int, default=1000, help="how many requests")
    reliability.addoption("--walks", type=int, default=10, help="of the state machine")
    reliability.addoption("--steps", type=int, default=25, help="of each such walk, at most")
    reliability.addoption("--seed", type=int, default=1, help="where random walks begin")


def pytest_configure(config: pytest.Config) -> None:
    """Give kernels a home of their own, and find the sanitize file from any folder."""
    config.stash[HOME] = tempfile.TemporaryDirectory(prefix="ecs-tutorial-kernels-")
    if config.option.containers == DOCKER:
        config.option.nbval_sanitize_with = RULES_FOR_REAL_CONTAINERS
    if config.option.nbval_sanitize_with:
        rules = config.rootpath / config.option.nbval_sanitize_with
        config.option.nbval_sanitize_with = str(rules)


def pytest_unconfigure(config: pytest.Config) -> None:
    """nbval kills its kernels: what their labs had on an engine is removed here."""
    place = Path(config.stash[HOME].name) / IN_PROCESS
    if config.option.containers == DOCKER and place.exists():
        remove_leftovers(lab_folder.name_on_engine(place))
    config.stash[HOME].cleanup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With real containers a notebook's outputs are compared with what it shows then."""
    if config.option.containers != DOCKER:
        return
    import real_outputs  # with the whole lab, which no other run of pytest needs to read

    expected = real_outputs.kept()
    cells = [item for item in items if isinstance(item, IPyNbCell)]
    for book in {item.parent: None for item in cells}:
        if book.nb.metadata.ecs_tutorial.get("containers") == SIMULATED:
            continue
        of_book = [item.cell for item in cells if item.parent is book]
        real_outputs.expect_real(book.path.stem, of_book, expected)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Before a notebook's first cell nbval starts its kernel: with this environment."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    surroundings = kernel_environment(Path(item.config.stash[HOME].name))
    surroundings[VARIABLE] = item.config.option.containers
    if "IPYTHONDIR" in os.environ:
        # A test that breaks the lab on purpose says so in a start-up file of IPython's.
        surroundings["IPYTHONDIR"] = os.environ["IPYTHONDIR"]
    with mock.patch.dict(os.environ, surroundings):
        return (yield)
