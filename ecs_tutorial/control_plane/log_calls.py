"""The CloudWatch Logs client of one host's log driver, when both share a process.

It has the method names of a boto3 client. Each call asks first whether the instance's role
allows it, and fails as botocore would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs.models import LogsBackend, logs_backends

from .agent_calls import client_error


@dataclass(frozen=True)
class LogCalls:
    """What a log driver may call in one region.

    Args:
        permits: whether the role of the instance allows an IAM action, ``logs:PutLogEvents``.
    """

    account_id: str
    region: str
    permits: Callable[[str], bool]

    def create_log_group(self, **given: Any) -> dict[str, Any]:
        return self._call(
            "CreateLogGroup", lambda logs: logs.create_log_group(given["logGroupName"], tags={})
        )

    def create_log_stream(self, **given: Any) -> dict[str, Any]:
        names = given["logGroupName"], given["logStreamName"]
        return self._call("CreateLogStream", lambda logs: logs.create_log_stream(*names))

    def put_log_events(self, **given: Any) -> dict[str, Any]:
        names = given["logGroupName"], given["logStreamName"]
        return self._call(
            "PutLogEvents", lambda logs: logs.put_log_events(*names, given["logEvents"])
        )

    def _call(self, action: str, work: Callable[[LogsBackend], Any]) -> dict[str, Any]:
        # AWS: the task's execution role is used instead where the definition names one.
        if not self.permits(f"logs:{action}"):
            text = f"User is not authorized to perform: logs:{action} because no identity-based "
            text += f"policy allows the logs:{action} action"
            raise client_error("AccessDeniedException", text, action)
        try:
            work(logs_backends[self.account_id][self.region])
        except JsonRESTError as error:
            raise client_error(error.error_type, error.message, action) from error
        return {}
