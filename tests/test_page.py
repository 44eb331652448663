"""The page that ``browse`` shows: what answered, in a frame and as text, or why nothing did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ecs_tutorial import page as pages
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.page import Page, jupyter_base, once_ready, open_page

HTML = '<!doctype html><title>SIMULATED</title><p>a "quoted" & <b>bold</b> page</p>'
ADDRESS = "203.0.113.7:80"


@pytest.fixture
def port() -> Iterator[int]:
    """A container's page on a loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(HTML)))
            self.end_headers()
            self.wfile.write(HTML.encode())

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        yield server.server_port
        server.shutdown()


class Parts(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] = dict(attrs)


def test_a_page_is_shown_whole_and_named(port: int) -> None:
    """The frame holds exactly what the container answered, and has a title to be read out."""
    page = open_page(ADDRESS, {"loopback_port": port, "text": "SIMULATED: a page"}, None)
    bundle = page._repr_mimebundle_()
    frame = Parts(bundle["text/html"]).found["iframe"]
    assert (page.status, page.html) == (200, HTML)
    assert frame["srcdoc"] == HTML
    assert frame["title"] == f"{ADDRESS} answered with HTTP 200"
    assert bundle["text/plain"] == f"HTTP 200 from {ADDRESS}\n\nSIMULATED: a page" == repr(page)


def test_a_page_brings_no_program_into_the_notebook(port: int) -> None:
    """The frame is sandboxed: a script in it would not run."""
    page = open_page(ADDRESS, {"loopback_port": port, "text": ""}, None)
    assert Parts(page._repr_mimebundle_()["text/html"]).found["iframe"]["sandbox"] == ""


def test_loopback_ports_are_not_kept(port: int) -> None:
    """What a notebook keeps names the lab's address, never a port of this machine."""
    page = open_page(ADDRESS, {"loopback_port": port, "text": "x"}, None)
    assert str(port) not in str(page._repr_mimebundle_()).replace(HTML, "")


def test_the_link_goes_through_the_jupyter_server(port: int) -> None:
    """A reader on a hub or on Binder follows it without a loopback of their own."""
    page = open_page(ADDRESS, {"loopback_port": port, "text": "x"}, "/user/reader/")
    assert Parts(page._repr_mimebundle_()["text/html"]).found["a"]["href"] == (
        f"/user/reader/proxy/{port}/"
    )


def real(port: int, proxy: str | None) -> Page:
    return open_page(ADDRESS, {"loopback_port": port, "text": "", "is_real": True}, proxy)


def test_a_real_page_comes_in_words(port: int) -> None:
    """Without its styles and pictures a frame would mislead, so what it says is shown."""
    page = real(port, None)
    assert page._repr_mimebundle_() == {
        "text/plain": f'HTTP 200 from {ADDRESS}\n\nSIMULATED\na "quoted" & bold page'
    }


def test_a_real_page_is_framed_through_the_jupyter_server(port: int) -> None:
    """From there it can fetch what belongs to it; the notebook's window is not its own."""
    frame = Parts(real(port, "/user/reader/")._repr_mimebundle_()["text/html"]).found["iframe"]
    assert frame["src"] == f"/user/reader/proxy/{port}/"
    # From the notebook's own origin, so no script of it may run.
    assert frame["sandbox"] == "allow-forms allow-same-origin"


@pytest.mark.parametrize(
    ("reason", "words"),
    [("timeout", "the connection timed out"), ("refused", "the connection was refused")],
)
def test_nothing_answers_in_words(reason: str, words: str) -> None:
    """A connection that fails as it would on AWS says what to look at."""
    page = open_page(ADDRESS, {"reason": reason, "hint": "Look there."}, None)
    assert page.status is None
    assert page._repr_mimebundle_() == {
        "text/plain": f"No page from {ADDRESS}: {words}. Look there."
    }


def test_a_page_that_went_away_is_a_sentence(port: int) -> None:
    """A server that is gone between two moments does not end in a stack of calls."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as gone:
        closed = gone.server_port
    with pytest.raises(LabError, match="Run the cell again"):
        open_page(ADDRESS, {"loopback_port": closed, "text": ""}, None)


@pytest.mark.parametrize(
    ("name", "value", "base"),
    [
        ("ECS_TUTORIAL_JUPYTER_BASE", "/", "/"),
        ("JUPYTERHUB_SERVICE_PREFIX", "/user/reader/", "/user/reader/"),
        ("JUPYTERHUB_SERVICE_PREFIX", "user/reader", "/user/reader/"),
        ("SOMETHING_ELSE", "/x/", None),
    ],
)
def test_the_jupyter_servers_path(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, base: str | None
) -> None:
    """It is known from the command that started it, or from the hub."""
    monkeypatch.delenv("ECS_TUTORIAL_JUPYTER_BASE", raising=False)
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    monkeypatch.setenv(name, value)
    assert jupyter_base() == base


def visits(*answers: Page | LabError) -> Callable[[], Page]:
    """A visit that ends another way each time."""
    left = iter(answers)

    def visit() -> Page:
        answer = next(left)
        if isinstance(answer, LabError):
            raise answer
        return answer

    return visit


HUNG_UP = LabError("The lab's page did not answer.")
NO_DATABASE, WELCOME = (Page(ADDRESS, status, "") for status in (500, 200))


def test_a_program_that_is_not_up_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It hangs up, then has no database, then welcomes: the reader sees the welcome."""
    monkeypatch.setattr(pages, "LOOK_EVERY", 0)
    assert once_ready(visits(HUNG_UP, HUNG_UP, NO_DATABASE, WELCOME)) is WELCOME


def test_patience_with_a_program_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """After that the reader sees what there is: the 5xx, or that nothing answered."""
    monkeypatch.setattr(pages, "READY_SECONDS", -1)
    assert once_ready(visits(NO_DATABASE)) is NO_DATABASE
    with pytest.raises(LabError):
        once_ready(visits(HUNG_UP))


def test_other_answers_are_shown_at_once() -> None:
    """Not found is an answer, and so is that nothing listens there."""
    for status in (404, None):
        page = Page(ADDRESS, status, "")
        assert once_ready(visits(page)) is page
