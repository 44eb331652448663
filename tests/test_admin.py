"""Who may come in at the served lab's door, and what the admin pages answer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from test_keeper import EMPTY, LEAVES, FakeLab, book
from werkzeug.test import Client
from werkzeug.wrappers import Response

from ecs_tutorial.served.admin import NOT_SIGNED, Admin
from ecs_tutorial.served.door import LARGEST_BODY, Door
from ecs_tutorial.served.keeper import Keeper


def aws(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Stands for moto: whatever comes through the door and is not for the admin."""
    return Response("AWS answers")(environ, start_response)


class Pages:
    """The admin pages around a fake lab."""

    def __init__(self, folder: Path) -> None:
        self.lab = FakeLab()
        self.stopped = 0
        self.keeper = Keeper(self.lab, book(folder))
        self.has_key = True
        admin = Admin(
            *(aws, self.keeper),
            about={"pid": 7},
            browse=self.browse,
            stop=self.stop,
            allows=lambda _: self.has_key,
        )
        self.client = Client(Door(admin))

    def browse(self, public_ip: str, port: int) -> dict[str, Any]:
        return {"loopback_port": port + 1, "text": public_ip}

    def stop(self) -> None:
        self.stopped += 1

    def post(self, verb: str, content: Any) -> tuple[int, Any]:
        answer = self.client.post(f"/_lab/{verb}", json=content)
        return answer.status_code, answer.json


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path)


def test_status_tells_what_is_in_the_lab(pages: Pages) -> None:
    """Status says who answers, how far the learner is and what is there."""
    pages.post("start", {"chapter": 3})
    assert pages.client.get("/_lab/status").json == {
        "pid": 7,
        "begun": None,
        "builds": 1,
        "busy": None,
        "chapter": 3,
        "contents": EMPTY | LEAVES[2],
        "memory": None,
    }


def test_start_answers_how_it_went(pages: Pages) -> None:
    """A start says whether the lab was rebuilt and what went."""
    status, answer = pages.post("start", {"chapter": 3, "keep": False})
    assert (status, answer["rebuilt"], answer["contents"]) == (200, True, EMPTY | LEAVES[2])
    _, answer = pages.post("start", {"chapter": 3, "keep": True})
    assert (answer["rebuilt"], answer["gone"]) == (False, None)


def test_reset_browse_and_stop(pages: Pages) -> None:
    """The other verbs hand on to the lab and back."""
    pages.post("start", {"chapter": 3})
    assert pages.post("reset", {}) == (200, {"gone": EMPTY | LEAVES[2]})
    answer = pages.post("browse", {"public_ip": "203.0.113.1", "port": 80})
    assert answer == (200, {"loopback_port": 81, "text": "203.0.113.1"})
    assert pages.post("stop", {}) == (200, {"stopping": True})
    assert pages.stopped == 1


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("start", {}),
        ("start", []),
        ("start", {"chapter": 99}),
        ("start", {"chapter": "two"}),
        ("browse", {"public_ip": "203.0.113.1"}),
        ("browse", {"public_ip": "203.0.113.1", "port": "eighty"}),
    ],
)
def test_what_is_not_understood_is_said(pages: Pages, verb: str, body: Any) -> None:
    """A request that makes no sense gets a sentence and changes nothing."""
    status, answer = pages.post(verb, body)
    assert status == 400
    assert answer["message"].startswith(("The lab did not understand", "There is no chapter"))
    assert pages.lab.rebuilt == []


def test_a_body_that_is_not_json_is_refused(pages: Pages) -> None:
    """Only JSON is read, which a form on a web page cannot send."""
    answer = pages.client.post("/_lab/stop", data="{}", content_type="text/plain")
    assert (answer.status_code, pages.stopped) == (400, 0)
    answer = pages.client.post("/_lab/stop", data="{", content_type="application/json")
    assert (answer.status_code, pages.stopped) == (400, 0)


@pytest.mark.parametrize("path", ["", "nothing", "start", "__class__", "../status", "status/x"])
def test_there_are_no_other_pages(pages: Pages, path: str) -> None:
    """A name that is no verb, or the verb of another method, is answered with 404."""
    assert pages.client.get(f"/_lab/{path}").status_code == 404


def test_a_failure_inside_is_a_sentence(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong in the lab ends in its log and not in a dead connection."""

    def rebuild(chapter: int) -> None:
        raise RuntimeError("out of order")

    pages.lab.rebuild = rebuild  # the instance's own, as a fault would have it
    status, answer = pages.post("start", {"chapter": 3})
    assert (status, "out of order" in answer["message"]) == (500, True)
    assert "out of order" in caplog.text


@pytest.mark.parametrize("verb", ["status", "start", "reset", "stop", "browse", "nothing"])
def test_who_has_no_key_is_told_nothing(pages: Pages, verb: str) -> None:
    """Without the lab's signature no page answers, whether it exists or not."""
    pages.has_key = False
    for ask in (pages.client.get, pages.client.post):
        answer = ask(f"/_lab/{verb}")
        assert (answer.status_code, answer.json) == (401, {"message": NOT_SIGNED})
    assert (pages.lab.rebuilt, pages.stopped) == ([], 0)


def test_aws_requests_pass(pages: Pages) -> None:
    """What is not for the admin goes on to AWS's side."""
    assert pages.client.post("/", data=b"x").text == "AWS answers"


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000", "[::1]:5000", "s.localhost"])
def test_loopback_names_come_in(pages: Pages, host: str) -> None:
    """A client on this machine may call the lab by any of its names."""
    assert pages.client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:5000",
        "192.168.1.5",
        "127.0.0.1.evil.example",
        "",
        "evil.example@127.0.0.1",
        "[",
    ],
)
def test_other_names_stay_outside(pages: Pages, host: str) -> None:
    """A name made to point at loopback does not open the door."""
    for path in ("/", "/_lab/status"):
        assert pages.client.get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://203.0.113.1"])
def test_web_pages_stay_outside(pages: Pages, origin: str) -> None:
    """A page in the learner's browser cannot call the lab."""
    answer = pages.client.post("/_lab/stop", json={}, headers={"Origin": origin})
    assert (answer.status_code, pages.stopped) == (403, 0)


def test_bodies_are_bounded(pages: Pages) -> None:
    """Too long a body, or one of unknown length, is not read."""
    too_long = {"CONTENT_LENGTH": str(LARGEST_BODY + 1)}
    assert pages.client.post("/", environ_overrides=too_long).status_code == 413
    assert pages.client.post("/", headers={"Transfer-Encoding": "chunked"}).status_code == 411


def test_motos_own_pages_are_shut(pages: Pages) -> None:
    """Moto's reset page would take the state from under the planes."""
    assert pages.client.post("/moto-api/reset").status_code == 404
