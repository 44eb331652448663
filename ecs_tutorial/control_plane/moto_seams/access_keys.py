"""Access keys that IAM and STS hand out: whose secrets nobody can guess, and which are known.

moto draws secrets from the generator that ids come from, whose seed everybody knows, and
answers GetSessionToken and GetFederationToken with keys that belong to nobody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import moto.sts.models
from moto.iam.models import AccessKey, iam_backends
from moto.sts.responses import TokenResponse

from .seam import Seam

Call = Callable[..., Any]


def secret_of(access_key_id: str) -> str | None:
    """The secret of an access key that is active, in whichever account; None of any other."""
    # AWS: temporary credentials end with their time; here they are good until they are deleted.
    for of_account in list(iam_backends.values()):
        for backend in list(dict.values(of_account)):
            key = backend.access_keys.get(access_key_id)
            if key is not None and key.status == "Active":
                return str(key.secret_access_key)
    return None


class AccessKeysSeam(Seam):
    """Secrets are made from the lab's own and the key's id, where the lab has one.

    Args:
        secret: what other users of the machine do not know; None leaves moto's draws.
    """

    def __init__(self, secret: str | None) -> None:
        super().__init__()
        self._secret = secret

    def _mend(self) -> None:
        self._wrap(AccessKey, "__init__", self._with_a_secret)
        for name in ("get_session_token", "get_federation_token"):
            self._wrap(TokenResponse, name, with_a_key_of_its_own)

    def _with_a_secret(self, theirs: Call) -> Call:
        def make(key: AccessKey, *given: Any, **named: Any) -> None:
            theirs(key, *given, **named)
            if self._secret:
                key.secret_access_key = derived(self._secret, key.access_key_id)

        return make


def with_a_key_of_its_own(theirs: Call) -> Call:
    """An answer with credentials, of which moto's are those of AWS's documentation."""

    def answer(response: TokenResponse) -> Any:
        found = theirs(response)
        key = iam_backends[response.current_account][response.partition].create_temp_access_key()
        found.result["Credentials"] |= {
            "AccessKeyId": key.access_key_id,
            "SecretAccessKey": key.secret_access_key,
            "SessionToken": moto.sts.models.random_session_token(),
        }
        return found

    return answer


def derived(secret: str, access_key_id: str) -> str:
    """Forty characters, as AWS's secrets have; the same each time, also after a restart."""
    digest = hmac.new(secret.encode(), access_key_id.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()[:40]
