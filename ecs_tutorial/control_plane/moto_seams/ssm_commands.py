"""Run Command: a command sent to instances, and how far each of them has got.

The records are what moto keeps in its list of commands. Who runs the commands is
not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.moto_api._internal import mock_random
from moto.ssm.exceptions import SSMException

PLUGIN = "aws:runShellScript"
OUTPUT_LIMIT = 24_000  # characters; API text of GetCommandInvocation
ERROR_LIMIT = 8_000
LISTED_OUTPUT_LIMIT = 2_500  # API text of CommandPlugin
TRUNCATED = "\n---Output truncated---"
NO_NOTIFICATION = {"NotificationArn": "", "NotificationEvents": [], "NotificationType": ""}
NO_CLOUDWATCH = {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": False}


@dataclass
class Invocation:
    """One instance's part of a command."""

    instance_id: str
    status: str = "Pending"
    details: str = "Pending"
    exit_code: int = -1
    stdout: str = ""
    stderr: str = ""
    started: datetime | None = None
    finished: datetime | None = None

    def start(self, now: datetime) -> None:
        self.status = self.details = "InProgress"
        self.started = now

    def finish(self, now: datetime, stdout: str, stderr: str, exit_code: int) -> None:
        self.status = self.details = "Failed" if exit_code else "Success"
        failure = f"failed to run commands: exit status {exit_code}"
        self.stdout, self.exit_code, self.finished = stdout, exit_code, now
        self.stderr = f"{stderr}{failure}" if exit_code else stderr

    def never_arrive(self, now: datetime) -> None:
        self.status, self.details, self.finished = "Failed", "Undeliverable", now

    @property
    def output(self) -> str:
        """Both streams in one, as in the list of invocations."""
        errors = f"\n----------ERROR-------\n{self.stderr}" if self.stderr else ""
        return self.stdout + errors


@dataclass
class Command:
    """One SendCommand; moto asks it for ``response_object`` and ``get_invocation``."""

    document_name: str
    parameters: Mapping[str, Sequence[str]]
    requested: datetime
    invocations: tuple[Invocation, ...]
    targets: Sequence[Mapping[str, Any]] = ()
    comment: str = ""
    timeout_seconds: int = 3600
    settings: Mapping[str, Any] = field(default_factory=dict)
    command_id: str = field(default_factory=lambda: str(mock_random.uuid4()))

    @property
    def instance_ids(self) -> list[str]:
        return [invocation.instance_id for invocation in self.invocations]

    @property
    def status(self) -> str:
        """The command's status: that of its slowest invocation, else of its worst."""
        reached = {invocation.status for invocation in self.invocations}
        for status in ("InProgress", "Pending", "Failed"):
            if status in reached:
                return "InProgress" if status == "Pending" and len(reached) > 1 else status
        return "Success"

    def response_object(self) -> dict[str, Any]:
        ended = [each for each in self.invocations if each.finished]
        return {
            "CommandId": self.command_id,
            "DocumentName": self.document_name,
            "DocumentVersion": "$DEFAULT",
            "Comment": self.comment,
            "ExpiresAfter": self.requested + timedelta(seconds=self.timeout_seconds),
            "Parameters": self.parameters,
            "InstanceIds": [] if self.targets else self.instance_ids,
            "Targets": self.targets,
            "RequestedDateTime": self.requested,
            "Status": self.status,
            "StatusDetails": self.status if self.invocations else "NoInstancesInTag",
            "TargetCount": len(self.invocations),
            "CompletedCount": len(ended),
            "ErrorCount": sum(each.status == "Failed" for each in ended),
            "DeliveryTimedOutCount": 0,
            "TimeoutSeconds": self.timeout_seconds,
            "NotificationConfig": NO_NOTIFICATION,
            "CloudWatchOutputConfig": NO_CLOUDWATCH,
            **self.settings,
        }

    def invocation(self, instance_id: str) -> Invocation:
        for invocation in self.invocations:
            if invocation.instance_id == instance_id:
                return invocation
        raise SSMException("InvocationDoesNotExist", "")

    def get_invocation(self, instance_id: str, plugin_name: str | None = None) -> dict[str, Any]:
        """One invocation as GetCommandInvocation answers it."""
        invocation = self.invocation(instance_id)
        if plugin_name not in (None, PLUGIN):
            raise SSMException("InvocationDoesNotExist", "")
        return {
            **self._about(invocation),
            "PluginName": PLUGIN,
            "ResponseCode": invocation.exit_code,
            "ExecutionStartDateTime": stamp(invocation.started),
            "ExecutionElapsedTime": elapsed(invocation),
            "ExecutionEndDateTime": stamp(invocation.finished),
            "StandardOutputContent": shortened(invocation.stdout, OUTPUT_LIMIT),
            "StandardErrorContent": shortened(invocation.stderr, ERROR_LIMIT),
        }

    def listed(self, invocation: Invocation, details: bool) -> dict[str, Any]:
        """One invocation as ListCommandInvocations answers it."""
        return {
            **self._about(invocation),
            "InstanceName": "",
            "RequestedDateTime": self.requested,
            "TraceOutput": "",
            "ServiceRole": "",
            "NotificationConfig": NO_NOTIFICATION,
            "CommandPlugins": [self._plugin(invocation)] if details else [],
        }

    def _about(self, invocation: Invocation) -> dict[str, Any]:
        return {
            "CommandId": self.command_id,
            "InstanceId": invocation.instance_id,
            "Comment": self.comment,
            "DocumentName": self.document_name,
            "DocumentVersion": "$DEFAULT",
            "Status": invocation.status,
            "StatusDetails": invocation.details,
            "StandardOutputUrl": "",
            "StandardErrorUrl": "",
            "CloudWatchOutputConfig": NO_CLOUDWATCH,
        }

    def _plugin(self, invocation: Invocation) -> dict[str, Any]:
        return {
            "Name": PLUGIN,
            "Status": invocation.status,
            "StatusDetails": invocation.details,
            "ResponseCode": invocation.exit_code,
            "ResponseStartDateTime": invocation.started,
            "ResponseFinishDateTime": invocation.finished,
            "Output": shortened(invocation.output, LISTED_OUTPUT_LIMIT),
            "StandardOutputUrl": "",
            "StandardErrorUrl": "",
        }


def shortened(text: str, limit: int) -> str:
    # AWS: the first characters are kept and a mark follows; that it counts is not confirmed.
    return text if len(text) <= limit else text[: limit - len(TRUNCATED)] + TRUNCATED


def stamp(time: datetime | None) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z" if time else ""


def elapsed(invocation: Invocation) -> str:
    if invocation.started is None or invocation.finished is None:
        return ""
    return f"PT{(invocation.finished - invocation.started).total_seconds():g}S"
