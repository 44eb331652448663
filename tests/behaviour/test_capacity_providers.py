"""A capacity provider with an Auto Scaling group: tasks wait, instances come."""

import base64

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container

DATA = f"#!/bin/bash\necho ECS_CLUSTER={walk.CLUSTER} >> /etc/ecs/ecs.config\n"
STRATEGY = [{"capacityProvider": "machines", "weight": 1}]


@pytest.fixture
def capacity(lab):
    """The article's cluster with no instance, and a provider whose group may have four."""
    lab.cluster()
    lab.ec2.create_launch_template(
        LaunchTemplateName="machines",
        LaunchTemplateData={
            "ImageId": lab.ami(),
            "InstanceType": "t3.medium",
            "UserData": base64.b64encode(DATA.encode()).decode(),
            "IamInstanceProfile": {"Name": "ecsInstanceRole"},
            "SecurityGroupIds": [lab.group],
        },
    )
    groups = lab.client("autoscaling")
    groups.create_auto_scaling_group(
        AutoScalingGroupName="machines",
        MinSize=0,
        MaxSize=4,
        AvailabilityZones=["us-east-1a", "us-east-1b"],
        LaunchTemplate={"LaunchTemplateName": "machines", "Version": "$Latest"},
    )
    arn = groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    lab.ecs.create_capacity_provider(
        name="machines",
        autoScalingGroupProvider={
            "autoScalingGroupArn": arn,
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
        },
    )
    lab.ecs.put_cluster_capacity_providers(
        cluster=walk.CLUSTER,
        capacityProviders=["machines"],
        defaultCapacityProviderStrategy=STRATEGY,
    )
    return lab


def group(lab):
    return lab.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]


def test_a_task_waits_and_a_machine_comes(capacity):
    """PROVISIONING without containers, then an instance of the group, then RUNNING."""
    task = capacity.run_task(container(image="busybox", command=["sleep", "600"]))["tasks"][0]
    assert task["lastStatus"] == "PROVISIONING"
    assert task["containers"] == []
    assert task["capacityProviderName"] == "machines"
    running = capacity.until(lambda: capacity.task_if(task["taskArn"], "RUNNING"))
    assert running["createdAt"] == task["createdAt"]
    [instance] = capacity.instances().values()
    assert running["containerInstanceArn"] == instance["containerInstanceArn"]
    assert instance["capacityProviderName"] == "machines"
    assert group(capacity)["DesiredCapacity"] == 1


def test_more_tasks_than_a_machine_takes_get_more_machines(capacity):
    """Five tasks of half a machine's memory each need three machines, and no fourth."""
    large = container(image="busybox", command=["sleep", "9000"], memory=1800)
    arns = [each["taskArn"] for each in capacity.run_task(large, count=5)["tasks"]]

    def all_run():
        tasks = capacity.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=arns)["tasks"]
        return all(each["lastStatus"] == "RUNNING" for each in tasks)

    capacity.until(all_run, lab_seconds=600)
    capacity.pass_time(180)
    assert group(capacity)["DesiredCapacity"] == 3


def test_a_waiting_task_can_be_stopped(capacity):
    """It never ran, and no machine is asked for it any more."""
    task = capacity.run_task(container())["tasks"][0]["taskArn"]
    capacity.ecs.stop_task(cluster=walk.CLUSTER, task=task)
    assert capacity.task(task)["lastStatus"] == "STOPPED"
    capacity.pass_time(120)
    assert group(capacity)["DesiredCapacity"] == 0


def test_the_launch_type_goes_past_the_provider(capacity):
    """With launchType EC2 there is no waiting: an empty cluster is refused as ever."""
    with pytest.raises(ClientError, match="No Container Instances were found"):
        capacity.run_task(container(), launchType="EC2")


def test_a_provider_is_described_with_its_defaults(capacity):
    """What managed scaling fills in, as AWS does."""
    [found] = capacity.ecs.describe_capacity_providers()["capacityProviders"]
    managed = found["autoScalingGroupProvider"]["managedScaling"]
    assert (managed["status"], managed["instanceWarmupPeriod"]) == ("ENABLED", 300)
    assert found["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        ([{"capacityProvider": "FARGATE"}], "This lab has no FARGATE"),
        ([{"capacityProvider": "none"}], "The specified capacity provider does not exist"),
    ],
)
def test_what_is_refused_of_a_strategy(capacity, strategy, says):
    """In words, before anything waits."""
    with pytest.raises(ClientError, match=says):
        capacity.run_task(container(), capacityProviderStrategy=strategy)


def test_services_are_refused_in_words(capacity):
    """The lab's providers are for tasks of RunTask."""
    with pytest.raises(ClientError, match="on capacity providers, not services"):
        capacity.create_service("web", capacity.register("web"), capacityProviderStrategy=STRATEGY)
