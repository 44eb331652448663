"""A capacity provider with an Auto Scaling group: tasks wait, instances come."""

import base64

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container

DATA = f"#!/bin/bash\necho ECS_CLUSTER={walk.CLUSTER} >> /etc/ecs/ecs.config\n"
STRATEGY = [{"capacityProvider": "machines", "weight": 1}]
in_process_only = pytest.mark.parametrize("lab", ["in_process"], indirect=True)
LARGE = container(image="busybox", command=["sleep", "9000"], memory=1800)


def provider(lab, name, managed="ENABLED"):
    """A capacity provider whose group may have four instances."""
    lab.ec2.create_launch_template(
        LaunchTemplateName=name,
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
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=4,
        AvailabilityZones=["us-east-1a", "us-east-1b"],
        LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
    )
    lab.ecs.create_capacity_provider(
        name=name,
        autoScalingGroupProvider={
            "autoScalingGroupArn": group(lab, name)["AutoScalingGroupARN"],
            "managedScaling": {"status": managed, "targetCapacity": 100},
        },
    )


@pytest.fixture
def capacity(lab):
    """The article's cluster with no instance, and a provider whose group may have four."""
    lab.cluster()
    provider(lab, "machines")
    lab.ecs.put_cluster_capacity_providers(
        cluster=walk.CLUSTER,
        capacityProviders=["machines"],
        defaultCapacityProviderStrategy=STRATEGY,
    )
    return lab


@pytest.fixture
def two_providers(capacity):
    """A second provider of the cluster, whose group nobody but its owner lets grow."""
    provider(capacity, "others", managed="DISABLED")
    capacity.ecs.put_cluster_capacity_providers(
        cluster=walk.CLUSTER,
        capacityProviders=["machines", "others"],
        defaultCapacityProviderStrategy=[],
    )
    return capacity


def group(lab, name="machines"):
    groups = lab.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return groups["AutoScalingGroups"][0]


def grow(lab, name, size):
    """What the owner of a group does: it waits until the machines have joined."""
    lab.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=size)
    lab.until(lambda: len(joined(lab, name)) == size, step=5)


def joined(lab, name):
    return [each for each in lab.instances().values() if each.get("capacityProviderName") == name]


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
    arns = [each["taskArn"] for each in capacity.run_task(LARGE, count=5)["tasks"]]

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


def test_a_service_waits_by_the_default_strategy_of_its_cluster(capacity):
    """Its tasks are PROVISIONING, machines come for them, and the service is steady."""
    made = capacity.create_service("web", capacity.register("web", LARGE), 3)
    assert "launchType" not in made
    assert made["capacityProviderStrategy"] == [{**STRATEGY[0], "base": 0}]
    capacity.until(lambda: len(capacity.tasks("web")) == 3)
    assert {each["lastStatus"] for each in capacity.tasks("web")} == {"PROVISIONING"}
    assert capacity.service("web")["pendingCount"] == 3
    capacity.stable("web")
    tasks = capacity.tasks("web")
    assert {each["capacityProviderName"] for each in tasks} == {"machines"}
    assert {each["launchType"] for each in tasks} == {"EC2"}
    assert len({each["containerInstanceArn"] for each in tasks}) == 2
    assert group(capacity)["DesiredCapacity"] == 2


@in_process_only
def test_a_task_set_waits_by_the_default_strategy_of_its_cluster(capacity):
    """Its tasks are PROVISIONING, machines come for them, and the provider is in use."""
    capacity.ecs.create_service(
        cluster=walk.CLUSTER,
        serviceName="web",
        desiredCount=2,
        deploymentController={"type": "EXTERNAL"},
    )
    made = capacity.ecs.create_task_set(
        cluster=walk.CLUSTER,
        service="web",
        taskDefinition=capacity.register("web", LARGE),
        scale={"value": 50.0, "unit": "PERCENT"},
    )["taskSet"]
    assert "launchType" not in made
    assert made["capacityProviderStrategy"] == [{**STRATEGY[0], "base": 0}]
    [task] = capacity.until(lambda: capacity.tasks("web"))
    assert (task["lastStatus"], task["startedBy"]) == ("PROVISIONING", made["id"])
    with pytest.raises(ClientError, match="is in use and cannot be removed"):
        capacity.ecs.put_cluster_capacity_providers(
            cluster=walk.CLUSTER, capacityProviders=[], defaultCapacityProviderStrategy=[]
        )
    running = capacity.until(lambda: capacity.task_if(task["taskArn"], "RUNNING"))
    assert running["capacityProviderName"] == "machines"


@in_process_only
def test_a_service_that_is_scaled_in_lets_go_of_what_waits(capacity):
    """The tasks that have no machine yet are the first to go, and nobody waits for them."""
    capacity.create_service("web", capacity.register("web", LARGE), 1)
    capacity.stable("web")
    running = capacity.tasks("web")[0]["taskArn"]
    capacity.ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=9)
    capacity.until(lambda: len(capacity.tasks("web")) == 9, step=0.5)
    capacity.ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=1)
    capacity.stable("web")
    assert [each["taskArn"] for each in capacity.tasks("web")] == [running]


def test_tasks_go_to_providers_by_base_and_weight(two_providers):
    """Two of base on one, then one there for each two on the other; nobody strays."""
    grow(two_providers, "others", 1)
    strategy = [
        {"capacityProvider": "machines", "base": 2, "weight": 1},
        {"capacityProvider": "others", "weight": 2},
    ]
    small = two_providers.register("web", container())
    two_providers.create_service("web", small, 5, capacityProviderStrategy=strategy)
    two_providers.stable("web")
    names = {arn: each["capacityProviderName"] for arn, each in two_providers.instances().items()}
    by_arn = {i["containerInstanceArn"]: names[ec2] for ec2, i in two_providers.instances().items()}
    tasks = two_providers.tasks("web")
    assert (
        sorted(each["capacityProviderName"] for each in tasks) == ["machines"] * 3 + ["others"] * 2
    )
    assert all(
        by_arn[each["containerInstanceArn"]] == each["capacityProviderName"] for each in tasks
    )


@in_process_only
def test_without_managed_scaling_nothing_waits(two_providers):
    """A group that ECS does not scale: the service says that it finds no place."""
    strategy = [{"capacityProvider": "others", "weight": 1}]
    web = two_providers.register("web", LARGE)
    two_providers.create_service("web", web, 1, capacityProviderStrategy=strategy)
    two_providers.until(lambda: two_providers.messages("web"))
    assert "No Container Instances were found" in two_providers.messages("web")[0]
    assert two_providers.tasks("web") == []


@in_process_only
def test_a_task_finds_a_place_at_once_or_none_where_ecs_does_not_scale(two_providers):
    """On the provider's own machines, PENDING at once; what does not fit is a failure."""
    strategy = [{"capacityProvider": "others", "weight": 1}]
    alone = two_providers.run_task(LARGE, capacityProviderStrategy=strategy)
    assert [each["reason"] for each in alone["failures"]] == ["RESOURCE:*"]
    grow(two_providers, "others", 1)
    answer = two_providers.run_task(LARGE, count=3, capacityProviderStrategy=strategy)
    assert {each["lastStatus"] for each in answer["tasks"]} == {"PENDING"}
    assert {each["capacityProviderName"] for each in answer["tasks"]} == {"others"}
    assert [each["reason"] for each in answer["failures"]] == ["RESOURCE:MEMORY"]


@in_process_only
def test_another_strategy_needs_a_new_deployment(two_providers):
    """With force it begins one, and an empty strategy leads back to the launch type."""
    grow(two_providers, "others", 1)
    change = {"cluster": walk.CLUSTER, "service": "web"}
    two_providers.create_service("web", two_providers.register("web", container()), 1)
    two_providers.stable("web")
    update = two_providers.ecs.update_service
    with pytest.raises(ClientError, match="you must force a new deployment"):
        update(**change, capacityProviderStrategy=STRATEGY)
    update(**change, capacityProviderStrategy=STRATEGY, forceNewDeployment=True)
    two_providers.stable("web")
    assert two_providers.tasks("web")[0]["capacityProviderName"] == "machines"
    back = update(**change, capacityProviderStrategy=[], forceNewDeployment=True)["service"]
    assert back["launchType"] == "EC2"
    assert "capacityProviderStrategy" not in back


@in_process_only
def test_a_provider_in_use_stays_with_its_cluster(capacity):
    """While a service names it."""
    capacity.create_service("web", capacity.register("web", container()), 0)
    with pytest.raises(ClientError, match="is in use and cannot be removed") as refused:
        capacity.ecs.put_cluster_capacity_providers(
            cluster=walk.CLUSTER, capacityProviders=[], defaultCapacityProviderStrategy=[]
        )
    assert refused.value.response["Error"]["Code"] == "ResourceInUseException"


@in_process_only
@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (
            {"launchType": "EC2", "capacityProviderStrategy": STRATEGY},
            "Specifying both a launch type and capacity provider strategy is not supported. "
            "Remove one and try again.",
        ),
        (
            {"schedulingStrategy": "DAEMON"},
            "Specifying a capacity provider strategy is not supported when you create a service "
            "using the DAEMON scheduling strategy.",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "machines"}]},
            "At least one capacity provider must have a weight value greater than zero specified.",
        ),
    ],
)
def test_what_is_refused_of_a_service(capacity, wish, says):
    """In AWS's words, before there is a service."""
    count = {} if "schedulingStrategy" in wish else {"desiredCount": 1}
    with pytest.raises(ClientError) as refused:
        capacity.ecs.create_service(
            cluster=walk.CLUSTER,
            serviceName="web",
            taskDefinition=capacity.register("web"),
            **count,
            **wish,
        )
    assert refused.value.response["Error"]["Message"] == says


# --- managed scaling the other way -----------------------------------------------------


def protect(lab):
    """Scale-in protection of the group and of its provider."""
    groups = lab.client("autoscaling")
    groups.update_auto_scaling_group(
        AutoScalingGroupName="machines", NewInstancesProtectedFromScaleIn=True
    )
    lab.ecs.update_capacity_provider(
        name="machines", autoScalingGroupProvider={"managedTerminationProtection": "ENABLED"}
    )


def two_busy_machines(lab):
    """One task on each of two machines, in the order in which the machines came."""
    arns = [each["taskArn"] for each in lab.run_task(LARGE, count=2)["tasks"]]
    arns += [lab.run_task(LARGE)["tasks"][0]["taskArn"]]
    lab.until(lambda: all(lab.task(arn)["lastStatus"] == "RUNNING" for arn in arns), 600)
    first = joined_first(lab)
    here = [arn for arn in arns if lab.task(arn)["containerInstanceArn"] == first]
    return here, [arn for arn in arns if arn not in here]


def joined_first(lab):
    machines = joined(lab, "machines")
    return min(machines, key=lambda each: each["registeredAt"])["containerInstanceArn"]


def end(lab, arns):
    for arn in arns:
        lab.ecs.stop_task(cluster=walk.CLUSTER, task=arn)
        lab.stopped(arn)


@in_process_only
def test_machines_without_tasks_are_taken_away_again(capacity):
    """A quarter of an hour after the last task has gone, and not before."""
    task = capacity.run_task(LARGE)["tasks"][0]["taskArn"]
    capacity.until(lambda: capacity.task_if(task, "RUNNING"))
    capacity.pass_time(3600)
    assert group(capacity)["DesiredCapacity"] == 1
    end(capacity, [task])
    capacity.pass_time(14 * 60)
    assert group(capacity)["DesiredCapacity"] == 1
    capacity.until(lambda: not capacity.instances())
    assert group(capacity)["DesiredCapacity"] == 0
    again = capacity.run_task(LARGE)["tasks"][0]["taskArn"]
    capacity.until(lambda: capacity.task_if(again, "RUNNING"))


@in_process_only
def test_a_task_in_the_meantime_keeps_the_machine(capacity):
    """The quarter of an hour begins anew once the machine is empty again."""
    first = capacity.run_task(LARGE)["tasks"][0]["taskArn"]
    capacity.until(lambda: capacity.task_if(first, "RUNNING"))
    end(capacity, [first])
    capacity.pass_time(10 * 60)
    second = capacity.run_task(LARGE)["tasks"][0]["taskArn"]
    capacity.until(lambda: capacity.task_if(second, "RUNNING"))
    end(capacity, [second])
    capacity.pass_time(10 * 60)
    assert group(capacity)["DesiredCapacity"] == 1


@in_process_only
def test_a_group_keeps_what_it_must_have(capacity):
    """MinSize machines stay, empty as they are."""
    capacity.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="machines", MinSize=1
    )
    capacity.until(lambda: joined(capacity, "machines"))
    capacity.pass_time(3600)
    assert len(joined(capacity, "machines")) == 1


@in_process_only
def test_a_protected_machine_with_tasks_is_spared(capacity):
    """The empty one goes, although it came later."""
    protect(capacity)
    here, there = two_busy_machines(capacity)
    kept = joined_first(capacity)
    end(capacity, there)
    capacity.until(lambda: len(joined(capacity, "machines")) == 1, 1200)
    assert joined_first(capacity) == kept
    assert {capacity.task(arn)["lastStatus"] for arn in here} == {"RUNNING"}


@in_process_only
def test_without_protection_the_oldest_machine_goes(capacity):
    """Whatever runs there."""
    here, there = two_busy_machines(capacity)
    end(capacity, there)
    capacity.until(lambda: len(joined(capacity, "machines")) == 1, 1200)
    assert {capacity.task(arn)["lastStatus"] for arn in here} == {"STOPPED"}


@in_process_only
def test_protection_needs_a_group_that_protects(capacity):
    """In AWS's words."""
    with pytest.raises(ClientError, match="must have instance protection from scale in enabled"):
        capacity.ecs.update_capacity_provider(
            name="machines", autoScalingGroupProvider={"managedTerminationProtection": "ENABLED"}
        )


@in_process_only
def test_five_hundred_tasks_wait_and_no_more(capacity):
    """RunTask is refused then, and a service says so."""
    capacity.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="machines", MaxSize=0
    )
    capacity.register("job", LARGE)
    wish = {"cluster": walk.CLUSTER, "taskDefinition": "job", "count": 10}
    for _ in range(50):
        capacity.ecs.run_task(**wish)
    with pytest.raises(ClientError) as refused:
        capacity.ecs.run_task(**wish)
    assert refused.value.response["Error"] == {
        "Code": "ClientException",
        "Message": "Tasks provisioning capacity limit exceeded.",
    }
    capacity.create_service("web", "job", 2)
    capacity.until(lambda: capacity.messages("web"))
    assert capacity.messages("web") == [
        "(service web) was unable to place tasks in your cluster because the tasks provisioning "
        "capacity limit was exceeded."
    ]
    assert capacity.tasks("web") == []
