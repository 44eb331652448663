"""Task protection: neither a scale-in nor a deployment stops what is protected."""

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container, in_process_only

pytestmark = in_process_only


@pytest.fixture
def web(fleet):
    """A service with two tasks."""
    fleet.create_service("web", fleet.register("web", container()), 2)
    fleet.stable("web")
    return fleet


def protect(lab, *tasks, enabled=True, **wish):
    return lab.ecs.update_task_protection(
        cluster=walk.CLUSTER, tasks=list(tasks), protectionEnabled=enabled, **wish
    )


def arns(lab):
    return [each["taskArn"] for each in lab.tasks("web")]


def test_a_scale_in_takes_the_other_task(web):
    """The newest would go first; it is protected, so the older one goes."""
    newest = max(web.tasks("web"), key=lambda task: (task["createdAt"], task["taskArn"]))["taskArn"]
    [told] = protect(web, newest)["protectedTasks"]
    assert told["protectionEnabled"]
    web.ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=1)
    web.stable("web")
    assert arns(web) == [newest]


def test_a_deployment_waits_until_the_protection_ends(web):
    """New tasks start beside it; the old one goes when its minutes are over."""
    kept = arns(web)[0]
    protect(web, kept, expiresInMinutes=10)
    web.ecs.update_service(cluster=walk.CLUSTER, service="web", forceNewDeployment=True)
    web.pass_time(300)
    assert kept in arns(web)
    assert len(web.service("web")["deployments"]) == 2
    web.pass_time(420)
    web.stable("web")
    assert kept not in arns(web)


def test_protection_can_be_read_and_taken_away(web):
    """With the time at which it ends, while it lasts."""
    first, second = arns(web)
    until = protect(web, first, expiresInMinutes=1)["protectedTasks"][0]["expirationDate"]
    found = web.ecs.get_task_protection(cluster=walk.CLUSTER, tasks=[first, second])
    assert found["protectedTasks"] == [
        {"taskArn": first, "protectionEnabled": True, "expirationDate": until},
        {"taskArn": second, "protectionEnabled": False},
    ]
    protect(web, first, enabled=False)
    answer = web.ecs.get_task_protection(cluster=walk.CLUSTER, tasks=[first])["protectedTasks"]
    assert answer == [{"taskArn": first, "protectionEnabled": False}]


def test_what_cannot_be_protected(web):
    """A task of its own, one that is not there, more than the service is to have."""
    alone = web.running(container())["taskArn"]
    nobody = alone[:-32] + "0" * 32
    reasons = [each["reason"] for each in protect(web, alone, nobody)["failures"]]
    assert reasons == ["TASK_NOT_VALID", "MISSING"]
    web.ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=1)
    web.stable("web")
    [old] = arns(web)
    protect(web, old)
    web.ecs.update_service(cluster=walk.CLUSTER, service="web", forceNewDeployment=True)
    new = web.until(lambda: set(arns(web)) - {old}).pop()
    [blocked] = protect(web, new)["failures"]
    assert (blocked["arn"], blocked["reason"]) == (new, "DEPLOYMENT_BLOCKED")
    with pytest.raises(ClientError, match="between 1 and 2880"):
        protect(web, alone, expiresInMinutes=3000)
