"""The answers to requests that AWS turns away unread, in the form of the protocol they speak.

The form is told from the request alone; which services there are is not known here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from html import escape

from werkzeug.wrappers import Request, Response


@dataclass(frozen=True)
class Words:
    """An error's code in JSON, in the older XML protocols and in S3's, and its text."""

    json: str
    query: str
    s3: str
    text: str


class Refusal(Enum):
    """Why a request is turned away."""

    MISSING = Words(
        "MissingAuthenticationTokenException",
        "MissingAuthenticationToken",
        "AccessDenied",
        "Missing Authentication Token",
    )
    INCOMPLETE = Words(
        "IncompleteSignatureException",
        "IncompleteSignature",
        "AuthorizationHeaderMalformed",
        "The request signature does not conform to AWS standards.",
    )
    UNKNOWN_KEY = Words(
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "The security token included in the request is invalid.",
    )
    WRONG_SIGNATURE = Words(
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.",
    )
    # AWS: the text names both moments.
    EXPIRED = Words(
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "RequestTimeTooSkewed",
        "Signature expired: it is not of the last five minutes.",
    )


# AWS: EC2 has this one code and text for every key and signature that is not right.
EC2_CODE = "AuthFailure"
EC2_TEXT = "AWS was not able to validate the provided access credentials"


def answer(request: Request, body: bytes, refusal: Refusal) -> Response:
    """A refusal as this request's client reads it."""
    words = refusal.value
    if "X-Amz-Target" in request.headers:
        content = {"__type": words.json, "message": words.text}
        return Response(json.dumps(content), 400, content_type="application/x-amz-json-1.1")
    service = _service(request)
    if service == "ec2":
        code, text = (EC2_CODE, EC2_TEXT) if refusal is not Refusal.MISSING else _query(words)
        error = _xml(code, text)
        return _as_xml(f"<Response><Errors>{error}</Errors></Response>", 401)
    if service == "s3":
        return _as_xml(_xml(words.s3, words.text), 403)
    if _speaks_query(request, body):
        error = _xml(*_query(words), kind="<Type>Sender</Type>")
        return _as_xml(f"<ErrorResponse>{error}</ErrorResponse>", 403)
    found = Response(json.dumps({"message": words.text}), 403, content_type="application/json")
    found.headers["x-amzn-ErrorType"] = words.json
    return found


def _query(words: Words) -> tuple[str, str]:
    return words.query, words.text


def _service(request: Request) -> str:
    """As the request's signature names it, if there is one."""
    scope = request.headers.get("Authorization", "").partition(",")[0].split("/")
    return scope[3] if len(scope) > 3 else ""


def _speaks_query(request: Request, body: bytes) -> bool:
    form = request.mimetype == "application/x-www-form-urlencoded"
    return "Action" in request.args or (form and b"Action=" in body)


def _xml(code: str, text: str, kind: str = "") -> str:
    return f"<Error>{kind}<Code>{code}</Code><Message>{escape(text)}</Message></Error>"


def _as_xml(content: str, status: int) -> Response:
    return Response(content, status, content_type="text/xml")
