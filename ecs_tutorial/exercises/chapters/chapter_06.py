"""Exercises of chapter 6: an address found, a door with one guest, a container matched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet

CLUSTER, ZONE, OFFICE = "Wordpress", "us-east-1b", "office"
PORT, RANGE = 8080, "10.0.0.0/8"


def _tasks(ecs: Any) -> list[Any]:
    arns = ecs.list_tasks(cluster=CLUSTER, serviceName="wordpress")["taskArns"]
    return list(ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"])


def where_the_other_one_runs(ecs: Any, ec2: Any, answer: object) -> Outcome:
    zones = {task["containerInstanceArn"]: task["availabilityZone"] for task in _tasks(ecs)}
    found = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=list(zones))
    ids = {each["ec2InstanceId"]: zones[each["containerInstanceArn"]]
           for each in found["containerInstances"]}  # fmt: skip
    groups = ec2.describe_instances(InstanceIds=list(ids))["Reservations"]
    machines = {ids[each["InstanceId"]]: each for group in groups for each in group["Instances"]}
    there, elsewhere = machines[ZONE], [m for zone, m in machines.items() if zone != ZONE]
    return judged(
        answer,
        there["PublicIpAddress"],
        expected=f"the public address of the machine in {ZONE}",
        because="Task, container instance, EC2 instance, address: four calls, in that order.",
        otherwise={
            there["PrivateIpAddress"]: "That address is known inside the network only; a visitor "
            "needs the public one.",
            there["InstanceId"]: "That is the machine. What is its address?",
            **{m["PublicIpAddress"]: "That machine is in the other zone." for m in elsewhere},
        },
    )


def _office(ec2: Any) -> Any:
    named = [{"Name": "group-name", "Values": [OFFICE]}]
    found = ec2.describe_security_groups(Filters=named)["SecurityGroups"]
    return found[0] if found else None


def a_door_for_the_office(ec2: Any) -> Outcome:
    group, expected = _office(ec2), f"TCP {PORT} from {RANGE}, and nothing else"
    if group is None:
        return not_attempted()
    rules = [
        (rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), each["CidrIp"])
        for rule in group["IpPermissions"]
        for each in rule["IpRanges"]
    ]
    seen = ", ".join(f"{kind} {a} to {b} from {who}" for kind, a, b, who in rules)
    if not rules:
        words = "A new security group lets nothing in. A visitor's browser would time out."
        return not_yet(words, seen="a group without a rule", expected=expected)
    if any(who == "0.0.0.0/0" for *_, who in rules):
        words = "This is open to everybody on the internet, not to the office alone."
        return not_yet(words, seen=seen, expected=expected)
    if rules != [("tcp", PORT, PORT, RANGE)]:
        words = "Look at protocol, ports and range, one by one."
        return not_yet(words, seen=seen, expected=expected)
    return correct("Whoever is outside of the range gets no answer at all, and times out.")


def close_the_office(ec2: Any) -> Iterator[str]:
    group = _office(ec2)
    if group:
        ec2.delete_security_group(GroupId=group["GroupId"])
        yield f"the security group {OFFICE}"


def made_from(ecs: Any, answer: object) -> Outcome:
    arn = _tasks(ecs)[0]["taskDefinitionArn"]
    family, revision = arn.rpartition("/")[2].split(":")
    return judged(
        answer,
        f"{family}:{revision}",
        expected="family:revision",
        because="Docker knows nothing of tasks; the name that the agent gave leads you back.",
        otherwise={
            family: "That is the family. Which revision?",
            f"{family}-{revision}": "ECS writes a colon where Docker's name has a hyphen.",
            f"{family}:{int(revision) - 1}": "Read the number in the container's name again.",
        },
    )


EXERCISES = (
    Exercise(
        key="6.1",
        title="the other address",
        kind=Kind.READ,
        objective="Find the machine and the public address behind a task, with four calls",
        task="Two tasks run in two zones. At which public address does the one in `us-east-1b` "
        "answer?",
        minutes=2,
        cell="""\
# `tasks`, `ids` and `machines` are there from the cells above.
there = [task for task in tasks if task["availabilityZone"] == "us-east-1b"]
address_b = machines[ids[there[0]["containerInstanceArn"]]]["PublicIpAddress"]  # blank: text
exercise("6.1").check(address_b)""",
        because="The zone stands in the task's record; the rest is the trail.",
        hints=(
            "`there[0]` is the task. Its container instance is the key into `ids`.",
            'In `machines` look for `"PublicIpAddress"`.',
        ),
        wrong=(
            Wrong('address_b = chain.loc[0, "address"]', "the other zone"),
            Wrong(
                'address_b = machines[ids[there[0]["containerInstanceArn"]]]["PrivateIpAddress"]',
                "inside the network only",
            ),
            Wrong('address_b = ids[there[0]["containerInstanceArn"]]', "What is its address"),
        ),
        second='address_b = chain.loc[1, "address"]',
        check=where_the_other_one_runs,
    ),
    Exercise(
        key="6.2",
        title="a door for the office",
        kind=Kind.DESIGN,
        objective="Tell a closed security group from a container that is down",
        task="A page for administrators at port 8080 times out for your office, and its task is "
        "RUNNING. Make a security group `office` that lets TCP 8080 in from `10.0.0.0/8`, and from "
        "nowhere else. (Give it to no machine.)",
        minutes=3,
        cell="""\
about = {"GroupName": "office", "Description": "Administrators"}
office = ec2.create_security_group(**about)["GroupId"]  # blank: two calls
rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "10.0.0.0/8"}  # blank
ec2.authorize_security_group_ingress(GroupId=office, **rule)  # blank
exercise("6.2").check()""",
        because="A timeout with a task that runs: the door is shut. Open it as far as needed.",
        hints=(
            "`ec2.create_security_group(**about)` answers with a `GroupId`.",
            "The rule has the form of `rule` above, with other ports and another range.",
        ),
        wrong=(
            Wrong("ec2.create_security_group(**about)", "lets nothing in"),
            Wrong(
                'office = ec2.create_security_group(**about)["GroupId"]\n'
                'wide = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080}\n'
                'ec2.authorize_security_group_ingress(GroupId=office, CidrIp="0.0.0.0/0", **wide)',
                "everybody on the internet",
            ),
            Wrong(
                'office = ec2.create_security_group(**about)["GroupId"]\n'
                'other = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}\n'
                'other["CidrIp"] = "10.0.0.0/8"\n'
                "ec2.authorize_security_group_ingress(GroupId=office, **other)",
                "one by one",
            ),
        ),
        second="""\
office = ec2.create_security_group(**about)["GroupId"]
ranges = {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "the office"}]}
ports = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080}
ec2.authorize_security_group_ingress(GroupId=office, IpPermissions=[ports | ranges])""",
        check=a_door_for_the_office,
        tidy=close_the_office,
    ),
    Exercise(
        key="6.3",
        title="from Docker back to ECS",
        kind=Kind.READ,
        objective="Match a container on the machine with its task in ECS",
        task="Read the name of the container `wordpress` in the table. From which task definition "
        "was its task made? Write it as ECS does.",
        minutes=1,
        cell="""\
made_from = "wordpress:2"  # blank: family and revision
exercise("6.3").check(made_from)""",
        because="ecs-wordpress-2-wordpress-…: family, revision, container.",
        hints=(
            "After `ecs-` come the family and the revision.",
            "ECS puts a colon between the two.",
        ),
        wrong=(
            Wrong('made_from = "wordpress"', "Which revision"),
            Wrong('made_from = "wordpress-2"', "a colon where"),
            Wrong('made_from = "wordpress:1"', "number in the container's name"),
        ),
        second='made_from = tasks[0]["taskDefinitionArn"].split("/")[1]',
        check=made_from,
    ),
)
