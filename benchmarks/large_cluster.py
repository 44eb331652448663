"""How long 1,000 instances and 10,000 tasks take, made, placed and drawn as chapter 7 does it.

One process with the lab in it, so no lab time is waited for: what is told is the machine's work.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

CLUSTER, ROLE = "thousand", "ecsInstanceRole"
AMI = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
NEEDS = {"image": "busybox", "command": ["sleep", "1d"], "cpu": 128, "memory": 256}
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
SERVICES, ZONES = ("left", "right"), "abcd"


class LargeCluster:
    """The calls of the chapter's last step but one, each step on its own."""

    def __init__(self, instances: int, tasks: int) -> None:
        import boto3

        self.instances, self.tasks = instances, tasks
        self.ecs, self.ec2 = boto3.client("ecs"), boto3.client("ec2")
        self.iam, self.ssm = boto3.client("iam"), boto3.client("ssm")

    def prepare(self) -> None:
        """What chapter 3 leaves behind, and the definition; not measured."""
        policy = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
        self.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
        self.iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy)
        self.iam.create_instance_profile(InstanceProfileName=ROLE)
        self.iam.add_role_to_instance_profile(InstanceProfileName=ROLE, RoleName=ROLE)
        self.ami = self.ssm.get_parameter(Name=AMI)["Parameter"]["Value"]
        small: Any = {"name": "small", **NEEDS}
        self.ecs.register_task_definition(family="small", containerDefinitions=[small])
        self.ecs.create_cluster(clusterName=CLUSTER)

    def launch(self) -> None:
        """The instances boot and their agents register."""
        script = f"#!/bin/bash\necho ECS_CLUSTER={CLUSTER} >> /etc/ecs/ecs.config\n"
        count = self.instances // len(ZONES)
        for zone in ZONES:
            self.ec2.run_instances(
                ImageId=self.ami,
                InstanceType="t3.medium",
                IamInstanceProfile={"Name": ROLE},
                Placement={"AvailabilityZone": f"us-east-1{zone}"},
                UserData=script,
                MinCount=count,
                MaxCount=count,
            )
        up: Any = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        self.ec2.get_waiter("instance_status_ok").wait(IncludeAllInstances=True, Filters=up)

    def place(self) -> None:
        """The services' tasks are placed, started and reported as running."""
        for name in SERVICES:
            self.ecs.create_service(
                cluster=CLUSTER,
                serviceName=name,
                taskDefinition="small",
                desiredCount=self.tasks // len(SERVICES),
            )
        self.ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=list(SERVICES))

    def draw(self) -> None:
        """Every instance is described and the whole is drawn."""
        from ecs_tutorial.notebook.diagrams import fleet_map

        found: list[Any] = []
        for page in self.ecs.get_paginator("list_container_instances").paginate(cluster=CLUSTER):
            arns = page["containerInstanceArns"]
            few = self.ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)
            found += few["containerInstances"]
        wanted = f"{self.tasks:,} tasks on {self.instances:,} of {self.instances:,} "
        drawn = fleet_map({"containerInstances": found})
        if not drawn.summary.startswith(wanted):
            raise SystemExit(f"It was not placed as a whole: {drawn.summary}")


def seconds(step: Callable[[], None]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def measured(instances: int, tasks: int) -> dict[str, float]:
    """The seconds of each step in a lab of its own."""
    from ecs_tutorial.lab import LocalEcs

    local = LocalEcs()
    local.install()
    try:
        with local.patient():
            cluster = LargeCluster(instances, tasks)
            cluster.prepare()
            steps = (cluster.launch, cluster.place, cluster.draw)
            return {step.__name__: seconds(step) for step in steps}
    finally:
        local.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    rounds = []
    with TemporaryDirectory() as home:
        os.environ |= {"ECS_TUTORIAL_HOME": home, "AWS_DEFAULT_REGION": "us-east-1"}
        os.environ |= {"AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "lab"}
        for number in range(wanted.rounds):
            worked = time.process_time()
            found = measured(wanted.instances, wanted.tasks)
            worked = time.process_time() - worked
            rounds.append(found)
            parts = ", ".join(f"{name} {took:.1f} s" for name, took in found.items())
            together = f"together {sum(found.values()):.1f} s, {worked:.1f} s of them worked"
            print(f"round {number + 1}: {parts}, {together}", flush=True)
    together = median(sum(found.values()) for found in rounds)
    print(
        f"{wanted.instances:,} instances and {wanted.tasks:,} tasks: {together:.1f} s, "
        f"the median of {wanted.rounds}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
