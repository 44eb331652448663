"""How a host's public address is reached: a loopback port for each port that listens.

Behind it a server passes requests on to a real container; for a simulated one it shows a page
in its place. Security groups are obeyed here. It knows nothing of the control plane.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ecs_tutorial.data_plane.ec2_host import Host
from ecs_tutorial.data_plane.ec2_hosts import Ec2Hosts
from ecs_tutorial.data_plane.forwarding import (
    LARGEST_BODY,
    Answer,
    Message,
    TooLarge,
    Way,
    forward,
)
from ecs_tutorial.data_plane.load_balancers import NAME, LoadBalancers
from ecs_tutorial.data_plane.pages import Page, container_page
from ecs_tutorial.data_plane.reached import Reached, Unreachable

Address = tuple[str, int]
TOO_LARGE = f"More than {LARGEST_BODY} bytes: the lab passes on no more at a time.\n"
"""A public IP address and a port."""


class AddressMap:
    """The public addresses of the lab's hosts on the loopback interface.

    Args:
        hosts: the hosts behind the addresses.
        lock: held while a page is made, as the planes work in one thread at a time.
        balancers: the load balancers, whose names are addresses too.
    """

    def __init__(
        self,
        hosts: Ec2Hosts,
        lock: AbstractContextManager[object] | None = None,
        balancers: LoadBalancers | None = None,
    ) -> None:
        self._hosts = hosts
        self._balancers = balancers
        self._lock = lock or threading.RLock()
        self._servers: dict[Address, _PageServer] = {}

    def reach(self, public_ip: str, port: int) -> Reached | Unreachable:
        """What a browser out on the internet would find at an address or a name."""
        if self._balancers and public_ip.endswith(NAME):
            return self._balancers.reach(public_ip, port)
        with self._lock:
            host = self._open(public_ip, port)
            if isinstance(host, Unreachable):
                return host
            is_real = host.runtime.loopback_port(port) is not None
            if not is_real and not host.listener(port):
                return _refused(host, port)
        return Reached(self.listen(public_ip, port), is_real)

    def answering(self, public_ip: str, port: int) -> int | Page | Unreachable:
        """What answers at an address: the port of a real container, or the page of another."""
        with self._lock:
            host = self._open(public_ip, port)
            if isinstance(host, Unreachable):
                return host
            return host.runtime.loopback_port(port) or self.page(public_ip, port)

    def page(self, public_ip: str, port: int) -> Page | Unreachable:
        """The page that answers at an address, without any server."""
        with self._lock:
            host = self._open(public_ip, port)
            if isinstance(host, Unreachable):
                return host
            record = host.listener(port)
            return container_page(record, host.containers()) if record else _refused(host, port)

    def _open(self, public_ip: str, port: int) -> Host | Unreachable:
        """The host to which packets get through, whatever listens there."""
        host = self._hosts.at(public_ip)
        if host is None:
            return _no_such_address(public_ip)
        return host if self._hosts.allows(host.instance, port) else _not_allowed(host, port)

    def listen(self, public_ip: str, port: int) -> int:
        """The loopback port that stands for an address; its server is opened when needed."""
        with self._lock:
            address = public_ip, port
            if address not in self._servers:
                self._servers[address] = _PageServer(self, address)
            return self._servers[address].server_port

    def close(self) -> None:
        """Close every server and wait for it."""
        with self._lock:
            servers, self._servers = list(self._servers.values()), {}
        for server in servers:
            server.close()


def _no_such_address(public_ip: str) -> Unreachable:
    return Unreachable(
        "timeout",
        f"No running instance of the lab has the address {public_ip}. An instance that was "
        "stopped and started has a new one: see PublicIpAddress in describe_instances.",
    )


def _not_allowed(host: Host, port: int) -> Unreachable:
    groups = ", ".join(host.instance.security_group_ids) or "it has none"
    return Unreachable(
        "timeout",
        f"No security group of {host.instance.instance_id} ({groups}) lets TCP port {port} in. "
        "On AWS, too, the packets are dropped without an answer: add an ingress rule.",
    )


def _refused(host: Host, port: int) -> Unreachable:
    return Unreachable(
        "refused",
        f"Nothing listens on port {port} of {host.instance.instance_id}. Check that the task is "
        "RUNNING and which hostPort its networkBindings name.",
    )


class _PageServer(ThreadingHTTPServer):
    """A server of one address on 127.0.0.1, in a thread of its own."""

    daemon_threads = True

    def __init__(self, addresses: AddressMap, address: Address) -> None:
        self.addresses = addresses
        self.address = address
        self.site = f"{address[0]}:{address[1]}".removesuffix(":80")
        super().__init__(("127.0.0.1", 0), _PageRequest)
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


def _own(status: int, kind: str, text: str) -> Answer:
    """An answer that does not come from any container; it may do nothing in a browser."""
    body = text.encode()
    headers = (
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Answer(status, Message(headers, body))


class _PageRequest(BaseHTTPRequestHandler):
    """Each request finds anew what is there now."""

    server: _PageServer
    timeout = 10

    def do_GET(self) -> None:
        found = self.server.addresses.answering(*self.server.address)
        if isinstance(found, int):
            self._send(self._forward(found))
        elif isinstance(found, Unreachable):
            # AWS: there would be no answer at all, as the port is closed; here words say why.
            self._send(_own(502, "text/plain", f"{found.reason}: {found.hint}\n"))
        elif self.command in ("GET", "HEAD"):
            self._send(_own(200, "text/html", found.html))
        else:
            self._send(_own(501, "text/plain", "A simulated container only shows its page.\n"))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def do_OPTIONS(self) -> None:
        self.do_GET()

    def _forward(self, port: int) -> Answer:
        told = self.headers["Content-Length"] or "0"
        if "Transfer-Encoding" in self.headers or not told.isdecimal():
            self.close_connection = True
            return _own(411, "text/plain", "A request tells its length in Content-Length.\n")
        if int(told) > LARGEST_BODY:
            self.close_connection = True
            return _own(413, "text/plain", TOO_LARGE)
        message = Message(tuple(self.headers.items()), self.rfile.read(int(told)))
        way = Way.of(self.server.site, message.headers)
        try:
            return forward(way, port, self.command, self.path, message)
        except TooLarge:
            return _own(502, "text/plain", TOO_LARGE)
        except (OSError, HTTPException):
            return _own(502, "text/plain", "The program in the container does not answer yet.\n")

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.message.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.message.body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the standard error of the lab quiet."""
