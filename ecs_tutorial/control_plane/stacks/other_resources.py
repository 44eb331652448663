"""What moto leaves out when a stack has load balancers, instances and roles in it.

Tables by type: what a template's properties are called in moto, what is set after a resource
was made, when it is ready, how it is removed, and when it is gone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.cloudformation.parsing import NULL_MODELS
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
    """Take off what would hold a resource back from being removed."""
    if kind == ROLE:
        for arn in list(resource.managed_policies):
            iam_backends[place[0]]["aws"].detach_role_policy(arn, resource.name)


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


def removal(kind: str, resource: Any, place: tuple[str, str]) -> Callable[[], object] | None:
    """How a resource is removed, where moto would leave it or leave something of it."""
    account_id, region = place
    if isinstance(resource, EcsResource):
        return resource.remove
    elb = elbv2_backends[account_id][region]
    if kind == LISTENER:
        return lambda: elb.delete_listener(resource.arn)
    if kind == LISTENER_RULE:
        return lambda: elb.delete_rule(resource.arn)
    if kind == TARGET_GROUP:
        return lambda: elb.delete_target_group(resource.arn)
    if kind == AUTO_SCALING_GROUP:
        groups = autoscaling_backends[account_id][region]
        return lambda: groups.delete_auto_scaling_group(resource.name)
    return None


def is_gone(kind: str, resource: Any) -> bool:
    if isinstance(resource, EcsResource):
        return resource.is_gone()
    if kind == INSTANCE:
        return bool(resource.state == "terminated")
    if kind == "AWS::CloudFormation::Stack":
        return bool(resource.status == "DELETE_COMPLETE")
    return True
