"""Pulls on a Docker Engine: what comes of them, and how ECS names what goes wrong."""

import pytest
from registry import Registry, digest

pytestmark = pytest.mark.engine


@pytest.fixture
def registry(client):
    registry = Registry()
    yield registry
    registry.shutdown()
    registry.server_close()
    for image in client.images():
        for tag in image["RepoTags"] or ():
            if tag.startswith(registry.host):
                client.remove_image(tag)


def test_the_digest_is_the_registry_s(world, registry):
    """What ECS reports as imageDigest is the digest of the manifest."""
    image = f"{registry.host}/shop:1"
    assert world.ask(world.runtime.pull, image) == digest(registry.manifest)
    assert world.runtime.images() == {image: digest(registry.manifest)}
    assert world.engine.progress == {}


def test_two_pulls_of_one_image_share_the_download(world, registry):
    """Both are answered, the registry is asked once."""
    answers = []
    world.runtime.pull(f"{registry.host}/shop:1", answers.append)
    world.runtime.pull(f"{registry.host}/shop:1", answers.append)
    world.until(lambda: len(answers) == 2)
    assert registry.pulls == 1
    assert answers == [digest(registry.manifest)] * 2


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (
            "{}/wordpres",
            "Error response from daemon: pull access denied for {}/wordpres, repository does not "
            "exist or may require 'docker login': denied: denied",
        ),
        (
            "{}/shop:2",
            "Error response from daemon: manifest for {}/shop:2 not found: manifest unknown: "
            "manifest unknown",
        ),
        ("{}/private/shop", "unauthorized"),
        ("nowhere.invalid/shop", "no such host"),
        ("127.0.0.1:1/shop", "connection refused"),
        ("Not A Name", "invalid reference format"),
    ],
)
def test_what_cannot_be_pulled(world, registry, image, text):
    """Another's name, a missing tag, a private registry, no way there, no name at all."""
    fault = world.ask(world.runtime.pull, image.format(registry.host))
    assert fault.name == "CannotPullContainerError"
    assert text.format(registry.host) in fault.text
    assert world.runtime.images() == {}


def test_without_a_network_the_engine_s_own_image_counts(world):
    """An image that is on the engine is taken when its registry cannot be reached."""
    pulled = world.ask(world.runtime.pull, world.service)
    assert pulled == world.engine.client.inspect_image(world.service)["Id"]
