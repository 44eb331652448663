"""Task sets, as the scheduler sees them: shares of a service, each of them for itself."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from cluster_states import NOW, cluster, definition, deployment, instance, service, task

from ecs_tutorial.control_plane.model import RegisteredTarget, TaskSet
from ecs_tutorial.control_plane.plan import (
    AddEvent,
    ChangeTaskSet,
    CloseTaskSet,
    DeregisterTargets,
    StartTask,
    StopTask,
)
from ecs_tutorial.control_plane.scheduler import schedule
from ecs_tutorial.control_plane.task_sets import computed_desired_count

GROUP = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/1"
BALANCED = ({"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80},)


APP = definition(cpu=10, memory=10)


def task_set(number, **settings):
    made = deployment(APP, number, rollout_state="COMPLETED")
    return TaskSet(task_set_arn=f"arn:task-set/{number}", deployment=made, **settings)


def of_task_set(number, name):
    return task(name, "a", APP, started_by=f"ecs-svc/{number}")


def steered(*task_sets, desired_count=2):
    made = service(APP, desired_count, deployment_controller="EXTERNAL", task_sets=task_sets)
    return replace(made, deployments=(), task_definition="")


def plan(wanted, *tasks, **settings):
    state = cluster([instance("a")], tasks, [wanted], [APP])
    return schedule(replace(state, **settings), NOW, random.Random("task sets"))


def of_kind(kind, wishes):
    return [action for action in wishes.actions if isinstance(action, kind)]


@pytest.mark.parametrize(
    ("desired_count", "scale", "count"),
    [
        (4, 0.0, 0),
        (4, 0.1, 1),
        (4, 25.0, 1),
        (4, 25.1, 2),
        (4, 100.0, 4),
        (1000, 0.1, 1),
        (700, 14.0, 98),
        (3, 100 / 3, 1),
        (0, 100.0, 0),
    ],
)
def test_a_share_is_rounded_up_and_no_further(desired_count, scale, count):
    """Percentages that have no exact binary form make no task of nothing."""
    assert computed_desired_count(desired_count, scale) == count


def test_the_count_is_computed_before_anything_is_started():
    """One look says how many, at once the next one starts them."""
    wishes = plan(steered(task_set(1, scale=100.0)))
    assert of_kind(ChangeTaskSet, wishes)[0].computed_desired_count == 2
    assert not of_kind(StartTask, wishes)
    assert wishes.look_again_at == NOW


def test_each_task_set_starts_what_it_lacks():
    """Tasks of the one do not count for the other."""
    first = task_set(1, scale=100.0, computed_desired_count=2)
    second = task_set(2, scale=50.0, computed_desired_count=1)
    there = [of_task_set(1, name) for name in ("one", "two")]
    started = of_kind(StartTask, plan(steered(first, second), *there))
    assert [each.deployment_id for each in started] == ["ecs-svc/2"]


def test_a_draining_task_set_stops_its_tasks_alone():
    """And is gone at the look that finds none of them."""
    first = task_set(1, status="DRAINING")
    second = task_set(2, scale=50.0, computed_desired_count=1)
    own, other = of_task_set(1, "own"), of_task_set(2, "other")
    wanted = steered(first, second)
    assert [each.task_arn for each in of_kind(StopTask, plan(wanted, own, other))] == [own.task_arn]
    assert [each.task_set_id for each in of_kind(CloseTaskSet, plan(wanted, other))] == [
        "ecs-svc/1"
    ]


def test_what_two_task_sets_left_behind_is_deregistered_once():
    """They have one target group, and nobody says it twice."""
    settings = {"load_balancers": BALANCED, "stability_status": "STEADY_STATE"}
    wanted = steered(task_set(1, **settings), task_set(2, **settings))
    gone = RegisteredTarget("healthy", "arn:task/gone", wanted.service_arn)
    wishes = plan(wanted, targets={(GROUP, "i-1", 32768): gone}, target_groups={GROUP})
    assert len(of_kind(DeregisterTargets, wishes)) == 1
    assert len(of_kind(AddEvent, wishes)) == 1


def test_a_steady_service_says_so_every_six_hours():
    """As one with deployments does."""
    wanted = steered(task_set(1, stability_status="STEADY_STATE"))
    [said] = of_kind(AddEvent, plan(wanted))
    assert said.message == f"(service {wanted.service_name}) has reached a steady state."
    assert plan(wanted).look_again_at == NOW + timedelta(hours=6)
