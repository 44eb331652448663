"""The ECS client of one host's agent, when control plane and agent share a process.

It has the method names of a boto3 client, so an agent cannot tell the two apart. Each
call asks first whether the instance's role allows it, and fails as botocore would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from .ecs_api import OPERATIONS
from .ecs_backend import EcsBackend
from .errors import EcsError

Permits = Callable[..., bool]
Note = Callable[[str, Mapping[str, Any]], None]


class AgentCalls:
    """What an agent may call, on behalf of the role of its instance.

    Args:
        backend: the ECS store of the instance's region.
        instance_id: names the caller in an error.
        role_name: gives the role of its instance profile; None when it has none.
        permits: whether a role allows an IAM action, ``ecs:Poll``, on a resource; for
            ``ecs:TagResource`` also by which operation the resource is made.
        note: told of each call that changed something.
    """

    def __init__(
        self,
        backend: EcsBackend,
        instance_id: str,
        *,
        role_name: Callable[[], str | None],
        permits: Permits,
        note: Note,
    ) -> None:
        self._backend = backend
        self._role_name = role_name
        self._instance_id = instance_id
        self._permits = permits
        self._note = note

    def register_container_instance(self, **params: Any) -> dict[str, Any]:
        return self._call("RegisterContainerInstance", "register_container_instance", params)

    def discover_poll_endpoint(self, **params: Any) -> dict[str, Any]:
        return self._call("DiscoverPollEndpoint", "discover_poll_endpoint", params)

    def submit_task_state_change(self, **params: Any) -> dict[str, Any]:
        return self._call("SubmitTaskStateChange", "submit_task_state_change", params)

    def create_cluster(self, **params: Any) -> dict[str, Any]:
        return self._call("CreateCluster", "create_cluster", params)

    def _call(self, action: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        role = self._role_name()
        if role is None or not self._permits(role, f"ecs:{action}", self._cluster(params)):
            raise self._denied(role, action)
        if params.get("tags") and not self._may_tag(role, action, self._cluster(params)):
            raise self._denied(role, "TagResource")
        try:
            answer = OPERATIONS[operation](self._backend, params)
        except EcsError as error:
            raise client_error(error.code, error.message, action) from error
        self._note(action, params)
        return answer

    def _may_tag(self, role: str, action: str, resource: str) -> bool:
        """What is made may be made with tags, unless tagging wants a permission of its own."""
        principal = f"arn:aws:iam::{self._backend.account_id}:role/{role}"
        settings = self._backend.principal_settings.effective(principal)
        if settings["tagResourceAuthorization"] != "on":
            return True
        return self._permits(role, "ecs:TagResource", resource, action)

    def _cluster(self, params: Mapping[str, Any]) -> str:
        """The ARN of the cluster that a call is about, to which a policy may be confined."""
        if "cluster" not in params:
            return "*"
        name: str = params["cluster"] or "default"
        return name if name.startswith("arn:") else str(self._backend.arn(f"cluster/{name}"))

    def _denied(self, role: str | None, action: str) -> ClientError:
        if role is None:
            why = "the instance has no instance profile, so its agent has no credentials"
            return client_error("AccessDeniedException", why, action)
        account = self._backend.account_id
        who = f"arn:aws:sts::{account}:assumed-role/{role}/{self._instance_id}"
        return client_error(
            "AccessDeniedException",
            f"User: {who} is not authorized to perform: ecs:{action} on resource: * because no "
            f"identity-based policy allows the ecs:{action} action",
            action,
        )


def client_error(code: str, message: str, action: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, action)
