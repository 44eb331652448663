"""A day with boto3: each waiter and each paginator that it has for ECS."""

import boto3
import pytest
import walk
from botocore import xform_name
from botocore.exceptions import WaiterError
from client_programs import CLUSTER, stable

SMALL = {"PageSize": 2}


def test_waiters_wait_for_a_task_from_its_start_to_its_end(ecs):
    """``tasks_running`` and ``tasks_stopped`` end well, and the first fails for a stopped one."""
    started = ecs.run_task(cluster=CLUSTER, taskDefinition="web", count=2)["tasks"]
    which = {"cluster": CLUSTER, "tasks": [each["taskArn"] for each in started]}
    ecs.get_waiter("tasks_running").wait(**which, WaiterConfig=walk.QUICK)
    for arn in which["tasks"]:
        ecs.stop_task(cluster=CLUSTER, task=arn)
    ecs.get_waiter("tasks_stopped").wait(**which, WaiterConfig=walk.QUICK)
    with pytest.raises(WaiterError, match="terminal failure"):
        ecs.get_waiter("tasks_running").wait(**which, WaiterConfig=walk.QUICK)


def test_waiters_wait_for_a_service_to_settle_and_to_end(ecs):
    """``services_stable`` and ``services_inactive`` end well; a missing service fails at once."""
    which = {"cluster": CLUSTER, "services": ["waited"]}
    ecs.create_service(cluster=CLUSTER, serviceName="waited", taskDefinition="web", desiredCount=1)
    stable(ecs, "waited")
    ecs.delete_service(cluster=CLUSTER, service="waited", force=True)
    ecs.get_waiter("services_inactive").wait(**which, WaiterConfig=walk.QUICK)
    with pytest.raises(WaiterError, match="terminal failure"):
        ecs.get_waiter("services_stable").wait(**which, WaiterConfig=walk.QUICK)


@pytest.fixture(scope="module")
def much(cluster):
    """Five of each thing that can be listed."""
    ecs = boto3.client("ecs")
    for number in range(5):
        name = f"many-{number}"
        ecs.create_cluster(clusterName=name)
        ecs.register_task_definition(
            family=name, containerDefinitions=[{"name": "a", "image": "b", "memory": 6}]
        )
        ecs.create_service(cluster=CLUSTER, serviceName=name, taskDefinition="web", desiredCount=0)
    ecs.run_task(cluster=CLUSTER, taskDefinition="web", count=5, group="many")
    instance = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"][0]
    for number in range(5):
        attribute = {"name": "shelf", "value": str(number), "targetId": instance}
        ecs.put_attributes(cluster=CLUSTER, attributes=[{**attribute, "name": f"shelf-{number}"}])
    yield ecs
    for number in range(5):
        ecs.delete_service(cluster=CLUSTER, service=f"many-{number}", force=True)
        ecs.delete_cluster(cluster=f"many-{number}")


LISTS = {
    "list_clusters": ("clusterArns", {}, 6),
    "list_services": ("serviceArns", {"cluster": CLUSTER}, 5),
    "list_tasks": ("taskArns", {"cluster": CLUSTER, "family": "web"}, 5),
    "list_container_instances": ("containerInstanceArns", {"cluster": CLUSTER}, 3),
    "list_task_definitions": ("taskDefinitionArns", {"status": "ACTIVE"}, 6),
    "list_task_definition_families": ("families", {"familyPrefix": "many"}, 5),
    "list_attributes": ("attributes", {"cluster": CLUSTER, "targetType": "container-instance"}, 5),
    "list_account_settings": ("settings", {"effectiveSettings": True}, 0),
}
"""By operation: what it lists, of what, and at least how many."""
WITHOUT_EC2 = {
    "list_services_by_namespace",
    "list_gateways",
    "list_gateway_routes",
    "list_gateway_cluster_associations",
}
"""Of Cloud Map and of gateways, which the lab does not have and says so."""


def test_every_paginator_of_the_client_is_tried(ecs):
    """boto3 grew no paginator that is not in the table."""
    operations = map(xform_name, ecs.meta.service_model.operation_names)
    assert {name for name in operations if ecs.can_paginate(name)} == set(LISTS) | WITHOUT_EC2


@pytest.mark.parametrize("operation", LISTS)
def test_small_pages_make_the_whole(much, operation):
    """Pages of two hold what one page of a hundred holds, each once and in its order."""
    kind, parameters, least = LISTS[operation]
    paginator = much.get_paginator(operation)
    pages = list(paginator.paginate(**parameters, PaginationConfig=SMALL))
    assert all(len(page[kind]) <= 2 for page in pages)
    found = [each for page in pages for each in page[kind]]
    whole = paginator.paginate(**parameters).build_full_result()[kind]
    assert found == whole
    assert len(found) >= least
    assert len({str(each) for each in found}) == len(found)


def test_a_walk_through_pages_is_taken_up_again(much):
    """The token of a page that was left leads to what followed it."""
    paginator = much.get_paginator("list_services")
    whole = paginator.paginate(cluster=CLUSTER).build_full_result()["serviceArns"]
    first = paginator.paginate(
        cluster=CLUSTER, PaginationConfig={**SMALL, "MaxItems": 3}
    ).build_full_result()
    rest = paginator.paginate(
        cluster=CLUSTER, PaginationConfig={**SMALL, "StartingToken": first["NextToken"]}
    ).build_full_result()
    assert first["serviceArns"] + rest["serviceArns"] == whole
