"""A load balancer in a lab with everything that a service behind it needs, made with boto3."""

from __future__ import annotations

import http.client
from collections import Counter
from dataclasses import dataclass
from typing import Any

import walk

DYNAMIC = [{"containerPort": 80, "hostPort": 0}]
GROUP_CHECKS = {"HealthCheckIntervalSeconds": 6, "HealthCheckTimeoutSeconds": 5}


@dataclass
class Front:
    """A load balancer, its target group and its security group."""

    lab: Any
    arn: str
    name: str
    target_group: str
    security_group: str

    @property
    def load_balancers(self):
        return [{"targetGroupArn": self.target_group, "containerName": "app", "containerPort": 80}]

    def health(self):
        """Targets by instance and port: what DescribeTargetHealth says of each."""
        answer = self.lab.elbv2.describe_target_health(TargetGroupArn=self.target_group)
        return {
            (each["Target"]["Id"], each["Target"]["Port"]): each["TargetHealth"]
            for each in answer["TargetHealthDescriptions"]
        }

    def states(self):
        return Counter(each["State"] for each in self.health().values())

    def visitor(self):
        return Visitor(self.name, self.lab.browse(self.name, 80)["loopback_port"])

    def create_service(self, desired=2, name="web", definition="web", **settings):
        return self.lab.ecs.create_service(
            cluster=walk.CLUSTER,
            serviceName=name,
            taskDefinition=definition,
            desiredCount=desired,
            **{"loadBalancers": self.load_balancers, **settings},
        )["service"]

    def delete(self):
        self.lab.elbv2.delete_load_balancer(LoadBalancerArn=self.arn)
        self.lab.elbv2.delete_target_group(TargetGroupArn=self.target_group)


class Visitor:
    """Somebody out on the internet who asks for the load balancer's page."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port

    def get(self, path="/"):
        """The status and the body of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": self.name})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def front(lab, name="web", *, delay=10, checks=GROUP_CHECKS):
    """An active load balancer in front of an empty target group, open at port 80."""
    lab.elbv2 = lab.client("elbv2")
    vpc = lab.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [each["SubnetId"] for each in lab.ec2.describe_subnets()["Subnets"]][:2]
    group = open_group(lab, f"{name}-alb", vpc)
    balancer = lab.elbv2.create_load_balancer(Name=name, Subnets=subnets, SecurityGroups=[group])
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    target_group = lab.elbv2.create_target_group(
        Name=name, Protocol="HTTP", Port=80, VpcId=vpc, **checks
    )["TargetGroups"][0]["TargetGroupArn"]
    lab.elbv2.modify_target_group_attributes(
        TargetGroupArn=target_group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}],
    )
    lab.elbv2.create_listener(
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
    lab.until(lambda: state_of(lab, arn) == "active")
    return Front(lab, arn, balancer["LoadBalancers"][0]["DNSName"], target_group, group)


def state_of(lab, arn):
    found = lab.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]
    return found["State"]["Code"]


def open_group(lab, name, vpc):
    group = lab.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    lab.ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
    return group


def let_in(lab, source_group):
    """Let a load balancer's security group in at the dynamic ports of the instances."""
    lab.ec2.authorize_security_group_ingress(
        GroupId=lab.group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 32768,
                "ToPort": 65535,
                "UserIdGroupPairs": [{"GroupId": source_group}],
            }
        ],
    )
