"""A visitor's request on its way to a real container and back, in the name of its address.

The program in the container is visited as on AWS, under its host's public address, and
writes that address into its pages. A browser comes another way, through the Jupyter server
and under a longer path, so the one is put for the other in what is passed on. It knows
HTTP; it knows nothing of hosts, containers and servers.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

PATIENCE = 60.0
LARGEST_BODY = 64 * 2**20
"""Bytes of a request or an answer that are passed on, and no more."""
HOP_BY_HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization"}
HOP_BY_HOP |= {"te", "trailer", "transfer-encoding", "upgrade"}
"""Headers that are not passed on (RFC 9110, 7.6.1)."""
_TEXT = re.compile(r"text/|/(json|javascript|xml|x-www-form-urlencoded)|\+xml|\+json")
_OF_JUPYTER = re.compile(r"_xsrf|username-|jupyterhub-")
_OWN_PATHS = re.compile(rb"""(["'])/(?=wp-(?:admin|content|includes)/)""")
"""WordPress names a few of its pages by their path alone."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Message:
    """What is passed on in either direction: headers and body."""

    headers: Headers
    body: bytes

    @property
    def is_text(self) -> bool:
        kind = next((v for k, v in self.headers if k.lower() == "content-type"), "")
        return bool(_TEXT.search(kind))


@dataclass(frozen=True)
class Answer:
    status: int
    message: Message


@dataclass(frozen=True)
class Way:
    """How a browser comes to an address, and how the program there names itself."""

    site: str
    """The host of the public address, with its port unless it is 80."""
    seen_as: str
    """What a browser asks instead of ``http://site``, without a slash at its end."""
    prefix: str = ""
    """The path in ``seen_as``."""

    @classmethod
    def of(cls, site: str, headers: Headers) -> Way:
        """The way by which a request came, told by what proxies add to it."""
        told = {name.lower(): value for name, value in headers}
        prefix = told.get("x-forwarded-prefix", "").rstrip("/")
        scheme = told.get("x-forwarded-proto", "http").partition(",")[0].strip()
        return cls(site, f"{scheme}://{told.get('host', site)}{prefix}", prefix)

    def inwards(self, text: bytes) -> bytes:
        """As the program in the container would have been asked."""
        text = _exchange(text, self.seen_as, f"http://{self.site}")
        return _exchange(text, self.prefix, "") if self.prefix else text

    def outwards(self, text: bytes) -> bytes:
        """As a browser finds it."""
        text = _exchange(text, f"http://{self.site}", self.seen_as)
        return _OWN_PATHS.sub(rb"\1" + self.prefix.encode() + b"/", text)

    def request(self, message: Message) -> Message:
        kept = [(name, value) for name, value in message.headers if _is_passed_in(name)]
        headers = [(name, self._told(name, value)) for name, value in kept]
        body = self.inwards(message.body) if message.is_text else message.body
        # What is to be read on the way back must not be packed.
        more = (("Host", self.site), ("Accept-Encoding", "identity"))
        return Message((*headers, *more, ("Content-Length", str(len(body)))), body)

    def _told(self, name: str, value: str) -> str:
        """A header of a request; Jupyter's own cookies are no business of the container's."""
        if name.lower() == "cookie":
            cookies = (each.strip() for each in value.split(";"))
            return "; ".join(each for each in cookies if not _OF_JUPYTER.match(each))
        return self.inwards(value.encode()).decode()

    def answer(self, message: Message) -> Message:
        headers = [(name, self._shown(name, value)) for name, value in message.headers]
        body = self.outwards(message.body) if message.is_text else message.body
        return Message((*headers, ("Content-Length", str(len(body)))), body)

    def _shown(self, name: str, value: str) -> str:
        """A header of an answer; a cookie is kept for the pages of this address alone."""
        if name.lower() == "set-cookie":
            return re.sub(r"(?i)(;\s*path=)/", rf"\g<1>{self.prefix}/", value)
        if name.lower() == "location" and value.startswith("/"):
            return f"{self.seen_as}{value}"
        return self.outwards(value.encode()).decode()


class TooLarge(http.client.HTTPException):
    """An answer has more than ``LARGEST_BODY``, or no end."""


def forward(way: Way, port: int, method: str, path: str, message: Message) -> Answer:
    """Ask the container behind a loopback port; OSError and HTTPException if it is deaf."""
    asked = way.request(message)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        path = way.inwards(path.encode()).decode()
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.headers:
            connection.putheader(name, value)
        connection.endheaders(asked.body)
        got = connection.getresponse()
        body = got.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise TooLarge
        headers = tuple((name, value) for name, value in got.getheaders() if passed_out(name))
        return Answer(got.status, way.answer(Message(headers, body)))
    finally:
        connection.close()


def _is_passed_in(name: str) -> bool:
    name = name.lower()
    told_anew = name in ("host", "accept-encoding", "content-length")
    return not (name in HOP_BY_HOP or told_anew or name.startswith(("x-forwarded", "x-proxy")))


def passed_out(name: str) -> bool:
    return name.lower() not in HOP_BY_HOP | {"content-length"}


_WRITINGS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: text.replace("/", "\\/"),
    lambda text: quote(text, safe=""),
)
"""How an address stands in a page, in JSON, and in a query or a form."""


def _exchange(text: bytes, old: str, new: str) -> bytes:
    for written in _WRITINGS:
        text = text.replace(written(old).encode(), written(new).encode())
    return text
