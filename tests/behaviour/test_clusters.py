"""Clusters: created once, counted truly, refused while in use, INACTIVE when deleted."""

import pytest
import walk


def test_create_is_idempotent(lab):
    """Creating a cluster again answers with the one that is there."""
    first = lab.ecs.create_cluster(clusterName="Wordpress")["cluster"]
    again = lab.ecs.create_cluster(clusterName="Wordpress")["cluster"]
    assert first == again
    assert lab.ecs.list_clusters()["clusterArns"] == [first["clusterArn"]]


def test_a_cluster_without_a_name_is_default(lab):
    """CreateCluster without a name makes ``default``, which calls without one then mean."""
    assert lab.ecs.create_cluster()["cluster"]["clusterName"] == "default"
    assert lab.ecs.list_services()["serviceArns"] == []


def test_an_unknown_cluster_is_a_failure_to_describe_and_an_error_elsewhere(lab):
    """DescribeClusters gives a failure MISSING; other calls raise ClusterNotFoundException."""
    answer = lab.ecs.describe_clusters(clusters=["nowhere"])
    assert answer["clusters"] == []
    assert answer["failures"][0]["reason"] == "MISSING"
    with pytest.raises(lab.ecs.exceptions.ClusterNotFoundException, match="Cluster not found"):
        lab.ecs.list_tasks(cluster="nowhere")


def test_counts_are_true_at_every_moment(lab):
    """What DescribeClusters counts is what the lists hold, at each step of a service's start."""
    lab.cluster_with_instances()
    lab.ecs.register_task_definition(**walk.TASK_DEFINITION)
    lab.ecs.create_service(
        cluster=walk.CLUSTER, serviceName="wordpress", taskDefinition="wordpress", desiredCount=2
    )
    seen = set()
    for _ in range(40):
        cluster = lab.ecs.describe_clusters(clusters=[walk.CLUSTER])["clusters"][0]
        counted = cluster["runningTasksCount"], cluster["pendingTasksCount"]
        if lab.way == "in-process":
            # A list and a count are two requests: only a standing clock compares them.
            arns = lab.ecs.list_tasks(cluster=walk.CLUSTER)["taskArns"]
            assert sum(counted) <= len(arns)
        assert cluster["registeredContainerInstancesCount"] == 2
        assert cluster["activeServicesCount"] == 1
        seen.add(counted)
        if counted == (2, 0):
            break
        lab.pass_time(1)
    assert (2, 0) in seen
    assert any(pending for _, pending in seen)


def test_delete_refuses_while_something_is_inside_and_leaves_inactive(lab):
    """Instances, then services, then nothing: each refusal has its own exception."""
    instance_ids = lab.cluster_with_instances(count=1)
    walk.run_service(lab.ecs)
    refused = lab.ecs.exceptions
    with pytest.raises(refused.ClusterContainsContainerInstancesException):
        lab.ecs.delete_cluster(cluster=walk.CLUSTER)
    lab.ec2.terminate_instances(InstanceIds=instance_ids)
    lab.ec2.get_waiter("instance_terminated").wait(InstanceIds=instance_ids)
    with pytest.raises(refused.ClusterContainsServicesException):
        lab.ecs.delete_cluster(cluster=walk.CLUSTER)
    lab.ecs.delete_service(cluster=walk.CLUSTER, service="wordpress", force=True)
    lab.ecs.get_waiter("services_inactive").wait(cluster=walk.CLUSTER, services=["wordpress"])
    assert lab.ecs.delete_cluster(cluster=walk.CLUSTER)["cluster"]["status"] == "INACTIVE"
    assert lab.ecs.list_clusters()["clusterArns"] == []
    described = lab.ecs.describe_clusters(clusters=[walk.CLUSTER])["clusters"][0]
    assert described["status"] == "INACTIVE"
    with pytest.raises(refused.InvalidParameterException, match="was inactive"):
        lab.ecs.list_tasks(cluster=walk.CLUSTER)
