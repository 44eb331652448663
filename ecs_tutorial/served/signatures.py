"""Which requests to AWS's side are signed with a key that the lab has given out.

The signature is reckoned anew with botocore's own signer and compared. It knows a key's
secret through one function, and nothing of what the request asks for.
"""

from __future__ import annotations

import hmac
import io
import re
import time
from calendar import timegm
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from werkzeug.wrappers import Request

from ecs_tutorial.access_key import VALID_FOR, AccessKey
from ecs_tutorial.served import refusals
from ecs_tutorial.served.refusals import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SecretOf = Callable[[str], str | None]
"""The secret of an access key id that is in use; None for any other."""

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[^/,]+)/(?P<service>[^/,]+)"
    r"/aws4_request,\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
HASH = "X-Amz-Content-SHA256"


@dataclass(frozen=True)
class Signed:
    """What a request's Authorization says."""

    key: str
    region: str
    service: str
    headers: str
    signature: str


class SignedOnly:
    """A WSGI application that lets in what is signed as AWS wants it."""

    def __init__(self, inside: WSGIApplication, secret_of: SecretOf) -> None:
        self._inside = inside
        self._secret_of = secret_of

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data(cache=False)
        refused = refusal(request, body, self._secret_of)
        if refused:
            return refusals.answer(request, body, refused)(environ, start_response)
        environ["wsgi.input"] = io.BytesIO(body)
        return self._inside(environ, start_response)


def admits(key: AccessKey, request: Request) -> bool:
    """Whether a request to the lab's own pages is signed with its key."""
    header = request.headers.get("Authorization", "")
    return key.signed(header, request.method, request.host, request.path, request.get_data())


def refusal(request: Request, body: bytes, secret_of: SecretOf) -> Refusal | None:
    """Why AWS would not look at a request, None if it would."""
    header = request.headers.get("Authorization", "")
    # AWS: some requests need no signature, as AssumeRoleWithWebIdentity, and a URL can carry one.
    if not header:
        return Refusal.MISSING
    found = AUTHORIZATION.fullmatch(header.strip())
    if found is None:
        return Refusal.INCOMPLETE
    signed = Signed(**found.groupdict())
    secret = secret_of(signed.key)
    if secret is None:
        return Refusal.UNKNOWN_KEY
    if not hmac.compare_digest(_signature(request, body, signed, secret), signed.signature):
        return Refusal.WRONG_SIGNATURE
    return None if _is_fresh(request) else Refusal.EXPIRED


def _signature(request: Request, body: bytes, signed: Signed, secret: str) -> str:
    kind = S3SigV4Auth if signed.service == "s3" else SigV4Auth
    signer = kind(Credentials(signed.key, secret), signed.service, signed.region)
    names = signed.headers.split(";")
    headers = {name: request.headers[name] for name in names if name in request.headers}
    sent = AWSRequest(request.method, _url(request), headers, body)
    if HASH in request.headers and not _is_hash_of(request.headers[HASH], sent, signer):
        return ""
    sent.context["timestamp"] = request.headers.get("X-Amz-Date", "")
    canonical = signer.canonical_request(sent)
    return str(signer.signature(signer.string_to_sign(sent, canonical), sent))


def _url(request: Request) -> str:
    """As the client wrote it: what WSGI has made of the path can no longer be signed."""
    return f"http://{request.host}{request.environ['REQUEST_URI']}"


def _is_hash_of(told: str, sent: AWSRequest, signer: SigV4Auth) -> bool:
    """Whether the hash that the client has signed is its body's, where it is a hash."""
    return told.startswith(("UNSIGNED-", "STREAMING-")) or told == signer.payload(sent)


def _is_fresh(request: Request) -> bool:
    try:
        sent = time.strptime(request.headers.get("X-Amz-Date", ""), SIGV4_TIMESTAMP)
    except ValueError:
        return False
    return abs(time.time() - timegm(sent)) <= VALID_FOR
