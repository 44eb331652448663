"""Tags: on everything that has an ARN, from a service and a definition to their tasks."""

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container, in_process_only

pytestmark = in_process_only

TEAM = [{"key": "team", "value": "blog"}]


def tags_of(lab, arn):
    return {
        each["key"]: each["value"]
        for each in lab.ecs.list_tags_for_resource(resourceArn=arn)["tags"]
    }


def service_task(lab, **wish):
    """The task of a new service, once it runs."""
    definition = lab.register("web", container(), tags=[{"key": "image", "value": "nginx"}])
    lab.create_service("web", definition, tags=TEAM, **wish)
    lab.stable("web")
    return lab.tasks("web")[0]["taskArn"]


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({}, {}),
        ({"propagateTags": "SERVICE"}, {"team": "blog"}),
        ({"propagateTags": "TASK_DEFINITION"}, {"image": "nginx"}),
        (
            {"enableECSManagedTags": True},
            {"aws:ecs:clusterName": walk.CLUSTER, "aws:ecs:serviceName": "web"},
        ),
    ],
)
def test_a_service_hands_tags_to_its_tasks(fleet, wish, found):
    """Its own or its definition's, if it is told to; and those that ECS manages."""
    assert tags_of(fleet, service_task(fleet, **wish)) == found


def test_a_task_has_its_own_tags_and_its_definitions(fleet):
    """RunTask can hand on the definition's tags too; of two with one key its own wins."""
    definition = fleet.register("one", container(), tags=[*TEAM, {"key": "a", "value": "1"}])
    [task] = fleet.ecs.run_task(
        cluster=walk.CLUSTER,
        taskDefinition=definition,
        propagateTags="TASK_DEFINITION",
        enableECSManagedTags=True,
        tags=[{"key": "team", "value": "shop"}],
    )["tasks"]
    assert tags_of(fleet, task["taskArn"]) == {
        "aws:ecs:clusterName": walk.CLUSTER,
        "team": "shop",
        "a": "1",
    }


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        ([{"key": f"k{number}", "value": "v"} for number in range(51)], "at most 50"),
        ([{"key": "a", "value": "1"}, {"key": "a", "value": "2"}], "unique"),
        ([{"key": "AWS:mine", "value": "1"}], "reserved"),
        ([{"key": "a", "value": "v" * 257}], "at most 256"),
    ],
)
def test_what_no_tag_can_be(fleet, tags, says):
    """The same of a new thing and of one that is there."""
    arn = fleet.ecs.describe_clusters(clusters=[walk.CLUSTER])["clusters"][0]["clusterArn"]
    with pytest.raises(ClientError, match=says):
        fleet.ecs.tag_resource(resourceArn=arn, tags=tags)
    with pytest.raises(ClientError, match=says):
        fleet.ecs.create_cluster(clusterName="other", tags=tags)
    assert tags_of(fleet, arn) == {}
