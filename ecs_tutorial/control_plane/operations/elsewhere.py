"""The operations that the lab has not: each says so in an error of its own model."""

from __future__ import annotations

from collections.abc import Callable

from moto.core.utils import get_service_model

from ..ecs_backend import EcsBackend
from ..errors import EcsError
from .lookup import Answer, Params

ABSENT = {
    "Daemon": "daemons of ECS Managed Instances",
    "ExpressGatewayService": "Express Mode services",
    "Gateway": "gateways",
    "ContinueServiceDeployment": "deployments that wait at a lifecycle hook",
}
"""What an operation is about, by a part of its name."""
# AWS: has daemons, Express Mode, gateways and lifecycle hooks; the lab has not.


def absent(operation: str) -> str:
    """What an operation is about."""
    return next((what for part, what in ABSENT.items() if part in operation), operation)


def refusing(operation: str) -> Callable[[EcsBackend, Params], Answer]:
    """The answer to such an operation: an error that its model has."""
    errors = {
        shape.name for shape in get_service_model("ecs").operation_model(operation).error_shapes
    }
    said = "UnsupportedFeatureException"
    code = said if said in errors else "ClientException"

    def refuse(backend: EcsBackend, params: Params) -> Answer:
        raise EcsError(code, f"This lab has no {absent(operation)}.")

    return refuse
