"""Requests and answers as a journal keeps them: enough to send one again and to compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from moto.core.responses import BaseResponse

from ecs_tutorial.journal_entries import Sent

TELLING = ("Authorization", "Content-Type", "X-Amz-Target", "X-Amz-Security-Token")
"""The headers by which moto finds the service, the region and the account."""
IN_HEADERS = "x-amz-"
"""What the parameters begin with that a REST service, as S3, has in headers."""

SIGNED = ", SignedHeaders="
"""From here on a signature is kept no more: it was right, and it differs with each request."""


def sent(response: BaseResponse) -> Sent:
    """The request that moto is about to answer, as it came over the wire."""
    given = response.headers
    found = ((name.lower(), given.get(name)) for name in TELLING)
    headers = {name: str(value).partition(SIGNED)[0] for name, value in found if value is not None}
    if not response.form_data and "x-amz-target" not in headers:
        more = ((name.lower(), str(value)) for name, value in given.items())
        headers.update((name, value) for name, value in more if name.startswith(IN_HEADERS))
    return Sent(str(response.method), str(response.uri), headers, _body(response))


def _body(response: BaseResponse) -> bytes:
    """As it was sent, but not compressed; werkzeug has taken a form apart."""
    form: Any = response.form_data
    if form:
        return urlencode(list(form.items(multi=True))).encode()
    body = response.body
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def outcome(status: int, body: str | bytes) -> str:
    """What a request was answered, in few letters."""
    content = body.encode() if isinstance(body, str) else body
    return f"{status} {blake2b(content, digest_size=8).hexdigest()}"


def reported(account_id: str, region: str, parameters: Mapping[str, Any]) -> str:
    """What an agent reported, and where."""
    return json.dumps([account_id, region, parameters], sort_keys=True, default=str)
