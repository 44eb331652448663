"""Parameter Store and Secrets Manager as the agent of a task with secrets calls them.

It has the method names of two boto3 clients. Each call asks first whether the task's
execution role may make it, and fails as botocore would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends

from .agent_calls import client_error

TASKS = "ecs-tasks.amazonaws.com"
"""Who must be trusted by a role that a task is to have."""


@dataclass(frozen=True)
class SecretCalls:
    """What an agent may read for one task in one region.

    Args:
        role: the name of the task's execution role.
        permits: whether the role allows an action on the resource with an ARN.
    """

    account_id: str
    region: str
    role: str
    task_id: str
    permits: Callable[[str, str], bool]

    def get_parameters(self, **given: Any) -> dict[str, Any]:
        names: list[str] = given["Names"]
        for name in names:
            self._refuse_unless_permitted("ssm:GetParameters", self._parameter_arn(name))
        found = ssm_backends[self.account_id][self.region].get_parameters(names)
        # AWS: a SecureString also needs kms:Decrypt on a key of one's own; here no key is asked.
        return {
            "Parameters": [{"Name": n, "Value": _value(found[n])} for n in names if n in found],
            "InvalidParameters": [name for name in names if name not in found],
        }

    def get_secret_value(self, **given: Any) -> dict[str, Any]:
        secret_id = given["SecretId"]
        self._refuse_unless_permitted("secretsmanager:GetSecretValue", secret_id)
        backend = secretsmanager_backends[self.account_id][self.region]
        try:
            return backend.get_secret_value(
                secret_id,
                given.get("VersionId"),  # type: ignore[arg-type]
                given.get("VersionStage"),  # type: ignore[arg-type]
            )
        except (JsonRESTError, ServiceException) as error:
            raise client_error(*_said(error), "GetSecretValue") from error

    def _parameter_arn(self, name: str) -> str:
        path = name.partition(":")[0].removeprefix("/")
        return f"arn:aws:ssm:{self.region}:{self.account_id}:parameter/{path}"

    def _refuse_unless_permitted(self, action: str, arn: str) -> None:
        if not self.permits(action, arn):
            who = f"arn:aws:sts::{self.account_id}:assumed-role/{self.role}/{self.task_id}"
            text = f"User: {who} is not authorized to perform: {action} on resource: {arn} because "
            text += f"no identity-based policy allows the {action} action"
            raise client_error("AccessDeniedException", text, action.partition(":")[2])


def _value(parameter: Any) -> str:
    return str(parameter.response_object(decrypt=True)["Value"])


def _said(error: Any) -> tuple[str, str]:
    """The code and the message of an error of moto's."""
    code = getattr(error, "error_type", None) or getattr(error, "code", "")
    return str(code), str(error.message)
