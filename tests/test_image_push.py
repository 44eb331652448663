"""A push told in words: what is sent, what is recorded where nothing is, and why it failed."""

from __future__ import annotations

import base64
import json

import pytest
from docker.errors import APIError
from seams import client, installed

from ecs_tutorial import engine
from ecs_tutorial.control_plane.moto_seams.ecr import EcrSeam, repository_has
from ecs_tutorial.notebook import image
from ecs_tutorial.notebook.dockerfile import plan
from ecs_tutorial.notebook.image_push import simulated_manifest

DOCKERFILE = "FROM debian:12\nRUN apt-get install less\nCOPY a /\nEXPOSE 80\n"


@pytest.fixture
def ecr(monkeypatch):
    """ECR without a registry, and a repository in it."""
    monkeypatch.setenv(engine.OF_LAB, "simulated")
    for name, value in (("DEFAULT_REGION", "us-east-1"), ("ACCESS_KEY_ID", "test")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with installed(EcrSeam()):
        ecr = client("ecr")
        ecr.create_repository(repositoryName="wordpress")
        yield ecr


def push(ecr):
    [repository] = ecr.describe_repositories()["repositories"]
    [access] = ecr.get_authorization_token()["authorizationData"]
    image.push("wordpress:tutorial", repository["repositoryUri"], access)
    return repository["repositoryUri"]


def test_a_simulated_push_ends_with_ecr_s_record(ecr, tmp_path, capsys):
    """Digest, size and tag can be asked for; it is said that nothing was sent. Twice is once."""
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    image.build(tmp_path, "wordpress:tutorial")
    for _ in range(2):
        uri = push(ecr)
        assert "Sent: nothing, containers are simulated." in capsys.readouterr().out
    [described] = ecr.describe_images(repositoryName="wordpress")["imageDetails"]
    assert described["imageTags"] == ["tutorial"]
    assert described["imageSizeInBytes"] == 119_000_500
    assert repository_has(f"{uri}:tutorial")


def test_what_was_not_built_is_not_pushed(ecr, monkeypatch):
    monkeypatch.setattr("ecs_tutorial.notebook.image_push.SIMULATED", {})
    with pytest.raises(RuntimeError, match="no image wordpress:tutorial here: build it first"):
        push(ecr)


def test_a_simulated_manifest_has_a_layer_for_each_step_with_files():
    """The same Dockerfile gives the same image, another one another."""
    manifest = simulated_manifest(plan(DOCKERFILE))
    assert len(json.loads(manifest)["layers"]) == 3
    assert manifest == simulated_manifest(plan(DOCKERFILE))
    assert manifest != simulated_manifest(plan(DOCKERFILE.replace("80", "81")))


class FakeEngine:
    """An engine whose push says what it was told to say."""

    def __init__(self, *messages, refuses=None):
        self.messages = messages
        self.refuses = refuses
        self.calls = []

    def login(self, *credentials, **where):
        self.calls.append(("login", *credentials, where["registry"]))
        if self.refuses:
            raise APIError("401", explanation=self.refuses)

    def tag(self, *names):
        self.calls.append(("tag", *names))

    def push(self, *names, auth_config, **how):
        self.calls.append(("push", *names, auth_config["password"]))
        return iter(self.messages)

    def close(self):
        pass


ACCESS = {
    "authorizationToken": base64.b64encode(b"AWS:secret").decode(),
    "proxyEndpoint": "http://127.0.0.1:5000",
}


def push_to(monkeypatch, fake):
    monkeypatch.setattr(engine, "connect", lambda: fake)
    image.push("wordpress:tutorial", "127.0.0.1:5000/wordpress", ACCESS)


def test_a_push_is_a_login_a_tag_and_a_push(monkeypatch, capsys):
    """With the token, which is printed nowhere."""
    progress = {"id": "a1", "status": "Pushing", "progressDetail": {"current": 1, "total": 2}}
    fake = FakeEngine(progress, {"status": "tutorial: digest: sha256:1 size: 5"})
    push_to(monkeypatch, fake)
    assert fake.calls == [
        ("login", "AWS", "secret", "http://127.0.0.1:5000"),
        ("tag", "wordpress:tutorial", "127.0.0.1:5000/wordpress", "tutorial"),
        ("push", "127.0.0.1:5000/wordpress", "tutorial", "secret"),
    ]
    printed = capsys.readouterr().out
    assert "Sent: wordpress:tutorial, and the registry has it now.\n" in printed
    assert "secret" not in printed


@pytest.mark.parametrize(
    "fake",
    [FakeEngine(refuses="no room"), FakeEngine({"error": "no room"})],
)
def test_a_push_that_fails_says_why(monkeypatch, fake):
    """Refused at the login, or given up halfway."""
    with pytest.raises(RuntimeError, match=r"wordpress:tutorial was not sent: no room"):
        push_to(monkeypatch, fake)
