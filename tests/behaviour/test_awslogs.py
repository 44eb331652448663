"""The log driver awslogs: lines in CloudWatch Logs, and a start that fails without a group."""

import json

import pytest
import walk
from labs import container

GROUP = "/ecs/shop"
LOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": GROUP,
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
    },
}
MAY_MAKE_GROUPS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*"}],
}


@pytest.fixture
def logs(fleet):
    """The service, with no group in it before and after."""
    client = fleet.client("logs")
    yield client
    for group in client.describe_log_groups()["logGroups"]:
        client.delete_log_group(logGroupName=group["logGroupName"])


def echoing(**options):
    """A container that says two things and ends."""
    driver = {**LOGS, "options": {**LOGS["options"], **options}}
    command = ["sh", "-c", "echo one; echo two"]
    return container(image="busybox", command=command, logConfiguration=driver)


def lines(logs, stream, region_group=GROUP):
    try:
        events = logs.get_log_events(logGroupName=region_group, logStreamName=stream)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in events]


def test_what_a_container_writes_is_in_its_stream(fleet, logs):
    """``prefix/container/task-id``, in order, each line once, in lab time."""
    logs.create_log_group(logGroupName=GROUP)
    arn = fleet.run_task(echoing())["tasks"][0]["taskArn"]
    stopped = fleet.stopped(arn)
    stream = f"web/app/{arn.rpartition('/')[2]}"
    assert fleet.until(lambda: lines(logs, stream)) == ["one", "two"]
    fleet.pass_time(20)
    assert lines(logs, stream) == ["one", "two"]
    [event, _] = logs.get_log_events(logGroupName=GROUP, logStreamName=stream)["events"]
    assert abs(event["timestamp"] / 1000 - stopped["stoppedAt"].timestamp()) < 60


def test_without_a_prefix_the_stream_is_the_container_s_id(fleet, logs):
    """The runtimeId of DescribeTasks."""
    logs.create_log_group(logGroupName=GROUP)
    plain = echoing()
    del plain["logConfiguration"]["options"]["awslogs-stream-prefix"]
    arn = fleet.run_task(plain)["tasks"][0]["taskArn"]
    runtime_id = fleet.stopped(arn)["containers"][0]["runtimeId"]
    assert fleet.until(lambda: lines(logs, runtime_id)) == ["one", "two"]


def test_a_group_that_is_not_there_stops_the_task(fleet, logs):
    """CannotStartContainerError with the driver's words; nothing is made."""
    arn = fleet.run_task(echoing())["tasks"][0]["taskArn"]
    stopped = fleet.stopped(arn)
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["containers"][0]["reason"] == (
        "CannotStartContainerError: Error response from daemon: failed to initialize logging "
        "driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The "
        "specified log group does not exist."
    )
    assert logs.describe_log_groups()["logGroups"] == []


def test_a_group_is_made_when_the_role_may(fleet, logs):
    """``awslogs-create-group``: refused with the managed policy alone, made with one's own."""
    creating = echoing(**{"awslogs-create-group": "true"})
    refused = fleet.stopped(fleet.run_task(creating)["tasks"][0]["taskArn"])
    assert "not authorized to perform: logs:CreateLogGroup" in refused["containers"][0]["reason"]
    policy = {"RoleName": "ecsInstanceRole", "PolicyName": "groups"}
    fleet.iam.put_role_policy(**policy, PolicyDocument=json.dumps(MAY_MAKE_GROUPS))
    for _ in range(2):
        arn = fleet.run_task(creating)["tasks"][0]["taskArn"]
        stream = f"web/app/{arn.rpartition('/')[2]}"
        assert fleet.until(lambda of=stream: lines(logs, of)) == ["one", "two"]
    fleet.iam.delete_role_policy(**policy)


def test_the_region_is_the_option_s(fleet, logs):
    """A group of another region is found there and not here."""
    elsewhere = fleet.client("logs", region_name="eu-west-1")
    elsewhere.create_log_group(logGroupName=GROUP)
    arn = fleet.run_task(echoing(**{"awslogs-region": "eu-west-1"}))["tasks"][0]["taskArn"]
    stream = f"web/app/{arn.rpartition('/')[2]}"
    assert fleet.until(lambda: lines(elsewhere, stream)) == ["one", "two"]
    assert lines(logs, stream) == []
    elsewhere.delete_log_group(logGroupName=GROUP)


def test_a_service_that_runs_on_is_shipped_as_it_goes(fleet, logs):
    """Lines are there before the end, and docker logs has them too."""
    logs.create_log_group(logGroupName=GROUP)
    talking = echoing()
    talking["command"] = ["sh", "-c", "echo begun; sleep 15; echo going; sleep 1000"]
    task = fleet.running(talking)
    stream = f"web/app/{task['taskArn'].rpartition('/')[2]}"
    assert fleet.until(lambda: lines(logs, stream)) == ["begun"]
    assert fleet.until(lambda: len(lines(logs, stream)) == 2)
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=task["taskArn"])
