"""Stacks as tests make them: a learner's template, and what CloudFormation says of a stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CAPSTONE = (Path(__file__).parent.parent / "notebooks" / "ecs-capstone-stack.yaml").read_text(
    encoding="utf-8"
)
QUICK = {"Delay": 2, "MaxAttempts": 200}
WEB = {"Name": "web", "Image": "httpd:2.4", "Memory": 64}


def parameters(**given: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]


def in_this_network(lab: Any, **given: str) -> list[dict[str, str]]:
    """The parameters of the capstone's template."""
    vpc = lab.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [each["SubnetId"] for each in lab.ec2.describe_subnets()["Subnets"]][:2]
    wanted = {"Image": "httpd:2.4", "Vpc": vpc, "Subnets": ",".join(subnets)}
    return parameters(**{**wanted, **given})


def template(**resources: Any) -> str:
    return json.dumps({"Resources": resources})


def resource(kind: str, depends_on: Any = (), **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "DependsOn": list(depends_on), "Properties": properties}


def service(cluster: Any, definition: Any, **more: Any) -> dict[str, Any]:
    properties = {"Cluster": cluster, "TaskDefinition": definition, **more}
    return resource("AWS::ECS::Service", **properties)


def definition(**more: Any) -> dict[str, Any]:
    return resource("AWS::ECS::TaskDefinition", ContainerDefinitions=[{**WEB, **more}])


def events(cloudformation: Any, stack: str) -> list[tuple[str, str, str]]:
    """What befell a stack: whom, what, why."""
    found = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return [
        (e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason", ""))
        for e in reversed(found)
    ]


def status(cloudformation: Any, stack: str) -> str:
    return str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])


def reason(cloudformation: Any, stack: str, name: str, state: str) -> str:
    """Why a resource got into a state."""
    told = events(cloudformation, stack)
    return next(why for who, what, why in told if (who, what) == (name, state))


def refused_as_gone(cloudformation: Any, stack: str) -> bool:
    """Whether a stack's name is no longer known."""
    try:
        cloudformation.describe_stacks(StackName=stack)
    except cloudformation.exceptions.ClientError as error:
        return "does not exist" in str(error)
    return False


def outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    """What a stack gives out."""
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}


def wait(cloudformation: Any, waiter: str, stack: str) -> None:
    cloudformation.get_waiter(waiter).wait(StackName=stack, WaiterConfig=QUICK)
