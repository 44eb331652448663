"""How public addresses are reached, and the page that a simulated container shows."""

import re
import urllib.error
import urllib.request
from http.client import HTTPConnection

import pytest
from hosts import Region, ec2_instance, mysql, walk_region, wordpress
from web_programs import asked

from ecs_tutorial.data_plane import forwarding
from ecs_tutorial.data_plane.addresses import AddressMap, Reached, Unreachable
from ecs_tutorial.data_plane.forwarding import LARGEST_BODY
from ecs_tutorial.data_plane.pages import DARK, LIGHT, MASK, container_page, shown_value

IP = "203.0.113.1"


@pytest.fixture
def region():
    return walk_region()


@pytest.fixture
def addresses(region):
    opened = AddressMap(region.hosts)
    yield opened
    opened.close()


def fetch(port, method="GET", path="/"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=5) as response:
        return response.status, dict(response.headers), response.read().decode()


def test_a_listening_port_answers_real_http(addresses):
    """The port of a running container answers on loopback, whatever the path."""
    reached = addresses.reach(IP, 80)
    assert isinstance(reached, Reached)
    status, headers, body = fetch(reached.loopback_port, path="/wp-admin/install.php")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "WordPress would show its installation page here." in body


def test_head_has_no_body(addresses):
    """HEAD answers as GET does, without the page."""
    port = addresses.reach(IP, 80).loopback_port
    status, headers, body = fetch(port, "HEAD")
    assert (status, body) == (200, "")
    assert int(headers["Content-Length"]) > 500


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_reading(addresses, method):
    """Other methods are not implemented."""
    port = addresses.reach(IP, 80).loopback_port
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(port, method)
    assert refused.value.code == 501


def test_the_page_cannot_run_or_load_anything(addresses):
    """The answer forbids scripts and everything from elsewhere."""
    headers = fetch(addresses.reach(IP, 80).loopback_port)[1]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_one_address_keeps_its_loopback_port(addresses):
    """Reaching an address again opens no second server."""
    assert addresses.reach(IP, 80) == addresses.reach(IP, 80)


def test_two_instances_with_the_same_host_port():
    """Both instances use port 80, and each answers with its own container."""
    region = Region()
    region.boot(ec2_instance(1), ec2_instance(2))
    for session in (0, 1):
        region.acs.run(wordpress(), mysql(), session=session, arn=f"arn:task/number{session}")
    region.clock.advance(60)
    addresses = AddressMap(region.hosts)
    try:
        ports = [addresses.reach(f"203.0.113.{n}", 80).loopback_port for n in (1, 2)]
        pages = [fetch(port)[2] for port in ports]
    finally:
        addresses.close()
    assert ports[0] != ports[1]
    assert ["number0" in pages[0], "number1" in pages[1]] == [True, True]


@pytest.mark.parametrize(
    ("address", "reason", "hint"),
    [
        (("203.0.113.77", 80), "timeout", "No running instance of the lab has the address"),
        ((IP, 8080), "timeout", "No security group of i-1 (sg-1) lets TCP port 8080 in"),
        ((IP, 443), "refused", "Nothing listens on port 443 of i-1"),
    ],
)
def test_what_cannot_be_reached_says_why(region, addresses, address, reason, hint):
    """Unknown address and closed security group time out; a port without a listener refuses."""
    region.open_ports = {80, 443}
    answer = addresses.reach(*address)
    assert isinstance(answer, Unreachable)
    assert answer.reason == reason
    assert hint in answer.hint


def test_a_rule_added_later_opens_the_port(region, addresses):
    """Security groups are asked each time."""
    region.open_ports = set()
    assert addresses.reach(IP, 80).reason == "timeout"
    region.open_ports = {80}
    assert isinstance(addresses.reach(IP, 80), Reached)


def test_a_server_tells_what_is_there_now(region, addresses):
    """When the container has ended, its loopback port no longer shows its page."""
    port = addresses.reach(IP, 80).loopback_port
    host = region.hosts.host("i-1")
    host.runtime.kill(host.listener(80).runtime_id)
    region.clock.advance(5)
    with pytest.raises(urllib.error.HTTPError) as failed:
        fetch(port)
    assert failed.value.code == 502
    assert "Nothing listens on port 80" in failed.value.read().decode()


def test_a_stopped_instance_has_no_address(region, addresses):
    """After a stop and start the old address leads nowhere and the new one to the host."""
    region.boot(ec2_instance(state="stopped", public_ip=None))
    assert addresses.reach(IP, 80).reason == "timeout"
    region.boot(ec2_instance(public_ip="203.0.113.9"))
    assert addresses.reach(IP, 80).reason == "timeout"
    assert addresses.reach("203.0.113.9", 80).reason == "refused"


def test_close_closes_every_server(addresses):
    """After close nothing listens on the loopback port, and a new one can be opened."""
    port = addresses.reach(IP, 80).loopback_port
    addresses.close()
    with pytest.raises(urllib.error.URLError):
        fetch(port)
    assert fetch(addresses.reach(IP, 80).loopback_port)[0] == 200


def test_the_page_says_what_it_stands_for(region):
    """Task, container, image, command, environment and links, in HTML and in text."""
    host = region.hosts.host("i-1")
    page = container_page(host.listener(80), host.containers())
    for part in (
        "SIMULATED",
        "0123456789abcdef0123456789abcdef",
        "wordpress:1",
        "docker-entrypoint.sh",
        "WORDPRESS_DB_USER",
        "the container mysql",
    ):
        assert part in page.text
        assert part in page.html


def test_without_variables_wordpress_would_ask_for_its_database():
    """The definition of 2015, a link alone, leads to the set-up page with today's image."""
    region = Region()
    region.boot(ec2_instance())
    region.acs.run({**wordpress(), "environment": {}}, mysql())
    region.clock.advance(60)
    page = container_page(region.hosts.host("i-1").listener(80))
    assert "/wp-admin/setup-config.php" in page.text
    assert "installation page" not in page.text


def test_secrets_are_masked(region):
    """Values whose names look secret are in neither form of the page."""
    host = region.hosts.host("i-1")
    page = container_page(host.listener(80), host.containers())
    assert "hunter2" not in page.text + page.html
    assert f"WORDPRESS_DB_PASSWORD: {MASK}" in page.text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("API_TOKEN", "x", MASK),
        ("auth_key", "x", MASK),
        ("DATABASE_URL", "mysql://root:pw@db/x", f"mysql://{MASK}@db/x"),
        ("SITE", "http://example.test/", "http://example.test/"),
    ],
)
def test_what_counts_as_secret(name, value, shown):
    """Names decide, and passwords inside of URLs."""
    assert shown_value(name, value) == shown


def test_values_cannot_break_the_page():
    """An environment variable with markup is shown as text."""
    region = Region()
    region.boot(ec2_instance())
    task = {**wordpress(), "links": [], "environment": {"X": "<script>alert(1)</script>"}}
    region.acs.run(task)
    region.clock.advance(60)
    page = container_page(region.hosts.host("i-1").listener(80))
    assert "<script>" not in page.html
    assert "&lt;script&gt;" in page.html


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_contrast(theme):
    """Every colour stands out from its ground by 4.5 to 1 at least (WCAG)."""
    for name in set(theme) - {"ground"}:
        dark, light = sorted((luminance(theme[name]), luminance(theme["ground"])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_page_is_accessible(region):
    """One h1, a language, a title, and a header for every row of its tables."""
    page = container_page(region.hosts.host("i-1").listener(80)).html
    assert page.count("<h1>") == 1
    assert '<html lang="en">' in page
    assert re.search(r"<title>.+</title>", page)
    assert page.count("<tr ") == page.count('<th scope="row">')


def test_a_real_container_is_visited_past_no_security_group(region, addresses):
    """The same loopback port leads to its program, for each request that is let in."""
    with asked(b"hello") as (port, _):
        region.hosts.host("i-1").runtime.loopback_port = {80: port}.get
        reached = addresses.reach(IP, 80)
        assert reached.is_real
        assert reached.loopback_port != port
        assert fetch(reached.loopback_port)[2] == "hello"
        region.open_ports = set()
        assert isinstance(addresses.reach(IP, 80), Unreachable)
        with pytest.raises(urllib.error.HTTPError, match="502"):
            fetch(reached.loopback_port)


def test_a_program_that_is_not_up_yet_is_said_so(region, addresses):
    """Its port is there before it listens."""
    with asked(b"") as (port, _):
        pass
    region.hosts.host("i-1").runtime.loopback_port = {80: port}.get
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(addresses.reach(IP, 80).loopback_port)
    assert caught.value.code == 502
    assert "does not answer yet" in caught.value.read().decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Transfer-Encoding": "chunked"}, 411),
        ({"Content-Length": "-1"}, 411),
        ({"Content-Length": "many"}, 411),
        ({"Content-Length": str(LARGEST_BODY + 1)}, 413),
    ],
)
def test_a_request_of_unknown_or_too_great_length_is_refused(region, addresses, headers, status):
    """Nothing of it reaches the container, and no memory is spent on it."""
    with asked(b"hello") as (port, requests):
        region.hosts.host("i-1").runtime.loopback_port = {80: port}.get
        line = HTTPConnection("127.0.0.1", addresses.reach(IP, 80).loopback_port, timeout=10)
        line.putrequest("POST", "/")
        for header in headers.items():
            line.putheader(*header)
        line.endheaders()
        assert line.getresponse().status == status
        line.close()
    assert requests == []


def test_an_answer_that_is_too_large_is_not_passed_on(region, addresses, monkeypatch):
    """A container that writes without end fills nobody's memory; words say what was too much."""
    monkeypatch.setattr(forwarding, "LARGEST_BODY", 1000)
    with asked(b"x" * 1001) as (port, _):
        region.hosts.host("i-1").runtime.loopback_port = {80: port}.get
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(addresses.reach(IP, 80).loopback_port)
    assert refused.value.code == 502
    assert "the lab passes on no more" in refused.value.read().decode()
