"""The capacity that a scaling policy asks for."""

import pytest

from ecs_tutorial.control_plane.scaling_policies import cooldown, stepped_capacity, tracked_capacity

STEPS = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3},
        {"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1},
    ],
}


@pytest.mark.parametrize(
    ("current", "value", "wanted"), [(2, 100, 4), (2, 51, 3), (4, 50, 4), (4, 10, 1), (3, 0, 0)]
)
def test_a_tracked_target(current, value, wanted):
    """As many tasks as bring the metric to 50, rounded up."""
    assert tracked_capacity(current, value, 50) == wanted


@pytest.mark.parametrize(
    ("breach", "wanted"), [(0, 5), (19.9, 5), (20, 7), (80, 7), (-0.1, 3), (-50, 3)]
)
def test_the_step_that_a_breach_lies_in(breach, wanted):
    """Lower bounds belong to their step above the threshold, upper bounds below it."""
    assert stepped_capacity(STEPS, 4, breach) == wanted


@pytest.mark.parametrize(
    ("current", "percent", "least", "wanted"),
    [(10, 25, 1, 12), (3, 10, 1, 4), (10, -25, 1, 8), (3, -10, 1, 2), (10, 10, 3, 13)],
)
def test_percent_of_the_capacity(current, percent, least, wanted):
    """Parts of a task are cut off, but a change is at least one, or as many as asked for."""
    policy = {
        "AdjustmentType": "PercentChangeInCapacity",
        "MinAdjustmentMagnitude": least,
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": percent}],
    }
    assert stepped_capacity(policy, current, 1) == wanted


def test_an_exact_capacity():
    """Whatever there was."""
    steps = [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 6}]
    assert (
        stepped_capacity({"AdjustmentType": "ExactCapacity", "StepAdjustments": steps}, 1, 5) == 6
    )


def test_a_breach_without_a_step():
    """Nothing is asked for."""
    steps = [{"MetricIntervalLowerBound": 10, "ScalingAdjustment": 6}]
    assert stepped_capacity({"StepAdjustments": steps}, 4, 5) == 4


def test_cooldowns():
    """A tracking policy has two, a step policy one; without them it is five minutes."""
    tracking = {"ScaleOutCooldown": 60, "ScaleInCooldown": 120}
    found = [
        cooldown("TargetTrackingScaling", tracking, grows=True),
        cooldown("TargetTrackingScaling", tracking, grows=False),
        cooldown("StepScaling", {"Cooldown": 30}, grows=True),
        cooldown("TargetTrackingScaling", {}, grows=True),
    ]
    assert found == [60, 120, 30, 300]
