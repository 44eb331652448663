"""The check of ECS's answers can fail: each wrong answer is told from the right one."""

import json
from types import SimpleNamespace

import pytest
from moto.core.utils import get_service_model
from response_shapes import objections, refuse_strange_answer

ECS = get_service_model("ecs")
CLUSTER = {
    "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/Wordpress",
    "clusterName": "Wordpress",
    "status": "ACTIVE",
    "activeServicesCount": 0,
    "pendingTasksCount": 0,
    "registeredContainerInstancesCount": 0,
    "runningTasksCount": 0,
    "capacityProviders": [],
    "defaultCapacityProviderStrategy": [],
    "settings": [{"name": "containerInsights", "value": "disabled"}],
    "statistics": [],
    "tags": [],
}


def found(**change):
    """What is said of a cluster with this change."""
    cluster = {name: value for name, value in (CLUSTER | change).items() if value != "gone"}
    shape = ECS.operation_model("CreateCluster").output_shape
    return list(objections({"cluster": cluster}, shape))


def test_a_right_answer_passes():
    """A cluster as ECS sends it."""
    assert found() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"configuration": None}, "None, no structure"),
        ({"runningTasksCount": "0"}, "no integer"),
        ({"runningTasksCount": True}, "no integer"),
        ({"owner": "me"}, "no member of Cluster"),
        ({"statistics": "gone"}, "lacks statistics"),
        ({"clusterArn": "cluster/Wordpress"}, "not of its form"),
        ({"settings": [{"name": "insights", "value": "on"}]}, "none of containerInsights"),
        ({"attachmentsStatus": "ok"}, "which AWS does not send then"),
    ],
)
def test_a_wrong_answer_is_found(change, says):
    """Null, another type, a strange or missing member, a wrong form, a word that is none."""
    assert any(says in each for each in found(**change))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lastStatus": "PENDING", "startedAt": 1767268800.0}, "has startedAt"),
        ({"lastStatus": "STOPPED"}, "stoppedAt, stoppedReason"),
        ({"lastStatus": "RUNNING", "startedAt": 12.5}, "no time"),
    ],
)
def test_the_tables_know_states(change, says):
    """A task has other members while it is PENDING, RUNNING and STOPPED."""
    shape = ECS.operation_model("DescribeTasks").output_shape
    answer = {"tasks": [{"desiredStatus": "RUNNING", **change}], "failures": []}
    assert any(says in each for each in objections(answer, shape))


def test_the_handler_says_which_operation():
    """What stands in the failure of a behaviour test."""
    answer = SimpleNamespace(status_code=200, content=json.dumps({"cluster": {"clusterName": 1}}))
    with pytest.raises(AssertionError, match="CreateCluster answers with what AWS does not"):
        refuse_strange_answer(ECS.operation_model("CreateCluster"), answer)
