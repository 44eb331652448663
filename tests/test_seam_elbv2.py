"""The Elastic Load Balancing seam: names, targets with ports, drains in lab time."""

from datetime import timedelta

import pytest
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup
from seams import (
    ACCOUNT,
    REGION,
    assert_leaves_no_trace,
    assert_notices_change,
    client,
    installed,
    launch,
)

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.control_plane.moto_seams.ec2 import Ec2Seam
from ecs_tutorial.control_plane.moto_seams.elbv2 import PROVISIONING_SECONDS, ElbSeam
from ecs_tutorial.load_balancers import CheckResult, Target


class World:
    def __init__(self):
        self.clock = ManualClock()
        self.changes = 0
        self.seam = ElbSeam(self.clock, self.changed)

    def changed(self):
        self.changes += 1

    @property
    def elbv2(self):
        return client("elbv2")

    def vpc(self):
        return client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]

    def balancer(self, **settings):
        subnets = [each["SubnetId"] for each in client("ec2").describe_subnets()["Subnets"]][:2]
        answer = self.elbv2.create_load_balancer(**{"Name": "web", "Subnets": subnets, **settings})
        return answer["LoadBalancers"][0]

    def group(self, delay=60):
        arn = self.elbv2.create_target_group(
            Name="web", Protocol="HTTP", Port=80, VpcId=self.vpc()
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elbv2.modify_target_group_attributes(
            TargetGroupArn=arn,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}],
        )
        return arn

    def in_use(self, arn):
        self.elbv2.create_listener(
            LoadBalancerArn=self.balancer()["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
        )
        return arn

    def health(self, arn, **target):
        request = {"Targets": [target]} if target else {}
        answer = self.elbv2.describe_target_health(TargetGroupArn=arn, **request)
        return {
            (each["Target"]["Id"], each["Target"]["Port"]): each["TargetHealth"]["State"]
            for each in answer["TargetHealthDescriptions"]
        }


@pytest.fixture
def world():
    made = World()
    with installed(Ec2Seam(made.clock, lambda moved: None), made.seam):
        yield made


@pytest.fixture
def instance(world):
    [made] = launch()
    world.clock.advance(120)
    return made["InstanceId"]


def test_it_leaves_no_trace():
    """Taken out, everything of moto stands where it stood."""
    assert_leaves_no_trace(ElbSeam(ManualClock(), lambda: None))


@pytest.mark.parametrize("name", ["describe_target_health", "create_load_balancer"])
def test_it_notices_another_moto(monkeypatch, name):
    """What it exchanges must be there."""
    assert_notices_change(monkeypatch, ElbSeam(ManualClock(), lambda: None), ELBv2Backend, name)


def test_it_notices_target_groups_of_another_shape(monkeypatch):
    """Their methods too must be there."""
    seam = ElbSeam(ManualClock(), lambda: None)
    assert_notices_change(monkeypatch, seam, FakeTargetGroup, "health_for")


def test_a_name_to_dial_ends_in_localhost(world):
    """Of an internal one too, as AWS begins it."""
    made = world.balancer()
    assert made["DNSName"].endswith(f".{REGION}.elb.localhost")
    assert made["Scheme"] == "internet-facing"
    inner = world.balancer(Name="inner", Scheme="internal")["DNSName"]
    assert inner.startswith("internal-inner-")


def test_it_is_active_after_a_while(world):
    """In lab time, and whoever serves it is told."""
    arn = world.balancer()["LoadBalancerArn"]

    def state():
        found = world.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]
        return found["State"]["Code"]

    assert state() == "provisioning"
    assert not world.seam.balancing().load_balancers[0].is_active
    world.clock.advance(PROVISIONING_SECONDS)
    assert (state(), world.changes) == ("active", 1)
    assert world.seam.balancing().load_balancers[0].is_active


def test_without_security_groups_it_gets_the_default_one(world):
    """Which lets nobody in from outside."""
    [group] = world.balancer()["SecurityGroups"]
    found = client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert found["GroupName"] == "default"


def test_an_instance_is_there_with_several_ports(world, instance):
    """As the tasks of a service need it; each has a health of its own."""
    arn = world.in_use(world.group())
    world.elbv2.register_targets(
        TargetGroupArn=arn,
        Targets=[{"Id": instance, "Port": 32768}, {"Id": instance, "Port": 32769}],
    )
    world.seam.report(arn, (instance, 32769), CheckResult())
    assert world.health(arn) == {(instance, 32768): "initial", (instance, 32769): "healthy"}


def test_without_a_port_it_is_the_target_groups(world, instance):
    """Deregistering the instance then takes all its ports."""
    arn = world.in_use(world.group())
    world.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": instance}])
    assert world.health(arn) == {(instance, 80): "initial"}
    world.elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": instance}])
    assert world.health(arn) == {(instance, 80): "draining"}


def test_a_target_group_in_front_of_which_nothing_is(world, instance):
    """Its targets are unused, and nobody checks them."""
    arn = world.group()
    world.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": instance}])
    assert world.health(arn) == {(instance, 80): "unused"}
    assert world.seam.balancing().target_groups == ()


def test_a_drained_target_is_gone_after_the_delay(world, instance):
    """Then it is unused, if somebody asks for it by name."""
    arn = world.in_use(world.group(delay=60))
    world.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": instance}])
    world.elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": instance}])
    world.clock.advance(59)
    assert world.health(arn) == {(instance, 80): "draining"}
    world.clock.advance(1)
    assert world.health(arn) == {}
    assert world.health(arn, Id=instance) == {(instance, 80): "unused"}


def test_registered_again_while_it_drains_it_stays(world, instance):
    """It begins anew, and the end of the old delay does not take it away."""
    arn = world.in_use(world.group(delay=60))
    for action in ("register", "deregister", "register"):
        call = getattr(world.elbv2, f"{action}_targets")
        call(TargetGroupArn=arn, Targets=[{"Id": instance}])
    world.clock.advance(120)
    assert world.health(arn) == {(instance, 80): "initial"}


def test_a_service_sees_and_changes_the_same_targets(world, instance):
    """What ECS registers carries its task; draining begins at once and ends in lab time."""
    arn = world.in_use(world.group(delay=30))
    world.seam.register(ACCOUNT, REGION, arn, [Target(instance, 32768, task_arn="arn:task")])
    key = (arn, instance, 32768)
    assert world.seam.targets(ACCOUNT, REGION)[key].task_arn == "arn:task"
    world.seam.deregister(ACCOUNT, REGION, arn, [(instance, 32768)])
    draining = world.seam.targets(ACCOUNT, REGION)[key]
    assert draining.draining_since == LAB_EPOCH + timedelta(seconds=120)
    world.clock.advance(30)
    assert world.seam.targets(ACCOUNT, REGION) == {}


@pytest.mark.parametrize("instance_id", ["i-0123456789abcdef0"])
def test_an_unknown_instance_is_no_target(world, instance_id):
    """moto would take any name."""
    arn = world.group()
    with pytest.raises(world.elbv2.exceptions.InvalidTargetException):
        world.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": instance_id}])


def test_what_the_data_plane_is_told(world, instance):
    """Listeners with their rules in order, which ports are open, and who stands in front."""
    group = client("ec2").create_security_group(
        GroupName="alb", Description="alb", VpcId=world.vpc()
    )["GroupId"]
    client("ec2").authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
    target_group = world.group()
    forward = [{"Type": "forward", "TargetGroupArn": target_group}]
    balancer = world.balancer(SecurityGroups=[group])["LoadBalancerArn"]
    listener = world.elbv2.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward
    )["Listeners"][0]["ListenerArn"]
    for priority in (20, 3):
        world.elbv2.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}],
            Actions=forward,
        )
    told = world.seam.balancing()
    [rules] = [each.rules for each in told.load_balancers[0].listeners]
    assert [len(rule.conditions) for rule in rules] == [1, 1, 0]
    assert rules[0].conditions[0]["Values"] == ["/3"]
    assert told.load_balancers[0].open_ports == {80}
    assert told.target_groups[0].security_group_ids == {group}


def test_a_default_rule_has_the_same_arn_on_each_run(world):
    """moto makes it of an address in memory."""
    arn = world.in_use(world.group())
    [listener] = world.elbv2.describe_listeners(
        LoadBalancerArn=world.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][
            0
        ]["LoadBalancerArns"][0]
    )["Listeners"]
    [rule] = world.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    assert len(rule["RuleArn"].rpartition("/")[2]) == 16
