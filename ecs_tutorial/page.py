"""A page that a container of the lab answered with, or why none came.

It fetches over loopback without any proxy and shows the page inside the notebook; in what
a notebook keeps, no loopback port may stand but in a link through the Jupyter server.
"""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from ecs_tutorial.lab_error import LabError
from ecs_tutorial.page_text import in_words

if TYPE_CHECKING:
    from ecs_tutorial.data_plane.addresses import AddressMap

PATIENCE = 60.0
READY_SECONDS, LOOK_EVERY = 30.0, 0.2
"""How long a real program may take until it answers, and how often it is asked."""
REDIRECTS = 5


@dataclass(frozen=True)
class Page:
    """What ``lab.browse`` gives; ``status`` is None if nothing answered."""

    address: str
    status: int | None
    text: str
    html: str = ""
    link: str | None = None
    """Where a browser finds the page through the Jupyter server."""
    is_real: bool = False
    """Whether a program in a container answered."""

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        plain = {"text/plain": self.text}
        return plain | {"text/html": self._frame()} if self._can_be_framed else plain

    @property
    def _can_be_framed(self) -> bool:
        """A real page needs its styles and pictures, which only the Jupyter server can bring."""
        return bool(self.link if self.is_real else self.html)

    def _frame(self) -> str:
        title = escape(f"{self.address} answered with HTTP {self.status}", quote=True)
        name, content = ("src", self.link or "") if self.is_real else ("srcdoc", self.html)
        # A real page has its styles, forms and cookies, for which it must come from where the
        # notebook comes from. Its scripts would then have the notebook's rights: they do not run.
        rights = "allow-forms allow-same-origin" if self.is_real else ""
        frame = (
            f'<p>{title}</p><iframe title="{title}" {name}="{escape(content, quote=True)}" '
            f'sandbox="{rights}" style="width: 100%; height: 36em; '
            'border: 1px solid #767676"></iframe>'
        )
        # Where a notebook is only read (GitHub, or before it is trusted) no frame is shown.
        words = (
            f"<details><summary>The page in words</summary><pre>{escape(self.text)}</pre></details>"
        )
        return frame + self._anchor() + words

    def _anchor(self) -> str:
        if not self.link:
            return ""
        link = escape(self.link, quote=True)
        return f'<p><a href="{link}" target="_blank">Open {self.address} in a tab</a></p>'


def look(addresses: AddressMap, public_ip: str, port: int) -> dict[str, Any]:
    """What answers at an address: ``loopback_port``, ``is_real`` and ``text``, or ``reason``."""
    found = asdict(addresses.reach(public_ip, port))
    varies = found.get("is_real") or found.get("is_balanced")
    page = None if varies else addresses.page(public_ip, port)
    return found | {"text": getattr(page, "text", "")}


def open_page(address: str, answer: dict[str, Any], proxy: str | None, path: str = "/") -> Page:
    """The page behind what the lab said of an address: a loopback port, or a reason."""
    port = answer.get("loopback_port")
    if port is None:
        return _unreachable(address, answer["reason"], answer["hint"])
    if answer.get("is_real"):
        return _real_page(address, port, proxy, path)
    got = _get(port, f"http://{address}{path}")
    link = f"{proxy}proxy/{port}{path}" if proxy else None
    text = f"HTTP {got.status} from {address}\n\n{answer['text'] or in_words(got.body)}"
    return Page(address, got.status, text, got.body, link)


def _real_page(address: str, port: int, proxy: str | None, path: str) -> Page:
    """What a real container answers, its redirects followed as a browser follows them."""
    first = asked = f"http://{address}{path}"
    got = _get(port, asked)
    for _ in range(REDIRECTS):
        if not got.location or urlsplit(urljoin(asked, got.location)).netloc != _host(first):
            break
        asked = urljoin(asked, got.location)
        got = _get(port, asked)
    shown = address if asked == f"http://{address}/" else asked.removeprefix("http://")
    text = f"HTTP {got.status} from {shown}\n\n{in_words(got.body)}"
    link = f"{proxy}proxy/{port}{_path(asked)}" if proxy else None
    return Page(shown, got.status, text, got.body, link, is_real=True)


def once_ready(visit: Callable[[], Page]) -> Page:
    """What a program answers when it is up: before that it hangs up, or says 5xx of itself."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            page = visit()
            if page.status is None or page.status < 500 or time.monotonic() > deadline:
                return page
        except LabError:
            if time.monotonic() > deadline:
                raise
        time.sleep(LOOK_EVERY)


def _unreachable(address: str, reason: str, hint: str) -> Page:
    words = {"timeout": "the connection timed out", "refused": "the connection was refused"}
    return Page(address, None, f"No page from {address}: {words[reason]}. {hint}")


@dataclass(frozen=True)
class _Answer:
    status: int
    body: str
    location: str | None


def _host(url: str) -> str:
    """The Host of a request, as browsers write it: port 80 is not named."""
    return urlsplit(url).netloc.removesuffix(":80")


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _get(port: int, url: str) -> _Answer:
    """Ask the loopback port in the name of the address that it stands for."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", _path(url), headers={"Host": _host(url)})
        response = connection.getresponse()
        body = response.read().decode("utf-8", "replace")
        return _Answer(response.status, body, response.headers["Location"])
    except (OSError, http.client.HTTPException) as error:
        raise LabError(
            "The lab's page did not answer. Run the cell again; if that does not help, "
            "run the notebook's first cell again."
        ) from error
    finally:
        connection.close()


def jupyter_base() -> str | None:
    """The path of the Jupyter server as a browser sees it, where it is known."""
    base = os.environ.get("ECS_TUTORIAL_JUPYTER_BASE") or os.environ.get(
        "JUPYTERHUB_SERVICE_PREFIX"
    )
    return f"/{base.strip('/')}/".replace("//", "/") if base else None
