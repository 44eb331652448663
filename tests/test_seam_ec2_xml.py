"""What EC2 answers is on the wire byte for byte as moto's own serializer would put it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
import walk
from made_up_answers import Answers
from moto.core.serialize import EC2Serializer, ResponseSerializer, XFormedAttributePicker
from moto.core.utils import get_service_model
from seams import assert_leaves_no_trace, assert_notices_change, client, installed, launch

from ecs_tutorial.control_plane.moto_seams import ec2_xml
from ecs_tutorial.control_plane.moto_seams.amis import AmiCatalogue
from ecs_tutorial.control_plane.moto_seams.ec2_xml import WrittenAnswers, written

MODEL = get_service_model("ec2")
SAMPLES, ANSWERS_AT_LEAST = 2, 20
BY_MOTO = ResponseSerializer._serialize_result


def serializer(operation: str, **transformers: Any) -> EC2Serializer:
    picker = XFormedAttributePicker(response_transformers=transformers)
    return EC2Serializer(MODEL.operation_model(operation), value_picker=picker)


def both(operation: str, answer: Any, **transformers: Any) -> list[Any]:
    """The answer by the writers, which have nobody to fall back on, and by moto."""
    found = []
    for write in (written(mock.Mock(side_effect=AssertionError)), BY_MOTO):
        by = serializer(operation, **transformers)
        found.append(write(by, by._create_default_response(), answer))
    return found


class Compared:
    """``written`` beside the original, for every answer of EC2."""

    def __init__(self) -> None:
        self.answers = 0
        self.differing: list[Any] = []

    def written(self, by_moto):
        quick = written(by_moto)

        def each(serializer, response, result):
            if type(serializer) is not EC2Serializer:
                return quick(serializer, response, result)
            self.answers += 1
            expected = by_moto(serializer, serializer._create_default_response(), result)
            found = quick(serializer, response, result)
            if found != expected:
                self.differing.append((found, expected))
            return found

        return each


def calls() -> None:
    ec2 = client("ec2")
    group = walk.open_port_80(ec2)
    tags = {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "<web> & more"}]}
    made = launch(MinCount=2, MaxCount=2, SecurityGroupIds=[group], TagSpecifications=[tags])
    ids = [each["InstanceId"] for each in made]
    for read in (
        ec2.describe_instances,
        ec2.describe_subnets,
        ec2.describe_vpcs,
        ec2.describe_route_tables,
        ec2.describe_security_groups,
        ec2.describe_security_group_rules,
        ec2.describe_volumes,
        ec2.describe_network_interfaces,
        ec2.describe_availability_zones,
        ec2.describe_key_pairs,
        ec2.describe_tags,
        ec2.describe_images,
        ec2.describe_addresses,
    ):
        read()
    ec2.describe_instance_status(IncludeAllInstances=True)
    ec2.describe_instance_attribute(InstanceId=ids[0], Attribute="userData")
    ec2.create_key_pair(KeyName="own")
    ec2.allocate_address(Domain="vpc")
    ec2.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.medium"}
    )
    peer = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    home = made[0]["VpcId"]
    ec2.create_vpc_peering_connection(VpcId=home, PeerVpcId=peer)
    ec2.stop_instances(InstanceIds=ids)
    ec2.terminate_instances(InstanceIds=ids)
    ec2.describe_instances(InstanceIds=ids)


@pytest.mark.parametrize("seed", range(SAMPLES))
def test_an_answer_has_the_bytes_that_moto_would_send(seed):
    for operation in MODEL.operation_names:
        shape = MODEL.operation_model(operation).output_shape
        answer = Answers(seed).value(shape) if shape else None
        found, expected = both(operation, answer)
        assert found == expected, operation


def test_so_has_every_answer_about_what_moto_holds():
    compared = Compared()
    with mock.patch.object(ec2_xml, "written", compared.written):
        seam = WrittenAnswers()
        with installed(seam, AmiCatalogue()):
            calls()
    assert compared.differing == []
    assert compared.answers > ANSWERS_AT_LEAST


def test_a_transformer_changes_the_places_that_its_path_ends_in_and_no_other():
    reservation = {"Instances": [{"State": {"Name": "running"}, "Tags": []}], "Tags": []}
    changed = {"Instances.Instance.State": lambda given: {"Name": given["Name"].upper()}}
    changed |= {"Instance.Tags": lambda given: given or None}
    found, expected = both("RunInstances", reservation, **changed)
    assert found == expected
    assert "<name>RUNNING</name>" in found["body"]


def test_a_transformer_may_be_another_one_the_next_time():
    for word in ("first", "second"):
        changed = {"Reservation.OwnerId": lambda _, word=word: word}
        found, _ = both("RunInstances", {"OwnerId": "nobody"}, **changed)
        assert f"<ownerId>{word}</ownerId>" in found["body"]


def test_records_of_several_classes_may_stand_at_one_place():
    class State:
        state_name = "running"

    records = [State(), {"Name": "stopped"}, SimpleNamespace(name="pending"), None, {}]
    answer = {"Instances": [{"InstanceId": "i", "State": each} for each in records]}
    found, expected = both("RunInstances", answer)
    assert found == expected


def test_what_no_writer_knows_moto_writes():
    by_moto = mock.Mock(return_value="by moto")
    by = serializer("DescribeVpcs")
    with (
        mock.patch.object(ec2_xml, "KNOWN", set()),
        mock.patch.object(ec2_xml, "writer_of_answer", ec2_xml.writer_of_answer.__wrapped__),
    ):
        assert written(by_moto)(by, {}, {"Vpcs": [{}]}) == "by moto"


def test_an_error_is_moto_s():
    with (
        installed(WrittenAnswers()),
        pytest.raises(Exception, match=r"InvalidInstanceID\.NotFound"),
    ):
        client("ec2").terminate_instances(InstanceIds=["i-0123456789abcdef0"])


def test_it_leaves_no_trace():
    assert_leaves_no_trace(WrittenAnswers())


def test_it_notices_another_moto(monkeypatch):
    assert_notices_change(monkeypatch, WrittenAnswers(), ResponseSerializer, "_serialize_result")
