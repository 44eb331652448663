"""The walk: plain boto3 from another process, as ``aws`` commands, and twice the same."""

import json
import os
import shlex
import string
import subprocess
import sys
from pathlib import Path

import labs
import pytest
import walk

NEEDED = ("PATH", "SYSTEMROOT", "TEMP", "TMP")
"""What any program needs of its surroundings; of AWS there is nothing in it."""
AWS = (sys.executable, "-m", "awscli")
COMMANDS = """
aws ecs create-cluster --cluster-name Wordpress
aws iam create-role --role-name ecsInstanceRole --assume-role-policy-document file://trust.json
aws iam attach-role-policy --role-name ecsInstanceRole --policy-arn $POLICY
aws iam create-instance-profile --instance-profile-name ecsInstanceRole
aws iam add-role-to-instance-profile --instance-profile-name ecsInstanceRole \
    --role-name ecsInstanceRole
GROUP=aws ec2 create-security-group --group-name wordpress --description HTTP --query GroupId
aws ec2 authorize-security-group-ingress --group-id $GROUP --protocol tcp --port 80 \
    --cidr 0.0.0.0/0
AMI=aws ssm get-parameter --name $PARAMETER --query Parameter.Value
HOST=aws ec2 run-instances --image-id $AMI --instance-type t3.medium --security-group-ids $GROUP \
    --iam-instance-profile Name=ecsInstanceRole --user-data file://user-data.sh \
    --query Instances[0].InstanceId
aws ecs register-task-definition --cli-input-json file://task-definition.json
aws ecs create-service --cluster Wordpress --service-name wordpress --task-definition wordpress \
    --desired-count 1
aws ec2 wait instance-status-ok --instance-ids $HOST
aws ecs wait services-stable --cluster Wordpress --services wordpress
TASK=aws ecs list-tasks --cluster Wordpress --service-name wordpress --query taskArns[0]
WHERE=aws ecs describe-tasks --cluster Wordpress --tasks $TASK \
    --query tasks[0].containerInstanceArn
FOUND=aws ecs describe-container-instances --cluster Wordpress --container-instances $WHERE \
    --query containerInstances[0].ec2InstanceId
COMMAND=aws ssm send-command --instance-ids $FOUND --document-name AWS-RunShellScript \
    --parameters commands=docker\\ ps --query Command.CommandId
ADDRESS=aws ec2 describe-instances --instance-ids $FOUND \
    --query Reservations[0].Instances[0].PublicIpAddress
PS=aws ssm get-command-invocation --command-id $COMMAND --instance-id $FOUND \
    --query StandardOutputContent
aws ecs delete-service --cluster Wordpress --service wordpress --force
aws ec2 terminate-instances --instance-ids $HOST
aws ecs wait services-inactive --cluster Wordpress --services wordpress
aws ec2 wait instance-terminated --instance-ids $HOST
STATUS=aws ecs delete-cluster --cluster Wordpress --query cluster.status
"""
"""``NAME=`` before a command keeps what it prints; ``$NAME`` is that later."""
TWICE = """
import json, os, sys
sys.path.append(sys.argv[1])
import boto3, walk
from ecs_tutorial.lab import LocalEcs

lab = LocalEcs()
lab.install()
with lab.patient():
    walk.walk(lambda seen: print(json.dumps(seen, default=str)))
for name, operation in (("ec2", "describe_instances"), ("ec2", "describe_vpcs"),
                        ("ecs", "describe_clusters"), ("sts", "get_caller_identity")):
    print(json.dumps(getattr(boto3.client(name), operation)(), default=str))
lab.stop()
"""


@pytest.fixture
def printed_settings(served, lab_process):
    """The variables that ``ecs-tutorial status`` prints for a terminal, and no other of AWS."""
    status = subprocess.run(
        [sys.executable, "-m", "ecs_tutorial", "status", "--settings", "--shell", "posix"],
        env=surroundings() | {"ECS_TUTORIAL_HOME": str(lab_process.folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (shlex.split(line) for line in status.stdout.splitlines())
    pairs = (words[1].split("=", 1) for words in lines if words[:1] == ["export"])
    return surroundings() | dict(pairs)


def surroundings():
    return {name: os.environ[name] for name in NEEDED if name in os.environ}


def prints(command, environ, cwd):
    """What a program prints; it must end well."""
    done = subprocess.run(
        command, env=environ, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_walk_as_plain_boto3_from_another_process(served, printed_settings, tmp_path):
    """A script that knows no lab goes the whole way with the printed variables alone."""
    assert "import ecs_tutorial" not in Path(walk.__file__).read_text(encoding="utf-8")
    printed = prints([sys.executable, walk.__file__], printed_settings, tmp_path)
    assert "'registeredContainerInstancesCount': 2" in printed
    assert "0.0.0.0:80->80/tcp" in printed
    assert "(service wordpress) has reached a steady state." in printed
    assert printed.splitlines()[-1] == "INACTIVE"
    assert served.ecs.list_clusters()["clusterArns"] == []


def test_the_walk_as_aws_commands(served, printed_settings, tmp_path):
    """The same way with the real ``aws`` program: each command ends well and finds its thing."""
    files = {
        "trust.json": json.dumps(walk.TRUST),
        "task-definition.json": json.dumps(walk.TASK_DEFINITION),
        "user-data.sh": "#!/bin/bash\necho ECS_CLUSTER=Wordpress >> /etc/ecs/ecs.config\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="\n")
    kept = {"POLICY": walk.POLICY, "PARAMETER": walk.AMI}
    for line in COMMANDS.strip().splitlines():
        name, _, command = line.rpartition("=aws ") if "=aws " in line else ("", "", line[4:])
        words = [string.Template(word).substitute(kept) for word in shlex.split(command)]
        printed = prints([*AWS, *words, "--output", "text"], printed_settings, tmp_path)
        kept |= {name: printed.strip()} if name else {}
    assert kept["FOUND"] == kept["HOST"]
    assert kept["ADDRESS"].startswith(("203.0.113.", "198.51.100.", "198.1"))
    assert "0.0.0.0:80->80/tcp" in kept["PS"]
    assert kept["STATUS"] == "INACTIVE"


def test_two_runs_print_the_same_whatever_the_hash_seed(session, tmp_path):
    """Byte for byte, all ids included, in two processes whose sets and dicts differ in order."""
    tests = str(Path(walk.__file__).parent)
    outputs = [
        prints(
            [sys.executable, "-c", TWICE, tests], {**os.environ, "PYTHONHASHSEED": seed}, tmp_path
        )
        for seed in ("1", "4711")
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0].count("\n") >= 9


def test_another_seed_gives_other_ids(session):
    """The ids come from the lab's seed; names and states do not."""
    seen = []
    for seed in ("ecs-tutorial", "another"):
        with labs.in_process(session, seed) as lab:
            ids = lab.cluster_with_instances(count=1)
            walk.run_service(lab.ecs)
            [task] = lab.tasks()
            seen.append((ids[0], task["taskArn"], task["startedBy"], lab.host(ids[0])["VpcId"]))
    assert all(one != other for one, other in zip(*seen, strict=True))
