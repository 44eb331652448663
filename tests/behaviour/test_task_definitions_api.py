"""Task definitions: validated in AWS's words, numbered, deregistered, stored as given."""

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container

LONG = "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
REFUSALS = {
    "Container list cannot be empty.": {"containerDefinitions": []},
    "Family contains invalid characters.": {"family": "word press"},
    "Container.image should not be null or empty.": {
        "containerDefinitions": [{"name": "app", "memory": 64}]
    },
    "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must "
    "be specified.": {"containerDefinitions": [{"name": "app", "image": "nginx"}]},
    "Container links should not have a cycle": {
        "containerDefinitions": [container("a", links=["b"]), container("b", links=["a"])]
    },
    "TCP host port '80' is mapped multiple times in task.": {
        "containerDefinitions": [
            container(name, portMappings=[{"containerPort": 80, "hostPort": 80}]) for name in "ab"
        ]
    },
    "Unknown volume 'data'.": {
        "containerDefinitions": [
            container(mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}])
        ]
    },
    "Cannot depend on container + 'db' because it does not exist": {
        "containerDefinitions": [
            container(dependsOn=[{"containerName": "db", "condition": "START"}])
        ]
    },
    LONG: {"cpu": "128", "containerDefinitions": [container(cpu=256)]},
}


def empty(*members):
    return {member: [] for member in members}


def test_the_articles_definition_is_stored_as_given(lab):
    """Everything given is in the answer, with AWS's defaults; networkMode is not echoed."""
    answer = lab.ecs.register_task_definition(**walk.TASK_DEFINITION)["taskDefinition"]
    described = lab.ecs.describe_task_definition(taskDefinition="wordpress")["taskDefinition"]
    assert described == answer
    assert (answer["revision"], answer["status"]) == (1, "ACTIVE")
    assert answer["taskDefinitionArn"].endswith(":task-definition/wordpress:1")
    assert "networkMode" not in answer
    assert answer["volumes"] == answer["placementConstraints"] == []
    wordpress, mysql = answer["containerDefinitions"]
    given = walk.TASK_DEFINITION["containerDefinitions"]
    assert wordpress == given[0] | {
        "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}],
        **empty("mountPoints", "volumesFrom", "systemControls"),
    }
    assert mysql == given[1] | {
        key: [] for key in ("portMappings", "mountPoints", "volumesFrom", "systemControls")
    }


def test_revisions_are_numbered_and_never_used_again(lab):
    """Each registration is the next revision, also after the last one was deregistered."""
    first, second = lab.register("web"), lab.register("web")
    lab.ecs.deregister_task_definition(taskDefinition=second)
    third = lab.register("web")
    assert [arn.rsplit(":", 1)[1] for arn in (first, second, third)] == ["1", "2", "3"]
    assert lab.ecs.list_task_definitions()["taskDefinitionArns"] == [first, third]
    inactive = lab.ecs.list_task_definitions(status="INACTIVE")["taskDefinitionArns"]
    assert inactive == [second]


def test_a_definition_has_three_names(in_process):
    """Its ARN, family:revision, and the family alone for the newest ACTIVE revision."""
    lab = in_process
    arns = [lab.register("web") for _ in range(3)]
    lab.ecs.deregister_task_definition(taskDefinition="web:3")

    def described(name):
        answer = lab.ecs.describe_task_definition(taskDefinition=name)
        return answer["taskDefinition"]["taskDefinitionArn"]

    assert [described(name) for name in (arns[0], "web:1", "web")] == [arns[0], arns[0], arns[1]]


def test_families(lab):
    """A family is listed as ACTIVE while one of its revisions is."""
    for family in ("web", "web-test", "batch"):
        lab.register(family)
    lab.ecs.deregister_task_definition(taskDefinition="batch:1")

    def families(**wish):
        return lab.ecs.list_task_definition_families(**wish)["families"]

    assert families(status="ACTIVE") == ["web", "web-test"]
    assert families(status="INACTIVE") == ["batch"]
    assert families(status="ALL", familyPrefix="web") == ["web", "web-test"]
    arns = lab.ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"]
    assert [arn.rsplit("/", 1)[1] for arn in arns] == ["web:1"]


def test_validated_with_awss_own_texts(lab):
    """What is wrong is said in the sentence that AWS says it in, and nothing is registered."""
    for sentence, wrong in REFUSALS.items():
        request = {"family": "web", "containerDefinitions": [container()], **wrong}
        with pytest.raises(lab.ecs.exceptions.ClientException) as refusal:
            lab.ecs.register_task_definition(**request)
        assert refusal.value.response["Error"]["Message"] == sentence
        assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert lab.ecs.list_task_definitions()["taskDefinitionArns"] == []


@pytest.mark.parametrize(
    ("constraint", "sentence"),
    [
        ({"type": "memberOf", "expression": "attribute:"}, "Invalid expression"),
        ({"type": "memberOf", "expression": "colour == blue"}, "Invalid expression"),
        ({"type": "memberOf"}, "requires an expression"),
        ({"type": "distinctInstance"}, r"should be one of \[memberOf\]"),
    ],
)
def test_a_placement_constraint_is_read_when_it_is_registered(in_process, constraint, sentence):
    """An expression that cannot be read is refused here, long before anything is placed."""
    with pytest.raises(in_process.ecs.exceptions.ClientException, match=sentence):
        in_process.register("web", placementConstraints=[constraint])


def test_deregistered_means_inactive(in_process):
    """An INACTIVE revision is described still, its service goes on, new use is refused."""
    lab = in_process
    lab.cluster_with_instances(count=1)
    arn = lab.register("web")
    lab.create_service("web", arn)
    lab.stable("web")
    answer = lab.ecs.deregister_task_definition(taskDefinition="web:1")["taskDefinition"]
    assert (answer["status"], answer["taskDefinitionArn"]) == ("INACTIVE", arn)
    described = lab.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    assert described["status"] == "INACTIVE"
    [task] = lab.tasks("web")
    lab.ecs.stop_task(cluster=walk.CLUSTER, task=task["taskArn"])
    lab.stopped(task["taskArn"])
    assert lab.stable("web")["runningCount"] == 1
    for call in (
        lambda: lab.ecs.run_task(cluster=walk.CLUSTER, taskDefinition=arn),
        lambda: lab.create_service("other", arn),
    ):
        with pytest.raises(ClientError, match="TaskDefinition is inactive"):
            call()


def test_deleting_needs_deregistering_first(in_process):
    """DeleteTaskDefinitions takes INACTIVE revisions and fails for ACTIVE ones."""
    lab = in_process
    active, inactive = lab.register("web"), lab.register("web")
    lab.ecs.deregister_task_definition(taskDefinition=inactive)
    answer = lab.ecs.delete_task_definitions(taskDefinitions=["web:1", "web:2", "web:3"])
    assert [each["status"] for each in answer["taskDefinitions"]] == ["DELETE_IN_PROGRESS"]
    assert [each["arn"] for each in answer["failures"]] == [active, "web:3"]


def test_what_is_not_there_is_said(in_process):
    """An unknown definition cannot be described, run or deregistered."""
    lab = in_process
    ecs = lab.ecs
    with pytest.raises(ecs.exceptions.ClientException, match="Unable to describe"):
        ecs.describe_task_definition(taskDefinition="nothing")
    with pytest.raises(ecs.exceptions.ClientException, match="Unable to describe"):
        ecs.deregister_task_definition(taskDefinition="nothing:1")
    ecs.create_cluster()
    with pytest.raises(ecs.exceptions.ClientException, match="TaskDefinition not found"):
        ecs.run_task(taskDefinition="nothing")


def test_tags_are_kept(in_process):
    """Tags come back with ``include`` and are not part of the definition."""
    lab = in_process
    lab.register("web", tags=[{"key": "stage", "value": "test"}])
    plain = lab.ecs.describe_task_definition(taskDefinition="web")
    tagged = lab.ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])
    assert not plain.get("tags")
    assert tagged["tags"] == [{"key": "stage", "value": "test"}]


def test_a_deletion_that_has_begun_goes_on(in_process):
    """Deregistering a revision that is being deleted does not bring it back."""
    arn = in_process.register("app")
    in_process.ecs.deregister_task_definition(taskDefinition=arn)
    in_process.ecs.delete_task_definitions(taskDefinitions=[arn])
    again = in_process.ecs.deregister_task_definition(taskDefinition=arn)["taskDefinition"]
    assert again["status"] == "DELETE_IN_PROGRESS"


def test_a_tag_without_a_key_is_refused(in_process):
    """TagResource names the mistake."""
    with pytest.raises(ClientError, match="Tag key cannot be null"):
        in_process.ecs.tag_resource(resourceArn=in_process.register("app"), tags=[{}])
