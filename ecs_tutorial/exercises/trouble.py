"""A small cluster of its own for an incident: put up, and taken down with all that hangs on it.

Plain boto3 calls, so that an incident can be had on AWS as well; there it costs what it costs.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

AMI = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
AGENT_NEEDS = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
WHO = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [WHO]})
MINUTE = {"Delay": 15, "MaxAttempts": 4}
"""As long as is waited for a service that is not meant to become steady."""


@dataclass(frozen=True)
class Site:
    """A cluster with a name of its own, and the clients that work on it."""

    name: str
    ecs: Any
    ec2: Any
    iam: Any

    def put_up(self, ssm: Any, machines: int) -> list[str]:
        """Make cluster, role and machines; gives the container instances when all have joined."""
        self.ecs.create_cluster(clusterName=self.name)
        self._make_role()
        image = ssm.get_parameter(Name=AMI)["Parameter"]["Value"]
        found = self.ec2.run_instances(
            ImageId=image,
            InstanceType="t3.micro",
            MinCount=machines,
            MaxCount=machines,
            IamInstanceProfile={"Name": self.name},
            UserData=f"#!/bin/bash\necho ECS_CLUSTER={self.name} >> /etc/ecs/ecs.config\n",
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": "exercise", "Value": self.name}]}
            ],
        )
        ids = [each["InstanceId"] for each in found["Instances"]]
        self.ec2.get_waiter("instance_status_ok").wait(InstanceIds=ids)
        return self.instances()

    def _make_role(self) -> None:
        self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=TRUST)
        self.iam.attach_role_policy(RoleName=self.name, PolicyArn=AGENT_NEEDS)
        self.iam.create_instance_profile(InstanceProfileName=self.name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=self.name, RoleName=self.name)

    def instances(self, **wanted: str) -> list[str]:
        found = self.ecs.list_container_instances(cluster=self.name, **wanted)
        return list(found["containerInstanceArns"])

    def serve(self, service: str, definition: str, desired: int) -> None:
        """Create a service and give it a minute; it need not become steady."""
        from botocore.exceptions import WaiterError

        self.ecs.create_service(
            cluster=self.name,
            serviceName=service,
            taskDefinition=definition,
            desiredCount=desired,
        )
        with contextlib.suppress(WaiterError):
            self.ecs.get_waiter("services_stable").wait(
                cluster=self.name, services=[service], WaiterConfig=MINUTE
            )

    def is_there(self) -> bool:
        found = self.ecs.describe_clusters(clusters=[self.name])["clusters"]
        return any(each["status"] == "ACTIVE" for each in found)

    def take_down(self, family: str) -> Iterator[str]:
        """Delete all of it, the leaves before the root; says what was there.

        What was interrupted half-way, here or in ``put_up``, is deleted as well.
        """
        if not self.is_there():
            if self._delete_role():
                yield f"the role {self.name}"
            return
        self._end_services()
        for arn in self.ecs.list_task_definitions(familyPrefix=family)["taskDefinitionArns"]:
            self.ecs.deregister_task_definition(taskDefinition=arn)
        self._end_machines()
        self.ecs.delete_cluster(cluster=self.name)
        self._delete_role()
        yield f"the cluster {self.name} with all that was in it"

    def _end_services(self) -> None:
        services = self.ecs.list_services(cluster=self.name)["serviceArns"]
        for arn in services:
            self.ecs.delete_service(cluster=self.name, service=arn, force=True)
        if services:
            waiter = self.ecs.get_waiter("services_inactive")
            waiter.wait(cluster=self.name, services=services)
        tasks = self.ecs.list_tasks(cluster=self.name)["taskArns"]
        for arn in tasks:
            self.ecs.stop_task(cluster=self.name, task=arn, reason="The incident is over")
        if tasks:
            self.ecs.get_waiter("tasks_stopped").wait(cluster=self.name, tasks=tasks)

    def _end_machines(self) -> None:
        """Those that the incident began with and those that a learner launched into the cluster."""
        arns = self.instances()
        described = {"cluster": self.name, "containerInstances": arns}
        found = self.ecs.describe_container_instances(**described) if arns else {}
        ids = {each["ec2InstanceId"] for each in found.get("containerInstances", ())}
        ids |= set(self._tagged())
        if ids:
            self.ec2.terminate_instances(InstanceIds=list(ids))
            self.ec2.get_waiter("instance_terminated").wait(InstanceIds=list(ids))

    def _tagged(self) -> Iterator[str]:
        wanted = [
            {"Name": "tag:exercise", "Values": [self.name]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]},
        ]
        for group in self.ec2.describe_instances(Filters=wanted)["Reservations"]:
            yield from (each["InstanceId"] for each in group["Instances"])

    def _delete_role(self) -> bool:
        """Whatever there is of the role and its instance profile; whether there was something."""
        found = False
        profile, role = {"InstanceProfileName": self.name}, {"RoleName": self.name}
        for delete, named in (
            (self.iam.remove_role_from_instance_profile, profile | role),
            (self.iam.delete_instance_profile, profile),
            (self.iam.detach_role_policy, role | {"PolicyArn": AGENT_NEEDS}),
            (self.iam.delete_role, role),
        ):
            with contextlib.suppress(self.iam.exceptions.NoSuchEntityException):
                delete(**named)
                found = True
        return found
