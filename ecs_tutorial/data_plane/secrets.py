"""The secrets of a task: read before its first container is made, given as environment.

Which call each secret needs and what its end says is as aws/amazon-ecs-agent has it
(agent/taskresource/ssmsecret and asmsecret, agent/asm, agent/ssm). Whose rights the calls
have, and what answers them, is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from ecs_tutorial.data_plane.api_errors import ApiError, api_error
from ecs_tutorial.data_plane.messages import ContainerPayload, SecretPayload, TaskPayload

PARAMETERS_AT_ONCE = 10
PLAIN_ARN_PARTS, ARN_PARTS_WITH_KEY = 7, 10
"""``arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME``, and with ``:KEY:STAGE:VERSION``."""


class SecretsClient(Protocol):
    """The calls of Parameter Store and Secrets Manager that an agent makes, as in boto3."""

    def get_parameters(self, **parameters: Any) -> dict[str, Any]: ...

    def get_secret_value(self, **parameters: Any) -> dict[str, Any]: ...


ClientIn = Callable[[str], SecretsClient]
"""The client of a region, with the rights of one task's execution role."""
ClientFor = Callable[[str, str, str], SecretsClient]
"""The client for an execution role's ARN, a task's ARN and a region."""


class SecretsError(Exception):
    """Why a task's secrets could not be read; its text is the task's reason."""


def nobody(role_arn: str, task_arn: str, region: str) -> SecretsClient:
    """No credentials for any role, as where no control plane sends them."""
    raise SecretsError("secret resource: unable to find execution role credentials")


def secret_values(task: TaskPayload, client_in: ClientIn) -> dict[str, str]:
    """The value of each secret of the task's containers, by its ``key``.

    Raises:
        SecretsError: one of them cannot be read.
    """
    secrets = [each for container in task["containers"] for each in secrets_of(container)]
    parameters = [each for each in secrets if each["provider"] == "ssm"]
    others = {key(each): each for each in secrets if each["provider"] == "asm"}
    values = {name: secret_value(each, client_in) for name, each in others.items()}
    for region in dict.fromkeys(each["region"] for each in parameters):
        named = dict.fromkeys(e["valueFrom"] for e in parameters if e["region"] == region)
        values |= parameter_values(region, list(named), client_in)
    return values


def secrets_of(container: ContainerPayload) -> Sequence[SecretPayload]:
    return container.get("secrets") or ()


def environment(container: ContainerPayload, values: Mapping[str, str]) -> dict[str, str]:
    """The variables that a container's secrets become."""
    return {each["name"]: values[key(each)] for each in secrets_of(container)}


def key(secret: SecretPayload) -> str:
    return f"{secret['valueFrom']}_{secret['region']}"


def parameter_values(
    region: str, names: Sequence[str], client_in: ClientIn
) -> Iterable[tuple[str, str]]:
    """Values out of Parameter Store, ten in a call."""
    for first in range(0, len(names), PARAMETERS_AT_ONCE):
        asked = names[first : first + PARAMETERS_AT_ONCE]
        client = _client(region, client_in)
        try:
            answer = client.get_parameters(Names=asked, WithDecryption=True)
        except Exception as error:
            raise _unread_parameters(region, str(api_error(error))) from error
        if missing := answer.get("InvalidParameters"):
            raise _unread_parameters(region, f"invalid parameters: {','.join(missing)}")
        for each in answer["Parameters"]:
            yield f"{each['Name']}_{region}", each["Value"]


def _unread_parameters(region: str, problem: str) -> SecretsError:
    return SecretsError(f"Fetching secret data from SSM Parameter Store in {region}: {problem}")


def secret_value(secret: SecretPayload, client_in: ClientIn) -> str:
    """One value out of Secrets Manager, or the member of it that a JSON key names."""
    request, json_key = secret_request(secret["valueFrom"])
    client = _client(secret["region"], client_in)
    try:
        text = client.get_secret_value(**request).get("SecretString") or ""
    except Exception as error:
        raise _unread_secret(request["SecretId"], api_error(error)) from error
    return _member(text, json_key) if json_key else text


def secret_request(value_from: str) -> tuple[dict[str, str], str]:
    """The parameters of GetSecretValue and the JSON key that an ARN names.

    >>> secret_request("arn:aws:secretsmanager:us-east-1:1:secret:db-Ab12Cd:password::")
    ({'SecretId': 'arn:aws:secretsmanager:us-east-1:1:secret:db-Ab12Cd'}, 'password')
    """
    parts = value_from.split(":")
    if len(parts) == PLAIN_ARN_PARTS:
        return {"SecretId": value_from}, ""
    if len(parts) != ARN_PARTS_WITH_KEY:
        raise SecretsError(
            f"trying to retrieve secret with value {value_from} resulted in error: an invalid ARN "
            "format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try "
            "again."
        )
    request = {
        "SecretId": ":".join(parts[:PLAIN_ARN_PARTS]),
        "VersionStage": parts[8],
        "VersionId": parts[9],
    }
    return {name: value for name, value in request.items() if value}, parts[7]


def _unread_secret(secret_id: str, problem: ApiError) -> SecretsError:
    # AWS: the request's id follows, and what is not ResourceNotFoundException is said twice.
    if problem.code != "ResourceNotFoundException":
        return SecretsError(str(problem))
    return SecretsError(
        f"ResourceInitializationError: The task can't retrieve the secret with ARN '{secret_id}' "
        f"from AWS Secrets Manager. Check that the secret ARN is correct: {problem}"
    )


def _member(text: str, json_key: str) -> str:
    try:
        members = json.loads(text)
    except ValueError as error:
        # AWS: says what Go's JSON reader says.
        raise SecretsError("invalid character looking for beginning of value") from error
    if not isinstance(members, dict) or json_key not in members:
        raise SecretsError(
            f"retrieved secret from Secrets Manager did not contain json key {json_key}"
        )
    found = members[json_key]
    return found if isinstance(found, str) else json.dumps(found)


def _client(region: str, client_in: ClientIn) -> SecretsClient:
    """The client of a region; that nobody gives its rights is the whole reason."""
    try:
        return client_in(region)
    except SecretsError:
        raise
    except Exception as error:
        raise SecretsError(api_error(error).message) from error
