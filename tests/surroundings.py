"""Surroundings in which the lab must hold: a real-looking AWS account, no network, an endpoint.

Programs run here in processes of their own, where every socket to anything but
loopback, and every look-up of another name, is refused and written down.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest

from ecs_tutorial import fence

NO_NETWORK = """
import ipaddress, os, socket

def _refuse(host):
    with open(os.environ["ATTEMPTS"], "a") as attempts:
        attempts.write(f"{host}\\n")
    raise OSError(f"no network in this test: {host}")

def _local(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "")

def _guarded(call):
    def guarded(self, address, *rest):
        if isinstance(address, tuple) and not _local(address[0]):
            _refuse(address[0])
        return call(self, address, *rest)
    return guarded

def _look_up(host, *rest, _real=socket.getaddrinfo, **named):
    name = host.decode() if isinstance(host, bytes) else host or ""
    if not _local(name):
        _refuse(name)
    return _real(host, *rest, **named)

socket.getaddrinfo = _look_up
socket.socket.connect = _guarded(socket.socket.connect)
socket.socket.connect_ex = _guarded(socket.socket.connect_ex)
socket.socket.sendto = (lambda send: lambda self, data, *rest: (
    _refuse(rest[-1][0])
    if rest and isinstance(rest[-1], tuple) and not _local(rest[-1][0])
    else send(self, data, *rest)
))(socket.socket.sendto)
"""

CONFIG = """[default]
region = eu-central-1

[profile prod]
region = eu-central-1
ignore_configured_endpoint_urls = true
ecs =
    endpoint_url = https://ecs.eu-central-1.amazonaws.com
"""
CREDENTIALS = """[default]
aws_access_key_id = AKIAREALLOOKINGKEY01
aws_secret_access_key = wJalrXUtnFEMIrealrealrealreallookingsecret

[prod]
aws_access_key_id = AKIAREALLOOKINGKEY02
aws_secret_access_key = wJalrXUtnFEMIrealrealrealreallookingsecret
"""
SETTINGS = {
    "AWS_PROFILE": "prod",
    "AWS_DEFAULT_PROFILE": "prod",
    "AWS_ENDPOINT_URL_ECS": "https://ecs.eu-central-1.amazonaws.com",
    "AWS_ENDPOINT_URL_EC2": "https://ec2.eu-central-1.amazonaws.com",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_ACCESS_KEY_ID": "AKIAREALLOOKINGKEY03",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIrealrealrealreallookingsecret",
    "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjEreallooking",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/secrets/token",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/prod",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/credentials",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "HTTP_PROXY": "http://proxy.example:3128",
    "HTTPS_PROXY": "http://proxy.example:3128",
    "http_proxy": "http://proxy.example:3128",
    "https_proxy": "http://proxy.example:3128",
}
"""What a working day with AWS leaves in an environment."""


@dataclass
class Surroundings:
    """A home with a ``~/.aws``, an environment full of AWS, and nothing to reach."""

    folder: Path
    environ: dict[str, str]

    def attempts(self) -> list[str]:
        """Every host off this machine that some program tried to reach."""
        written = self.folder / "attempts"
        return written.read_text().split() if written.exists() else []

    def run(self, *command: str, environ: dict[str, str] | None = None) -> str:
        """What a program prints; it must end well."""
        done = subprocess.run(
            command,
            env=environ or self.environ,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, program: str, *arguments: str, environ: dict[str, str] | None = None) -> str:
        return self.run(sys.executable, "-c", program, *arguments, environ=environ)


def make(folder: Path, base: dict[str, str]) -> Surroundings:
    """Surroundings in a folder, on top of what any program needs of ``base``."""
    (folder / ".aws").mkdir(parents=True)
    (folder / ".aws" / "config").write_text(CONFIG)
    (folder / ".aws" / "credentials").write_text(CREDENTIALS)
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(NO_NETWORK)
    kept = {name: base[name] for name in ("PATH", "SYSTEMROOT") if name in base}
    places = {"HOME": str(folder), "USERPROFILE": str(folder), "ATTEMPTS": str(folder / "attempts")}
    environ = kept | places | SETTINGS | {"PYTHONPATH": str(folder / "site")}
    return Surroundings(folder, environ)


def enter_fence(patch: pytest.MonkeyPatch, folder: Path, docker_host: str | None = None) -> None:
    """Keep this process from AWS until ``patch`` is undone, as ``start`` does with a kernel."""
    for name in fence.defeating(os.environ):
        patch.delenv(name)
    for name, value in fence.settings(None, folder).items():
        patch.setenv(name, value)
    fence.write_aws_files(folder)
    patch.setattr(boto3, "DEFAULT_SESSION", None)
    if docker_host:
        patch.setenv("DOCKER_HOST", docker_host)


@dataclass
class Endpoint:
    """Something on loopback that answers to ECS calls and keeps what was asked."""

    url: str = ""
    authorizations: list[str] = field(default_factory=list)


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """An ECS with no clusters."""
    seen = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.authorizations.append(self.headers["Authorization"])
            body = json.dumps({"clusterArns": []}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    seen.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
