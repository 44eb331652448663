"""moto's serializer remembers names, and picks what it would have picked without."""

from __future__ import annotations

import json
import re
from typing import Any
from unittest import mock

import walk
from moto.core.serialize import ResponseSerializer
from seams import assert_leaves_no_trace, assert_notices_change, client, installed, launch

from ecs_tutorial.control_plane.moto_seams import serializer
from ecs_tutorial.control_plane.moto_seams.amis import AmiCatalogue
from ecs_tutorial.control_plane.moto_seams.serializer import RememberedNames, quicker

MEMBERS_AT_LEAST = 1_000


class Compared:
    """``quicker`` beside the original, for every member of every answer."""

    def __init__(self) -> None:
        self.members = 0
        self.differing: list[Any] = []

    def quicker(self, get_value):
        quick = quicker(get_value)

        def both(*arguments):
            self.members += 1
            found, expected = quick(*arguments), get_value(*arguments)
            if found is not expected and shown(found) != shown(expected):
                self.differing.append((arguments[2], found, expected))
            return found

        return both


def shown(value: Any) -> str:
    """Two objects that a property makes anew each time look the same."""
    return re.sub(r"0x[0-9a-f]+", "0x", repr(value))


def a_few_calls() -> None:
    ec2, iam, elb = client("ec2"), client("iam"), client("elbv2")
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(walk.TRUST))
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    group = walk.open_port_80(ec2)
    launch(MinCount=2, MaxCount=2, SecurityGroupIds=[group], TagSpecifications=[TAGS])
    for read in (
        ec2.describe_instances,
        ec2.describe_subnets,
        ec2.describe_security_groups,
        ec2.describe_volumes,
        ec2.describe_network_interfaces,
        iam.list_roles,
        iam.list_instance_profiles,
        elb.describe_load_balancers,
        client("ecs").list_clusters,
        client("ecr").describe_repositories,
        client("autoscaling").describe_auto_scaling_groups,
    ):
        read()
    ec2.describe_instance_status(IncludeAllInstances=True)
    client("ssm").get_parameter(Name=walk.AMI)
    client("logs").describe_log_groups()


TAGS = {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}


def test_each_member_of_each_answer_is_what_moto_picks():
    compared = Compared()
    with mock.patch.object(serializer, "quicker", compared.quicker):
        seam = RememberedNames()
        with installed(seam, AmiCatalogue()):
            a_few_calls()
    assert compared.differing == []
    assert compared.members > MEMBERS_AT_LEAST


def test_an_object_s_own_names_count_whatever_its_shape_was_asked_before():
    class Plain:
        def __init__(self, **names):
            self.__dict__.update(names)

    with installed(RememberedNames(), AmiCatalogue()):
        ec2 = client("ec2")
        before = ec2.describe_key_pairs()["KeyPairs"]
        made = ec2.create_key_pair(KeyName="own")
        after = ec2.describe_key_pairs()["KeyPairs"]
    assert before == []
    assert [each["KeyPairId"] for each in after] == [made["KeyPairId"]]


def test_it_leaves_no_trace():
    assert_leaves_no_trace(RememberedNames())


def test_it_notices_another_moto(monkeypatch):
    assert_notices_change(monkeypatch, RememberedNames(), ResponseSerializer, "get_value")
