"""Secrets reach a container as environment, with the rights of the task's execution role."""

import json

import pytest
import walk
from labs import container

ROLE = "ecsTaskExecutionRole"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
MAY_READ = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["ssm:GetParameters", "secretsmanager:GetSecretValue"],
            "Resource": "*",
        }
    ],
}


@pytest.fixture
def role(fleet):
    """The ARN of an execution role that may read secrets, and what the tests need beside it."""
    iam = fleet.iam
    arn = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    policy = {"RoleName": ROLE, "PolicyName": "secrets"}
    iam.put_role_policy(**policy, PolicyDocument=json.dumps(MAY_READ))
    fleet.ssm.put_parameter(Name="/db/user", Value="wordpress", Type="SecureString")
    yield arn
    fleet.ssm.delete_parameter(Name="/db/user")
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        iam.delete_role_policy(RoleName=ROLE, PolicyName=name)
    iam.delete_role(RoleName=ROLE)


def saying(variable, value_from):
    """A container that prints a variable of its environment."""
    return container(
        image="busybox",
        command=["sh", "-c", f"echo got ${variable}; sleep 1000"],
        secrets=[{"name": variable, "valueFrom": value_from}],
    )


def said(fleet, task):
    """What the task's one container has written."""
    arn = task["containerInstanceArn"]
    found = fleet.ecs.describe_container_instances(cluster=walk.CLUSTER, containerInstances=[arn])
    host = found["containerInstances"][0]["ec2InstanceId"]
    name = task["containers"][0]["runtimeId"][:12]

    def lines():
        return fleet.shell(host, f"docker logs {name}")[0].strip()

    return fleet.until(lines)


def run(fleet, role, definition, **settings):
    definition = fleet.register("app", definition, executionRoleArn=role, **settings)
    return fleet.ecs.run_task(cluster=walk.CLUSTER, taskDefinition=definition)["tasks"][0]


@pytest.mark.parametrize(
    "value_from", ["/db/user", "arn:aws:ssm:us-east-1:123456789012:parameter/db/user"]
)
def test_a_parameter_reaches_the_container(fleet, role, value_from):
    """By name or by ARN, decrypted."""
    arn = run(fleet, role, saying("DB_USER", value_from))["taskArn"]
    running = fleet.until(lambda: fleet.task_if(arn, "RUNNING"))
    assert said(fleet, running) == "got wordpress"


def test_a_member_of_a_secret_reaches_the_container(fleet, role):
    """An ARN of Secrets Manager with a JSON key."""
    vault = fleet.client("secretsmanager")
    arn = vault.create_secret(Name="db", SecretString='{"password": "hunter2"}')["ARN"]
    task = run(fleet, role, saying("DB_PASSWORD", f"{arn}:password::"))["taskArn"]
    running = fleet.until(lambda: fleet.task_if(task, "RUNNING"))
    assert said(fleet, running) == "got hunter2"
    vault.delete_secret(SecretId="db", ForceDeleteWithoutRecovery=True)


def stopped(fleet, role, definition):
    task = fleet.stopped(run(fleet, role, definition)["taskArn"])
    assert task["stopCode"] == "TaskFailedToStart"
    assert "exitCode" not in task["containers"][0]
    return task["stoppedReason"]


def test_a_role_that_may_not_read(fleet, role):
    """The task stops before a container is made, and names role, action and parameter."""
    fleet.iam.delete_role_policy(RoleName=ROLE, PolicyName="secrets")
    reason = stopped(fleet, role, saying("DB_USER", "/db/user"))
    assert reason.startswith(
        "Fetching secret data from SSM Parameter Store in us-east-1: AccessDeniedException: User: "
        f"arn:aws:sts::123456789012:assumed-role/{ROLE}/"
    )
    assert "not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:" in reason
    assert ":parameter/db/user because" in reason


def test_a_parameter_that_is_not_there(fleet, role):
    """A spelling mistake is named."""
    assert stopped(fleet, role, saying("DB_USER", "/db/usr")) == (
        "Fetching secret data from SSM Parameter Store in us-east-1: invalid parameters: /db/usr"
    )


def test_a_secret_that_is_not_there(fleet, role):
    """ResourceInitializationError, as Secrets Manager does not know the ARN."""
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nothing-Ab12Cd"
    assert stopped(fleet, role, saying("DB_PASSWORD", arn)).startswith(
        f"ResourceInitializationError: The task can't retrieve the secret with ARN '{arn}'"
    )


def test_a_role_that_nobody_trusts(fleet, role):
    """An execution role is one that ECS tasks may take on; another's name is refused."""
    other = role.replace(ROLE, "ecsInstanceRole")
    reason = stopped(fleet, other, saying("DB_USER", "/db/user"))
    assert reason.startswith(f"ECS was unable to assume the role '{other}'")


def test_a_task_role_is_offered_and_not_the_execution_role(fleet, role):
    """A task with a task role knows where to ask for credentials; another does not."""
    asking = saying("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/db/user")
    del asking["secrets"]
    with_role = run(fleet, role, asking, taskRoleArn=role)["taskArn"]
    without = run(fleet, role, asking)["taskArn"]
    lines = [
        said(fleet, fleet.until(lambda of=each: fleet.task_if(of, "RUNNING")))
        for each in (with_role, without)
    ]
    assert lines == [f"got /v2/credentials/{with_role.rpartition('/')[2]}", "got"]
