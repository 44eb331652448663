"""Exercises of chapter 12, on: a template read, a stack that failed, one that is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import (
    Outcome,
    cannot_be_checked,
    correct,
    judged,
    not_attempted,
    not_yet,
)

STACK, BROKEN = "capstone", "broken"
COPIES, MORE = 2, 3
REFUSED = re.compile(r"extraneous key \[(\w+)\]")
READ_TEMPLATE = "Read in a template which resource refers to which."


def _resource(cloudformation: Any, physical_id: str) -> str:
    """What the template calls a thing."""
    found = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    return next(
        str(each["LogicalResourceId"])
        for each in found
        if each["PhysicalResourceId"] == physical_id
    )


def where_the_listener_forwards(cloudformation: Any, elbv2: Any, answer: object) -> Outcome:
    found = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    arns = [each["PhysicalResourceId"] for each in found if each["LogicalResourceId"] == "Listener"]
    [listener] = elbv2.describe_listeners(ListenerArns=arns)["Listeners"]
    return judged(
        answer,
        _resource(cloudformation, listener["DefaultActions"][0]["TargetGroupArn"]),
        expected="the name of a resource in the template",
        because="`!Ref` of a target group is its ARN, and the listener's action needs that.",
        otherwise={
            "Balancer": "At that one it listens; the question is where to.",
            "Service": "The service writes its tasks there, the listener does not know it.",
            "TargetGroupArn": "That is the name of the property. What does it refer to?",
        },
    )


def what_was_refused(cloudformation: Any, answer: object) -> Outcome:
    try:
        told = cloudformation.describe_stack_events(StackName=BROKEN)["StackEvents"]
    except ClientError:
        return cannot_be_checked("There is no stack broken. Run the cell from its top.")
    reasons = " ".join(each.get("ResourceStatusReason", "") for each in told)
    refused = REFUSED.search(reasons)
    return judged(
        answer,
        refused[1] if refused else None,
        expected="a key of the template, as it stands there",
        because="Names of a template begin with a capital letter, the API's with a small one.",
        otherwise={
            "Memory": "A number, as it should be.",
            "ContainerDefinitions": "The reason says where to look: the fault is inside of it.",
            "Pages": "That one failed. Which of its keys is to blame?",
        },
    )


def no_broken_stack(cloudformation: Any) -> Iterator[str]:
    try:
        cloudformation.describe_stacks(StackName=BROKEN)
    except ClientError:
        return
    cloudformation.delete_stack(StackName=BROKEN)
    yield f"the stack {BROKEN}"


def _stack(cloudformation: Any) -> tuple[str, dict[str, str]]:
    """The status of the stack, and its parameters."""
    [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    return stack["StackStatus"], given


def _desired(cloudformation: Any, ecs: Any) -> int:
    [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    put_out = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
    which = {"cluster": put_out["ClusterName"], "services": [put_out["ServiceName"]]}
    return int(ecs.describe_services(**which)["services"][0]["desiredCount"])


def three_copies_by_the_stack(cloudformation: Any, ecs: Any) -> Outcome:
    _, given = _stack(cloudformation)
    copies, desired = int(given["Copies"]), _desired(cloudformation, ecs)
    seen = f"the parameter Copies is {copies}, the service wants {desired}"
    expected = f"{MORE} in both"
    if copies == desired == COPIES:
        return not_attempted()
    if copies == COPIES:
        words = "The stack does not know of it: you have changed the service behind its back."
        return not_yet(words, seen=seen, expected=expected)
    if copies != MORE:
        return not_yet("An update of the stack, with another number.", seen=seen, expected=expected)
    return correct("Only the service was touched; everything else in the template is as it was.")


def two_copies_again(cloudformation: Any, ecs: Any) -> Iterator[str]:
    status, given = _stack(cloudformation)
    if status.endswith("IN_PROGRESS"):
        cloudformation.get_waiter("stack_update_complete").wait(StackName=STACK)
    if int(given["Copies"]) != COPIES:
        wish = {"StackName": STACK, "UsePreviousTemplate": True, "Capabilities": ["CAPABILITY_IAM"]}
        kept = [{"ParameterKey": k, "UsePreviousValue": True} for k in ("Image", "Vpc", "Subnets")]
        two = {"ParameterKey": "Copies", "ParameterValue": str(COPIES)}
        cloudformation.update_stack(**wish, Parameters=[*kept, two])
        cloudformation.get_waiter("stack_update_complete").wait(StackName=STACK)
        _drained(ecs)
        yield f"the stack's number of copies, {given['Copies']}"
    elif _desired(cloudformation, ecs) != COPIES:
        [cluster] = ecs.list_clusters()["clusterArns"]
        ecs.update_service(cluster=cluster, service=STACK, desiredCount=COPIES)
        _drained(ecs)
        yield "the service's number of copies"


def _drained(ecs: Any) -> None:
    """Wait for the task that is one too many: a service is stable while it still drains."""
    [cluster] = ecs.list_clusters()["clusterArns"]
    ecs.get_waiter("services_stable").wait(cluster=cluster, services=[STACK])
    leaving = ecs.list_tasks(cluster=cluster, serviceName=STACK, desiredStatus="STOPPED")
    if leaving["taskArns"]:
        ecs.get_waiter("tasks_stopped").wait(cluster=cluster, tasks=leaving["taskArns"])


def what_a_new_memory_touches(answer: object) -> Outcome:
    return judged(
        answer,
        2,
        expected="a number of resources",
        because="The task definition gets its next revision, and the service refers to it.",
        otherwise={
            1: "The task definition gets a new ARN. Who refers to it?",
            3: "The cluster stays as it is; the service only names it.",
            12: "Only what differs is touched, and what refers to that.",
        },
    )


EXERCISES = (
    Exercise(
        key="12.4",
        title="where to?",
        kind=Kind.READ,
        objective=READ_TEMPLATE,
        task="In the template, to which resource does `Listener` forward? Give the name that it "
        "has there.",
        minutes=1,
        cell="""\
# Open ecs-capstone-stack.yaml, or print the variable template.
answer = "Targets"  # blank: a name in the template
exercise("12.4").check(answer)""",
        because="CloudFormation makes the target group first, as its ARN is needed here.",
        hints=(
            "Look for `Listener:` and then for `!Ref`.",
            "It refers to two; one is where it is.",
        ),
        wrong=(
            Wrong('answer = "Balancer"', "At that one it listens"),
            Wrong('answer = "Service"', "does not know it"),
            Wrong('answer = "TargetGroupArn"', "name of the property"),
        ),
        second='answer = "targets"',
        check=where_the_listener_forwards,
    ),
    Exercise(
        key="12.5",
        title="why it rolled back",
        kind=Kind.FAULT,
        objective="Deploy a stack, and find in its events why one failed.",
        task="This stack fails. Which key of the template is at fault? Read it in the events.",
        minutes=2,
        cell="""\
import json

cf.delete_stack(StackName="broken")
web = {"Name": "web", "image": "httpd:2.4", "Memory": 64}
pages = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [web]}}
cf.create_stack(StackName="broken", TemplateBody=json.dumps({"Resources": {"Pages": pages}}))
told = cf.describe_stack_events(StackName="broken")["StackEvents"]
answer = "image"  # blank: one key
exercise("12.5").check(answer)""",
        because="The event CREATE_FAILED has the reason, with the place of the fault in front.",
        hints=(
            "Show `told`; the newest event stands first.",
            "Look at `ResourceStatusReason` of the event whose status is CREATE_FAILED.",
        ),
        wrong=(
            Wrong('answer = "Memory"', "A number"),
            Wrong('answer = "ContainerDefinitions"', "inside of it"),
            Wrong('answer = "Pages"', "Which of its keys"),
        ),
        second='answer = str(told).partition("extraneous key [")[2].partition("]")[0]',
        check=what_was_refused,
        tidy=no_broken_stack,
    ),
    Exercise(
        key="12.6",
        title="three copies",
        kind=Kind.COMPLETE,
        objective="Change a stack, and delete it with all that it made.",
        task="Let the stack run 3 copies. `same` keeps the template and the other parameters.",
        minutes=2,
        cell="""\
names = ("Image", "Vpc", "Subnets")
same = {"StackName": "capstone", "UsePreviousTemplate": True, "Capabilities": ["CAPABILITY_IAM"]}
kept = [{"ParameterKey": each, "UsePreviousValue": True} for each in names]
three = {"ParameterKey": "Copies", "ParameterValue": "3"}
cf.update_stack(**same, Parameters=[*kept, three])  # blank: one call
exercise("12.6").check()""",
        because="A parameter's value is text in the call, also where it is a number.",
        hints=(
            "The call is `cf.update_stack`.",
            "It takes what is in `same`, and as `Parameters` a list of `kept` and `three`.",
        ),
        wrong=(
            Wrong(
                'cf.update_stack(**same, Parameters=[*kept, three | {"ParameterValue": "4"}])',
                "with another number",
            ),
            Wrong(
                'ecs.update_service(cluster=ecs.list_clusters()["clusterArns"][0], '
                'service="capstone", desiredCount=3)',
                "behind its back",
            ),
        ),
        second='cf.update_stack(StackName="capstone", TemplateBody=template, '
        'Parameters=[*given, three], Capabilities=["CAPABILITY_IAM"])',
        check=three_copies_by_the_stack,
        tidy=two_copies_again,
    ),
    Exercise(
        key="12.7",
        title="more memory",
        kind=Kind.PREDICT,
        objective=READ_TEMPLATE,
        task="You write `Memory: 128` into the template and update the stack. How many of its "
        "resources does CloudFormation touch?",
        minutes=1,
        cell="""\
# Think of what refers to the task definition.
answer = 2  # blank: a number
exercise("12.7").check(answer)""",
        because="A change travels along the references, and ends where nothing differs any more.",
        hints=("Which resource has the line `Memory`?", "A new revision has a new ARN."),
        wrong=(
            Wrong("answer = 1", "Who refers to it?"),
            Wrong("answer = 3", "cluster stays"),
            Wrong("answer = 12", "Only what differs"),
        ),
        second='answer = len(("TaskDefinition", "Service"))',
        check=what_a_new_memory_touches,
    ),
)
