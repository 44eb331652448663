"""What the tests of the moto seams share: clients of a mocked AWS with seams installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import boto3
import moto
import pytest

from ecs_tutorial.control_plane.moto_seams.seam import MotoHasChangedError, Seam

REGION = "us-east-1"
ACCOUNT = "123456789012"
ECS_IMAGE = "ami-05fb4f257abd42992"
"""What that parameter recommends in us-east-1."""
KEEP_MODELS: Any = {"core": {"reset_boto3_session": False}}  # botocore's models load once
ECS_AMI = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"


@cache
def client(service: str, region: str = REGION) -> Any:
    return boto3.client(
        service, region_name=region, aws_access_key_id="test", aws_secret_access_key="test"
    )


@contextmanager
def installed(*seams: Any) -> Iterator[None]:
    """A mocked AWS with these seams in it, taken out again in the end."""
    with ExitStack() as stack:
        for seam in seams:
            seam.install()
            stack.callback(seam.uninstall)
        stack.enter_context(moto.mock_aws(config=KEEP_MODELS))
        yield


def launch(**changes: Any) -> list[dict[str, Any]]:
    wish = {"ImageId": ECS_IMAGE, "InstanceType": "t3.medium", "MinCount": 1, "MaxCount": 1}
    return list(client("ec2").run_instances(**{**wish, **changes})["Instances"])


def described(instance_id: str) -> dict[str, Any]:
    answer = client("ec2").describe_instances(InstanceIds=[instance_id])
    return dict(answer["Reservations"][0]["Instances"][0])


def shape_of_moto() -> dict[tuple[str, ...], int]:
    """Which object stands at each name in moto's modules and classes."""
    shape: dict[tuple[str, ...], int] = {}
    for name, module in sorted(sys.modules.items()):
        if name.split(".")[0] != "moto":
            continue
        for attribute, value in list(vars(module).items()):
            shape[name, attribute] = id(value)
            if isinstance(value, type):
                shape |= {(name, attribute, key): id(each) for key, each in vars(value).items()}
    return {key: value for key, value in shape.items() if not key[-1].startswith("_abc")}


def assert_leaves_no_trace(seam: Any) -> None:
    """Installed and uninstalled twice, a seam leaves moto exactly as it found it."""
    before = shape_of_moto()
    seam.install()
    once = shape_of_moto()
    seam.install()
    assert shape_of_moto() == once != before
    seam.uninstall()
    assert shape_of_moto() == before
    seam.uninstall()
    assert shape_of_moto() == before


def assert_notices_change(
    monkeypatch: pytest.MonkeyPatch, seam: Seam | Any, owner: object, name: str
) -> None:
    """When moto no longer has the name, installing says so and changes nothing."""
    monkeypatch.delattr(owner, name)
    before = shape_of_moto()
    with pytest.raises(MotoHasChangedError, match=rf"{name} is gone.*moto>=5.2.5,<5.3"):
        seam.install()
    assert shape_of_moto() == before
