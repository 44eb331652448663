"""When a deployment has failed, and what the scheduler does then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cluster_states import NOW, cluster, definition, deployment, instance, rng, service, task

from ecs_tutorial.control_plane.circuit_breaker import threshold
from ecs_tutorial.control_plane.failed_tasks import TaskChange, after_change
from ecs_tutorial.control_plane.model import CircuitBreaker
from ecs_tutorial.control_plane.plan import (
    AddEvent,
    CountFailedTask,
    FinishDeployment,
    Plan,
    RollBack,
    StartTask,
    StopTask,
)
from ecs_tutorial.control_plane.scheduler import schedule
from ecs_tutorial.control_plane.service_records import rolled_back

OF, NEXT = definition(), definition(revision=2)
CHECKED = definition(
    revision=3, container_definitions=({"name": "w", "healthCheck": {"command": ["CMD", "true"]}},)
)
A, B = instance("a"), instance("b")
ON = CircuitBreaker(enable=True, rollback=True)


def plan_for(wanted, tasks=(), instances=(A, B), now=NOW):
    return schedule(cluster(instances, tasks, [wanted], [OF, NEXT, CHECKED]), now, rng())


def failing(failed, breaker=ON, older="COMPLETED", desired=1, **fields):
    """A service on its way from revision 1 to revision 2, whose tasks fail."""
    return service(
        NEXT,
        desired,
        deployment(NEXT, 2, failed_tasks=failed),
        deployment(OF, 1, status="ACTIVE", rollout_state=older),
        circuit_breaker=breaker,
        **fields,
    )


def messages(plan):
    return [each.message for each in plan.actions if isinstance(each, AddEvent)]


@pytest.mark.parametrize(
    ("desired", "given", "expected"),
    [
        (1, None, 3),
        (25, None, 13),
        (400, None, 200),
        (800, None, 200),
        (800, {"type": "UNBOUNDED_PERCENT", "value": 50}, 400),
        (4, {"type": "UNBOUNDED_PERCENT", "value": 25}, 1),
        (10, {"type": "BOUNDED_PERCENT", "value": 100}, 10),
        (800, {"type": "COUNT", "value": 5}, 5),
    ],
)
def test_the_threshold_is_awss(desired, given, expected):
    """The figures of the developer guide's table, and those of the other types."""
    assert threshold(CircuitBreaker(threshold_configuration=given), desired) == expected


def test_at_the_threshold_the_deployment_fails_and_is_rolled_back():
    """FAILED with AWS's words, then the deployment that completed becomes the primary one."""
    wanted = failing(3)
    arn = wanted.service_arn
    assert plan_for(wanted) == Plan(
        (
            FinishDeployment(
                arn,
                "ecs-svc/2",
                "FAILED",
                "ECS deployment circuit breaker: tasks failed to start.",
            ),
            AddEvent(
                arn,
                "(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start.",
            ),
            RollBack(
                arn,
                "ecs-svc/1",
                "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.",
            ),
            AddEvent(arn, "(service web) rolling back to deployment ecs-svc/1."),
        ),
        look_again_at=NOW + timedelta(seconds=18),
    )


@pytest.mark.parametrize(
    "wanted", [failing(2), failing(500, CircuitBreaker()), failing(3, desired=7)]
)
def test_below_the_threshold_or_without_a_breaker_it_goes_on(wanted):
    """Two of three, any number without a circuit breaker, three of four."""
    assert any(isinstance(each, StartTask) for each in plan_for(wanted).actions)


@pytest.mark.parametrize(
    "wanted",
    [failing(3, CircuitBreaker(enable=True)), failing(3, older="IN_PROGRESS")],
    ids=["not asked for", "none completed"],
)
def test_without_a_rollback_the_deployment_is_given_up_only(wanted):
    """Nothing is rolled back to; no task is started any more, the old ones stay."""
    plan = plan_for(wanted)
    assert [type(each) for each in plan.actions] == [FinishDeployment, AddEvent]
    primary = replace(wanted.primary, rollout_state="FAILED")
    stalled = replace(wanted, deployments=(primary, *wanted.deployments[1:]))
    assert plan_for(stalled, [task("old", "a", OF)]) == Plan()
    assert plan_for(stalled) == Plan()


def test_a_failed_deployment_loses_what_is_too_many_and_its_own_first():
    """With the old task in place the one that never served goes."""
    stalled = failing(3)
    stalled = replace(
        stalled,
        deployments=(
            replace(stalled.primary, rollout_state="FAILED"),
            *stalled.deployments[1:],
        ),
    )
    fresh = task("new", "b", NEXT, last_status="PENDING", started_by="ecs-svc/2")
    stops = [
        each.task_arn.rsplit("/", 1)[1]
        for each in plan_for(stalled, [task("old", "a", OF), fresh]).actions
        if isinstance(each, StopTask)
    ]
    assert stops == ["new"]


def test_rolling_back_makes_the_old_deployment_the_new_one():
    """It is PRIMARY and IN_PROGRESS under its old id; the failed one makes way."""
    wanted = failing(3, desired=4)
    back = next(e for e in plan_for(failing(3)).actions if isinstance(e, RollBack))
    after = rolled_back(wanted, back, NOW + timedelta(seconds=1))
    primary, failed = after.deployments
    assert (primary.id, primary.status, primary.rollout_state) == (
        "ecs-svc/1",
        "PRIMARY",
        "IN_PROGRESS",
    )
    assert (primary.rollout_state_reason, primary.desired_count) == (back.reason, 4)
    assert (failed.id, failed.status) == ("ecs-svc/2", "ACTIVE")
    assert after.task_definition == OF.task_definition_arn


def test_a_task_without_a_place_is_counted_each_time_it_is_said():
    """While the deployment is in progress; a settled one has nothing to fail any more."""
    plan = plan_for(service(OF, 1, circuit_breaker=ON), instances=())
    assert [e for e in plan.actions if isinstance(e, CountFailedTask)] == [
        CountFailedTask(service(OF, 1).service_arn, "ecs-svc/1")
    ]
    settled = service(OF, 1, deployment(OF, rollout_state="COMPLETED"), circuit_breaker=ON)
    assert len(messages(plan_for(settled, instances=()))) == 1
    assert not [e for e in plan_for(settled, instances=()).actions if not isinstance(e, AddEvent)]


# --- what counts as failed ----------------------------------------------------------


def counted(before, after, breaker=ON, failed=2, of=OF):
    wanted = service(of, 1, deployment(of, failed_tasks=failed), circuit_breaker=breaker)
    return after_change(wanted, TaskChange(before, after, of, NOW)).primary


def pending(of=OF):
    return task("t", "a", of, last_status="PENDING")


def test_a_task_that_never_ran_has_failed():
    """Counted for the breaker and for back-off."""
    end = replace(pending(), last_status="STOPPED", stop_code="TaskFailedToStart")
    after = counted(pending(), end)
    assert (after.failed_tasks, after.failed_starts, after.last_failure_at) == (3, 1, NOW)


def test_a_task_that_runs_clears_the_count():
    """failedTasks counts tasks in a row; unless resetOnHealthyTask is switched off."""
    runs = replace(pending(), last_status="RUNNING", started_at=NOW)
    assert counted(pending(), runs).failed_tasks == 0
    keeps = replace(ON, reset_on_healthy_task=False)
    assert counted(pending(), runs, keeps).failed_tasks == 2


def test_with_a_health_check_running_is_not_enough():
    """RUNNING leaves the count, HEALTHY clears it, UNHEALTHY and stopped adds to it."""
    runs = replace(pending(CHECKED), last_status="RUNNING", started_at=NOW)
    good, sick = (replace(runs, health_status=each) for each in ("HEALTHY", "UNHEALTHY"))
    end = replace(sick, last_status="STOPPED", stop_code="ServiceSchedulerInitiated")
    assert counted(pending(CHECKED), runs, of=CHECKED).failed_tasks == 2
    assert counted(runs, good, of=CHECKED).failed_tasks == 0
    assert counted(runs, sick, of=CHECKED).failed_tasks == 2
    assert counted(sick, end, of=CHECKED).failed_tasks == 3
    assert counted(sick, end, of=CHECKED).failed_starts == 0


def test_a_crash_after_the_start_counts_only_where_health_is_checked():
    """Without a health check a task that has run was good; with one it had to be HEALTHY."""
    for of, failed in ((OF, 2), (CHECKED, 3)):
        runs = replace(pending(of), last_status="RUNNING", started_at=NOW)
        end = replace(runs, last_status="STOPPED", stop_code="EssentialContainerExited")
        assert counted(runs, end, of=of).failed_tasks == failed
    served = replace(runs, health_status="HEALTHY")
    end = replace(served, last_status="STOPPED", stop_code="EssentialContainerExited")
    assert counted(served, end, of=CHECKED).failed_tasks == 2


def test_a_task_that_was_told_to_stop_has_not_failed():
    """Scaling in and StopTask are no failures."""
    runs = replace(pending(), last_status="RUNNING", started_at=NOW)
    end = replace(runs, last_status="STOPPED", stop_code="UserInitiated")
    assert counted(runs, end).failed_tasks == 2
