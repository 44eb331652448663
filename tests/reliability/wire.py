"""Bodies as they are, past botocore's own checks, and what comes back for them."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import answers
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from request_walk import Request

TARGET = "AmazonEC2ContainerServiceV20141113"
UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1})
HARMLESS = "ListClusters"
"""What carries a request of which botocore does not know the operation."""


@dataclass
class Wire:
    """An ECS client whose next body is another than the one it made."""

    client: Any
    last: tuple[int, bytes] = (0, b"")
    _body: bytes = b""
    _target: str = ""
    sent: int = field(default=0)

    def __post_init__(self) -> None:
        events = self.client.meta.events
        events.register("before-call.ecs", self._swap)
        events.register("after-call.ecs", self._keep)

    def _swap(self, params: dict[str, Any], **_: Any) -> None:
        params["body"] = self._body
        params["headers"]["X-Amz-Target"] = self._target

    def _keep(self, http_response: Any, **_: Any) -> None:
        self.last = (http_response.status_code, http_response.content)

    def objections(self, request: Request) -> list[str]:
        """Send a request; what is wrong with its answer."""
        self.sent += 1
        service = self.client.meta.service_model
        known = request.operation in service.operation_names
        self._body, self._target = request.body, f"{TARGET}.{request.operation}"
        try:
            getattr(self.client, xform_name(request.operation if known else HARMLESS))()
        except ClientError:
            pass  # what it says is looked at below
        except Exception as failure:
            return [f"{type(failure).__name__}: {failure} at {_place(failure)}"]
        model = service.operation_model(request.operation) if known else None
        return answers.objections(model, *self.last)

    @property
    def succeeded(self) -> bool:
        return self.last[0] == 200

    @property
    def answer(self) -> Any:
        return json.loads(self.last[1])


def _place(failure: Exception) -> str:
    """The last lines of the way to a failure, within the code that can be mended."""
    frames = traceback.extract_tb(failure.__traceback__)
    return " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[:-5:-1])
