"""The AWS clients that a host's programs hold: the agent's, its log driver's, its secrets'.

Each has the rights of a role: the instance's for the agent itself, a task's execution role
for what the agent reads on the task's behalf.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from . import ecs_api
from .agent_calls import AgentCalls, client_error
from .log_calls import LogCalls
from .moto_seams import iam
from .secret_calls import TASKS, SecretCalls
from .sessions import Session

INSTANCES = "ec2.amazonaws.com"


class Machine(Protocol):
    """What must be known of an instance that makes calls."""

    @property
    def account_id(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def instance_id(self) -> str: ...


class HostClients:
    """Clients for the programs of any host.

    Args:
        role_of: the name of the role that an instance has now, by instance id.
        note: told of each call of an agent that changed something.
    """

    def __init__(
        self,
        role_of: Callable[[str], str | None],
        note: Callable[[str, str, str, Mapping[str, Any]], None],
    ) -> None:
        self._role_of = role_of
        self._note = note

    def ecs(self, host: Machine) -> AgentCalls:
        return AgentCalls(
            ecs_api.backend(host.account_id, host.region),
            host.instance_id,
            role_name=partial(self._role_of, host.instance_id),
            permits=partial(_permits, host.account_id),
            note=partial(self._noted, host),
        )

    def _noted(self, host: Machine, action: str, params: Mapping[str, Any]) -> None:
        self._note(action, host.account_id, host.region, params)

    def logs(self, host: Machine, region: str) -> LogCalls:
        def allows(action: str) -> bool:
            role = self._role_of(host.instance_id)
            return role is not None and _permits(host.account_id, role, action)

        return LogCalls(host.account_id, region, allows)

    def secrets(self, host: Machine, role_arn: str, task_arn: str, region: str) -> SecretCalls:
        """The client of one task's execution role.

        Raises:
            ClientError: nobody trusts ECS with such a role.
        """
        role, task_id = role_arn.rpartition("/")[2], task_arn.rpartition("/")[2]
        if not iam.role_trusts(host.account_id, role, TASKS):
            # AWS: the text is AWS's own; RunTask is refused with it, and an event says it of a
            # service, where here the task stops with it.
            text = f"ECS was unable to assume the role '{role_arn}' that was provided for this "
            text += "task. Please verify that the role being passed has the proper trust "
            text += "relationship and permissions and that your IAM user has permissions to pass "
            raise client_error("ClientException", f"{text}this role.", "AssumeRole")
        permits = partial(_role_permits, host.account_id, role)
        return SecretCalls(host.account_id, region, role, task_id, permits)


class Acs:
    """The Agent Communication Service of every region: an agent's ARN names its own."""

    def open_session(self, *, container_instance_arn: str, **connection: Any) -> Session:
        region, account_id = container_instance_arn.split(":")[3:5]
        sessions = ecs_api.backend(account_id, region).sessions
        return sessions.open_session(container_instance_arn=container_instance_arn, **connection)


def _permits(
    account_id: str, role: str, action: str, resource: str = "*", create_action: str = ""
) -> bool:
    """Whether instances take the role on, and a policy allows it the action."""
    trusted = iam.role_trusts(account_id, role, INSTANCES)
    return trusted and iam.role_permits(account_id, role, action, resource, create_action)


def _role_permits(account_id: str, role: str, action: str, resource: str) -> bool:
    return iam.role_permits(account_id, role, action, resource)
