"""Faults that other people's clients found, each as the smallest call that shows it mended."""

import json

import pytest
import walk
from labs import container
from stacks import QUICK, resource, template

in_process_only = pytest.mark.parametrize("lab", ["in_process"], indirect=True)
JOIN = f"#!/bin/bash\necho ECS_CLUSTER={walk.CLUSTER} >> /etc/ecs/ecs.config\n"
CONFINED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["ecs:RegisterContainerInstance", "ecs:Submit*"],
            "Resource": f"arn:aws:ecs:us-east-1:123456789012:cluster/{walk.CLUSTER}",
        },
        {"Effect": "Allow", "Action": "ecs:DiscoverPollEndpoint", "Resource": "*"},
    ],
}


def confine(lab, policy):
    """The instances' role with this policy alone."""
    lab.iam.detach_role_policy(RoleName="ecsInstanceRole", PolicyArn=walk.POLICY)
    lab.iam.put_role_policy(
        RoleName="ecsInstanceRole", PolicyName="agent", PolicyDocument=json.dumps(policy)
    )


@in_process_only
def test_an_agent_may_be_confined_to_its_cluster(lab):
    """The CDK's policy names the cluster: an agent joins that one, runs tasks, and no other."""
    lab.cluster()
    confine(lab, CONFINED)
    lab.ecs.create_cluster(clusterName="other")
    [joined, stays_out] = lab.run(JOIN) + lab.run(JOIN.replace(walk.CLUSTER, "other"))
    lab.booted([joined, stays_out])
    lab.until(lambda: joined in lab.instances())
    lab.running(container())
    assert lab.instances("other") == {}
    assert "not authorized to perform: ecs:RegisterContainerInstance" in lab.agent_log(stays_out)


@in_process_only
def test_a_launch_configuration_gives_its_profile_and_a_group_its_name(lab):
    """Machines of such a group join, and a capacity provider finds the group by its name."""
    lab.cluster()
    groups = lab.client("autoscaling")
    groups.create_launch_configuration(
        LaunchConfigurationName="machines",
        ImageId=lab.ami(),
        InstanceType="t3.medium",
        IamInstanceProfile="ecsInstanceRole",
        UserData=JOIN,
    )
    groups.create_auto_scaling_group(
        AutoScalingGroupName="machines",
        LaunchConfigurationName="machines",
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=["us-east-1a"],
    )
    lab.until(lambda: len(lab.instances()) == 2)
    [group] = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    made = lab.ecs.create_capacity_provider(
        name="machines", autoScalingGroupProvider={"autoScalingGroupArn": "machines"}
    )["capacityProvider"]
    found = made["autoScalingGroupProvider"]["autoScalingGroupArn"]
    assert found == group["AutoScalingGroupARN"]


NETWORK = template(
    Vpc=resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
    Gateway=resource("AWS::EC2::InternetGateway"),
    Attachment=resource(
        "AWS::EC2::VPCGatewayAttachment",
        VpcId={"Ref": "Vpc"},
        InternetGatewayId={"Ref": "Gateway"},
    ),
    Subnet=resource("AWS::EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24"),
    Routes=resource("AWS::EC2::RouteTable", VpcId={"Ref": "Vpc"}),
    Association=resource(
        "AWS::EC2::SubnetRouteTableAssociation",
        SubnetId={"Ref": "Subnet"},
        RouteTableId={"Ref": "Routes"},
    ),
)


@in_process_only
def test_a_stack_leaves_no_part_of_its_network(lab):
    """Route table, gateway and attachment go with the stack, so that its VPC can go."""
    stacks = lab.client("cloudformation")
    before = len(lab.ec2.describe_route_tables()["RouteTables"])
    stacks.create_stack(StackName="network", TemplateBody=NETWORK)
    stacks.get_waiter("stack_create_complete").wait(StackName="network", WaiterConfig=QUICK)
    stacks.delete_stack(StackName="network")
    stacks.get_waiter("stack_delete_complete").wait(StackName="network", WaiterConfig=QUICK)
    assert lab.ec2.describe_internet_gateways()["InternetGateways"] == []
    assert len(lab.ec2.describe_route_tables()["RouteTables"]) == before
    assert len(lab.ec2.describe_vpcs()["Vpcs"]) == 1
