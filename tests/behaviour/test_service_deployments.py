"""Service deployments and revisions: the history of a service, and the way back."""

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container, in_process_only

pytestmark = in_process_only


@pytest.fixture
def web(fleet):
    """A service whose first deployment has completed."""
    fleet.create_service("web", fleet.register("web", container()), 1)
    fleet.stable("web")
    return fleet


def listed(lab, **wish):
    answer = lab.ecs.list_service_deployments(cluster=walk.CLUSTER, service="web", **wish)
    return answer["serviceDeployments"]


def described(lab, brief):
    arns = [brief["serviceDeploymentArn"]]
    return lab.ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"][0]


def test_a_deployment_that_completed_was_successful(web):
    """With its revision, which tells what was to run."""
    [first] = listed(web)
    assert first["status"] == "SUCCESSFUL"
    assert first["finishedAt"] > first["startedAt"]
    whole = described(web, first)
    assert whole["targetServiceRevision"]["runningTaskCount"] == 1
    assert whole["sourceServiceRevisions"] == []
    [revision] = web.ecs.describe_service_revisions(
        serviceRevisionArns=[first["targetServiceRevisionArn"]]
    )["serviceRevisions"]
    assert revision["taskDefinition"] == web.service("web")["taskDefinition"]
    assert revision["containerImages"] == [{"containerName": "app", "image": "nginx"}]


def test_deployments_stay_after_others_have_replaced_them(web):
    """Newest first; the source of the second is the revision of the first."""
    web.ecs.update_service(cluster=walk.CLUSTER, service="web", forceNewDeployment=True)
    assert [each["status"] for each in listed(web)] == ["IN_PROGRESS", "SUCCESSFUL"]
    web.stable("web")
    second, first = listed(web)
    assert [second["status"], first["status"]] == ["SUCCESSFUL", "SUCCESSFUL"]
    [source] = described(web, second)["sourceServiceRevisions"]
    assert source["arn"] == first["targetServiceRevisionArn"]
    assert listed(web, status=["IN_PROGRESS"]) == []
    assert listed(web, maxResults=1) == [second]


def test_a_deployment_can_be_stopped(web):
    """It goes back to the revision before; what is over cannot be stopped again."""
    good = web.service("web")["taskDefinition"]
    bad = web.register("web", container(image="nobody/nothing"))
    web.ecs.update_service(cluster=walk.CLUSTER, service="web", taskDefinition=bad)
    arn = listed(web)[0]["serviceDeploymentArn"]
    assert web.ecs.stop_service_deployment(serviceDeploymentArn=arn)["serviceDeploymentArn"] == arn
    web.stable("web")
    assert web.service("web")["taskDefinition"] == good
    assert [each["taskDefinitionArn"] for each in web.tasks("web")] == [good]
    assert [each["status"] for each in listed(web)] == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    with pytest.raises(ClientError, match="not in progress") as refused:
        web.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    assert refused.value.response["Error"]["Code"] == "ConflictException"


def test_an_unknown_one_is_missing(web):
    """A failure where many are asked for, an error where one is to be stopped."""
    arn = listed(web)[0]["serviceDeploymentArn"][:-4] + "none"
    answer = web.ecs.describe_service_deployments(serviceDeploymentArns=[arn])
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]
    with pytest.raises(ClientError) as refused:
        web.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    assert refused.value.response["Error"]["Code"] == "ServiceDeploymentNotFoundException"
