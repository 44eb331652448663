"""The deployment circuit breaker: a bad deployment is given up, and rolled back where asked."""

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container, in_process_only

NOT_THERE = container(image="wordpres")


def breaker(rollback=True, **settings):
    wish = {"enable": True, "rollback": rollback, **settings}
    return {"deploymentConfiguration": {"deploymentCircuitBreaker": wish}}


def update(lab, **request):
    return lab.ecs.update_service(cluster=walk.CLUSTER, service="web", **request)["service"]


def with_a_good_deployment(lab, **request):
    lab.create_service("web", lab.register("web"), **request)
    return lab.stable("web")["deployments"][0]


def until_failed(lab):
    def failed():
        states = [each["rolloutState"] for each in lab.service("web")["deployments"]]
        return "FAILED" in states and lab.service("web")

    return lab.until(failed, step=2)


def test_a_bad_deployment_is_rolled_back(fleet):
    """Three tasks fail to start; the old deployment is the primary one again and completes."""
    good = with_a_good_deployment(fleet, **breaker())
    update(fleet, taskDefinition=fleet.register("web", NOT_THERE))
    fleet.until(lambda: any("rolling back" in each for each in fleet.messages("web")), step=2)
    service = fleet.stable("web")
    [primary] = service["deployments"]
    assert (primary["id"], primary["status"]) == (good["id"], "PRIMARY")
    assert service["taskDefinition"] == good["taskDefinition"]
    assert service["runningCount"] == 1
    fleet.until(lambda: fleet.service("web")["deployments"][0]["rolloutState"] == "COMPLETED")
    told = fleet.messages("web")
    assert f"(service web) rolling back to deployment {good['id']}." in told
    assert f"(service web) (deployment {good['id']}) deployment completed." in told


@in_process_only
def test_the_failed_deployment_tells_why(fleet):
    """FAILED, with AWS's reason and three failed tasks; the primary one names its own past."""
    good = with_a_good_deployment(fleet, **breaker())
    update(fleet, taskDefinition=fleet.register("web", NOT_THERE))
    primary, failed = until_failed(fleet)["deployments"]
    assert (failed["status"], failed["failedTasks"]) == ("ACTIVE", 3)
    assert failed["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert primary["rolloutStateReason"] == (
        f"ECS deployment circuit breaker: rolling back to deploymentId {good['id']}."
    )


@in_process_only
def test_without_rollback_nothing_more_is_started(fleet):
    """The old task stays, no new one is started, and a good update mends it."""
    with_a_good_deployment(fleet, **breaker(rollback=False))
    update(fleet, taskDefinition=fleet.register("web", NOT_THERE))
    service = until_failed(fleet)
    assert (service["deployments"][0]["status"], service["runningCount"]) == ("PRIMARY", 1)
    told = len(fleet.messages("web"))
    fleet.pass_time(3600)
    assert len(fleet.messages("web")) == told
    update(fleet, taskDefinition=fleet.register("web"))
    assert fleet.stable("web")["deployments"][0]["rolloutState"] == "COMPLETED"


@in_process_only
def test_tasks_that_fail_their_health_check_trip_it_too(fleet):
    """They ran, but were UNHEALTHY and stopped: failed tasks all the same."""
    with_a_good_deployment(fleet, **breaker())
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2}
    update(fleet, taskDefinition=fleet.register("web", container(healthCheck=check)))
    service = until_failed(fleet)
    assert service["deployments"][1]["failedTasks"] == 3
    assert fleet.stable("web")["runningCount"] == 1


@in_process_only
def test_an_app_that_ends_at_once_does_not_trip_it(fleet):
    """Its tasks were RUNNING: without a health check ECS calls that a success."""
    with_a_good_deployment(fleet, **breaker())
    update(fleet, taskDefinition=fleet.register("web", container(command=["false"])))
    fleet.pass_time(600)
    assert fleet.service("web")["deployments"][0]["failedTasks"] == 0
    told = fleet.messages("web")
    assert len([each for each in told if "has started" in each]) > 10
    assert not [each for each in told if "deployment failed" in each]


@in_process_only
def test_the_threshold_can_be_set(fleet):
    """COUNT 1: the first failed task is one too many; DescribeServices repeats the setting."""
    limits = {"type": "COUNT", "value": 1}
    wish = breaker(resetOnHealthyTask=False, thresholdConfiguration=limits)
    with_a_good_deployment(fleet, **wish)
    given = fleet.service("web")["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert given == wish["deploymentConfiguration"]["deploymentCircuitBreaker"]
    update(fleet, taskDefinition=fleet.register("web", NOT_THERE))
    assert until_failed(fleet)["deployments"][1]["failedTasks"] == 1


@in_process_only
def test_a_percentage_beyond_a_hundred_is_refused(fleet):
    """Percentages are from 1 to 100."""
    wish = breaker(thresholdConfiguration={"type": "BOUNDED_PERCENT", "value": 101})
    with pytest.raises(ClientError, match="between 1 and 100"):
        fleet.create_service("web", fleet.register("web"), **wish)
