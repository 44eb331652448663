"""Client tokens, pages and settings: the small print that every client relies on."""

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container, in_process_only

pytestmark = in_process_only


def test_the_same_request_with_its_token_runs_nothing_twice(fleet):
    """It answers with the tasks of the first time, as they are now."""
    request = {"cluster": walk.CLUSTER, "taskDefinition": fleet.register("one", container())}
    first = fleet.ecs.run_task(**request, count=2, clientToken="mine")["tasks"]
    again = fleet.ecs.run_task(**request, count=2, clientToken="mine")["tasks"]
    assert [each["taskArn"] for each in again] == [each["taskArn"] for each in first]
    assert len(fleet.ecs.list_tasks(cluster=walk.CLUSTER)["taskArns"]) == 2
    with pytest.raises(ClientError) as refused:
        fleet.ecs.run_task(**request, count=1, clientToken="mine")
    assert refused.value.response["Error"]["Code"] == "ConflictException"


def test_pages_have_a_size_that_the_api_allows(fleet):
    """From 1 to 100, 10 where the API says so."""
    for size in (0, 101):
        with pytest.raises(ClientError, match="between 1 and 100"):
            fleet.ecs.list_tasks(cluster=walk.CLUSTER, maxResults=size)
    with pytest.raises(ClientError, match="between 1 and 10"):
        fleet.ecs.describe_capacity_providers(maxResults=11)


def test_attributes_come_in_pages(fleet):
    """A hundred at a time, all of them in the end, none twice."""
    pages = fleet.ecs.get_paginator("list_attributes").paginate(
        cluster=walk.CLUSTER, targetType="container-instance"
    )
    found = [[(each["targetId"], each["name"]) for each in page["attributes"]] for page in pages]
    assert [len(page) for page in found[:-1]] == [100] * (len(found) - 1)
    every = [each for page in found for each in page]
    assert len(set(every)) == len(every) > 100


def test_tasks_of_a_service_have_ecs_exec_as_the_service(fleet):
    """What CreateService and UpdateService say of it holds for the tasks that start then."""
    fleet.create_service("web", fleet.register("web", container()), enableExecuteCommand=True)
    fleet.stable("web")
    assert fleet.tasks("web")[0]["enableExecuteCommand"]
    fleet.ecs.update_service(
        cluster=walk.CLUSTER, service="web", enableExecuteCommand=False, forceNewDeployment=True
    )
    fleet.stable("web")
    assert not fleet.tasks("web")[0]["enableExecuteCommand"]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"platformVersion": "LATEST"}, "platform version must be null"),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}},
            "Network Configuration is not valid for the given networkMode",
        ),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "rolling deployments only"),
        ({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}, "rolling deployments only"),
    ],
)
def test_what_no_service_on_ec2_can_have(fleet, wish, says):
    """Nothing is passed over in silence."""
    with pytest.raises(ClientError, match=says):
        fleet.create_service("web", fleet.register("web", container()), **wish)


def test_instances_tell_of_their_health_when_asked(fleet):
    """Only then, and that containers can run."""
    [arn, *_] = [each["containerInstanceArn"] for each in fleet.instances().values()]
    asked = {"cluster": walk.CLUSTER, "containerInstances": [arn]}
    [plain] = fleet.ecs.describe_container_instances(**asked)["containerInstances"]
    [told] = fleet.ecs.describe_container_instances(**asked, include=["CONTAINER_INSTANCE_HEALTH"])[
        "containerInstances"
    ]
    assert "healthStatus" not in plain
    assert told["healthStatus"]["overallStatus"] == "OK"


def test_an_instance_has_ten_attributes_of_its_owner(fleet):
    """The eleventh is refused, and with it those that came in the same call."""
    [arn, *_] = [each["containerInstanceArn"] for each in fleet.instances().values()]

    def put(*names):
        attributes = [{"name": name, "value": "x", "targetId": arn} for name in names]
        return fleet.ecs.put_attributes(cluster=walk.CLUSTER, attributes=attributes)

    put(*(f"mine{number}" for number in range(10)))
    put("mine0")
    with pytest.raises(ClientError) as refused:
        put("mine1", "other")
    assert refused.value.response["Error"]["Code"] == "AttributeLimitExceededException"
    found = fleet.ecs.list_attributes(
        cluster=walk.CLUSTER, targetType="container-instance", attributeName="other"
    )
    assert found["attributes"] == []
    gone = [{"name": f"mine{number}", "targetId": arn} for number in range(10)]
    fleet.ecs.delete_attributes(cluster=walk.CLUSTER, attributes=gone)


def test_ten_definitions_are_deleted_at_once(fleet):
    """And no more."""
    with pytest.raises(ClientError, match="between 1 and 10"):
        fleet.ecs.delete_task_definitions(taskDefinitions=[f"web:{n}" for n in range(11)])
