"""IAM: the policies that the tutorial attaches exist, and a role may do what they say."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import IAMBackend
from seams import ACCOUNT, assert_leaves_no_trace, assert_notices_change, client, installed

from ecs_tutorial.control_plane.moto_seams.iam import IamSeam, role_permits, role_trusts

ECS_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
SSM_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
REGISTER = "ecs:RegisterContainerInstance"


@pytest.fixture
def iam():
    with installed(IamSeam()):
        yield client("iam")


def trust(service: str = "ec2.amazonaws.com") -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(iam, *statements: dict, name: str = "r") -> str:
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())
    for number, statement in enumerate(statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=document)
    return name


def test_the_instance_role_of_the_walk_may_register(iam):
    name = role(iam)
    assert not role_permits(ACCOUNT, name, REGISTER)
    iam.attach_role_policy(RoleName=name, PolicyArn=ECS_POLICY)
    assert role_permits(ACCOUNT, name, REGISTER)
    assert role_permits(ACCOUNT, name, "ecs:SubmitTaskStateChange")
    assert not role_permits(ACCOUNT, name, "ecs:RunTask")
    iam.detach_role_policy(RoleName=name, PolicyArn=ECS_POLICY)
    assert not role_permits(ACCOUNT, name, REGISTER)


def test_the_policy_of_session_manager_exists(iam):
    name = role(iam)
    iam.attach_role_policy(RoleName=name, PolicyArn=SSM_POLICY)
    assert role_permits(ACCOUNT, name, "ssm:UpdateInstanceInformation")
    assert not role_permits(ACCOUNT, name, REGISTER)


def test_a_deny_outweighs_an_allow(iam):
    allow = {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": REGISTER, "Resource": "*"}
    name = role(iam, allow, deny)
    assert not role_permits(ACCOUNT, name, REGISTER)
    assert role_permits(ACCOUNT, name, "ecs:Poll")


def test_a_policy_may_name_its_resource(iam):
    mine = "arn:aws:ecs:us-east-1:123456789012:cluster/mine"
    name = role(iam, {"Effect": "Allow", "Action": [REGISTER], "Resource": [mine]})
    assert role_permits(ACCOUNT, name, REGISTER, mine)
    assert not role_permits(ACCOUNT, name, REGISTER, mine.replace("mine", "theirs"))


def test_a_statement_with_a_condition_neither_allows_nor_denies(iam):
    """moto takes an Allow whose condition is not met for a Deny."""
    condition = {"StringEquals": {"ecs:CreateAction": ["RegisterContainerInstance"]}}
    conditional = {
        "Effect": "Allow",
        "Action": "ecs:*",
        "Resource": "*",
        "Condition": condition,
    }
    name = role(iam, conditional)
    assert not role_permits(ACCOUNT, name, REGISTER)
    iam.attach_role_policy(RoleName=name, PolicyArn=ECS_POLICY)
    assert role_permits(ACCOUNT, name, REGISTER)


def test_a_role_that_does_not_exist_may_do_nothing(iam):
    assert not role_permits(ACCOUNT, "nobody", REGISTER)
    assert not role_trusts(ACCOUNT, "nobody", "ec2.amazonaws.com")


def test_a_role_is_only_for_the_services_that_it_trusts(iam):
    name = role(iam)
    assert role_trusts(ACCOUNT, name, "ec2.amazonaws.com")
    assert not role_trusts(ACCOUNT, name, "ecs-tasks.amazonaws.com")


def test_a_misspelt_policy_is_refused(iam):
    name = role(iam)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.attach_role_policy(RoleName=name, PolicyArn=ECS_POLICY + "s")


def test_the_policies_are_aws_own_documents(iam):
    version = iam.get_policy(PolicyArn=ECS_POLICY)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=ECS_POLICY, VersionId=version)
    [first, *_] = document["PolicyVersion"]["Document"]["Statement"]
    assert REGISTER in first["Action"]


def test_the_policies_are_made_for_one_partition_only(iam):
    """moto looks for an access key in each partition, and makes all policies for each."""
    iam.list_roles()
    made = IAMBackend("aws-cn", ACCOUNT).aws_managed_policies
    assert made == []
    assert 20 < len(IAMBackend("aws", ACCOUNT).aws_managed_policies) < 200


def test_a_role_that_a_profile_does_not_have_cannot_be_removed(iam):
    """An error that a caller can tell from a failure; and one that is in it can be removed."""
    name = role(iam)
    both = {"InstanceProfileName": "p", "RoleName": name}
    iam.create_instance_profile(InstanceProfileName="p")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.remove_role_from_instance_profile(**both)
    iam.add_role_to_instance_profile(**both)
    iam.remove_role_from_instance_profile(**both)
    assert iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]["Roles"] == []


def test_the_iam_seam_leaves_no_trace():
    assert_leaves_no_trace(IamSeam())


def test_a_changed_moto_is_noticed(monkeypatch):
    assert_notices_change(monkeypatch, IamSeam(), IAMBackend, "_init_aws_policies")
