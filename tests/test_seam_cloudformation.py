"""CloudFormation: a stack with ECS in it is refused before anything is made."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.cloudformation.models import CloudFormationBackend
from seams import assert_leaves_no_trace, assert_notices_change
from surroundings import enter_fence

from ecs_tutorial.control_plane.moto_seams.cloudformation import CloudFormationSeam
from ecs_tutorial.lab import LocalEcs


def template(kind):
    return json.dumps({"Resources": {"Thing": {"Type": kind}}})


@pytest.fixture
def cloudformation(monkeypatch, tmp_path):
    enter_fence(monkeypatch, tmp_path)
    local = LocalEcs()
    local.install()
    yield boto3.client("cloudformation")
    local.stop()


def test_leaves_no_trace():
    """Installed and uninstalled, moto is as it was."""
    assert_leaves_no_trace(CloudFormationSeam())


def test_notices_when_moto_changes(monkeypatch):
    """A call that moto no longer has is an error, not a stack that pretends."""
    assert_notices_change(monkeypatch, CloudFormationSeam(), CloudFormationBackend, "create_stack")


def test_ecs_resources_are_refused_in_words(cloudformation):
    """The error names the resource, and no stack is left behind."""
    with pytest.raises(ClientError, match="does not create AWS::ECS::Cluster from a template"):
        cloudformation.create_stack(StackName="shop", TemplateBody=template("AWS::ECS::Cluster"))
    assert cloudformation.describe_stacks()["Stacks"] == []


def test_other_resources_are_moto_s_affair(cloudformation):
    """A stack without ECS is made."""
    cloudformation.create_stack(StackName="queue", TemplateBody=template("AWS::SQS::Queue"))
    [stack] = cloudformation.describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
