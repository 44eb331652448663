"""A request on its way to a real container and back: each side reads the address it knows."""

import pytest
from web_programs import asked

from ecs_tutorial.data_plane.forwarding import Message, Way, forward

SITE = "203.0.113.7"
SEEN_AS = "https://hub.example/user/reader/proxy/5000"
VISITOR = (
    ("Host", "hub.example"),
    ("X-Forwarded-Prefix", "/user/reader/proxy/5000"),
    ("X-Forwarded-Proto", "https,http"),
)
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def visit(program, method="GET", path="/", headers=(), body=b""):
    """What a browser gets through the Jupyter server from a program."""
    message = Message((*VISITOR, *headers), body)
    return forward(Way.of(SITE, message.headers), program, method, path, message)


def headers(answer, name):
    return [value for key, value in answer.message.headers if key == name]


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        ('<a href="http://203.0.113.7/wp-admin/">', f'<a href="{SEEN_AS}/wp-admin/">'),
        (r'"root":"http:\/\/203.0.113.7\/"', '"root":"' + SEEN_AS.replace("/", r"\/") + r'\/"'),
        ("?to=http%3A%2F%2F203.0.113.7%2F", "?to=https%3A%2F%2Fhub.example%2Fuser%2Freader"),
        ("ajaxurl = '/wp-admin/admin-ajax.php'", "'/user/reader/proxy/5000/wp-admin/admin-ajax"),
        ('preload = {"/wp/v2/posts": 1}', '{"/wp/v2/posts": 1}'),
    ],
)
def test_a_page_names_the_address_that_the_browser_can_reach(page, seen):
    """As it stands in HTML, in JSON and in a query; WordPress's own paths too, no other ones."""
    with asked(page.encode()) as (program, _):
        shown = visit(program).message.body.decode()
    assert seen in shown
    assert "203.0.113.7" not in shown


def test_the_program_is_asked_under_its_own_address():
    """Host, referer, query and form name the public address; a packed answer is not asked for."""
    form = f"redirect_to={SEEN_AS}/wp-admin/&_wp_http_referer=/user/reader/proxy/5000/x".encode()
    with asked(b"") as (program, requests):
        visit(program, "POST", f"/?to={SEEN_AS}/a", (("Referer", f"{SEEN_AS}/b"), FORM), form)
    [(method, path, told, sent)] = requests
    assert (method, path) == ("POST", f"/?to=http://{SITE}/a")
    assert (told["Host"], told["Referer"]) == (SITE, f"http://{SITE}/b")
    assert sent.decode() == f"redirect_to=http://{SITE}/wp-admin/&_wp_http_referer=/x"
    assert told["Accept-Encoding"] == "identity"
    assert not [name for name in told if name.startswith("X-Forwarded")]


@pytest.mark.parametrize("place", ["/wp-admin/install.php", f"http://{SITE}/wp-admin/install.php"])
def test_a_redirect_stays_on_the_way(place):
    """A path alone and a whole address both lead back through the Jupyter server."""
    with asked(b"", (("Location", place),), 302) as (program, _):
        answer = visit(program)
    assert (answer.status, headers(answer, "Location")) == (
        302,
        [f"{SEEN_AS}/wp-admin/install.php"],
    )


def test_cookies_stay_apart():
    """The program gets none of Jupyter's, and its own are kept for its own pages."""
    given = (("Set-Cookie", "a=1; path=/wp-admin; HttpOnly"), ("Set-Cookie", "b=2; Path=/"))
    with asked(b"", given) as (program, requests):
        answer = visit(program, headers=(("Cookie", "_xsrf=x; a=1; username-hub=y; b=2"),))
    assert requests[0][2]["Cookie"] == "a=1; b=2"
    assert headers(answer, "Set-Cookie") == [
        "a=1; path=/user/reader/proxy/5000/wp-admin; HttpOnly",
        "b=2; Path=/user/reader/proxy/5000/",
    ]


def test_what_is_no_text_is_left_alone():
    """A picture arrives as it was sent, in both directions."""
    picture = b"\x89PNG http://203.0.113.7/ \xff"
    kind = ("Content-Type", "image/png")
    with asked(picture, (kind,)) as (program, requests):
        sent = SEEN_AS.encode() + b"\xff"
        assert visit(program, "POST", headers=(kind,), body=sent).message.body == picture
    assert requests[0][3] == sent


def test_without_a_proxy_the_loopback_address_is_put_in_its_place():
    """A browser that asks the loopback port itself stays there."""
    with asked(b"http://203.0.113.7:8080/x") as (program, _):
        message = Message((("Host", "127.0.0.1:5000"),), b"")
        way = Way.of("203.0.113.7:8080", message.headers)
        assert forward(way, program, "GET", "/", message).message.body == b"http://127.0.0.1:5000/x"
