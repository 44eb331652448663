"""Thirty-odd requests to a lab's seams; prints each response's bytes, one a line.

Run by test_seam_determinism.py in processes of their own.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator

from botocore.history import BaseHistoryHandler, get_global_history_recorder
from seams import ACCOUNT, ECS_AMI, ECS_IMAGE, client, installed

from ecs_tutorial.clock import ManualClock
from ecs_tutorial.control_plane.moto_seams.ec2 import Ec2Seam
from ecs_tutorial.control_plane.moto_seams.ecr import EcrSeam
from ecs_tutorial.control_plane.moto_seams.iam import IamSeam
from ecs_tutorial.control_plane.moto_seams.moto_clock import MotoClock
from ecs_tutorial.control_plane.moto_seams.requests import RequestGate
from ecs_tutorial.control_plane.moto_seams.seeds import SeededDraws
from ecs_tutorial.control_plane.moto_seams.ssm import ManagedInstance, SsmSeam

POLICY = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
ALLOW_ALL = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)
MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": MEDIA_TYPE, "config": {"size": 7}})


class Responses(BaseHistoryHandler):
    """Prints every response that botocore gets, headers and body."""

    def emit(self, event_type, payload, source):
        if event_type == "HTTP_RESPONSE":
            headers = sorted(payload["headers"].items())
            print(payload["status_code"], headers, payload["body"])


def seams(seed: str) -> Iterator[object]:
    clock = ManualClock()
    ec2 = Ec2Seam(clock, lambda _: None)

    def managed() -> list[ManagedInstance]:
        return [
            ManagedInstance(each.instance_id, each.account_id, each.region, "", "", clock.now())
            for each in ec2.instances()
            if each.state == "running"
        ]

    yield MotoClock(clock.now)
    yield SeededDraws(seed)
    yield RequestGate(threading.RLock(), seed, lambda: clock.advance(2), record)
    yield ec2
    yield IamSeam()
    yield SsmSeam(clock, lambda instance, lines: ("\n".join(lines), "", 0), managed)
    yield EcrSeam()


def record(write: object) -> None:
    print(write)


def prepare() -> None:
    iam, ec2, ecr = client("iam"), client("ec2"), client("ecr")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="r", PolicyArn=POLICY)
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.create_policy(PolicyName="own", PolicyDocument=ALLOW_ALL)
    iam.create_access_key(UserName=iam.create_user(UserName="u")["User"]["UserName"])
    iam.list_policies(Scope="AWS")
    ecr.create_repository(repositoryName="web")
    ecr.put_image(repositoryName="web", imageManifest=MANIFEST, imageTag="1")
    ecr.describe_images(repositoryName="web")
    ecr.get_authorization_token()
    ec2.describe_vpcs()
    ec2.describe_subnets()
    ec2.describe_route_tables()
    ec2.create_volume(Size=1, AvailabilityZone="us-east-1b")


def run() -> None:
    ec2, ssm = client("ec2"), client("ssm")
    groups = [
        ec2.create_security_group(GroupName=name, Description=name)["GroupId"] for name in "abc"
    ]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}
    ec2.authorize_security_group_ingress(GroupId=groups[0], **rule)
    wish = {"ImageId": ECS_IMAGE, "InstanceType": "t3.medium", "SecurityGroupIds": groups}
    profile = {"Name": "p"}
    for count in (5, 2):
        launched = ec2.run_instances(
            **wish, MinCount=count, MaxCount=count, IamInstanceProfile=profile
        )
        ids = [each["InstanceId"] for each in launched["Instances"]]
        for _ in range(4):
            ec2.describe_instances()
        ssm.get_parameters(Names=[f"{ECS_AMI}/{part}" for part in ("os", "image_id", "image_name")])
        commands = {"commands": ["docker ps"]}
        sent = ssm.send_command(
            InstanceIds=ids, DocumentName="AWS-RunShellScript", Parameters=commands
        )
        ssm.list_commands()
        ssm.list_command_invocations(CommandId=sent["Command"]["CommandId"], Details=True)
        ssm.describe_instance_information()
        ec2.terminate_instances(InstanceIds=ids)
        for _ in range(6):
            ec2.describe_network_interfaces()
    ec2.describe_security_groups()
    ec2.describe_volumes()
    client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="run")


if __name__ == "__main__":
    recorder = get_global_history_recorder()
    recorder.add_handler(Responses())
    recorder.enable()
    with installed(*seams(sys.argv[1])):
        prepare()
        run()
