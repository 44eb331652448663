"""What moto leaves out when a stack has load balancers, instances and roles in it.

Tables by type: what a template's properties are called in moto, what is set after a resource
was made, when it is ready, how it is removed, and when it is gone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.cloudformation.parsing import NULL_MODELS
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.vpn_gateway import VPCGatewayAttachment
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends

from .ecs_resources import EcsResource
from .template import WITHOUT_EFFECT

LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
INSTANCE = "AWS::EC2::Instance"
AUTO_SCALING_GROUP = "AWS::AutoScaling::AutoScalingGroup"
ROLE = "AWS::IAM::Role"
GROUP_SIZES = ("MinSize", "MaxSize", "DesiredCapacity")


def is_without_effect(kind: str) -> bool:
    return kind in WITHOUT_EFFECT or kind in NULL_MODELS


def prepared(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's properties with the names and the types that moto reads."""
    if kind == INSTANCE and "SecurityGroupIds" in properties:
        return {**properties, "SecurityGroups": properties["SecurityGroupIds"]}
    if kind == AUTO_SCALING_GROUP:
        sizes = {each: int(properties[each]) for each in GROUP_SIZES if each in properties}
        return {**properties, **sizes}
    if kind == ROLE:
        return {**properties, "Policies": [as_text(p) for p in properties.get("Policies") or ()]}
    return dict(properties)


def as_text(policy: Mapping[str, Any]) -> dict[str, Any]:
    return {**policy, "PolicyDocument": json.dumps(policy["PolicyDocument"])}


def completed(
    kind: str, resource: Any, properties: Mapping[str, Any], place: tuple[str, str]
) -> None:
    """Set what moto does not take from a template."""
    account_id, region = place
    elb = elbv2_backends[account_id][region]
    if kind == TARGET_GROUP:
        given = attributes(properties, "TargetGroupAttributes")
        elb.modify_target_group_attributes(resource.arn, given)
    elif kind == LOAD_BALANCER:
        given = attributes(properties, "LoadBalancerAttributes")
        elb.modify_load_balancer_attributes(resource.arn, given)
    elif kind == ROLE:
        let_go(kind, resource, place)
        for arn in properties.get("ManagedPolicyArns") or ():
            iam_backends[account_id]["aws"].attach_role_policy(arn, resource.name)


def let_go(kind: str, resource: Any, place: tuple[str, str]) -> None:
    """Take off what would hold a resource back from being removed, or note what has to go too."""
    if kind == ROLE:
        for arn in list(resource.managed_policies):
            iam_backends[place[0]]["aws"].detach_role_policy(arn, resource.name)
    if kind == AUTO_SCALING_GROUP:
        resource.leaving = [each.instance for each in resource.instance_states]


def attributes(properties: Mapping[str, Any], name: str) -> dict[str, str]:
    return {each["Key"]: str(each["Value"]) for each in properties.get(name) or ()}


def is_ready(kind: str, resource: Any) -> bool:
    if isinstance(resource, EcsResource):
        return resource.is_ready()
    if kind == INSTANCE:
        return bool(resource.state == "running")
    if kind == LOAD_BALANCER:
        resource.activate()
        return bool(resource.state == "active")
    return bool(resource.is_created())


def remove_route_table(ec2: EC2Backend, table: RouteTable) -> None:
    for association in list(table._associations):
        ec2.disassociate_route_table(association)
    ec2.delete_route_table(table.id)


def remove_attachment(ec2: EC2Backend, attachment: VPCGatewayAttachment) -> None:
    gateway = attachment.gateway_id or ""
    if gateway.startswith("igw-"):
        ec2.detach_internet_gateway(gateway, attachment.vpc_id)


def remove_internet_gateway(ec2: EC2Backend, gateway: InternetGateway) -> None:
    ec2.delete_internet_gateway(gateway.id)


OF_A_VPC: dict[str, Callable[[EC2Backend, Any], None]] = {
    "AWS::EC2::RouteTable": remove_route_table,
    "AWS::EC2::VPCGatewayAttachment": remove_attachment,
    "AWS::EC2::InternetGateway": remove_internet_gateway,
}
"""How that is removed which moto's stacks leave in a VPC, and which keeps the VPC there."""
OF_A_LOAD_BALANCER = {
    LISTENER: "delete_listener",
    LISTENER_RULE: "delete_rule",
    TARGET_GROUP: "delete_target_group",
}
"""By type, what moto's load balancing calls the removal."""


def removal(kind: str, resource: Any, place: tuple[str, str]) -> Callable[[], object] | None:
    """How a resource is removed, where moto would leave it or leave something of it."""
    account_id, region = place
    if isinstance(resource, EcsResource):
        return resource.remove
    if kind in OF_A_VPC:
        return partial(OF_A_VPC[kind], ec2_backends[account_id][region], resource)
    if kind in OF_A_LOAD_BALANCER:
        elb = elbv2_backends[account_id][region]
        return partial(getattr(elb, OF_A_LOAD_BALANCER[kind]), resource.arn)
    if kind == AUTO_SCALING_GROUP:
        groups = autoscaling_backends[account_id][region]
        return lambda: groups.delete_auto_scaling_group(resource.name)
    return None


def is_gone(kind: str, resource: Any) -> bool:
    if isinstance(resource, EcsResource):
        return resource.is_gone()
    if kind == INSTANCE:
        return bool(resource.state == "terminated")
    if kind == AUTO_SCALING_GROUP:
        return all(each.state != "shutting-down" for each in resource.leaving)
    if kind == "AWS::CloudFormation::Stack":
        return bool(resource.status == "DELETE_COMPLETE")
    return True
