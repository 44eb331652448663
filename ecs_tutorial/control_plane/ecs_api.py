"""The ECS API on moto's wire: which function answers which operation.

What the lab has not is refused in words, and so is a request that does not have the form
of its operation. ``EcsSeam`` puts the table and the store in moto's place for ECS, and takes
them out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import moto.ecs.urls
from botocore import xform_name
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.ecs.models import ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse

from ..clock import Clock
from .ecs_backend import EcsBackend, TargetGroups
from .ecs_json import CONTENT_TYPE, on_the_wire
from .errors import EcsError
from .moto_seams.seam import Seam
from .operations import (
    account_settings,
    capacity_providers,
    clusters,
    container_instances,
    execute_command,
    service_deployments,
    services,
    state_changes,
    tags,
    task_definitions,
    task_protection,
    task_sets,
    tasks,
)
from .operations.elsewhere import refusing
from .request_shapes import parameters

Operation = Callable[[EcsBackend, Mapping[str, Any]], dict[str, Any]]


def _operations(*modules: ModuleType) -> dict[str, Operation]:
    """The modules' functions that bear the name of an operation of botocore's ECS model."""
    names = {xform_name(name) for name in get_service_model("ecs").operation_names}
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if name in names and function.__module__ == module.__name__
    }


OWN = _operations(
    account_settings,
    capacity_providers,
    clusters,
    container_instances,
    execute_command,
    service_deployments,
    task_definitions,
    task_protection,
    task_sets,
    tasks,
    services,
    state_changes,
    tags,
)

REFUSED = {
    xform_name(name): refusing(name)
    for name in get_service_model("ecs").operation_names
    if xform_name(name) not in OWN
}

OPERATIONS: dict[str, Operation] = OWN | REFUSED


UNKNOWN = "UnknownOperation"


class EcsApi(EC2ContainerServiceResponse):
    """moto's ECS endpoint with the operations of the table in place of its own."""

    errors_leave_no_trace = True
    """What an operation refuses it refuses before it changes anything: no journal needs it."""

    def __init__(self) -> None:
        super().__init__()
        # moto's shapes instance attributes on the way out; ours have the API's shape.
        self.RESPONSE_KEY_PATH_TO_TRANSFORMER = {}
        self.refused: EcsError | None = None
        """What is wrong with the form of the request; said where errors are answered."""

    @property
    def ecs_backend(self) -> EcsBackend:
        return backend(self.current_account, self.region)

    def setup_class(self, *args: Any, **kwargs: Any) -> None:
        # As bytes: moto itself would fail on a body that is no text.
        super().setup_class(*args, **{**kwargs, "use_raw_body": True})

    def _get_action(self) -> str:
        name = (self.headers.get("X-Amz-Target") or "").rpartition(".")[2]
        return name if name in get_service_model("ecs").operation_names else UNKNOWN

    def parse_parameters(self, request: Any) -> None:
        action = self._get_action()
        self.params = {}
        if action == UNKNOWN:
            return
        try:
            self.params = parameters(get_service_model("ecs").operation_model(action), request.data)
        except EcsError as error:
            self.refused = error

    def unknown_operation(self) -> ActionResult:
        raise EcsError("UnknownOperationException", "ECS has no such operation.")


def _answering(operation: Operation) -> Callable[[EcsApi], tuple[int, dict[str, str], str]]:
    def answer(self: EcsApi) -> tuple[int, dict[str, str], str]:
        if self.refused:
            raise self.refused
        body = on_the_wire(self._get_action(), operation(self.ecs_backend, dict(self.params)))
        return 200, {"Content-Type": CONTENT_TYPE}, body

    return answer


for _name, _operation in OPERATIONS.items():
    setattr(EcsApi, _name, _answering(_operation))

URLS = SimpleNamespace(
    url_bases=moto.ecs.urls.url_bases,
    url_paths={"{0}/$": EcsApi.dispatch},
)


class EcsSeam(Seam):
    """Puts the table and the store in moto's place for ECS."""

    def __init__(
        self, clock: Clock, seed: str, scheduler_period: float, target_groups: TargetGroups
    ) -> None:
        super().__init__()
        self._clock = clock
        self._seed = seed
        self._scheduler_period = scheduler_period
        self._target_groups = target_groups

    def _mend(self) -> None:
        EcsBackend.clock, EcsBackend.seed = self._clock, self._seed
        EcsBackend.scheduler_period = self._scheduler_period
        EcsBackend.target_groups = self._target_groups
        # The class inside the registry is exchanged: others hold the registry itself.
        self._replace(ecs_backends, "backend", EcsBackend)
        self._undo.append(ecs_backends.clear)
        ecs_backends.clear()


def backend(account_id: str, region: str) -> EcsBackend:
    """The lab's ECS store of an account and region."""
    found = ecs_backends[account_id][region]
    assert isinstance(found, EcsBackend)
    return found
