"""IAM: the managed policies of AWS that a learner of ECS attaches, and what a role may do.

moto has all 1,582 policies and makes them for each of its partitions, or none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from moto.iam import models
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import AWSManagedPolicy, IAMBackend, Role, iam_backends

from ecs_tutorial.control_plane.moto_seams.seam import Seam

# AWS: there are more than a thousand managed policies; the lab has those of these services.
KNOWN = re.compile(
    "ECS|EC2Container|SecretsManager|ContainerRegistry|AmazonSSM|AmazonEC2|CloudWatch(Agent|Logs)|"
    "^(AdministratorAccess|PowerUserAccess|ReadOnlyAccess|IAMReadOnlyAccess)$"
)
CREATE_ACTION = "ecs:CreateAction"
REMEMBERED = 1024
"""So many answers are kept; they follow from the documents' texts alone."""


class IamSeam(Seam):
    def _mend(self) -> None:
        self._replace(IAMBackend, "_init_aws_policies", known_policies)
        self._wrap(IAMBackend, "remove_role_from_instance_profile", only_what_is_in_it)


def only_what_is_in_it(remove: Callable[..., None]) -> Callable[..., None]:
    """A role that an instance profile does not have is an error of the request, not of moto."""

    def remove_role_from_instance_profile(
        backend: IAMBackend, profile_name: str, role_name: str
    ) -> None:
        profile = backend.get_instance_profile(profile_name)
        if backend.get_role(role_name) not in profile.roles:
            # AWS: the text is not confirmed.
            raise NotFoundException(f"Role {role_name} not found")
        remove(backend, profile_name, role_name)

    return remove_role_from_instance_profile


def known_policies(backend: IAMBackend) -> list[AWSManagedPolicy]:
    if backend.partition != "aws":
        return []
    return [
        AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, dict(data))
        for name, data in policy_data().items()
    ]


@cache
def policy_data() -> Mapping[str, Mapping[str, Any]]:
    everything = json.loads(models.aws_managed_policies_data)
    return {name: data for name, data in everything.items() if KNOWN.search(name)}


def role_permits(
    account_id: str, role_name: str, action: str, resource: str = "*", create_action: str = ""
) -> bool:
    """Whether the policies of a role allow an action, ``ecs:RegisterContainerInstance``.

    ``resource`` is the ARN that the action is about, ``create_action`` the operation that makes
    what it tags. A statement with another condition is passed over, since the lab cannot tell
    whether it is met.
    """
    role = find_role(account_id, role_name)
    if role is None:
        return False
    results = {
        each for text in documents(role) for each in said_of(text, action, resource, create_action)
    }
    return PermissionResult.PERMITTED in results and PermissionResult.DENIED not in results


@lru_cache(maxsize=REMEMBERED)
def said_of(
    document: str, action: str, resource: str, create_action: str
) -> frozenset[PermissionResult]:
    """What the statements of a policy say of an action; agents ask the same again and again."""
    return frozenset(
        IAMPolicyStatement(statement).is_action_permitted(action, resource)
        for statement in statements(document)
        if is_met(statement.get("Condition"), create_action)
    )


def is_met(condition: Mapping[str, Any] | None, create_action: str) -> bool:
    """Whether there is no condition, or the one by which only new resources are tagged."""
    # AWS: evaluates every condition, in Allow and in Deny; the lab this one, and takes no other
    # for met.
    if not condition:
        return True
    if list(condition) != ["StringEquals"] or list(condition["StringEquals"]) != [CREATE_ACTION]:
        return False
    named = condition["StringEquals"][CREATE_ACTION]
    return create_action in ([named] if isinstance(named, str) else named)


def role_trusts(account_id: str, role_name: str, service: str) -> bool:
    """Whether a service, ``ec2.amazonaws.com``, may take on the role."""
    role = find_role(account_id, role_name)
    return role is not None and trusts(role.assume_role_policy_document, service)


@lru_cache(maxsize=REMEMBERED)
def trusts(document: str, service: str) -> bool:
    return any(
        statement.get("Effect") == "Allow" and service in services(statement)
        for statement in statements(document)
    )


def find_role(account_id: str, role_name: str) -> Role | None:
    try:
        return iam_backends[account_id]["aws"].get_role(role_name)
    except NotFoundException:
        return None


def documents(role: Role) -> Iterator[str]:
    """Its policies, as JSON: those written into it, then those attached to it."""
    yield from role.policies.values()
    for policy in role.managed_policies.values():
        yield next(version.document for version in policy.versions if version.is_default)


def statements(document: str) -> list[dict[str, Any]]:
    given = json.loads(document).get("Statement", [])
    return given if isinstance(given, list) else [given]


def services(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal", {})
    given = principal.get("Service", []) if isinstance(principal, dict) else []
    return given if isinstance(given, list) else [given]
