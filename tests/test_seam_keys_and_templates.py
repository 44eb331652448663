"""Keys that IAM and STS hand out, and templates as CloudFormation reads them: two small seams."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from moto.cloudformation import models
from moto.iam.models import AccessKey
from seams import ACCOUNT, assert_leaves_no_trace, assert_notices_change, client, installed

from ecs_tutorial.control_plane.moto_seams.access_keys import AccessKeysSeam, secret_of
from ecs_tutorial.control_plane.moto_seams.requests import is_read
from ecs_tutorial.control_plane.moto_seams.safe_templates import SafeTemplatesSeam

SHORT_FORMS = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Name: {Type: String, Default: jobs}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "${Name}-${AWS::Region}"}
Outputs:
  Arn: {Value: !GetAtt Queue.Arn}
  Url: {Value: !Ref Queue}
  Joined: {Value: !Join ["-", [a, !Ref Name]]}
"""


@pytest.mark.parametrize(
    "seam", [AccessKeysSeam("secret"), SafeTemplatesSeam()], ids=["keys", "templates"]
)
def test_leaves_no_trace(seam: AccessKeysSeam | SafeTemplatesSeam) -> None:
    """Installed and uninstalled, moto is as it was."""
    assert_leaves_no_trace(seam)


def test_notices_when_moto_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that no longer reads YAML there, or keys made otherwise, are an error."""
    assert_notices_change(monkeypatch, SafeTemplatesSeam(), models, "yaml")
    assert_notices_change(monkeypatch, AccessKeysSeam("secret"), AccessKey, "__init__")


def keys(secret: str | None) -> list[dict[str, str]]:
    """The keys of a role, a session and a federated user, in a new AWS."""
    sts = client("sts")
    with installed(AccessKeysSeam(secret)):
        made = [
            sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="learner"),
            sts.get_session_token(),
            sts.get_federation_token(Name="ana"),
        ]
        found = [each["Credentials"] for each in made]
        assert [secret_of(each["AccessKeyId"]) for each in found] == [
            each["SecretAccessKey"] for each in found
        ]
        assert secret_of("AKIAIOSFODNN7EXAMPLE") is None
    return found


def test_each_key_is_its_own_and_its_secret_is_the_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No two have the same id or secret, and none the secret of AWS's documentation."""
    found = keys("secret")
    assert len({each["AccessKeyId"] for each in found}) == 3
    assert {len(each["SecretAccessKey"]) for each in found} == {40}
    assert all(each["AccessKeyId"].startswith("ASIA") for each in found)
    assert not any("EXAMPLE" in str(each) for each in found)


def test_short_forms_of_a_template_are_read() -> None:
    """What CloudFormation's own tags mean stays what moto makes of them."""
    with installed(SafeTemplatesSeam()):
        cloudformation = client("cloudformation")
        cloudformation.create_stack(StackName="jobs", TemplateBody=SHORT_FORMS)
        [stack] = cloudformation.describe_stacks()["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert outputs["Arn"] == f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs-us-east-1"
    assert outputs["Url"].endswith("/jobs-us-east-1")
    assert outputs["Joined"] == "a-jobs"


def test_json_with_tabs_is_a_template() -> None:
    """Not all JSON is YAML."""
    template = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}, indent="\t")
    with installed(SafeTemplatesSeam()):
        client("cloudformation").create_stack(StackName="tabs", TemplateBody=template)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("Resources: !!python/object/apply:os.mkdir [{proof!r}]", "YAML not well-formed"),
        ("Resources: !!python/name:os.system ''", "YAML not well-formed"),
        ("Resources: {{", "YAML not well-formed"),
        ("a word", "unsupported structure"),
        ("Description: nothing", "At least one Resources member must be defined"),
    ],
)
def test_what_is_no_template_is_refused(tmp_path: Path, template: str, says: str) -> None:
    """Nothing in a text is run, and what cannot be read is AWS's error, not a failure."""
    proof = tmp_path / "proof"
    with installed(SafeTemplatesSeam()):
        cloudformation = client("cloudformation")
        body = template.replace("{proof!r}", repr(str(proof)))
        with pytest.raises(ClientError, match=says):
            cloudformation.create_stack(StackName="bad", TemplateBody=body)
        with pytest.raises(ClientError, match=says):
            cloudformation.validate_template(TemplateBody=body)
    assert not proof.exists()


def test_moto_alone_runs_what_a_template_asks_for(tmp_path: Path) -> None:
    """The reason for the seam: without it the folder is made."""
    body = f"Resources: !!python/object/apply:os.mkdir [{str(tmp_path / 'proof')!r}]"
    with installed(), suppress(Exception):
        client("cloudformation").create_stack(StackName="bad", TemplateBody=body)
    assert (tmp_path / "proof").exists()


@pytest.mark.parametrize("action", ["GetSessionToken", "GetFederationToken", "AssumeRole"])
def test_what_hands_out_a_key_is_a_write(action: str) -> None:
    """A lab that comes back after its process died knows the keys that it gave out."""
    assert not is_read(action)
