"""A service's desired count on a schedule: Application Auto Scaling at work in lab time."""

import pytest
import walk
from botocore.exceptions import ClientError
from labs import container

SERVICE = f"service/{walk.CLUSTER}/web"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": SERVICE,
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def scaling(fleet):
    """The service web with one task; before and after there is no scalable target."""
    client = fleet.client("application-autoscaling")
    fleet.create_service("web", fleet.register("web", container()))
    fleet.stable("web")
    yield client
    for each in client.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]:
        client.delete_scheduled_action(**TARGET, ScheduledActionName=each["ScheduledActionName"])
    if client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]:
        client.deregister_scalable_target(**TARGET)


def limits(scaling, least, most):
    scaling.register_scalable_target(**TARGET, MinCapacity=least, MaxCapacity=most)


def schedule(scaling, name, expression, **action):
    scaling.put_scheduled_action(
        **TARGET, ScheduledActionName=name, Schedule=expression, ScalableTargetAction=action
    )


def activities(scaling):
    return scaling.describe_scaling_activities(ServiceNamespace="ecs", ResourceId=SERVICE)[
        "ScalingActivities"
    ]


def test_registering_changes_nothing_within_the_limits(fleet, scaling):
    """Limits that the desired count keeps cause no activity."""
    limits(scaling, 1, 4)
    [target] = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert fleet.service("web")["desiredCount"] == 1
    before = activities(scaling)
    limits(scaling, 1, 3)
    assert activities(scaling) == before


def test_a_minimum_above_the_desired_count_raises_it(fleet, scaling):
    """At once, and with AWS's sentences; fulfilled when the tasks run."""
    limits(scaling, 2, 4)
    assert fleet.service("web")["desiredCount"] == 2
    newest = fleet.until(lambda: [a for a in activities(scaling)[:1] if "EndTime" in a])[0]
    assert newest["Description"] == "Setting desired count to 2."
    assert newest["Cause"] == "minimum capacity was set to 2"
    assert newest["StatusCode"] == "Successful"
    assert newest["StatusMessage"] == (
        "Successfully set desired count to 2. Change successfully fulfilled by ecs."
    )
    assert fleet.service("web")["runningCount"] == 2


def test_a_minimum_that_no_service_may_have_is_an_activity_that_failed(fleet, scaling):
    """The limits are kept, the desired count stays, and the activity says why."""
    limits(scaling, 6000, 6000)
    assert fleet.service("web")["desiredCount"] == 1
    newest = activities(scaling)[0]
    assert newest["StatusCode"] == "Failed"
    assert "cannot be greater than 5000" in newest["StatusMessage"]


def test_a_scheduled_action_is_done_in_its_time(fleet, scaling):
    """Not before, then twice told: of the limits, and of the count that they caused."""
    limits(scaling, 1, 4)
    schedule(scaling, "morning", "rate(2 minutes)", MinCapacity=3, MaxCapacity=4)
    assert fleet.service("web")["desiredCount"] == 1
    fleet.until(lambda: fleet.service("web")["runningCount"] == 3)
    told = [(each["Description"], each["Cause"]) for each in activities(scaling)]
    scaled = told.index(("Setting desired count to 3.", "minimum capacity was set to 3"))
    assert told[scaled + 1] == (
        "Setting min capacity to 3 and max capacity to 4",
        "scheduled action name morning was triggered",
    )
    assert any("has started 2 tasks" in message for message in fleet.messages("web"))


def test_a_deleted_action_is_not_done(fleet, scaling):
    """Its time passes and nothing happens."""
    limits(scaling, 1, 4)
    schedule(scaling, "morning", "rate(1 minute)", MinCapacity=3)
    scaling.delete_scheduled_action(**TARGET, ScheduledActionName="morning")
    fleet.pass_time(120)
    assert fleet.service("web")["desiredCount"] == 1


def test_what_was_scheduled_for_another_time_is_moved(fleet, scaling):
    """Putting an action of the same name again replaces it."""
    limits(scaling, 1, 4)
    schedule(scaling, "evening", "rate(1 minute)", MaxCapacity=4)
    schedule(scaling, "evening", "at(2030-01-01T00:00:00)", MinCapacity=3)
    fleet.pass_time(120)
    assert fleet.service("web")["desiredCount"] == 1


def test_a_service_that_is_not_there(scaling):
    """A scalable target needs its service."""
    with pytest.raises(ClientError, match="ECS service doesn't exist"):
        scaling.register_scalable_target(
            **{**TARGET, "ResourceId": f"service/{walk.CLUSTER}/none"},
            MinCapacity=1,
            MaxCapacity=2,
        )


def test_a_schedule_that_cannot_be_read(scaling):
    """ValidationException, with the expression."""
    limits(scaling, 1, 4)
    with pytest.raises(ClientError, match=r"ValidationException.*Invalid schedule expression: 9am"):
        schedule(scaling, "morning", "9am", MinCapacity=3)


def test_an_action_without_a_target(scaling):
    """Limits come first."""
    with pytest.raises(ClientError, match="No scalable target registered"):
        schedule(scaling, "morning", "rate(1 hour)", MinCapacity=3)


def test_a_target_that_goes_takes_its_actions_along(fleet, scaling):
    """Nothing is scheduled any more, and nothing happens."""
    limits(scaling, 1, 4)
    schedule(scaling, "morning", "rate(1 minute)", MinCapacity=3)
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"] == []
    fleet.pass_time(120)
    assert fleet.service("web")["desiredCount"] == 1
