"""A service's desired count on a metric: alarms, policies and tasks in lab time."""

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{walk.CLUSTER}/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
LOAD = "simulated-cpu-units"


@pytest.fixture
def scaling(fleet):
    """The service web of one task with 256 CPU units, between one task and four."""
    client = fleet.client("application-autoscaling")
    fleet.create_service("web", fleet.register("web", container(cpu=256)))
    fleet.stable("web")
    client.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    yield client
    for each in client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]:
        client.delete_scaling_policy(**TARGET, PolicyName=each["PolicyName"])
    client.deregister_scalable_target(**TARGET)


def declare(fleet, units):
    """Visitors who cost so many CPU units."""
    arn = fleet.service("web")["serviceArn"]
    fleet.ecs.tag_resource(resourceArn=arn, tags=[{"key": LOAD, "value": str(units)}])


def track(scaling, target, **settings):
    return scaling.put_scaling_policy(
        **TARGET,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": target,
            "PredefinedMetricSpecification": CPU,
            **settings,
        },
    )


def desired(fleet, count, minutes=40):
    fleet.until(
        lambda: fleet.service("web")["desiredCount"] == count, lab_seconds=minutes * 60, step=10
    )


def test_tracking_makes_two_alarms(fleet, scaling):
    """At the target for three minutes, and under nine tenths of it for fifteen."""
    names = [each["AlarmName"] for each in track(scaling, 50.0)["Alarms"]]
    found = fleet.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    high, low = sorted(found, key=lambda each: each["AlarmName"])
    assert (high["Threshold"], high["EvaluationPeriods"]) == (50.0, 3)
    assert (low["Threshold"], low["EvaluationPeriods"]) == (45.0, 15)
    assert high["AlarmName"].startswith(f"TargetTracking-{TARGET['ResourceId']}-AlarmHigh-")


def test_tracking_scales_out_to_its_target(fleet, scaling):
    """256 units of visitors on tasks of 256 at 50 percent are three tasks, with what they idle."""
    track(scaling, 50.0)
    declare(fleet, 256)
    desired(fleet, 3)
    newest = scaling.describe_scaling_activities(**TARGET)["ScalingActivities"][0]
    assert newest["Description"] == "Setting desired count to 3."
    assert newest["Cause"].startswith(f"monitor alarm TargetTracking-{TARGET['ResourceId']}-AlarmH")
    assert newest["Cause"].endswith("in state ALARM triggered policy cpu")


def test_tracking_scales_in_when_visitors_leave(fleet, scaling):
    """After fifteen quiet minutes, not below the minimum."""
    fleet.ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=3)
    fleet.stable("web")
    track(scaling, 50.0, ScaleInCooldown=60)
    desired(fleet, 1)
    fleet.stable("web")
    fleet.pass_time(180)
    assert fleet.service("web")["desiredCount"] == 1


def test_no_scaling_in_where_it_is_disabled(fleet, scaling):
    """The low alarm has no action then."""
    alarms = [each["AlarmName"] for each in track(scaling, 50.0, DisableScaleIn=True)["Alarms"]]
    found = fleet.client("cloudwatch").describe_alarms(AlarmNames=alarms)["MetricAlarms"]
    actions = {each["AlarmName"].split("-")[2]: each["AlarmActions"] for each in found}
    assert actions["AlarmLow"] == []
    assert actions["AlarmHigh"] != []


def test_steps_follow_an_alarm_of_one_s_own(fleet, scaling):
    """An alarm whose action is the policy's ARN, and the step that its breach lies in."""
    policy = scaling.put_scaling_policy(
        **TARGET,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [
                {
                    "MetricIntervalLowerBound": 0,
                    "MetricIntervalUpperBound": 20,
                    "ScalingAdjustment": 1,
                },
                {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3},
            ],
        },
    )["PolicyARN"]
    cloudwatch = fleet.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="web-busy",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[
            {"Name": "ClusterName", "Value": walk.CLUSTER},
            {"Name": "ServiceName", "Value": "web"},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=60.0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy],
    )
    declare(fleet, 256)
    desired(fleet, 4)
    newest = scaling.describe_scaling_activities(**TARGET)["ScalingActivities"][0]
    assert newest["Cause"] == "monitor alarm web-busy in state ALARM triggered policy steps"
    cloudwatch.delete_alarms(AlarmNames=["web-busy"])


def test_a_metric_that_the_lab_has_not(scaling):
    """Refused in words rather than never followed."""
    with pytest.raises(ClientError, match="This lab tracks ECSServiceAverageCPUUtilization"):
        track(
            scaling,
            100.0,
            PredefinedMetricSpecification={"PredefinedMetricType": "ALBRequestCountPerTarget"},
        )
