"""A registry with one image, and with each way to refuse a pull.

``shop:1`` is there, ``shop`` has no other tag, ``private`` wants credentials, and any other
repository is denied, as Docker Hub denies those that do not exist.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def image() -> tuple[bytes, dict[str, bytes]]:
    """A manifest and its blobs: one layer with one file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tree:
        info = tarfile.TarInfo("hello")
        info.size = 5
        tree.addfile(info, io.BytesIO(b"hello"))
    layer = gzip.compress(buffer.getvalue(), mtime=0)
    rootfs = {"type": "layers", "diff_ids": [digest(buffer.getvalue())]}
    description = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}
    config = json.dumps(description).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "size": len(config), "digest": digest(config)},
        "layers": [{"mediaType": LAYER, "size": len(layer), "digest": digest(layer)}],
    }
    return json.dumps(manifest).encode(), {digest(config): config, digest(layer): layer}


class Registry(ThreadingHTTPServer):
    """The registry; ``pulls`` counts the manifests that were asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.host = f"127.0.0.1:{self.server_port}"
        self.manifest, self.blobs = image()
        self.pulls = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Request(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self):
        path = self.path.removeprefix("/v2/")
        if not path:
            self.answer(200, b"{}")
        elif path.startswith("private/"):
            self.refuse(401, "UNAUTHORIZED", {"WWW-Authenticate": 'Basic realm="private"'})
        elif not path.startswith("shop/"):
            self.refuse(403, "DENIED")
        elif "/manifests/" in path:
            self.give_manifest(path.rsplit("/", 1)[1])
        else:
            self.answer(200, self.server.blobs[path.rsplit("/", 1)[1]])

    def do_HEAD(self):
        self.do_GET()

    def give_manifest(self, reference):
        if reference not in ("1", digest(self.server.manifest)):
            return self.refuse(404, "MANIFEST_UNKNOWN")
        self.server.pulls += self.command == "HEAD"
        headers = {"Content-Type": MANIFEST, "Docker-Content-Digest": digest(self.server.manifest)}
        return self.answer(200, self.server.manifest, headers)

    def refuse(self, status, code, headers=None):
        words = code.lower().replace("_", " ")
        body = json.dumps({"errors": [{"code": code, "message": words, "detail": {}}]}).encode()
        self.answer(status, body, {"Content-Type": "application/json", **(headers or {})})

    def answer(self, status, body, headers=None):
        self.send_response(status)
        self.send_header("Docker-Distribution-API-Version", "registry/2.0")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *arguments):
        """Keep the tests' output quiet."""
