"""A lab as the behaviour tests hold it, in each of its two ways of running.

``InProcessLab`` is in this process with a manual clock; ``ServedLab`` is served by
another process, whose clock runs by itself. Tests speak to both with boto3 alone.
"""

import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from types import SimpleNamespace

import botocore.waiter
import pytest
import walk

from ecs_tutorial import access_key
from ecs_tutorial.lab import SEED, LocalEcs
from ecs_tutorial.page import look
from ecs_tutorial.served import served_lab
from ecs_tutorial.waiting import at_speed

SPEED = 100.0
SERVICES = ("ecs", "ec2", "iam", "ssm")

in_process_only = pytest.mark.parametrize("lab_with_instances", ["in_process"], indirect=True)
"""For what the way of running cannot change: steps that only a standing clock shows."""


def container(name="app", image="nginx", **settings):
    """A small container definition; nginx runs on and stops at once when told to."""
    return {"name": name, "image": image, "memory": 64, **settings}


class Lab(ABC):
    """What both ways have: clients, and the steps that tests begin with."""

    way = ""

    def __init__(self, session):
        self._session = session
        self.ecs, self.ec2, self.iam, self.ssm = map(self.client, SERVICES)

    def client(self, name, **settings):
        return self._session.client(name, **settings)

    @abstractmethod
    def pass_time(self, seconds):
        """Let lab time pass."""

    @abstractmethod
    def browse(self, public_ip, port):
        """What a visitor of an instance's port gets."""

    def until(self, holds, lab_seconds=300, step=1):
        """Let time pass until ``holds()``; answers with what it gave."""
        for _ in range(int(lab_seconds / step)):
            found = holds()
            if found:
                return found
            self.pass_time(step)
        raise AssertionError(f"not within {lab_seconds} lab seconds")

    # --- EC2 ----------------------------------------------------------------

    def cluster(self):
        """The article's cluster, with the role and the security group, still without hosts."""
        self.ecs.create_cluster(clusterName=walk.CLUSTER)
        walk.make_role(self.iam)
        self.group = walk.open_port_80(self.ec2)

    def cluster_with_instances(self, count=2, **launch):
        """The article's cluster with its container instances; gives their EC2 ids."""
        self.cluster()
        return walk.launch(self.ec2, self.ssm, self.group, count=count, **launch)

    def run(self, user_data="", count=1, image=None, role="ecsInstanceRole", **wish):
        """EC2 instances with this user data; does not wait for them."""
        parameters = {
            "ImageId": image or self.ami(),
            "InstanceType": "t3.medium",
            "MinCount": count,
            "MaxCount": count,
            "UserData": user_data,
            **({"IamInstanceProfile": {"Name": role}} if role else {}),
        }
        launched = self.ec2.run_instances(**(parameters | wish))
        return [each["InstanceId"] for each in launched["Instances"]]

    def ami(self):
        return self.ssm.get_parameter(Name=walk.AMI)["Parameter"]["Value"]

    def booted(self, instance_ids):
        """Wait until EC2 says that they are well: user data has run by then."""
        self.ec2.get_waiter("instance_status_ok").wait(
            InstanceIds=instance_ids, WaiterConfig=walk.QUICK
        )
        return instance_ids

    def host(self, instance_id):
        reservations = self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        return reservations[0]["Instances"][0]

    # --- ECS ----------------------------------------------------------------

    def instances(self, cluster=walk.CLUSTER):
        """The container instances of a cluster, by EC2 instance id."""
        arns = self.ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
        if not arns:
            return {}
        found = self.ecs.describe_container_instances(cluster=cluster, containerInstances=arns)
        return {each["ec2InstanceId"]: each for each in found["containerInstances"]}

    def register(self, family, *containers, **settings):
        """A revision of a family; gives its ARN."""
        answer = self.ecs.register_task_definition(
            family=family, containerDefinitions=containers or [container()], **settings
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    def run_task(self, *containers, family="app", **request):
        """Register a definition and run it; gives RunTask's answer."""
        definition = self.register(family, *containers)
        return self.ecs.run_task(cluster=walk.CLUSTER, taskDefinition=definition, **request)

    def running(self, *containers, **request):
        """The one task of such a run, when it is RUNNING."""
        arn = self.run_task(*containers, **request)["tasks"][0]["taskArn"]
        return self.until(lambda: self.task_if(arn, "RUNNING"))

    def task(self, arn):
        return self.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=[arn])["tasks"][0]

    def task_if(self, arn, status):
        task = self.task(arn)
        return task if task["lastStatus"] == status else None

    def stopped(self, arn):
        return self.until(lambda: self.task_if(arn, "STOPPED"))

    def tasks(self, service="wordpress"):
        """The tasks of a service that are wanted."""
        arns = self.ecs.list_tasks(cluster=walk.CLUSTER, serviceName=service)["taskArns"]
        if not arns:
            return []
        return self.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=arns)["tasks"]

    def create_service(self, name, definition, desired=1, **request):
        return self.ecs.create_service(
            cluster=walk.CLUSTER,
            serviceName=name,
            taskDefinition=definition,
            desiredCount=desired,
            **request,
        )["service"]

    def service(self, name="wordpress"):
        return self.ecs.describe_services(cluster=walk.CLUSTER, services=[name])["services"][0]

    def messages(self, name="wordpress"):
        return [event["message"] for event in self.service(name)["events"]]

    def stable(self, name="wordpress"):
        """The service when the waiter of plain boto3 calls it stable."""
        self.ecs.get_waiter("services_stable").wait(
            cluster=walk.CLUSTER, services=[name], WaiterConfig=walk.QUICK
        )
        return self.service(name)

    def clear(self):
        """End every service and task, so that the next test begins with the instances alone."""
        for arn in self.ecs.list_services(cluster=walk.CLUSTER, maxResults=100)["serviceArns"]:
            self.ecs.delete_service(cluster=walk.CLUSTER, service=arn, force=True)
        for arn in self.ecs.list_tasks(cluster=walk.CLUSTER)["taskArns"]:
            self.ecs.stop_task(cluster=walk.CLUSTER, task=arn)
        self.until(self._is_clear, step=5)

    def _is_clear(self):
        cluster = self.ecs.describe_clusters(clusters=[walk.CLUSTER], include=["STATISTICS"])
        cluster = cluster["clusters"][0]
        busy = cluster["runningTasksCount"] + cluster["pendingTasksCount"]
        figures = {each["name"]: each["value"] for each in cluster["statistics"]}
        return not busy and figures["drainingEC2ServiceCount"] == "0"

    # --- a shell on an instance ----------------------------------------------

    def shell(self, instance_id, command):
        """What one command prints on an instance: standard output, error, exit code."""
        sent = self.ssm.send_command(
            InstanceIds=[instance_id],
            DocumentName="AWS-RunShellScript",
            Parameters={"commands": [command]},
        )["Command"]["CommandId"]

        def finished():
            answer = self.ssm.get_command_invocation(CommandId=sent, InstanceId=instance_id)
            return answer if answer["Status"] in ("Success", "Failed") else None

        answer = self.until(finished)
        return (
            answer["StandardOutputContent"],
            answer["StandardErrorContent"],
            answer["ResponseCode"],
        )

    def agent_log(self, instance_id):
        return self.shell(instance_id, "cat /var/log/ecs/ecs-agent.log")[0]

    def boot_log(self, instance_id):
        return self.shell(instance_id, "cat /var/log/cloud-init-output.log")[0]


class InProcessLab(Lab):
    way = "in-process"

    def __init__(self, session, local):
        self.local = local
        super().__init__(session)

    def pass_time(self, seconds):
        self.local.advance(seconds)

    def browse(self, public_ip, port):
        return look(self.local.addresses, public_ip, port)


class ServedLab(Lab):
    way = "served"

    def __init__(self, session, endpoint, folder):
        self.endpoint = endpoint
        self.folder = folder
        self.key = {
            "aws_access_key_id": access_key.ID,
            "aws_secret_access_key": access_key.of(folder).secret,
        }
        super().__init__(session)

    def client(self, name, **settings):
        return super().client(name, endpoint_url=self.endpoint, **self.key, **settings)

    def pass_time(self, seconds):
        time.sleep(seconds / SPEED)

    def browse(self, public_ip, port):
        return self.admin("browse", public_ip=public_ip, port=port)

    def admin(self, verb, **body):
        port = int(self.endpoint.rpartition(":")[2])
        status, answer = served_lab.ask(self.folder, port, "POST", verb, body=body, patience=60)
        assert status == 200, answer
        return answer


@contextmanager
def in_process(session, seed=SEED):
    local = LocalEcs(seed)
    local.install()
    try:
        with local.patient():
            yield InProcessLab(session, local)
    finally:
        local.stop()


@contextmanager
def served(session, endpoint, folder):
    """The served lab, emptied; within it a waiter's sleep takes as long as in the lab."""
    lab = ServedLab(session, endpoint, folder)
    lab.admin("reset")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.waiter, "time", SimpleNamespace(sleep=at_speed(SPEED)))
        yield lab
