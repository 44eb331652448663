"""ECR: repositories at the lab's own address, images named by their content."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from moto.ecr.models import Image, Repository, ecr_backends
from moto.ecr.responses import ECRResponse
from seams import ACCOUNT, assert_leaves_no_trace, assert_notices_change, client, installed

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.control_plane.moto_seams.ecr import EcrSeam, repository_has
from ecs_tutorial.control_plane.moto_seams.moto_clock import MotoClock

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
        (ECRResponse, "get_authorization_token"),
    ],
)
def test_a_changed_moto_is_noticed(monkeypatch, owner, name):
    assert_notices_change(monkeypatch, EcrSeam(), owner, name)
