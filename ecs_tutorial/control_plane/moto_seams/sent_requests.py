"""Requests and answers as a journal keeps them: enough to send one again and to compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from moto.core.responses import BaseResponse

from ecs_tutorial.journal_entries import Sent

TELLING = ("authorization", "content-type", "x-amz-", "x-moto-")
"""What the headers begin with by which moto finds the service, the region and the account."""


def sent(response: BaseResponse) -> Sent:
    """The request that moto is about to answer, as it came over the wire."""
    headers = {
        name.lower(): str(value)
        for name, value in response.headers.items()
        if name.lower().startswith(TELLING)
    }
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
