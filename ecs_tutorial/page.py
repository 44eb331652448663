"""A page that a container of the lab answered with, or why none came.

It fetches over loopback without any proxy and shows the page inside the notebook;
it must not show a loopback port in what a notebook keeps.
"""

from __future__ import annotations

import http.client
import os
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from ecs_tutorial.lab_error import LabError

if TYPE_CHECKING:
    from ecs_tutorial.data_plane.addresses import AddressMap

PATIENCE = 10.0


@dataclass(frozen=True)
class Page:
    """What ``lab.browse`` gives; ``status`` is None if nothing answered."""

    address: str
    status: int | None
    text: str
    html: str = ""
    link: str | None = None
    """Where a browser finds the page through the Jupyter server."""

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        plain = {"text/plain": self.text}
        return plain | {"text/html": self._frame()} if self.html else plain

    def _frame(self) -> str:
        title = escape(f"{self.address} answered with HTTP {self.status}", quote=True)
        frame = (
            f'<p>{title}</p><iframe title="{title}" srcdoc="{escape(self.html, quote=True)}" '
            'sandbox="" style="width: 100%; height: 36em; border: 1px solid #767676"></iframe>'
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
    """What answers at an address: ``loopback_port`` and ``text``, or ``reason`` and ``hint``."""
    found = asdict(addresses.reach(public_ip, port))
    page = addresses.page(public_ip, port)
    return found | {"text": getattr(page, "text", "")}


def open_page(address: str, answer: dict[str, Any], proxy: str | None) -> Page:
    """The page behind what the lab said of an address: a loopback port, or a reason."""
    port = answer.get("loopback_port")
    if port is None:
        return _unreachable(address, answer["reason"], answer["hint"])
    status, html = _get(port)
    link = f"{proxy}proxy/{port}/" if proxy else None
    return Page(address, status, f"HTTP {status} from {address}\n\n{answer['text']}", html, link)


def _unreachable(address: str, reason: str, hint: str) -> Page:
    words = {"timeout": "the connection timed out", "refused": "the connection was refused"}
    return Page(address, None, f"No page from {address}: {words[reason]}. {hint}")


def _get(port: int) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", "replace")
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
