"""What an agent makes of an error that the ECS API answers with.

It reads errors in the form of botocore's ``ClientError`` and judges whether trying again
can help. It knows no client.
"""

from __future__ import annotations

from dataclasses import dataclass

RETRIED = ("Throttling", "ThrottlingException", "ServerException", "LimitExceededException")
TERMINAL = ("ClientException", "InvalidParameterException", "ClusterNotFoundException")


@dataclass(frozen=True)
class ApiError:
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    @property
    def is_terminal(self) -> bool:
        """The agent gives up: the same request can never succeed."""
        return self.code in TERMINAL

    @property
    def is_passing(self) -> bool:
        """The service is busy or broken: the same request may succeed soon."""
        return self.code in RETRIED

    @property
    def says_no_cluster(self) -> bool:
        return self.code == "ClusterNotFoundException" or self.message == "Cluster not found."


def api_error(error: Exception) -> ApiError:
    """The error inside an exception; one that is none of the API's goes on its way."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict) or "Error" not in response:
        raise error
    return ApiError(response["Error"].get("Code", ""), response["Error"].get("Message", ""))
