"""A service's CPU and memory in CloudWatch, minute by minute of lab time."""

from datetime import timedelta

import pytest
import walk
from labs import container

LOAD = "simulated-cpu-units"
DIMENSIONS = [
    {"Name": "ClusterName", "Value": walk.CLUSTER},
    {"Name": "ServiceName", "Value": "web"},
]


@pytest.fixture
def web(fleet):
    """The service web: two tasks of 256 CPU units and 64 MiB each."""
    fleet.create_service("web", fleet.register("web", container(cpu=256)), desired=2)
    return fleet.stable("web")


def points(fleet, metric, statistic="Average"):
    """The values of a metric, oldest first."""
    since = fleet.service("web")["createdAt"]
    found = fleet.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ECS",
        MetricName=metric,
        Dimensions=DIMENSIONS,
        StartTime=since - timedelta(minutes=5),
        EndTime=since + timedelta(hours=2),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return sorted(found, key=lambda each: each["Timestamp"])


def wait_for(fleet, count, metric="CPUUtilization"):
    return fleet.until(lambda: len(found := points(fleet, metric)) >= count and found)


@pytest.mark.usefixtures("web")
def test_a_point_a_minute(fleet):
    """Of whole minutes, in percent, under the service's and the cluster's name."""
    first, second = wait_for(fleet, 2)[:2]
    assert second["Timestamp"] - first["Timestamp"] == timedelta(minutes=1)
    assert first["Timestamp"].second == 0
    assert first["Unit"] == "Percent"
    listed = fleet.client("cloudwatch").list_metrics(Namespace="AWS/ECS")["Metrics"]
    assert {each["MetricName"] for each in listed} == {"CPUUtilization", "MemoryUtilization"}
    assert DIMENSIONS in [each["Dimensions"] for each in listed]


@pytest.mark.usefixtures("web")
def test_percents_of_what_is_reserved(fleet):
    """A simulated nginx: a hundredth of a vCPU of 256 units, 24 MiB of 64."""
    assert wait_for(fleet, 1)[-1]["Average"] == pytest.approx(4.0)
    assert points(fleet, "MemoryUtilization")[-1]["Average"] == pytest.approx(37.5)
    assert points(fleet, "MemoryUtilization", "SampleCount")[-1]["SampleCount"] == 2


def test_a_declared_load_is_shared(fleet, web):
    """The tasks have it together: with more of them each has less."""
    fleet.ecs.tag_resource(resourceArn=web["serviceArn"], tags=[{"key": LOAD, "value": "256"}])
    fleet.until(lambda: [each for each in points(fleet, "CPUUtilization") if each["Average"] > 50])
    assert points(fleet, "CPUUtilization")[-1]["Average"] == pytest.approx(54.0)
    fleet.ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=4)
    fleet.stable("web")
    fleet.until(lambda: points(fleet, "CPUUtilization")[-1]["Average"] == pytest.approx(29.0))


def test_a_task_of_no_service_has_no_such_metrics(fleet):
    """What RunTask started belongs to no service."""
    fleet.running(container(cpu=256))
    fleet.pass_time(130)
    listed = fleet.client("cloudwatch").list_metrics(Namespace="AWS/ECS")["Metrics"]
    assert "app" not in {d["Value"] for each in listed for d in each["Dimensions"]}
