"""Lookup: from a service to the machine it runs on, and a look inside with Run Command."""

import json

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container, in_process_only


@pytest.fixture
def wordpress(fleet):
    """The article's service with one task; gives the task."""
    arn = fleet.register("wordpress", *walk.TASK_DEFINITION["containerDefinitions"])
    fleet.create_service("wordpress", arn)
    fleet.stable()
    return fleet.tasks()[0]


def host_of(lab, task):
    """The EC2 instance id of a task, the way the article goes."""
    found = lab.ecs.describe_container_instances(
        cluster=walk.CLUSTER, containerInstances=[task["containerInstanceArn"]]
    )
    return found["containerInstances"][0]["ec2InstanceId"]


def docker_names(lab, host):
    """The names that ``docker ps`` shows, newest first, without the agent's own."""
    lines = lab.shell(host, "docker ps")[0].splitlines()[1:]
    names = [line.split()[-1] for line in lines]
    assert names[-1] == "ecs-agent"
    return names[:-1]


def test_list_tasks_narrows_by_every_filter(fleet, wordpress):
    """By service, family, container instance, startedBy and status, and by several at once."""
    [other] = fleet.run_task(container(), family="other", startedBy="me")["tasks"]

    def listed(**wish):
        return set(fleet.ecs.list_tasks(cluster=walk.CLUSTER, **wish)["taskArns"])

    mine, theirs = other["taskArn"], wordpress["taskArn"]
    assert listed() == {mine, theirs}
    assert listed(serviceName="wordpress") == {theirs}
    assert listed(serviceName=fleet.service()["serviceArn"]) == {theirs}
    assert listed(family="other") == {mine}
    assert listed(startedBy="me") == {mine}
    assert listed(startedBy=wordpress["startedBy"]) == {theirs}
    assert theirs in listed(containerInstance=wordpress["containerInstanceArn"])
    assert listed(family="other", serviceName="wordpress") == set()
    assert listed(launchType="FARGATE") == set()
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=mine)
    assert listed() == {theirs}
    assert mine in listed(desiredStatus="STOPPED", family="other")
    with pytest.raises(ClientError, match="Service not found"):
        listed(serviceName="nothing")


@in_process_only
def test_lists_come_in_pages(fleet):
    """maxResults and nextToken go through all of them once; a strange token is refused."""
    fleet.run_task(count=5)
    pages = fleet.ecs.get_paginator("list_tasks").paginate(
        cluster=walk.CLUSTER, PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["taskArns"]) for page in pages]
    assert sizes == [2, 2, 1]
    with pytest.raises(fleet.ecs.exceptions.InvalidParameterException, match="Invalid token"):
        fleet.ecs.list_tasks(cluster=walk.CLUSTER, nextToken="x")


def test_the_way_from_task_to_public_address(fleet, wordpress):
    """Task, container instance, EC2 instance, public address: each answer leads to the next."""
    host = host_of(fleet, wordpress)
    assert host in fleet.hosts
    address = fleet.host(host)["PublicIpAddress"]
    assert walk.addresses(fleet.ecs, fleet.ec2) == [(address, 80)]


def test_docker_ps_shows_the_tasks_containers(fleet, wordpress):
    """``docker ps`` by Run Command lists both containers under the names that ECS gives."""
    host = host_of(fleet, wordpress)
    revision = wordpress["taskDefinitionArn"].rsplit(":", 1)[1]
    first, second = docker_names(fleet, host)
    assert first.startswith(f"ecs-wordpress-{revision}-wordpress-")
    assert second.startswith(f"ecs-wordpress-{revision}-mysql-")
    output = fleet.shell(host, "docker ps")[0]
    header = ["CONTAINER", "ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]
    assert output.splitlines()[0].split() == header
    assert "0.0.0.0:80->80/tcp" in output
    by_id = {each["runtimeId"][:12]: each["name"] for each in wordpress["containers"]}
    assert {line.split()[0] for line in output.splitlines()[1:3]} == set(by_id)


def test_docker_inspect_and_logs(fleet, wordpress):
    """Inspect gives image, link and labels as JSON; logs give what the container wrote."""
    host = host_of(fleet, wordpress)
    web, db = docker_names(fleet, host)
    output, _, code = fleet.shell(host, f"docker inspect {web}")
    [inspected] = json.loads(output)
    assert code == 0
    assert inspected["Config"]["Image"] == "wordpress:6.8-apache"
    assert inspected["Config"]["Labels"]["com.amazonaws.ecs.task-arn"] == wordpress["taskArn"]
    assert inspected["HostConfig"]["Memory"] == 500 * 1024 * 1024
    assert any(link.startswith(f"/{db}:") for link in inspected["HostConfig"]["Links"])
    fleet.until(
        lambda: "ready for connections" in "".join(fleet.shell(host, f"docker logs {db}")[:2])
    )
    assert fleet.shell(host, "docker logs nobody")[2] == 1


def test_the_agents_introspection_api(fleet, wordpress):
    """curl of port 51678 tells cluster, container instance and the tasks that run there."""
    host = host_of(fleet, wordpress)
    metadata = json.loads(fleet.shell(host, "curl -s http://localhost:51678/v1/metadata")[0])
    assert metadata["Cluster"] == walk.CLUSTER
    assert metadata["ContainerInstanceArn"] == wordpress["containerInstanceArn"]
    assert metadata["Version"].startswith("Amazon ECS Agent - v")
    tasks = json.loads(fleet.shell(host, "curl -s http://localhost:51678/v1/tasks")[0])["Tasks"]
    [running] = [each for each in tasks if each["Arn"] == wordpress["taskArn"]]
    assert running["KnownStatus"] == "RUNNING"
    ids = {each["name"]: each["runtimeId"] for each in wordpress["containers"]}
    assert {each["Name"]: each["DockerId"] for each in running["Containers"]} == ids


def test_files_of_the_instance(fleet):
    """ecs.config holds what user data wrote, and the agent's log says that it registered."""
    host = fleet.hosts[0]
    assert fleet.shell(host, "cat /etc/ecs/ecs.config")[0] == f"ECS_CLUSTER={walk.CLUSTER}\n"
    log = fleet.agent_log(host)
    assert "Registered container instance with cluster!" in log
    assert fleet.instances()[host]["containerInstanceArn"] in log


def test_anything_else_is_command_not_found(fleet):
    """A program that the lab does not simulate answers with exit code 127, as a shell does."""
    output, error, code = fleet.shell(fleet.hosts[0], "htop")
    assert (output, code) == ("", 127)
    assert "htop: command not found" in error


def test_run_command_with_plain_boto3(fleet):
    """Sent to two instances: each has its invocation, and the waiter sees the end of it."""
    sent = fleet.ssm.send_command(
        InstanceIds=list(fleet.hosts),
        DocumentName="AWS-RunShellScript",
        Parameters={"commands": ["docker ps -q", "htop"]},
    )["Command"]
    for host in fleet.hosts:
        with pytest.raises(Exception, match="Failed"):
            fleet.ssm.get_waiter("command_executed").wait(
                CommandId=sent["CommandId"], InstanceId=host, WaiterConfig=walk.QUICK
            )
    listed = fleet.ssm.list_command_invocations(CommandId=sent["CommandId"])["CommandInvocations"]
    assert sorted(each["InstanceId"] for each in listed) == sorted(fleet.hosts)
    answer = fleet.ssm.get_command_invocation(
        CommandId=sent["CommandId"], InstanceId=fleet.hosts[0]
    )
    assert (answer["Status"], answer["ResponseCode"]) == ("Failed", 127)
    managed = fleet.ssm.describe_instance_information()["InstanceInformationList"]
    assert {each["InstanceId"] for each in managed} >= set(fleet.hosts)
    assert {each["PingStatus"] for each in managed} == {"Online"}


def test_an_unknown_instance_is_refused(fleet):
    """As on AWS SendCommand raises InvalidInstanceId."""
    with pytest.raises(fleet.ssm.exceptions.InvalidInstanceId):
        walk.docker_ps(fleet.ssm, "i-00000000000000000")
