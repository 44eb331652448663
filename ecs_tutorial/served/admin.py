"""What a kernel and the command line may ask of the served lab, as JSON under /_lab/.

``GET status``, ``POST start {chapter, keep}``, ``POST reset``, ``POST stop``,
``POST browse {public_ip, port}``, ``POST snapshot {file}``. An answer that is not 200 has
``message``, a sentence for the learner. It must not know how the lab works inside.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served.keeper import Keeper

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/_lab/"

NOT_SIGNED = "The request is not signed with this lab's key, which lies in the lab's folder."
Browse = Callable[[str, int], dict[str, Any]]
"""What answers at a public address: ``loopback_port`` and ``text``, or ``reason`` and ``hint``."""


class Admin:
    """A WSGI application that takes what begins with /_lab/ and hands on the rest."""

    def __init__(
        self,
        aws: WSGIApplication,
        keeper: Keeper,
        *,
        about: dict[str, Any],
        browse: Browse,
        stop: Callable[[], None],
        allows: Callable[[Request], bool],
        snapshot: Callable[[str], None] = lambda file: None,
        memory: Callable[[], dict[str, int] | None] = lambda: None,
    ) -> None:
        self._aws = aws
        self._keeper = keeper
        self._about = about
        self._browse = browse
        self._stop = stop
        self._allows = allows
        self._snapshot = snapshot
        self._memory = memory

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PREFIX):
            return self._aws(environ, start_response)
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if not self._allows(request):
            return _json({"message": NOT_SIGNED}, 401)
        verb = request.path.removeprefix(PREFIX)
        answer = getattr(self, f"_{request.method.lower()}_{verb}", None)
        if answer is None:
            return _json({"message": f"The lab has no {request.method} {request.path}."}, 404)
        try:
            return _json(answer(_body(request)))
        except (LabError, HTTPException, KeyError, TypeError, ValueError) as error:
            return _json({"message": _sentence(error)}, 400)
        except Exception as error:
            logging.getLogger(__name__).exception("%s %s", request.method, request.path)
            return _json({"message": f"The lab failed ({error!r}); its lab.log says more."}, 500)

    def _get_status(self, _: dict[str, Any]) -> dict[str, Any]:
        keeper = self._keeper
        return self._about | {
            "begun": keeper.begun,
            "busy": keeper.busy,
            "builds": keeper.builds,
            "chapter": keeper.chapter,
            "contents": keeper.contents(),
            "memory": self._memory(),
        }

    def _post_start(self, body: dict[str, Any]) -> dict[str, Any]:
        return asdict(self._keeper.start(body["chapter"], bool(body.get("keep", False))))

    def _post_reset(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"gone": self._keeper.reset()}

    def _post_browse(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._browse(str(body["public_ip"]), int(body["port"]))

    def _post_snapshot(self, body: dict[str, Any]) -> dict[str, Any]:
        if self._keeper.busy:
            raise LabError(f"The lab is busy: {self._keeper.busy}. Try again in a moment.")
        self._snapshot(str(body["file"]))
        return {"file": body["file"]}

    def _post_stop(self, _: dict[str, Any]) -> dict[str, Any]:
        self._stop()
        return {"stopping": True}


def _body(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return {}
    body = request.get_json()
    if not isinstance(body, dict):
        raise ValueError("a JSON object is expected")
    return body


def _sentence(error: Exception) -> str:
    if isinstance(error, LabError):
        return str(error)
    return f"The lab did not understand the request: {error}."


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")
