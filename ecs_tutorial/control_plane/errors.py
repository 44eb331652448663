"""The errors that ECS gives, with AWS's codes and texts.

They are moto service exceptions, so that moto puts them on the wire as AWS does.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class EcsError(ServiceException):
    """An error of the ECS API: ``EcsError(code, message)``."""


def client_exception(message: str) -> EcsError:
    return EcsError("ClientException", message)


def invalid_parameter(message: str) -> EcsError:
    return EcsError("InvalidParameterException", message)


def cluster_not_found() -> EcsError:
    return EcsError("ClusterNotFoundException", "Cluster not found.")


def cluster_inactive() -> EcsError:
    return invalid_parameter("The referenced cluster was inactive.")


def service_not_found() -> EcsError:
    return EcsError("ServiceNotFoundException", "Service not found.")


def service_not_active() -> EcsError:
    return EcsError("ServiceNotActiveException", "Service was not ACTIVE.")
