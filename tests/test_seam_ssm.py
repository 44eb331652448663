"""SSM: parameters that json.loads reads, and commands that an instance really answers."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from moto.ssm import models
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse
from seams import (
    ACCOUNT,
    ECS_AMI,
    ECS_IMAGE,
    REGION,
    assert_leaves_no_trace,
    assert_notices_change,
    client,
    installed,
    launch,
)

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.control_plane.moto_seams.ec2 import Ec2Seam
from ecs_tutorial.control_plane.moto_seams.moto_clock import MotoClock
from ecs_tutorial.control_plane.moto_seams.seam import MotoHasChangedError
from ecs_tutorial.control_plane.moto_seams.ssm import ManagedInstance, SsmSeam
from ecs_tutorial.control_plane.moto_seams.ssm_commands import TRUNCATED

FIRST, SECOND = "i-0aaaaaaaaaaaaaaaa", "i-0bbbbbbbbbbbbbbbb"


class Fleet:
    """Instances that answer, and what they were asked."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.asked: list[tuple[str, list[str]]] = []
        self.answer = ("CONTAINER ID   IMAGE\n", "", 0)
        self.managed = [self.instance(FIRST), self.instance(SECOND)]

    @staticmethod
    def instance(instance_id: str, region: str = REGION) -> ManagedInstance:
        return ManagedInstance(instance_id, ACCOUNT, region, "172.31.0.4", "ip-4", LAB_EPOCH)

    def run(self, instance_id, commands):
        self.asked.append((instance_id, list(commands)))
        return self.answer


@pytest.fixture
def fleet():
    fleet = Fleet()
    seams = (
        MotoClock(fleet.clock.now),
        Ec2Seam(fleet.clock, lambda _: None),
        SsmSeam(fleet.clock, fleet.run, lambda: fleet.managed),
    )
    with installed(*seams):
        yield fleet


@pytest.fixture
def ssm(fleet):
    return client("ssm")


def send(ssm, *ids: str, commands: tuple[str, ...] = ("docker ps",), **wish) -> str:
    wish = {"InstanceIds": list(ids), **wish} if ids else wish
    parameters = {"commands": list(commands)}
    sent = ssm.send_command(DocumentName="AWS-RunShellScript", Parameters=parameters, **wish)
    return str(sent["Command"]["CommandId"])


# Parameters


def test_the_recommended_ami_is_json(ssm):
    value = ssm.get_parameter(Name=ECS_AMI)["Parameter"]["Value"]
    facts = json.loads(value)
    assert facts["image_id"] == ECS_IMAGE
    assert facts["ecs_agent_version"] == "1.107.0"
    assert value.startswith('{"ecs_agent_version":"1.107.0",')


def test_single_facts_stay_plain_text(ssm):
    answer = ssm.get_parameter(Name=f"{ECS_AMI}/image_id")["Parameter"]
    assert answer["Value"] == ECS_IMAGE


def test_parameters_come_in_the_order_asked_for(ssm):
    """moto has the order of a set, which changes from one process to the next."""
    names = [f"{ECS_AMI}/{part}" for part in ("os", "image_id", "image_name", "schema_version")]
    for asked in (names, names[::-1]):
        answer = ssm.get_parameters(Names=[*asked, "/missing"])
        assert [each["Name"] for each in answer["Parameters"]] == asked
        assert answer["InvalidParameters"] == ["/missing"]


# Run Command


def test_a_command_is_sent_runs_and_ends(fleet, ssm):
    command = send(ssm, FIRST, commands=("docker ps", "docker images"))
    statuses = []
    for _ in range(3):
        answer = ssm.get_command_invocation(CommandId=command, InstanceId=FIRST)
        statuses.append((answer["Status"], answer["ResponseCode"]))
        fleet.clock.advance(0.5)
    assert statuses == [("Pending", -1), ("InProgress", -1), ("Success", 0)]
    assert fleet.asked == [(FIRST, ["docker ps", "docker images"])]


def test_the_answer_of_a_command_that_worked(fleet, ssm):
    command = send(ssm, FIRST)
    fleet.clock.advance(2)
    answer = ssm.get_command_invocation(CommandId=command, InstanceId=FIRST)
    assert answer["StatusDetails"] == "Success"
    assert answer["StandardOutputContent"] == "CONTAINER ID   IMAGE\n"
    assert answer["StandardErrorContent"] == ""
    assert answer["PluginName"] == "aws:runShellScript"
    assert answer["ExecutionStartDateTime"] == "2026-10-05T09:00:00.500Z"
    assert answer["ExecutionEndDateTime"] == "2026-10-05T09:00:01.000Z"
    assert answer["ExecutionElapsedTime"] == "PT0.5S"


def test_the_answer_of_a_command_that_failed(fleet, ssm):
    fleet.answer = ("", "sh: line 1: foo: command not found\n", 127)
    command = send(ssm, FIRST, commands=("foo",))
    fleet.clock.advance(2)
    answer = ssm.get_command_invocation(CommandId=command, InstanceId=FIRST)
    assert (answer["Status"], answer["ResponseCode"]) == ("Failed", 127)
    assert answer["StandardErrorContent"] == (
        "sh: line 1: foo: command not found\nfailed to run commands: exit status 127"
    )


def test_the_waiter_of_boto3_sees_the_end(fleet, ssm, monkeypatch):
    monkeypatch.setattr("botocore.waiter.time.sleep", fleet.clock.advance)
    command = send(ssm, FIRST)
    ssm.get_waiter("command_executed").wait(CommandId=command, InstanceId=FIRST)
    assert fleet.clock.now() > LAB_EPOCH


def test_an_unknown_instance_is_refused_as_on_aws(fleet, ssm):
    with pytest.raises(ssm.exceptions.InvalidInstanceId) as refused:
        send(ssm, FIRST, "i-0123456789abcdef0")
    assert refused.value.response["Error"]["Message"] == (
        "Instances [[i-0123456789abcdef0]] not in a valid state for account 123456789012"
    )
    assert ssm.list_commands()["Commands"] == []


def test_an_instance_of_another_region_is_unknown_here(fleet, ssm):
    fleet.managed = [fleet.instance(FIRST, "eu-west-1")]
    with pytest.raises(ssm.exceptions.InvalidInstanceId):
        send(ssm, FIRST)
    assert send(client("ssm", "eu-west-1"), FIRST)


def test_an_instance_that_ends_meanwhile_never_gets_the_command(fleet, ssm):
    command = send(ssm, FIRST, SECOND)
    fleet.managed = [fleet.instance(SECOND)]
    fleet.clock.advance(2)
    lost = ssm.get_command_invocation(CommandId=command, InstanceId=FIRST)
    assert (lost["Status"], lost["StatusDetails"]) == ("Failed", "Undeliverable")
    assert [asked for asked, _ in fleet.asked] == [SECOND]
    assert ssm.list_commands(CommandId=command)["Commands"][0]["Status"] == "Failed"


def test_another_document_and_missing_commands_are_refused(ssm):
    with pytest.raises(ssm.exceptions.InvalidDocument):
        ssm.send_command(InstanceIds=[FIRST], DocumentName="Run-Away", Parameters={})
    with pytest.raises(ssm.exceptions.InvalidParameters):
        ssm.send_command(InstanceIds=[FIRST], DocumentName="AWS-RunShellScript")


def test_what_was_never_sent_does_not_exist(fleet, ssm):
    with pytest.raises(ssm.exceptions.InvalidCommandId):
        ssm.get_command_invocation(CommandId="0" * 36, InstanceId=FIRST)
    command = send(ssm, FIRST)
    with pytest.raises(ssm.exceptions.InvocationDoesNotExist):
        ssm.get_command_invocation(CommandId=command, InstanceId=SECOND)


def test_the_list_of_invocations_has_one_row_an_instance(fleet, ssm):
    command = send(ssm, SECOND, FIRST)
    send(ssm, FIRST)
    fleet.clock.advance(2)
    listed = ssm.list_command_invocations(CommandId=command, Details=True)["CommandInvocations"]
    assert [each["InstanceId"] for each in listed] == [SECOND, FIRST]
    [plugin] = listed[0]["CommandPlugins"]
    assert (plugin["Output"], plugin["ResponseCode"]) == ("CONTAINER ID   IMAGE\n", 0)
    brief = ssm.list_command_invocations(InstanceId=FIRST)["CommandInvocations"]
    assert [each["CommandPlugins"] for each in brief] == [[], []]


def test_a_command_counts_its_invocations(fleet, ssm):
    fleet.answer = ("", "no", 1)
    command = send(ssm, FIRST, SECOND)
    fleet.clock.advance(2)
    [row] = ssm.list_commands(CommandId=command)["Commands"]
    assert (row["TargetCount"], row["CompletedCount"], row["ErrorCount"]) == (2, 2, 2)
    assert row["Status"] == "Failed"


def test_targets_find_instances_by_id_and_by_tag(fleet, ssm):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "role", "Value": "web"}]}]
    tagged = launch(TagSpecifications=tags)[0]["InstanceId"]
    fleet.managed.append(fleet.instance(tagged))
    by_tag = send(ssm, Targets=[{"Key": "tag:role", "Values": ["web"]}])
    by_id = send(ssm, Targets=[{"Key": "InstanceIds", "Values": [FIRST]}])
    nobody = send(ssm, Targets=[{"Key": "tag:role", "Values": ["db"]}])
    fleet.clock.advance(2)
    assert [asked for asked, _ in fleet.asked] == [tagged, FIRST]
    rows = {each["CommandId"]: each for each in ssm.list_commands()["Commands"]}
    assert rows[by_tag]["Status"] == rows[by_id]["Status"] == "Success"
    assert rows[nobody]["StatusDetails"] == "NoInstancesInTag"


def test_long_output_is_cut_as_the_api_says(fleet, ssm):
    fleet.answer = ("x" * 30_000, "y" * 9_000, 0)
    command = send(ssm, FIRST)
    fleet.clock.advance(2)
    answer = ssm.get_command_invocation(CommandId=command, InstanceId=FIRST)
    assert len(answer["StandardOutputContent"]) == 24_000
    assert answer["StandardOutputContent"].endswith(TRUNCATED)
    assert len(answer["StandardErrorContent"]) == 8_000
    [listed] = ssm.list_command_invocations(CommandId=command, Details=True)["CommandInvocations"]
    assert len(listed["CommandPlugins"][0]["Output"]) == 2_500


def test_managed_instances_are_those_whose_agent_answers(fleet, ssm):
    rows = ssm.describe_instance_information()["InstanceInformationList"]
    assert [each["InstanceId"] for each in rows] == [FIRST, SECOND]
    assert {(each["PingStatus"], each["PlatformType"]) for each in rows} == {("Online", "Linux")}
    fleet.managed = []
    assert ssm.describe_instance_information()["InstanceInformationList"] == []


@pytest.mark.parametrize(
    "wish",
    [
        {"Filters": [{"Key": "InstanceIds", "Values": [SECOND]}]},
        {"InstanceInformationFilterList": [{"key": "InstanceIds", "valueSet": [SECOND]}]},
    ],
)
def test_managed_instances_can_be_filtered(ssm, wish):
    rows = ssm.describe_instance_information(**wish)["InstanceInformationList"]
    assert [each["InstanceId"] for each in rows] == [SECOND]
    none = ssm.describe_instance_information(Filters=[{"Key": "PingStatus", "Values": ["Lost"]}])
    assert none["InstanceInformationList"] == []


# moto


def test_the_ssm_seam_leaves_no_trace():
    fleet = Fleet()
    assert_leaves_no_trace(SsmSeam(fleet.clock, fleet.run, list))


@pytest.mark.parametrize(
    ("owner", "name"),
    [(SimpleSystemManagerBackend, "send_command"), (models, "convert_to_params")],
)
def test_a_changed_moto_is_noticed(monkeypatch, owner, name):
    fleet = Fleet()
    assert_notices_change(monkeypatch, SsmSeam(fleet.clock, fleet.run, list), owner, name)


def test_a_moto_that_lists_invocations_itself_is_noticed(monkeypatch):
    """Then it must be looked at whether the lab's own way is still needed."""
    method = "list_command_invocations"
    monkeypatch.setattr(SimpleSystemManagerResponse, method, lambda self: None, raising=False)
    fleet = Fleet()
    with pytest.raises(MotoHasChangedError, match="no longer missing"):
        SsmSeam(fleet.clock, fleet.run, list).install()
    monkeypatch.undo()
    assert not hasattr(SimpleSystemManagerResponse, method)


def test_moto_alone_still_cannot_describe_managed_instances():
    """The day it can, this test says that the seam may go."""
    with installed(), pytest.raises((NotImplementedError, ClientError)):
        client("ssm").describe_instance_information()
