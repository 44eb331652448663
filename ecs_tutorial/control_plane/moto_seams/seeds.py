"""Where moto's random draws come from: streams that depend on nothing but their names.

Each backend and each request draws from a stream of its own, so one more read or
another order of services changes no id. Who draws what is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import moto.sts.models
from moto.core.base_backend import AccountSpecificBackend, BaseBackend
from moto.moto_api._internal import mock_random

from ecs_tutorial.control_plane.moto_seams.seam import Seam


def seed_moto(*key: object) -> None:
    """Let moto draw from the stream of this name from now on."""
    mock_random.seed("/".join(str(part) for part in key))


@contextmanager
def drawing_from(*key: object) -> Iterator[None]:
    """Let moto draw from the stream of this name, then go on where it was."""
    state = mock_random.getstate()
    seed_moto(*key)
    try:
        yield
    finally:
        mock_random.setstate(state)


def session_token() -> str:
    """A session token from moto's generator; moto itself asks the operating system."""
    return "FQoGZXIvYXdzEBYaD" + str(mock_random.get_random_string(length=240))


class SeededDraws(Seam):
    """Backends are made under the lab's seed, whenever they are made; so are STS's tokens."""

    def __init__(self, seed: str) -> None:
        super().__init__()
        self._seed = seed

    def _mend(self) -> None:
        self._wrap(AccountSpecificBackend, "__getitem__", self._seeded)
        self._replace(moto.sts.models, "random_session_token", session_token)

    def _seeded(self, get: Callable[..., BaseBackend]) -> Callable[..., BaseBackend]:
        def backend(backends: AccountSpecificBackend[Any], region: str) -> BaseBackend:
            if dict.__contains__(backends, region):  # its own __contains__ tells of possible ones
                return get(backends, region)
            with drawing_from(self._seed, backends.service_name, backends.account_id, region):
                return get(backends, region)

        return backend
