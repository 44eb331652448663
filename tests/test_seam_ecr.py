"""ECR: repositories at the lab's own address, images named by their content or pushed."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from moto.ecr.models import ECRBackend, Image, Repository, ecr_backends
from moto.ecr.responses import ECRResponse
from seams import ACCOUNT, assert_leaves_no_trace, assert_notices_change, client, installed

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.control_plane.moto_seams.ecr import EcrSeam, repository_has
from ecs_tutorial.control_plane.moto_seams.moto_clock import MotoClock
from ecs_tutorial.data_plane.registry import Manifest
from ecs_tutorial.lab_error import LabError

HOST = "123456789012.dkr.ecr.us-east-1.localhost"
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"digest": "sha256:" + "0" * 64, "size": 7},
        "layers": [{"digest": "sha256:" + "1" * 64, "size": 11}],
    }
)
DIGEST = "sha256:" + hashlib.sha256(MANIFEST.encode()).hexdigest()


@pytest.fixture
def ecr():
    clock = ManualClock()
    with installed(MotoClock(clock.now), EcrSeam()):
        yield client("ecr")


@pytest.fixture
def wordpress(ecr):
    ecr.create_repository(repositoryName="wordpress")
    ecr.put_image(repositoryName="wordpress", imageManifest=MANIFEST, imageTag="6.8")
    return ecr


def test_a_repository_is_at_the_labs_own_address(ecr):
    created = ecr.create_repository(repositoryName="team/wordpress")["repository"]
    assert created["repositoryUri"] == f"{HOST}/team/wordpress"
    [described] = ecr.describe_repositories()["repositories"]
    assert described["repositoryUri"] == created["repositoryUri"]


def test_the_token_is_for_the_same_address_and_still_valid(ecr):
    [token] = ecr.get_authorization_token()["authorizationData"]
    assert token["proxyEndpoint"] == f"https://{HOST}"
    assert token["expiresAt"] == LAB_EPOCH + timedelta(hours=12)


def test_an_image_is_named_by_its_manifest_and_pushed_in_lab_time(wordpress):
    [image] = wordpress.describe_images(repositoryName="wordpress")["imageDetails"]
    assert image["imageDigest"] == DIGEST
    assert image["imagePushedAt"] == LAB_EPOCH
    assert image["imageTags"] == ["6.8"]


@pytest.mark.parametrize(
    ("image", "held"),
    [
        (f"{HOST}/wordpress:6.8", True),
        (f"{HOST}/wordpress@{DIGEST}", True),
        (f"{HOST}/wordpress:6.8@{DIGEST}", True),
        (f"{HOST}/wordpress", False),
        (f"{HOST}/wordpress:latest", False),
        (f"{HOST}/wordpress@sha256:{'0' * 64}", False),
        (f"{HOST}/wordpres:6.8", False),
        (f"{HOST.replace('east', 'west')}/wordpress:6.8", False),
        (f"{HOST.replace('123456789012', '210987654321')}/wordpress:6.8", False),
        (f"{HOST.replace('localhost', 'amazonaws.com')}/wordpress:6.8", False),
        ("wordpress:6.8", False),
    ],
)
def test_the_lab_knows_which_images_its_repositories_hold(wordpress, image, held):
    assert repository_has(image) is held


def test_the_size_is_that_of_the_layers(wordpress):
    [image] = wordpress.describe_images(repositoryName="wordpress")["imageDetails"]
    assert image["imageSizeInBytes"] == 11


def test_a_tag_that_is_gone_is_not_held(wordpress):
    wordpress.batch_delete_image(repositoryName="wordpress", imageIds=[{"imageTag": "6.8"}])
    assert not repository_has(f"{HOST}/wordpress:6.8")


def test_no_tag_means_latest(wordpress):
    wordpress.put_image(repositoryName="wordpress", imageManifest=MANIFEST, imageTag="latest")
    assert repository_has(f"{HOST}/wordpress")


def test_asking_for_an_image_makes_no_registry(ecr):
    """Else a misspelt account in a task definition would appear in the lab."""
    other = f"{HOST.replace(ACCOUNT, '210987654321')}/wordpress"
    assert not repository_has(other)
    assert "210987654321" not in ecr_backends


def test_the_ecr_seam_leaves_no_trace():
    assert_leaves_no_trace(EcrSeam())


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Repository, "__init__"),
        (Image, "_create_digest"),
        (Image, "get_image_size_in_bytes"),
        (ECRBackend, "list_images"),
        (ECRResponse, "get_authorization_token"),
    ],
)
def test_a_changed_moto_is_noticed(monkeypatch, owner, name):
    assert_notices_change(monkeypatch, EcrSeam(), owner, name)


class FakeRegistry:
    """A registry in a dictionary; one image has all its layers, any other has none."""

    address, token = "127.0.0.1:50000", "secret"

    def __init__(self):
        self.kept = {}

    def push(self, name, content=MANIFEST):
        repository, tag = name.split(":")
        kind = json.loads(content)["mediaType"]
        self.kept[repository, tag] = Manifest(content, kind, "")

    def tags(self, repository):
        return tuple(sorted(tag for name, tag in self.kept if name == repository))

    def manifest(self, repository, tag):
        return self.kept.get((repository, tag))

    def put(self, repository, tag, content, media_type):
        has_layers = content in {each.content for each in self.kept.values()}
        if has_layers:
            self.kept[repository, tag] = Manifest(content, media_type, "")
        return has_layers

    def remove(self, repository, tag):
        del self.kept[repository, tag]


@pytest.fixture
def registry():
    return FakeRegistry()


@pytest.fixture
def shop(registry):
    """ECR in front of a registry, with one repository."""
    clock = ManualClock()
    with installed(MotoClock(clock.now), EcrSeam(lambda: registry)):
        ecr = client("ecr")
        ecr.create_repository(repositoryName="shop")
        yield ecr


def another(manifest=MANIFEST):
    return manifest.replace("11}", "12}")


def tags(ecr):
    images = ecr.describe_images(repositoryName="shop")["imageDetails"]
    return [image.get("imageTags") for image in images]


def test_the_address_and_the_token_are_the_registry_s(shop):
    """What docker login, tag and push are given leads to the registry."""
    [repository] = shop.describe_repositories()["repositories"]
    assert repository["repositoryUri"] == "127.0.0.1:50000/shop"
    [token] = shop.get_authorization_token()["authorizationData"]
    assert token["proxyEndpoint"] == "http://127.0.0.1:50000"
    assert base64.b64decode(token["authorizationToken"]) == b"AWS:secret"


def test_what_was_pushed_is_told_by_every_read(shop, registry):
    """Digest, size, tag and time; a second look changes nothing."""
    registry.push("shop:1")
    listed = shop.list_images(repositoryName="shop")["imageIds"]
    assert listed == [{"imageDigest": DIGEST, "imageTag": "1"}]
    for _ in range(2):
        [image] = shop.describe_images(repositoryName="shop")["imageDetails"]
        assert (image["imageDigest"], image["imageTags"]) == (DIGEST, ["1"])
        assert (image["imageSizeInBytes"], image["imagePushedAt"]) == (11, LAB_EPOCH)
    got = shop.batch_get_image(repositoryName="shop", imageIds=[{"imageTag": "1"}])
    assert got["images"][0]["imageManifest"] == MANIFEST


def test_a_second_tag_of_an_image_is_no_second_image(shop, registry):
    registry.push("shop:1")
    registry.push("shop:latest")
    assert tags(shop) == [["1", "latest"]]


def test_a_tag_that_is_pushed_again_moves(shop, registry):
    """The image that had it is still there, without a tag."""
    registry.push("shop:1")
    assert tags(shop) == [["1"]]
    registry.push("shop:1", another())
    assert tags(shop) == [None, ["1"]]


def test_an_immutable_tag_stays_with_its_image(shop, registry):
    shop.put_image_tag_mutability(repositoryName="shop", imageTagMutability="IMMUTABLE")
    registry.push("shop:1")
    assert tags(shop) == [["1"]]
    registry.push("shop:1", another())
    assert tags(shop) == [["1"]]


def test_a_push_to_a_repository_that_nobody_created_is_not_told(shop, registry):
    registry.push("shop:1")
    registry.push("office:1")
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        shop.list_images(repositoryName="office")
    assert len(shop.list_images(repositoryName="shop")["imageIds"]) == 1


def test_a_deleted_image_leaves_the_registry(shop, registry):
    """By its tag that tag alone, by its digest all of its tags."""
    for name in ("shop:1", "shop:2", "shop:3"):
        registry.push(name)
    shop.batch_delete_image(repositoryName="shop", imageIds=[{"imageTag": "1"}])
    assert registry.tags("shop") == ("2", "3")
    assert tags(shop) == [["2", "3"]]
    shop.batch_delete_image(repositoryName="shop", imageIds=[{"imageDigest": DIGEST}])
    assert registry.kept == {}
    assert tags(shop) == []


def test_a_repository_with_a_pushed_image_is_deleted_by_force_only(shop, registry):
    registry.push("shop:1")
    with pytest.raises(ClientError, match="RepositoryNotEmptyException"):
        shop.delete_repository(repositoryName="shop")
    assert registry.tags("shop") == ("1",)
    shop.delete_repository(repositoryName="shop", force=True)
    assert registry.kept == {}


def test_an_image_gets_a_second_tag_by_its_manifest(shop, registry):
    """As AWS's guide does it: BatchGetImage, then PutImage; the registry has both tags."""
    registry.push("shop:1")
    shop.list_images(repositoryName="shop")
    shop.put_image(repositoryName="shop", imageManifest=MANIFEST, imageTag="2")
    assert registry.tags("shop") == ("1", "2")
    assert tags(shop) == [["1", "2"]]


def test_a_manifest_without_its_layers_is_refused(shop):
    with pytest.raises(ClientError, match="LayersNotFoundException"):
        shop.put_image(repositoryName="shop", imageManifest=MANIFEST, imageTag="1")
    assert tags(shop) == []


def test_a_registry_that_cannot_run_is_said(monkeypatch):
    """The first call that needs it says why, in the lab's own sentence."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    def find():
        raise LabError("The lab's registry could not be started: no space.")

    with installed(EcrSeam(find)), pytest.raises(ClientError, match="could not be started: no sp"):
        client("ecr").create_repository(repositoryName="shop")
