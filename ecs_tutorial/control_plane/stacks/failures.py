"""How a resource of a stack fails, with the reasons that CloudFormation gives."""

from __future__ import annotations

from collections.abc import Iterable

from moto.core.exceptions import ServiceException
from moto.moto_api._internal import mock_random


class ResourceFailedError(Exception):
    """A resource that could not be made, changed or removed; its text is the event's reason."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id = logical_id


def invalid_properties(logical_id: str, objections: Iterable[str]) -> ResourceFailedError:
    listed = "\n".join(objections)
    reason = f"Properties validation failed for resource {logical_id} with message:\n{listed}"
    return ResourceFailedError(logical_id, reason)


def refused(logical_id: str, operation: str, error: ServiceException) -> ResourceFailedError:
    """An error of the ECS API, as the resource's handler hands it on."""
    said = (
        f"Invalid request provided: {operation} error: {error.message} (Service: AmazonECS; "
        f"Status Code: 400; Error Code: {error.code}; Request ID: {mock_random.uuid4()}; "
        "Proxy: null)"
    )
    return handler_said(logical_id, said, "InvalidRequest")


def handler_said(logical_id: str, message: str, code: str) -> ResourceFailedError:
    token = mock_random.uuid4()
    return ResourceFailedError(
        logical_id,
        f'Resource handler returned message: "{message}" '
        f"(RequestToken: {token}, HandlerErrorCode: {code})",
    )


def any_failure(logical_id: str, error: Exception) -> ResourceFailedError:
    """What anything else that went wrong comes to: the stack fails, and says why."""
    if isinstance(error, ResourceFailedError):
        return error
    # AWS: the text comes from the handler of the resource's own type, and differs.
    said = str(error) if getattr(error, "code", None) else f"{type(error).__name__}: {error}"
    return handler_said(logical_id, said, "GeneralServiceException")
