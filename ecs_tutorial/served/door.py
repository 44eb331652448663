"""The door of the served lab: which HTTP requests come in at all.

Only programs on this machine that mean the lab may: a web page that found the port,
or a name made to point at it, may not. It knows nothing of what lies behind.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from ecs_tutorial.fence import is_loopback

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 16 * 1024 * 1024
"""In bytes; the largest request of the walk is a task definition of 64 KiB."""


TOO_LONG = Response(f"The lab takes bodies up to {LARGEST_BODY} bytes.\n", 413)


class Door:
    """A WSGI application around another one."""

    def __init__(self, inside: WSGIApplication) -> None:
        self._inside = inside

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refused = refusal(Request(environ))
        return (refused or self._inside)(environ, start_response)


class Unpacked:
    """A WSGI application around another one, which gets no packed bodies."""

    def __init__(self, inside: WSGIApplication) -> None:
        self._inside = inside

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_CONTENT_ENCODING") != "gzip":
            return self._inside(environ, start_response)
        try:
            body = unpacked(Request(environ).get_data(cache=False))
        except zlib.error:
            return Response("The body is not gzip.\n", 400)(environ, start_response)
        if body is None:
            return TOO_LONG(environ, start_response)
        del environ["HTTP_CONTENT_ENCODING"]
        changed = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return self._inside(environ | changed, start_response)


def unpacked(body: bytes) -> bytes | None:
    """What was packed with gzip; None if it is more than a body may be, however small it came."""
    content = zlib.decompressobj(wbits=31).decompress(body, LARGEST_BODY + 1)
    return None if len(content) > LARGEST_BODY else content


def refusal(request: Request) -> Response | None:
    """Why a request stays outside, None if it may come in."""
    origin = request.headers.get("Origin")
    host = request.headers.get("Host", "")
    if "@" in host or not is_loopback(f"http://{host}"):
        return Response("The lab answers to loopback names only.\n", 403)
    if origin is not None and not is_loopback(origin):
        return Response("The lab does not answer to web pages.\n", 403)
    if request.path.startswith("/moto-api"):
        return Response("The lab has no such page; see /_lab/status.\n", 404)
    if "Transfer-Encoding" in request.headers:
        return Response("The lab wants a Content-Length.\n", 411)
    if (request.content_length or 0) > LARGEST_BODY:
        return TOO_LONG
    return None
