"""What the scheduler wishes for a service behind a load balancer."""

from dataclasses import replace
from datetime import timedelta

import cluster_states as states
import pytest
from cluster_states import NOW

from ecs_tutorial.control_plane.model import (
    Container,
    NetworkBinding,
    RegisteredTarget,
    ServiceEvent,
)
from ecs_tutorial.control_plane.plan import (
    AddEvent,
    DeregisterTargets,
    DrainTask,
    FinishDeployment,
    RegisterTargets,
    StartTask,
    StopTask,
)
from ecs_tutorial.control_plane.scheduler import schedule

GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1"
BALANCED = ({"targetGroupArn": GROUP, "containerName": "wordpress", "containerPort": 80},)
DEFINITION = states.definition(ports=[0])
KEY = (GROUP, "i-a", 32768)


def running(name="t1", host_port=32768, **fields):
    task = states.task(name, "a", DEFINITION, started_at=NOW, **fields)
    binding = NetworkBinding("0.0.0.0", 80, host_port)
    container = Container(
        f"{task.task_arn}/c", task.task_arn, "wordpress", "wordpress", "10",
        network_bindings=(binding,),
    )  # fmt: skip
    return replace(task, containers=(container,))


def balanced(desired=1, **fields):
    return states.service(DEFINITION, desired, load_balancers=BALANCED, **fields)


def target(task, service, state="healthy", **fields):
    return RegisteredTarget(state, task.task_arn, service.service_arn, **fields)


def plan(service, *tasks, targets=None, now=NOW, groups=(GROUP,)):
    state = states.cluster([states.instance("a")], tasks, [service], [DEFINITION])
    state = replace(state, targets=targets or {}, target_groups=frozenset(groups))
    return schedule(state, now, states.rng())


def kinds(found):
    return [type(action) for action in found.actions]


def messages(found):
    return [action.message for action in found.actions if isinstance(action, AddEvent)]


def test_a_task_that_runs_is_registered():
    """With its instance and the host port that it really got; the event has no full stop."""
    service, task = balanced(), running()
    found = plan(service, task)
    assert found.actions[0] == RegisterTargets(
        service.service_arn, GROUP, (("i-a", 32768, task.task_arn),)
    )
    assert messages(found) == [f"(service web) registered 1 targets in (target-group {GROUP})"]


@pytest.mark.parametrize("status", ["PENDING", "DEACTIVATING"])
def test_no_other_task_is_registered(status):
    """Neither one that has yet to start nor one on its way out."""
    found = plan(balanced(), running(last_status=status))
    assert RegisterTargets not in kinds(found)


def test_registering_is_wished_once():
    """A target that is there, in whatever state, is not registered again."""
    service, task = balanced(), running()
    for state in ("initial", "healthy", "unhealthy", "draining"):
        found = plan(service, task, targets={KEY: target(task, service, state)})
        assert RegisterTargets not in kinds(found), state


def test_without_its_target_group_nothing_is_registered():
    """Why is said once in a deployment."""
    service, task = balanced(), running()
    found = plan(service, task, groups=())
    message = (
        f"(service web) failed to register targets in (target-group {GROUP}) "
        "with (error One or more target groups not found)"
    )
    assert (kinds(found), messages(found)) == ([AddEvent], [message])
    said = replace(service, events=(ServiceEvent("e", NOW, message),))
    assert plan(said, task, groups=()).actions == ()
    earlier = replace(service, events=(ServiceEvent("e", NOW - timedelta(days=1), message),))
    assert messages(plan(earlier, task, groups=())) == [message]


def test_a_deployment_waits_for_health():
    """RUNNING alone does not complete it; healthy targets do."""
    service, task = balanced(), running()
    waiting = plan(service, task, targets={KEY: target(task, service, "initial")})
    done = plan(service, task, targets={KEY: target(task, service)})
    assert FinishDeployment not in kinds(waiting)
    assert FinishDeployment in kinds(done)


def test_an_old_task_goes_when_the_new_one_is_healthy():
    """Not while it is only RUNNING: with 100 percent none may be missed."""
    old = running("old", started_by="ecs-svc/0")
    new = running("new", 32769)
    service = balanced()
    targets = {KEY: target(old, service), (GROUP, "i-a", 32769): target(new, service, "initial")}
    assert DrainTask not in kinds(plan(service, old, new, targets=targets))
    targets[GROUP, "i-a", 32769] = target(new, service)
    assert DrainTask in kinds(plan(service, old, new, targets=targets))


def test_it_is_drained_before_it_is_stopped():
    """Deregistered, then draining is said; the agent hears nothing yet."""
    old, new, service = running("old", started_by="ecs-svc/0"), running("new", 32769), balanced()
    targets = {KEY: target(old, service), (GROUP, "i-a", 32769): target(new, service)}
    found = plan(service, old, new, targets=targets)
    assert kinds(found) == [DrainTask, DeregisterTargets, AddEvent, AddEvent]
    assert found.actions[1] == DeregisterTargets(GROUP, (("i-a", 32768),))
    assert messages(found) == [
        f"(service web) deregistered 1 targets in (target-group {GROUP})",
        "(service web) has begun draining connections on 1 tasks.",
    ]


def test_it_is_stopped_when_its_target_is_gone():
    """And not before: while it drains it has its connections."""
    leaving = running(last_status="DEACTIVATING", desired_status="STOPPED", stopped_reason="why")
    service = balanced(0)
    still = plan(service, leaving, targets={KEY: target(leaving, service, "draining")})
    assert StopTask not in kinds(still)
    gone = plan(service, leaving)
    assert gone.actions[0] == StopTask(leaving.task_arn, "why")
    assert messages(gone) == ["(service web) has stopped 1 running tasks: (task t1)."]


def test_a_task_that_somebody_stopped_is_drained_too():
    """It is DEACTIVATING, but its target still takes requests."""
    leaving, service = running(last_status="DEACTIVATING", desired_status="STOPPED"), balanced(0)
    found = plan(service, leaving, targets={KEY: target(leaving, service)})
    assert kinds(found)[:3] == [DeregisterTargets, AddEvent, AddEvent]


def test_what_a_lost_task_left_is_deregistered():
    """Its container ended by itself: nothing is to be drained, the target goes."""
    service = balanced()
    found = plan(service, targets={KEY: target(running("lost"), service)})
    assert found.actions[0] == DeregisterTargets(GROUP, (("i-a", 32768),))


def test_targets_of_others_are_left_alone():
    """Those registered by hand and those of another service in the same target group."""
    service, lost = balanced(), running("lost")
    by_hand = RegisteredTarget("healthy")
    other = RegisteredTarget("healthy", lost.task_arn, "arn:other")
    for foreign in (by_hand, other):
        assert DeregisterTargets not in kinds(plan(service, targets={KEY: foreign}))


SICK = "Health checks failed with these codes: [500]"


def test_an_unhealthy_task_is_told_of_and_drained():
    """With AWS's event and the reason for the stop; a new one starts at the next look."""
    service, task = balanced(), running()
    sick = target(task, service, "unhealthy", description=SICK)
    found = plan(service, task, targets={KEY: sick})
    reason = f"Task failed ELB health checks in (target-group {GROUP})"
    assert DrainTask(task.task_arn, reason) in found.actions
    assert messages(found)[0] == (
        "(service web) (task t1) (instance i-a) (port 32768) is unhealthy in "
        f"(target-group {GROUP}) due to (reason {SICK})"
    )
    assert found.look_again_at == NOW
    leaving = replace(task, last_status="DEACTIVATING", desired_status="STOPPED")
    then = plan(service, leaving, targets={KEY: target(task, service, "draining")})
    assert StartTask in kinds(then)


def test_the_grace_period_is_respected():
    """Nothing is stopped before its end, and the scheduler looks again at that time."""
    service, task = balanced(health_check_grace_period_seconds=60), running()
    targets = {KEY: target(task, service, "unhealthy", description=SICK)}
    early = plan(service, task, targets=targets, now=NOW + timedelta(seconds=59))
    assert DrainTask not in kinds(early)
    assert early.look_again_at == NOW + timedelta(seconds=60)
    late = plan(service, task, targets=targets, now=NOW + timedelta(seconds=60))
    assert DrainTask in kinds(late)


def test_a_deleted_service_drains_its_tasks():
    """Deleting by force does not cut connections either."""
    service, task = balanced(0, status="DRAINING"), running()
    found = plan(service, task, targets={KEY: target(task, service)})
    assert kinds(found)[0] is DrainTask
