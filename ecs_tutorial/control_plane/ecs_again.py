"""A request to ECS that a journal has, answered again without its way over the wire.

moto's way to an answer (a WSGI application, a router, a request that is built twice and read in
four ways) costs more than what ECS then does. What is answered here passes the same gate to the
same operations, and its answer has the same body; only nobody reads its headers.
"""

from __future__ import annotations

from typing import Any

from moto.iam.models import mark_account_as_visited
from moto.utilities.utils import get_partition
from werkzeug.datastructures import Headers

from ..journal_entries import Sent
from .ecs_api import EcsApi

TARGET = "x-amz-target"
TARGETS = "AmazonEC2ContainerServiceV20141113."


def answer(sent: Sent) -> bool:
    """Do what was asked, if it was asked of ECS; whether it was."""
    if not sent.headers.get(TARGET, "").startswith(TARGETS):
        return False
    EcsAgain(sent).call_action()
    return True


class EcsAgain(EcsApi):
    """ECS's endpoint with a request on it: what ``setup_class`` finds in one, found at once."""

    def __init__(self, sent: Sent) -> None:
        super().__init__()
        self.method, self.uri = sent.method, sent.url
        self.headers = Headers(sent.headers)
        self.body = self.raw_body = sent.body
        self.data = sent.body  # type: ignore[assignment]
        self.querystring, self.form_data = {}, {}  # type: ignore[assignment]
        self.response_headers = {}
        self.region = self.get_region_from_url(self, sent.url)
        self.partition = get_partition(self.region)
        self.parse_parameters(self)
        self._visit()

    def _visit(self) -> None:
        """IAM remembers when a key was last used."""
        self.access_key = self.get_access_key()
        self.current_account = self.get_current_account()
        mark_account_as_visited(
            self.current_account, self.access_key, str(self.service_name), self.region
        )

    @staticmethod
    def _enrich_response(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        return headers, body
