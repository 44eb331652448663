"""DAEMON services: one task on each container instance, and health checks that fail."""

import pytest
import walk
from labs import container, in_process_only


def daemon(lab, definition=None, **request):
    return lab.ecs.create_service(
        cluster=walk.CLUSTER,
        serviceName="web",
        taskDefinition=definition or lab.register("web"),
        schedulingStrategy="DAEMON",
        **request,
    )["service"]


def hosts(lab):
    return sorted(each["containerInstanceArn"] for each in lab.tasks("web"))


def instances(lab):
    return sorted(each["containerInstanceArn"] for each in lab.instances().values())


def test_a_daemon_runs_once_on_each_instance(fleet):
    """Nobody names a count; DescribeServices counts the instances."""
    fleet.until(
        lambda: [each["agentConnected"] for each in fleet.instances().values()] == [True] * 2
    )
    made = daemon(fleet)
    assert (made["desiredCount"], made["schedulingStrategy"]) == (2, "DAEMON")
    assert made["deploymentConfiguration"]["minimumHealthyPercent"] == 0
    assert made["deploymentConfiguration"]["maximumPercent"] == 100
    service = fleet.stable("web")
    assert (service["desiredCount"], service["runningCount"]) == (2, 2)
    assert service["deployments"][0]["desiredCount"] == 2
    assert hosts(fleet) == instances(fleet)


@in_process_only
def test_a_draining_instance_takes_its_task_along(fleet):
    """It is wanted on one instance less, and again when the instance is ACTIVE again."""
    daemon(fleet)
    fleet.stable("web")
    first, second = instances(fleet)

    def set_state(status):
        fleet.ecs.update_container_instances_state(
            cluster=walk.CLUSTER, containerInstances=[first], status=status
        )
        return fleet.stable("web")["desiredCount"]

    try:
        assert set_state("DRAINING") == 1
        fleet.until(lambda: hosts(fleet) == [second])
    finally:
        set_state("ACTIVE")
    fleet.until(lambda: hosts(fleet) == [first, second])


@in_process_only
def test_an_update_replaces_them_where_they_are(fleet):
    """maximumPercent is 100: the old task has ended before the new one starts on its instance."""
    daemon(fleet)
    fleet.stable("web")
    before = {each["taskArn"] for each in fleet.tasks("web")}
    fleet.ecs.update_service(
        cluster=walk.CLUSTER, service="web", taskDefinition=fleet.register("web")
    )
    fleet.stable("web")
    assert hosts(fleet) == instances(fleet)
    assert not before & {each["taskArn"] for each in fleet.tasks("web")}


@in_process_only
def test_a_daemon_is_deleted_without_scaling_it_down(fleet):
    """Force is for REPLICA services; a daemon's count is nobody's to set (API text)."""
    daemon(fleet)
    fleet.stable("web")
    fleet.ecs.delete_service(cluster=walk.CLUSTER, service="web")
    fleet.ecs.get_waiter("services_inactive").wait(
        cluster=walk.CLUSTER, services=["web"], WaiterConfig=walk.QUICK
    )


@in_process_only
@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"desiredCount": 2}, "does not support a desired count"),
        ({"placementStrategy": [{"type": "random"}]}, "does not support placement strategies"),
        ({"deploymentConfiguration": {"maximumPercent": 200}}, "values above 100"),
    ],
)
def test_what_a_daemon_cannot_be_told(fleet, wish, sentence):
    """Created or updated with a count, a strategy or more than a task an instance."""
    error = fleet.ecs.exceptions.InvalidParameterException
    with pytest.raises(error, match=sentence):
        daemon(fleet, **wish)
    daemon(fleet)
    with pytest.raises(error, match=sentence):
        fleet.ecs.update_service(cluster=walk.CLUSTER, service="web", **wish)


@in_process_only
def test_a_task_that_fails_its_health_check_is_replaced_first(fleet):
    """In AWS's words: another is started because of it, and then it is stopped."""
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2}
    fleet.create_service("web", fleet.register("web", container(healthCheck=check)))
    fleet.until(lambda: any("failed container" in each for each in fleet.messages("web")))
    told = [each.partition("(task")[0] + each.rpartition(")")[2] for each in fleet.messages("web")]
    assert told[-4:] == [
        "(service web) has stopped 1 running tasks: .",
        "(service web)  failed container health checks.",
        "(service web) has started 1 tasks: . "
        "Amazon ECS replaced 1 tasks due to an unhealthy status.",
        "(service web) has started 1 tasks: .",
    ]
    deployment = fleet.service("web")["deployments"][0]["id"]
    arns = fleet.ecs.list_tasks(
        cluster=walk.CLUSTER, startedBy=deployment, desiredStatus="STOPPED"
    )["taskArns"]
    [ended] = fleet.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=arns)["tasks"]
    assert ended["stoppedReason"] == "Task failed container health checks"
    assert ended["stopCode"] == "ServiceSchedulerInitiated"
