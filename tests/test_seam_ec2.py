"""EC2 as AWS shows it: addresses that lead to nobody, states that take time, launches whole."""

from __future__ import annotations

import base64
from ipaddress import ip_address

import pytest
from botocore.exceptions import ClientError
from moto.ec2.exceptions import InvalidInstanceIdError
from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.subnets import Subnet
from seams import (
    ACCOUNT,
    ECS_AMI,
    ECS_IMAGE,
    REGION,
    assert_leaves_no_trace,
    assert_notices_change,
    client,
    described,
    installed,
    launch,
)

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.control_plane.moto_seams.amis import AmiCatalogue
from ecs_tutorial.control_plane.moto_seams.ec2 import Ec2Seam
from ecs_tutorial.control_plane.moto_seams.ec2_index import InstancesById
from ecs_tutorial.control_plane.moto_seams.moto_clock import MotoClock
from ecs_tutorial.control_plane.moto_seams.public_addresses import (
    COUNT,
    RESERVED,
    PublicAddresses,
    is_reserved,
    nth_address,
)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def changes():
    """What the seam told of states that changed by themselves: when, which instance, the state."""
    return []


@pytest.fixture
def seam(clock, changes):
    seam = Ec2Seam(clock, lambda moved: changes.append((clock.now(), moved)))
    with installed(MotoClock(clock.now), seam):
        yield seam


@pytest.fixture
def ec2(seam):
    return client("ec2")


def state(instance_id: str) -> str:
    return str(described(instance_id)["State"]["Name"])


# States


def test_an_instance_is_pending_and_then_runs(ec2, clock, changes):
    [instance] = launch()
    assert instance["State"] == {"Code": 0, "Name": "pending"}
    clock.advance(4)
    assert state(instance["InstanceId"]) == "pending"
    assert changes == []
    clock.advance(2)
    assert state(instance["InstanceId"]) == "running"
    [(moment, moved)] = changes
    assert (moment - LAB_EPOCH).seconds == 5
    assert (moved.instance_id, moved.state) == (instance["InstanceId"], "running")


def test_pauses_can_be_cut_short(clock):
    """A part of them all: to ``running``, to checks that passed, to ``terminated``."""
    seam = Ec2Seam(clock, lambda _: None, waits=0.1)
    with installed(MotoClock(clock.now), seam):
        [instance] = launch()
        clock.advance(0.4)
        assert state(instance["InstanceId"]) == "pending"
        clock.advance(0.2)
        assert state(instance["InstanceId"]) == "running"
        checked = []
        for _ in range(2):
            [status] = client("ec2").describe_instance_status()["InstanceStatuses"]
            checked.append(status["InstanceStatus"]["Status"])
            clock.advance(6)
        assert checked == ["initializing", "ok"]
        client("ec2").terminate_instances(InstanceIds=[instance["InstanceId"]])
        clock.advance(1.1)
        assert state(instance["InstanceId"]) == "terminated"


def test_stop_and_start_pass_through_the_states_between(ec2, clock):
    instance_id = launch()[0]["InstanceId"]
    clock.advance(10)
    [stopping] = ec2.stop_instances(InstanceIds=[instance_id])["StoppingInstances"]
    assert (stopping["PreviousState"]["Name"], stopping["CurrentState"]["Name"]) == (
        "running",
        "stopping",
    )
    assert described(instance_id)["StateTransitionReason"] == (
        "User initiated (2026-10-05 09:00:10 GMT)"
    )
    clock.advance(9)
    assert state(instance_id) == "stopping"
    clock.advance(2)
    assert state(instance_id) == "stopped"
    [starting] = ec2.start_instances(InstanceIds=[instance_id])["StartingInstances"]
    assert starting["CurrentState"]["Name"] == "pending"
    clock.advance(6)
    assert described(instance_id)["State"]["Name"] == "running"
    assert described(instance_id)["LaunchTime"].second == 21


def test_terminate_takes_its_time_and_then_the_interface_is_gone(ec2, clock, changes):
    instance_id = launch()[0]["InstanceId"]
    clock.advance(10)
    [ending] = ec2.terminate_instances(InstanceIds=[instance_id])["TerminatingInstances"]
    assert ending["CurrentState"] == {"Code": 32, "Name": "shutting-down"}
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 1
    clock.advance(11)
    assert state(instance_id) == "terminated"
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_volumes()["Volumes"] == []
    assert len(changes) == 2


def test_an_instance_terminated_while_it_boots_never_runs(ec2, clock):
    instance_id = launch()[0]["InstanceId"]
    clock.advance(3)
    ec2.terminate_instances(InstanceIds=[instance_id])
    clock.advance(3)
    assert state(instance_id) == "shutting-down"
    clock.advance(60)
    assert state(instance_id) == "terminated"


def test_a_state_that_is_there_already_is_answered_and_not_begun_again(ec2, clock):
    instance_id = launch()[0]["InstanceId"]
    clock.advance(10)
    [again] = ec2.start_instances(InstanceIds=[instance_id])["StartingInstances"]
    assert again["CurrentState"]["Name"] == again["PreviousState"]["Name"] == "running"
    ec2.terminate_instances(InstanceIds=[instance_id])
    clock.advance(11)
    [again] = ec2.terminate_instances(InstanceIds=[instance_id])["TerminatingInstances"]
    assert again["CurrentState"]["Name"] == "terminated"
    clock.advance(1)
    assert state(instance_id) == "terminated"


def test_start_and_stop_are_refused_in_the_wrong_state(ec2, clock):
    instance_id = launch()[0]["InstanceId"]
    with pytest.raises(ClientError, match=r"IncorrectInstanceState.*can be stopped"):
        ec2.stop_instances(InstanceIds=[instance_id])
    clock.advance(10)
    ec2.stop_instances(InstanceIds=[instance_id])
    with pytest.raises(ClientError, match=r"IncorrectInstanceState.*can be started"):
        ec2.start_instances(InstanceIds=[instance_id])


def test_status_checks_pass_a_minute_after_the_start(ec2, clock):
    """So the waiter instance_status_ok tells when an instance has booted."""
    instance_id = launch()[0]["InstanceId"]
    assert ec2.describe_instance_status(InstanceIds=[instance_id])["InstanceStatuses"] == []
    clock.advance(5)

    def checks() -> tuple[str, str]:
        [status] = ec2.describe_instance_status(InstanceIds=[instance_id])["InstanceStatuses"]
        return status["InstanceStatus"]["Status"], status["SystemStatus"]["Status"]

    assert checks() == ("initializing", "initializing")
    clock.advance(59)
    assert checks() == ("initializing", "initializing")
    clock.advance(1)
    assert checks() == ("ok", "ok")


# Addresses


def test_public_addresses_are_reserved_ones_and_come_with_running(ec2, clock):
    [instance] = launch()
    assert "PublicIpAddress" not in instance
    clock.advance(6)
    running = described(instance["InstanceId"])
    assert running["PublicIpAddress"] == "203.0.113.1"
    assert running["NetworkInterfaces"][0]["Association"]["PublicIp"] == "203.0.113.1"


def test_a_restarted_instance_has_a_new_public_address_and_its_old_private_one(ec2, clock):
    instance_id = launch()[0]["InstanceId"]
    clock.advance(6)
    before = described(instance_id)
    ec2.stop_instances(InstanceIds=[instance_id])
    clock.advance(11)
    assert "PublicIpAddress" not in described(instance_id)
    ec2.start_instances(InstanceIds=[instance_id])
    clock.advance(6)
    after = described(instance_id)
    assert after["PublicIpAddress"] != before["PublicIpAddress"]
    assert after["PrivateIpAddress"] == before["PrivateIpAddress"]


def test_an_elastic_address_is_reserved_too_and_stays(ec2, clock):
    instance_id = launch()[0]["InstanceId"]
    clock.advance(6)
    address = ec2.allocate_address(Domain="vpc")
    assert is_reserved(address["PublicIp"])
    ec2.associate_address(InstanceId=instance_id, AllocationId=address["AllocationId"])
    ec2.stop_instances(InstanceIds=[instance_id])
    clock.advance(11)
    ec2.start_instances(InstanceIds=[instance_id])
    clock.advance(6)
    assert described(instance_id)["PublicIpAddress"] == address["PublicIp"]


def test_an_address_of_somebody_else_cannot_be_asked_for(ec2):
    with pytest.raises(ClientError, match=r"InvalidAddress\.NotFound"):
        ec2.allocate_address(Domain="vpc", Address="8.8.8.8")


def test_no_name_of_an_instance_or_region_leads_off_the_machine(ec2, clock):
    instance_id = launch()[0]["InstanceId"]
    clock.advance(6)
    instance = described(instance_id)
    assert instance["PublicDnsName"] == "ec2-203-0-113-1.compute-1.amazonaws.example"
    assert instance["PrivateDnsName"] == "ip-172-31-0-4.ec2.internal"
    told = str([instance, ec2.describe_regions(), ec2.describe_network_interfaces()])
    assert "amazonaws.com" not in told


def test_private_addresses_lie_in_the_subnet_and_the_lowest_free_one_is_next(ec2, clock):
    """moto takes given-back addresses in the order of a set, which changes from run to run."""
    ids = [each["InstanceId"] for each in launch(MinCount=8, MaxCount=8)]
    assert [described(each)["PrivateIpAddress"] for each in ids[:2]] == ["172.31.0.4", "172.31.0.5"]
    clock.advance(6)
    ec2.terminate_instances(InstanceIds=[ids[6], ids[3], ids[1]])
    clock.advance(11)
    again = [each["PrivateIpAddress"] for each in launch(MinCount=3, MaxCount=3)]
    assert again == ["172.31.0.5", "172.31.0.7", "172.31.0.10"]


def test_no_address_is_given_twice_at_one_time():
    """All are handed out in turn; then those that are free again."""
    held: set[str] = set()
    pool = PublicAddresses(lambda: held)
    first_round = [pool.take() for _ in range(COUNT)]
    assert len(set(first_round)) == COUNT
    held.update(first_round[:3], first_round[4:])
    assert pool.take() == first_round[3]


def test_when_every_address_is_held_ec2_says_so(monkeypatch):
    monkeypatch.setattr("ecs_tutorial.control_plane.moto_seams.public_addresses.COUNT", 2)
    pool = PublicAddresses(lambda: {nth_address(0), nth_address(1)})
    pool.take()
    pool.take()
    with pytest.raises(Exception, match="InsufficientAddressCapacity"):
        pool.take()


def test_every_address_is_inside_a_reserved_range():
    for index in (0, 253, 254, 507, 508, COUNT - 1):
        assert any(ip_address(nth_address(index)) in network for network in RESERVED)
    with pytest.raises(IndexError):
        nth_address(COUNT)


# Launches


def test_as_many_instances_as_asked_all_with_the_profile(ec2, seam):
    """moto alone launches MinCount of them and gives the profile to the first."""
    iam = client("iam")
    iam.create_role(RoleName="ecsInstanceRole", AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName="p")
    launched = launch(MaxCount=3, IamInstanceProfile={"Name": "p"})
    assert len(launched) == 3
    assert [each.role_name for each in seam.instances()] == [None] * 3
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="ecsInstanceRole")
    assert [each.role_name for each in seam.instances()] == ["ecsInstanceRole"] * 3


def test_a_launch_template_brings_image_profile_and_user_data(ec2, seam):
    client("iam").create_instance_profile(InstanceProfileName="p")
    data = {
        "ImageId": ECS_IMAGE,
        "InstanceType": "t3.small",
        "IamInstanceProfile": {"Name": "p"},
        "UserData": base64.b64encode(b"#!/bin/bash").decode(),
    }
    ec2.create_launch_template(LaunchTemplateName="t", LaunchTemplateData=data)
    ec2.run_instances(MinCount=2, MaxCount=2, LaunchTemplate={"LaunchTemplateName": "t"})
    facts = seam.instances()
    assert [(each.instance_type, each.user_data) for each in facts] == [
        ("t3.small", b"#!/bin/bash")
    ] * 2
    associations = ec2.describe_iam_instance_profile_associations()
    assert len(associations["IamInstanceProfileAssociations"]) == 2


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"ImageId": "ami-0000000000000dead"}, r"InvalidAMIID\.NotFound"),
        ({"IamInstanceProfile": {"Name": "nobody"}}, "Invalid IAM Instance Profile name"),
        ({"InstanceType": "t3.enormous"}, "InvalidParameterValue"),
        ({"KeyName": "nobody's"}, r"InvalidKeyPair\.NotFound"),
        ({"SecurityGroupIds": ["sg-0123456789abcdef0"]}, r"InvalidGroup\.NotFound"),
        ({"SubnetId": "subnet-0123456789abcdef0"}, r"InvalidSubnetID\.NotFound"),
    ],
)
def test_what_does_not_exist_is_refused_and_nothing_is_launched(ec2, seam, wish, code):
    with pytest.raises(ClientError, match=code):
        launch(**wish)
    assert seam.instances() == ()


def test_a_launch_without_an_image_is_refused(ec2):
    with pytest.raises(ClientError, match="MissingParameter"):
        ec2.run_instances(MinCount=1, MaxCount=1)


def test_the_client_token_is_echoed_only_if_it_was_given(ec2):
    mine = launch(ClientToken="mine")[0]["ClientToken"]
    assert mine == "mine"


def test_an_ecs_optimized_instance_has_the_disk_of_its_ami(ec2):
    instance_id = launch()[0]["InstanceId"]
    [volume] = ec2.describe_volumes(
        Filters=[{"Name": "attachment.instance-id", "Values": [instance_id]}]
    )["Volumes"]
    assert (volume["Size"], volume["VolumeType"]) == (30, "gp3")
    assert volume["Attachments"][0]["Device"] == "/dev/xvda"


def test_without_a_security_group_an_instance_is_in_the_default_one(ec2):
    [group] = launch()[0]["SecurityGroups"]
    assert group["GroupName"] == "default"


def test_a_security_group_in_use_cannot_be_deleted(ec2, clock):
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    instance_id = launch(SecurityGroupIds=[group])[0]["InstanceId"]
    clock.advance(6)
    ec2.terminate_instances(InstanceIds=[instance_id])
    with pytest.raises(ClientError, match=f"DependencyViolation.*{group}"):
        ec2.delete_security_group(GroupId=group)
    clock.advance(11)
    ec2.delete_security_group(GroupId=group)


# AMIs


def test_the_facts_of_an_ecs_optimized_ami(seam, ec2):
    facts = seam.ami(ACCOUNT, REGION, ECS_IMAGE)
    assert facts.name == "al2023-ami-ecs-hvm-2023.0.20260922-kernel-6.1-x86_64"
    assert facts.is_ecs_optimized
    assert (facts.agent_version, facts.docker_version) == ("1.107.0", "25.0.16")
    assert len(facts.agent_hash) == 8


def test_a_plain_ami_has_no_agent_and_one_made_from_an_instance_has_its_agent(seam, ec2, clock):
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    plain = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    instance_id = launch()[0]["InstanceId"]
    own = ec2.create_image(InstanceId=instance_id, Name="own")["ImageId"]
    assert not seam.ami(ACCOUNT, REGION, plain).is_ecs_optimized
    assert seam.ami(ACCOUNT, REGION, own).agent_version == "1.107.0"
    assert launch(ImageId=plain)
    assert launch(ImageId=own)


def test_amis_are_found_by_name_as_on_aws(ec2):
    """Only when somebody looks around are all of a region's AMIs registered."""
    found = ec2.describe_images(
        Owners=["amazon"],
        Filters=[{"Name": "name", "Values": ["al2023-ami-ecs-hvm-*-x86_64"]}],
    )["Images"]
    assert ECS_IMAGE in [each["ImageId"] for each in found]
    assert found == sorted(found, key=lambda each: each["ImageId"])


def test_who_asks_first_for_an_ami_changes_nothing_of_it(seam, ec2):
    first = ec2.describe_images(ImageIds=[ECS_IMAGE])["Images"]
    ec2_backends[ACCOUNT].clear()
    ec2.describe_images(Filters=[{"Name": "name", "Values": ["nothing"]}])
    assert ec2.describe_images(ImageIds=[ECS_IMAGE])["Images"] == first


# Facts


def test_the_facts_of_an_instance_are_what_a_host_boots_from(seam, ec2, clock):
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    launch(UserData="#!/bin/bash\necho hi", SecurityGroupIds=[group])
    clock.advance(6)
    client("ec2", "eu-west-1").describe_instances()
    [facts] = seam.instances()
    assert facts.state == "running"
    assert facts.user_data == b"#!/bin/bash\necho hi"
    assert (facts.vcpus, facts.memory_mib, facts.architecture) == (2, 4096, "x86_64")
    assert (facts.public_ip, facts.private_ip) == ("203.0.113.1", "172.31.0.4")
    assert facts.security_group_ids == (group,)
    assert (facts.region, facts.availability_zone) == (REGION, "us-east-1a")
    assert facts.launch_time == LAB_EPOCH
    assert facts.account_id == ACCOUNT
    assert facts.role_name is None


def test_instances_of_all_regions_come_in_the_order_of_their_launch(seam, ec2, clock):
    launch(MaxCount=2)
    clock.advance(1)
    west = client("ec2", "eu-west-1")
    name = f"{ECS_AMI}/image_id"
    image = client("ssm", "eu-west-1").get_parameter(Name=name)["Parameter"]["Value"]
    west.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    assert [each.region for each in seam.instances()] == [REGION, REGION, "eu-west-1"]


@pytest.mark.parametrize(
    ("rule", "open_"),
    [
        ({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}, True),
        ({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "CidrIp": "198.51.100.7/32"}, True),
        ({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}, True),
        ({"IpProtocol": "tcp", "FromPort": 81, "ToPort": 90, "CidrIp": "0.0.0.0/0"}, False),
        ({"IpProtocol": "udp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}, False),
        ({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}, False),
        ({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "172.31.0.0/16"}, False),
    ],
)
def test_a_security_group_lets_in_what_its_rules_say(seam, ec2, rule, open_):
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    instance_id = launch(SecurityGroupIds=[group])[0]["InstanceId"]
    assert not seam.allows(ACCOUNT, REGION, instance_id, 80)
    ec2.authorize_security_group_ingress(GroupId=group, **rule)
    assert seam.allows(ACCOUNT, REGION, instance_id, 80) is open_


def test_a_rule_for_other_security_groups_lets_no_reader_in(seam, ec2):
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    instance_id = launch(SecurityGroupIds=[group])[0]["InstanceId"]
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "UserIdGroupPairs": [{"GroupId": group}],
    }
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    assert not seam.allows(ACCOUNT, REGION, instance_id, 80)
    assert not seam.allows(ACCOUNT, REGION, "i-unknown", 80)


def test_reset_hands_out_addresses_from_the_first_again(seam, ec2, clock):
    launch()
    clock.advance(6)
    seam.reset()
    second = launch()[0]["InstanceId"]
    clock.advance(6)
    assert described(second)["PublicIpAddress"] == "203.0.113.1"


# moto


def test_the_ec2_seam_leaves_no_trace(clock):
    assert_leaves_no_trace(Ec2Seam(clock, lambda _: None))


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Instance, "start"),
        (Instance, "public_dns_name"),
        (InstanceBackend, "run_instances"),
        (NetworkInterface, "check_auto_public_ip"),
        (Subnet, "get_available_subnet_ip"),
        (AmiBackend, "_load_amis"),
    ],
)
def test_a_changed_moto_is_noticed(monkeypatch, clock, owner, name):
    assert_notices_change(monkeypatch, Ec2Seam(clock, lambda _: None), owner, name)


def test_an_instance_is_found_by_its_id_as_soon_as_it_is_launched():
    with installed(InstancesById(), AmiCatalogue()):
        ids = [each["InstanceId"] for _ in range(2) for each in launch(MinCount=2, MaxCount=2)]
        backend = ec2_backends[ACCOUNT][REGION]
        assert [backend.get_instance(each).id for each in ids] == ids
        with pytest.raises(InvalidInstanceIdError):
            backend.get_instance("i-0")
        assert backend.get_instance_by_id("i-0") is None
