"""The lab's own image registry: the distribution registry as a container on its engine.

It is published on loopback only, asks for the lab's token, and keeps images in a memory
file system of bounded size, so that nothing of them outlives it. Who made a repository,
and whether anybody did, is not known here.
"""

from __future__ import annotations

import io
import re
import secrets
import socket
import tarfile
import time
from dataclasses import dataclass
from typing import Any

import bcrypt
import urllib3
from docker import APIClient
from docker.errors import APIError
from docker.utils import parse_repository_tag

from ecs_tutorial.data_plane.docker_faults import EngineError, text_of
from ecs_tutorial.data_plane.docker_pull import PullProgress, is_there, pull
from ecs_tutorial.engine import LAB_LABEL, NAME_LABEL, REGISTRY_LABEL, registry_name
from ecs_tutorial.lab_error import LabError

IMAGE = "registry:2.8"
USER = "AWS"
"""Whom Docker logs in as, in this registry as in Amazon ECR."""
DATA_MIB = 1024
# AWS: a repository holds whatever is paid for; the lab's registry holds 1 GiB, and what was
# deleted from it takes its place until the lab ends or is reset.
_PORT = "5000/tcp"
_DATA, _PASSWORDS = "/var/lib/registry", "/auth/htpasswd"
_TAKEN = re.compile("port is already allocated|address already in use")
_PORT_TRIES, _READY_TRIES, _TRY_EVERY = 5, 200, 0.05
_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)


@dataclass(frozen=True)
class Manifest:
    """What a registry keeps under a tag; its bytes make the digest."""

    content: str
    media_type: str
    digest: str


class Registry:
    """A registry that runs; ``address`` is where Docker logs in, pushes and pulls.

    Args:
        client: the engine's; from here on it pulls with the lab's token from this address.
        lab_id: marks the container as the lab's.

    Raises:
        LabError: it could not be started; the sentence says why.
    """

    def __init__(self, client: APIClient, lab_id: str) -> None:
        self.token = secrets.token_urlsafe(24)
        self._client = client
        self.container_id = ""
        self._lab_id = lab_id
        self._removed: set[str] = set()
        # A learner's proxy settings are not for the lab's own loopback address.
        self._http = urllib3.PoolManager(headers=urllib3.make_headers(basic_auth=self._login))
        try:
            if not is_there(client, IMAGE):
                pull(client, IMAGE, PullProgress())
            self.address = self._run()
            self._wait_until_it_answers()
        except EngineError as error:
            raise LabError(f"The lab's registry could not be started: {text_of(error)}") from error

    @property
    def _login(self) -> str:
        return f"{USER}:{self.token}"

    # --- what it holds -------------------------------------------------------

    def tags(self, repository: str) -> tuple[str, ...]:
        """The tags of a repository, none if it is unknown or the registry does not answer."""
        answer = self._ask("GET", f"{repository}/tags/list")
        tags = tuple(sorted(answer.json().get("tags") or ())) if answer else ()
        self._removed -= {self._name(repository, tag) for tag in tags}
        return tags

    def manifest(self, repository: str, tag: str) -> Manifest | None:
        """What is kept under a tag."""
        headers = {"Accept": ", ".join(_MANIFESTS)}
        answer = self._ask("GET", f"{repository}/manifests/{tag}", headers=headers)
        if answer is None:
            return None
        given = answer.headers
        return Manifest(answer.data.decode(), given["Content-Type"], given["Docker-Content-Digest"])

    def remove(self, repository: str, tag: str) -> None:
        """Take a tag away; what no other tag names is then gone.

        The registry removes manifests only, with all their tags: the others are put back.
        """
        manifest = self.manifest(repository, tag)
        if manifest is None:
            return
        others = [each for each in self.tags(repository) if each != tag]
        kept = [each for each in others if self.manifest(repository, each) == manifest]
        self._removed.add(self._name(repository, tag))
        self._ask("DELETE", f"{repository}/manifests/{manifest.digest}")
        for each in kept:
            self.put(repository, each, manifest.content, manifest.media_type)

    def put(self, repository: str, tag: str, content: str, media_type: str) -> bool:
        """Keep a manifest under a tag; False if the repository lacks one of its layers."""
        path, headers = f"{repository}/manifests/{tag}", {"Content-Type": media_type}
        return self._ask("PUT", path, headers, body=content.encode()) is not None

    def restore(self) -> None:
        """Push what the engine has under this address.

        After the engine's restart the registry is empty, and once somebody has removed its
        container there is none: then another takes its place.
        """
        if not self._client.containers(all=True, filters={"id": self.container_id}):
            self._run_at(int(self.address.rpartition(":")[2]))
        self._wait_until_it_answers()
        for image in self._client.images():
            for name in image["RepoTags"] or ():
                if name.startswith(f"{self.address}/") and name not in self._removed:
                    self._client.push(*parse_repository_tag(name))

    def _name(self, repository: str, tag: str) -> str:
        return f"{self.address}/{repository}:{tag}"

    def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> urllib3.BaseHTTPResponse | None:
        """The answer, if it is one: what is not there is None, and so is a silent registry."""
        url = f"http://{self.address}/v2/{path}"
        try:
            answer = self._http.request(
                method, url, headers={**self._http.headers, **(headers or {})}, retries=1, **more
            )
        except urllib3.exceptions.HTTPError:
            return None
        return answer if answer.status < 400 else None

    # --- its container -------------------------------------------------------

    def _run(self) -> str:
        """Start the container; its address. A port that somebody takes meanwhile is no matter."""
        for _ in range(_PORT_TRIES - 1):
            try:
                return self._run_at(free_port())
            except APIError as error:
                if not _TAKEN.search(text_of(error)):
                    raise
        return self._run_at(free_port())

    def _run_at(self, port: int) -> str:
        address, name = f"127.0.0.1:{port}", registry_name(self._lab_id, port)
        host = self._client.create_host_config(
            port_bindings={_PORT: ("127.0.0.1", port)},
            tmpfs={_DATA: f"size={DATA_MIB}m"},
            restart_policy={"Name": "unless-stopped"},
        )
        made = self._client.create_container(
            IMAGE,
            name=name,
            environment=_settings(),
            ports=[tuple(_PORT.split("/"))],
            labels={LAB_LABEL: self._lab_id, NAME_LABEL: name, REGISTRY_LABEL: address},
            host_config=host,
        )
        try:
            self._client.put_archive(made["Id"], "/", self._password_file())
            self._client.start(made["Id"])
        except APIError:
            self._client.remove_container(made["Id"], v=True, force=True)
            raise
        self.container_id = made["Id"]
        return address

    def _password_file(self) -> bytes:
        entry = bcrypt.hashpw(self.token.encode(), bcrypt.gensalt(5)).decode()
        content = f"{USER}:{entry}\n".encode()
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            info = tarfile.TarInfo(_PASSWORDS.lstrip("/"))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        return buffer.getvalue()

    def _wait_until_it_answers(self) -> None:
        """Have the engine log in, so that it answers there, and this client pulls with the token.

        The client keeps the login to itself: no file of the learner's Docker knows it.
        """
        for _ in range(_READY_TRIES - 1):
            try:
                return self._log_in()
            except APIError:
                time.sleep(_TRY_EVERY)
        return self._log_in()

    def _log_in(self) -> None:
        self._client.login(USER, self.token, registry=self.address, reauth=True)


def _settings() -> dict[str, str]:
    """The registry's own settings, in the variables that go before its file."""
    return {
        "REGISTRY_AUTH": "htpasswd",
        "REGISTRY_AUTH_HTPASSWD_REALM": "the lab's registry",
        "REGISTRY_AUTH_HTPASSWD_PATH": _PASSWORDS,
        "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": _DATA,
        "REGISTRY_STORAGE_DELETE_ENABLED": "true",
        "REGISTRY_HTTP_ADDR": ":5000",
        "REGISTRY_LOG_LEVEL": "warn",
    }


def free_port() -> int:
    """A port of this machine that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
