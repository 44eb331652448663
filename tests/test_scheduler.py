"""What the service scheduler wishes, look by look."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cluster_states import (
    NOW,
    ZONES,
    cluster,
    definition,
    deployment,
    event,
    instance,
    instance_arn,
    rng,
    service,
    task,
)

from ecs_tutorial.control_plane.deployments import backs_off_until, healthy_floor, task_ceiling
from ecs_tutorial.control_plane.model import Resources
from ecs_tutorial.control_plane.plan import (
    AddEvent,
    CloseService,
    FinishDeployment,
    Plan,
    StartTask,
    StopTask,
)
from ecs_tutorial.control_plane.scheduler import schedule

OF = definition()
NEXT = definition(revision=2)
GUIDE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
STEADY = "(service web) has reached a steady state."
A, B, C = instance("a", ZONES[0]), instance("b", ZONES[1]), instance("c", ZONES[2])


def plan_for(wanted, instances=(A, B, C), tasks=(), now=NOW, definitions=(OF, NEXT)):
    return schedule(cluster(instances, tasks, [wanted], definitions), now, rng())


def starts(plan):
    return [each for each in plan.actions if isinstance(each, StartTask)]


def stops(plan):
    return [each.task_arn.rsplit("/", 1)[1] for each in plan.actions if isinstance(each, StopTask)]


def messages(plan):
    return [each.message for each in plan.actions if isinstance(each, AddEvent)]


def settled(of=OF, number=1, **fields):
    return deployment(of, number, rollout_state="COMPLETED", **fields)


def rolling(desired, **fields):
    """A service on its way from revision 1 to revision 2."""
    older = settled(OF, 1, status="ACTIVE")
    return service(NEXT, desired, deployment(NEXT, 2), older, **fields)


def old_tasks(count, **fields):
    return [task(f"old{n}", "abc"[n % 3], OF, **fields) for n in range(count)]


def new_tasks(count, **fields):
    return [
        task(f"new{n}", "abc"[n % 3], NEXT, started_by="ecs-svc/2", **fields) for n in range(count)
    ]


# --- starting ------------------------------------------------------------------


def test_a_new_service_gets_its_tasks():
    """Missing tasks are started for the primary deployment, and one event names them."""
    plan = plan_for(service(OF, 2))
    first, second = starts(plan)
    assert first.deployment_id == "ecs-svc/1"
    assert first.task_definition_arn == OF.task_definition_arn
    assert len(first.task_id) == 32
    assert messages(plan) == [
        f"(service web) has started 2 tasks: (task {first.task_id}) (task {second.task_id})."
    ]


def test_tasks_are_started_before_the_event_that_names_them():
    """An event never speaks of a task that is not there yet."""
    kinds = [type(each) for each in plan_for(service(OF, 2)).actions]
    assert kinds == [StartTask, StartTask, AddEvent]


def test_the_same_look_gives_the_same_plan():
    """Plan, places and task ids follow from the state, the time and the seed alone."""
    assert plan_for(service(OF, 5)) == plan_for(service(OF, 5))


def test_without_a_strategy_a_service_spreads_over_zones():
    """Three tasks over three zones, two of the instances being in one zone."""
    more = instance("a2", ZONES[0])
    places = {
        each.container_instance_arn for each in starts(plan_for(service(OF, 3), (A, more, B, C)))
    }
    assert {instance_arn("b"), instance_arn("c")} <= places


def test_the_services_own_strategy_rules():
    """A service that binpacks puts all on one instance."""
    packed = service(OF, 3, placement_strategy=({"type": "binpack", "field": "memory"},))
    plan = plan_for(packed)
    assert len({each.container_instance_arn for each in starts(plan)}) == 1


def test_a_stopped_task_is_replaced():
    """One of two is gone: one is started."""
    plan = plan_for(service(OF, 2, settled()), tasks=old_tasks(1))
    assert len(starts(plan)) == 1
    assert not stops(plan)


def test_pending_tasks_are_waited_for():
    """What has been started but does not run yet is not started again, and nothing is said."""
    assert plan_for(service(OF, 2), tasks=old_tasks(2, last_status="PENDING")) == Plan()


def test_a_task_told_to_stop_is_replaced_at_once_when_the_ceiling_lets():
    """StopTask by a user: with maximumPercent 200 nobody waits for it to end."""
    stopping = old_tasks(1, desired_status="STOPPED")
    assert len(starts(plan_for(service(OF, 1, settled()), tasks=stopping))) == 1
    capped = service(OF, 1, settled(), maximum_percent=100)
    assert plan_for(capped, tasks=stopping) == Plan()


def test_many_tasks_are_named_ten_an_event():
    """A long list of tasks is told in several events."""
    plan = plan_for(service(OF, 12))
    assert [message.count("(task ") for message in messages(plan)] == [10, 2]
    assert "has started 2 tasks:" in messages(plan)[1]


def test_services_do_not_take_the_same_room():
    """Two services in one look see each other's placements."""
    big = definition(memory=3000)
    one = service(big, 1)
    two = replace(
        service(big, 1, created_at=NOW + timedelta(seconds=1)),
        service_name="db",
        service_arn="z",
    )
    plan = schedule(cluster([A], [], [two, one], [big]), NOW, rng())
    assert [each.service_arn for each in starts(plan)] == [one.service_arn]
    assert "(service db) was unable to place a task" in messages(plan)[1]


def test_tasks_of_other_groups_are_not_the_services():
    """A standalone task of the same definition counts for nothing."""
    standalone = task("1", "a", OF, "family:wordpress")
    assert len(starts(plan_for(service(OF, 1), tasks=[standalone]))) == 1


# --- unable to place -------------------------------------------------------------


def test_an_empty_cluster_is_named_as_the_reason():
    """AWS's text for a cluster without container instances."""
    assert messages(plan_for(service(OF, 1), ())) == [
        "(service web) was unable to place a task because no container instance met all of its "
        f"requirements. Reason: No Container Instances were found in your cluster. {GUIDE}"
    ]


@pytest.mark.parametrize(
    ("needs", "shortcoming"),
    [
        (definition(memory=5000), "has insufficient memory available."),
        (definition(cpu=5000), "has insufficient CPU units available."),
        (definition(ports=[22]), "is already using a port required by your task."),
        (
            definition(requires_attributes=({"name": "gpu"},)),
            "is missing an attribute required by your task.",
        ),
    ],
)
def test_the_closest_instance_is_named_with_what_it_lacks(needs, shortcoming):
    """AWS's text for each shortcoming."""
    assert messages(plan_for(service(needs, 1), [A], definitions=[needs])) == [
        "(service web) was unable to place a task because no container instance met all of its "
        f"requirements. The closest matching (container-instance a) {shortcoming} {GUIDE}"
    ]


def test_a_disconnected_agent_is_an_error_by_name():
    """An instance whose agent is away is the closest, with error AGENT."""
    away = replace(A, agent_connected=False)
    assert (
        '(container-instance a) encountered error "AGENT".'
        in messages(plan_for(service(OF, 1), [away]))[0]
    )


def test_what_fits_is_started_before_the_rest_is_complained_of():
    """One fixed port, one instance, two wanted: one starts, the other cannot be placed."""
    web = definition(ports=[80])
    plan = plan_for(service(web, 2), [A], definitions=[web])
    assert len(starts(plan)) == 1
    assert "has started 1 tasks" in messages(plan)[0]
    assert "already using a port" in messages(plan)[1]


def test_the_same_complaint_waits_five_minutes():
    """A repeated message is held back, and the plan says when to look again."""
    first = plan_for(service(OF, 1), ())
    said = service(OF, 1, events=(event(messages(first)[0]),))
    assert first.look_again_at == NOW + timedelta(minutes=5)
    soon = plan_for(said, (), now=NOW + timedelta(seconds=299))
    assert soon == Plan(look_again_at=NOW + timedelta(minutes=5))
    later = plan_for(said, (), now=NOW + timedelta(minutes=5))
    assert messages(later) == messages(first)


def test_another_complaint_is_said_at_once():
    """A new reason is news."""
    said = service(OF, 1, events=(event(messages(plan_for(service(OF, 1), ()))[0]),))
    assert "insufficient memory" in messages(plan_for(said, [instance("d", memory=1)]))[0]


# --- back-off ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failed", "desired", "seconds"),
    [(3, 1, 15), (4, 1, 30), (5, 1, 60), (9, 1, 960), (10, 1, 1620), (500, 1, 1620), (30, 10, 15)],
)
def test_back_off_doubles_up_to_27_minutes(failed, desired, seconds):
    """A round has failed when as many tasks have as are wanted."""
    failing = deployment(OF, failed_starts=failed, last_failure_at=NOW)
    assert backs_off_until(failing, desired) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("failed", "desired"), [(0, 1), (2, 1), (29, 10), (2, 0)])
def test_the_first_failures_are_retried_at_once(failed, desired):
    """Three rounds go at full speed."""
    failing = deployment(OF, failed_starts=failed, last_failure_at=NOW)
    assert backs_off_until(failing, desired) is None


def failing_service(**fields):
    return service(OF, 1, deployment(OF, failed_starts=3, last_failure_at=NOW), **fields)


UNABLE = f"(service web) is unable to consistently start tasks successfully. {GUIDE}"


def test_back_off_begins_with_one_event():
    """The event comes when back-off begins, nothing is started, and the end is known."""
    plan = plan_for(failing_service())
    assert plan == Plan(
        (AddEvent(failing_service().service_arn, UNABLE),),
        look_again_at=NOW + timedelta(seconds=15),
    )
    said = failing_service(events=(event("(service web) has started 1 tasks."), event(UNABLE)))
    assert plan_for(said) == Plan(look_again_at=NOW + timedelta(seconds=15))


def test_a_new_back_off_is_said_again():
    """After a steady state, or in a new deployment, the event comes once more."""
    recovered = failing_service(events=(event(STEADY), event(UNABLE)))
    before = failing_service(events=(event(UNABLE, NOW - timedelta(hours=1)),))
    assert messages(plan_for(recovered)) == messages(plan_for(before)) == [UNABLE]


def test_when_back_off_ends_the_task_is_tried_again():
    """At the end of the delay tasks are started as usual."""
    assert len(starts(plan_for(failing_service(), now=NOW + timedelta(seconds=15)))) == 1


def test_tasks_that_ran_and_exited_are_not_held_back():
    """Back-off is for tasks that never ran: without such failures a replacement is immediate."""
    assert len(starts(plan_for(service(OF, 1, settled())))) == 1


# --- settling ---------------------------------------------------------------------


def test_a_deployment_completes_and_the_service_is_steady():
    """In AWS's order: deployment completed, then steady state."""
    plan = plan_for(service(OF, 2), tasks=old_tasks(2))
    arn = service(OF, 2).service_arn
    assert plan.actions == (
        FinishDeployment(arn, "ecs-svc/1", "COMPLETED", "ECS deployment ecs-svc/1 completed."),
        AddEvent(arn, "(service web) (deployment ecs-svc/1) deployment completed."),
        AddEvent(arn, STEADY),
    )


def test_a_service_of_no_tasks_completes_too():
    """desiredCount 0 is reached at once."""
    assert messages(plan_for(service(OF, 0)))[-1] == STEADY


def test_a_steady_service_says_so_every_six_hours():
    """While nothing changes the event comes again after 6 h, not before."""
    calm = service(OF, 1, settled(), events=(event(STEADY),))
    soon = plan_for(calm, tasks=old_tasks(1), now=NOW + timedelta(hours=5))
    assert soon == Plan(look_again_at=NOW + timedelta(hours=6))
    assert messages(plan_for(calm, tasks=old_tasks(1), now=NOW + timedelta(hours=6))) == [STEADY]


def test_after_a_change_the_service_is_steady_anew():
    """A replaced task leads to another steady state event, however recent the last."""
    changed = service(OF, 1, settled(), events=(event("has started"), event(STEADY)))
    assert messages(plan_for(changed, tasks=old_tasks(1))) == [STEADY]


def test_a_task_that_is_still_stopping_is_not_steady():
    """The service settles when the last superfluous task has stopped."""
    tasks = [*old_tasks(1), task("x", "b", OF, desired_status="STOPPED")]
    assert plan_for(service(OF, 1), tasks=tasks) == Plan()


# --- scaling in --------------------------------------------------------------------


def test_scaling_in_stops_tasks_with_awss_reason():
    """The surplus is stopped by the deployment, and one event names it."""
    plan = plan_for(service(OF, 1, settled()), tasks=old_tasks(3))
    names = stops(plan)
    assert len(names) == 2
    assert {each.reason for each in plan.actions if isinstance(each, StopTask)} == {
        "Scaling activity initiated by (deployment ecs-svc/1)"
    }
    assert messages(plan) == [
        f"(service web) has stopped 2 running tasks: (task {names[0]}) (task {names[1]})."
    ]


def test_scaling_in_leaves_from_the_fullest_zone():
    """Four tasks, three of them in one zone: two of those go."""
    tasks = [task(f"a{n}", "a", OF) for n in range(3)] + [task("b0", "b", OF)]
    names = stops(plan_for(service(OF, 2, settled()), tasks=tasks))
    assert [name[0] for name in names] == ["a", "a"]


def test_scaling_in_spares_what_serves():
    """PENDING tasks go before the healthy ones fall below the minimum."""
    tasks = [
        task("a0", "a", OF),
        task("a1", "a", OF),
        task("b0", "b", OF, last_status="PENDING"),
        task("c0", "c", OF, last_status="PENDING"),
    ]
    assert sorted(stops(plan_for(service(OF, 2, settled()), tasks=tasks))) == ["b0", "c0"]


def test_scaling_in_stops_no_more_than_the_surplus():
    """However low the minimum, the desired count stays."""
    relaxed = service(OF, 2, settled(), minimum_healthy_percent=0)
    assert len(stops(plan_for(relaxed, tasks=old_tasks(5)))) == 3


def test_scaling_to_zero_stops_all():
    """With nothing wanted the minimum is nothing."""
    assert len(stops(plan_for(service(OF, 0, settled()), tasks=old_tasks(3)))) == 3


# --- rolling out ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "floor", "ceiling"),
    [
        (4, 100, 200, 4, 8),
        (3, 50, 150, 2, 4),
        (1, 50, 100, 1, 1),
        (5, 0, 100, 0, 5),
        (0, 100, 200, 0, 0),
    ],
)
def test_limits_round_towards_the_safe_side(desired, minimum, maximum, floor, ceiling):
    """minimumHealthyPercent is rounded up, maximumPercent down."""
    limited = service(OF, desired, minimum_healthy_percent=minimum, maximum_percent=maximum)
    assert (healthy_floor(limited), task_ceiling(limited)) == (floor, ceiling)


def test_a_rollout_starts_new_tasks_beside_the_old():
    """100 and 200 percent: all new ones first, no old one stopped yet."""
    plan = plan_for(rolling(2), tasks=old_tasks(2))
    assert [each.deployment_id for each in starts(plan)] == ["ecs-svc/2"] * 2
    assert {each.task_definition_arn for each in starts(plan)} == {NEXT.task_definition_arn}
    assert not stops(plan)


def test_old_tasks_go_as_new_ones_run():
    """One new task runs: one old may go, and the reason names the new deployment."""
    tasks = [
        *old_tasks(2),
        *new_tasks(1),
        task("p", "c", NEXT, started_by="ecs-svc/2", last_status="PENDING"),
    ]
    plan = plan_for(rolling(2), tasks=tasks)
    (stop,) = plan.actions[:1]
    assert stop.reason == "Scaling activity initiated by (deployment ecs-svc/2)"
    assert len(stops(plan)) == 1
    assert not starts(plan)


def test_old_tasks_that_do_not_run_go_at_once():
    """A PENDING task of the older deployment serves nobody."""
    tasks = [task("run", "a", OF), task("pend", "b", OF, last_status="PENDING")]
    assert stops(plan_for(rolling(2), tasks=tasks)) == ["pend"]


def test_replaced_and_surplus_tasks_share_one_minimum():
    """A rollout that is scaled in at once: what one takes of the minimum the other lacks."""
    pending = task("p", "b", NEXT, started_by="ecs-svc/2", last_status="PENDING")
    fresh = [task(f"new{n}", "a", NEXT, started_by="ecs-svc/2") for n in range(2)]
    assert stops(plan_for(rolling(2), tasks=[*old_tasks(1), *fresh, pending])) == ["old0", "p"]


def test_a_task_told_to_stop_in_this_look_no_longer_weighs_on_its_zone():
    """The old task leaves zone a, so the new one goes there and the zones stay even."""
    halved = rolling(2, minimum_healthy_percent=50)
    tasks = [task("old", "a", OF), task("new", "b", NEXT, started_by="ecs-svc/2")]
    state = cluster([A, B], tasks, [halved], [OF, NEXT])
    plans = [schedule(state, NOW, rng(str(seed))) for seed in range(10)]
    assert {tuple(stops(plan)) for plan in plans} == {("old",)}
    assert {start.container_instance_arn for plan in plans for start in starts(plan)} == {
        instance_arn("a")
    }


def test_tries_in_vain_change_no_later_id():
    """However often a task found no place, it gets the same id, and the same of equal places."""
    huge = definition(memory=9000)
    nowhere = cluster([A, B, C], [], [service(huge, 1)], [huge])
    somewhere = cluster([A, B, C], [], [service(OF, 1)], [OF])
    found = []
    for tries in (0, 1, 7):
        stream = rng()
        for _ in range(tries):
            assert starts(schedule(nowhere, NOW, stream)) == []
        found.append(schedule(somewhere, NOW, stream).actions[0])
    assert found[0] == found[1] == found[2]


def test_minimum_fifty_makes_room_first():
    """Four wanted, 50 and 100 percent: two old ones stop before any new one starts."""
    halved = rolling(4, minimum_healthy_percent=50, maximum_percent=100)
    plan = plan_for(halved, tasks=old_tasks(4))
    assert len(stops(plan)) == 2
    assert not starts(plan)


def test_stopping_tasks_hold_their_place_under_the_ceiling():
    """What is told to stop counts until it has stopped."""
    halved = rolling(4, minimum_healthy_percent=50, maximum_percent=100)
    tasks = [*old_tasks(2), *(task(f"s{n}", "c", OF, desired_status="STOPPED") for n in range(2))]
    assert plan_for(halved, tasks=tasks) == Plan()
    assert len(starts(plan_for(halved, tasks=tasks[:2]))) == 2


def test_a_hundred_and_a_hundred_percent_blocks():
    """Neither a start nor a stop is allowed: AWS's event says what to change."""
    stuck = rolling(2, maximum_percent=100)
    plan = plan_for(stuck, tasks=old_tasks(2))
    assert messages(plan) == [
        "(service web) was unable to stop or start tasks during a deployment because of the "
        "service deployment configuration. Update the minimumHealthyPercent or maximumPercent "
        "value and try again."
    ]
    assert not starts(plan)
    assert not stops(plan)


def test_a_rollout_completes_when_the_old_tasks_are_gone():
    """New ones run, none old is left: the new deployment is finished."""
    plan = plan_for(rolling(2), tasks=new_tasks(2))
    assert plan.actions[0].deployment_id == "ecs-svc/2"
    assert messages(plan)[-1] == STEADY


def test_health_checks_are_waited_for():
    """With a health check RUNNING is not enough: the old task stays until HEALTHY."""
    checked = definition(
        revision=2,
        container_definitions=({"name": "w", "healthCheck": {"command": ["CMD", "true"]}},),
    )
    update = rolling(1)
    fresh = task("new", "b", checked, started_by="ecs-svc/2")
    waiting = plan_for(update, tasks=[*old_tasks(1), fresh], definitions=[OF, checked])
    assert waiting == Plan()
    good = replace(fresh, health_status="HEALTHY")
    assert stops(plan_for(update, tasks=[*old_tasks(1), good], definitions=[OF, checked])) == [
        "old0"
    ]


CHECKED = definition(
    container_definitions=({"name": "w", "memory": 500, "healthCheck": {"command": ["CMD"]}},)
)


def health(name, status, on="a"):
    return task(name, on, CHECKED, health_status=status)


def plan_for_health(tasks, desired=1, instances=(A, B, C), **fields):
    wanted = service(CHECKED, desired, settled(CHECKED), **fields)
    return plan_for(wanted, instances, tasks, definitions=[CHECKED])


def test_an_unhealthy_task_stays_until_its_replacement_is_healthy():
    """Another is started first; only when that one is HEALTHY the sick one is stopped."""
    sick = health("sick", "UNHEALTHY")
    plan = plan_for_health([sick])
    [start] = starts(plan)
    assert not stops(plan)
    assert messages(plan) == [
        f"(service web) has started 1 tasks: (task {start.task_id}). "
        "Amazon ECS replaced 1 tasks due to an unhealthy status."
    ]
    assert plan_for_health([sick, health("new", "UNKNOWN", "b")]) == Plan()
    plan = plan_for_health([sick, health("new", "HEALTHY", "b")])
    assert stops(plan) == ["sick"]
    assert messages(plan) == [
        "(service web) (task sick) failed container health checks.",
        "(service web) has stopped 1 running tasks: (task sick).",
    ]


def test_of_two_unhealthy_tasks_one_is_stopped():
    """The replacement is UNHEALTHY too: one goes, so that as many are left as are wanted."""
    plan = plan_for_health([health("sick", "UNHEALTHY"), health("new", "UNHEALTHY", "b")])
    assert len(stops(plan)) == 1
    assert not starts(plan)


def test_where_there_is_no_room_unhealthy_tasks_go_one_by_one():
    """maximumPercent 100, or no instance for one more: one is stopped, the next waits."""
    sick = [health("s1", "UNHEALTHY"), health("s2", "UNHEALTHY", "b")]
    assert stops(plan_for_health(sick, 2, maximum_percent=100)) == ["s1"]
    full = [replace(each, registered=Resources(2048, 600, frozenset())) for each in (A, B)]
    assert stops(plan_for_health(sick, 2, full)) == ["s1"]
    going = [replace(sick[0], desired_status="STOPPED"), sick[1]]
    assert not stops(plan_for_health(going, 2, maximum_percent=100))
    fresh = [health("new", "UNKNOWN"), sick[1]]
    assert not stops(plan_for_health(fresh, 2, maximum_percent=100))


def test_back_off_keeps_the_unhealthy_task():
    """While no task may be started none is stopped to make room."""
    failing = settled(CHECKED, failed_starts=3, last_failure_at=NOW)
    wanted = service(CHECKED, 1, failing, maximum_percent=100)
    sick = health("sick", "UNHEALTHY")
    assert not stops(plan_for(wanted, tasks=[sick], definitions=[CHECKED]))


# --- draining and leaving ---------------------------------------------------------------


def test_a_draining_instance_is_replaced_before_it_is_emptied():
    """RUNNING tasks stay until their replacement runs; PENDING ones stop at once."""
    draining = replace(A, status="DRAINING")
    tasks = [task("run", "a", OF), task("pend", "a", OF, last_status="PENDING")]
    plan = plan_for(service(OF, 2, settled()), [draining, B, C], tasks)
    assert stops(plan) == ["pend"]
    assert {each.container_instance_arn for each in starts(plan)} == {
        instance_arn("b"),
        instance_arn("c"),
    }
    replaced = [tasks[0], task("b", "b", OF), task("c", "c", OF)]
    assert stops(plan_for(service(OF, 2, settled()), [draining, B, C], replaced)) == ["run"]


def test_draining_the_only_instance_stops_nothing():
    """Nowhere to go: the task runs on and the service says that it cannot place another."""
    draining = replace(A, status="DRAINING")
    plan = plan_for(service(OF, 1, settled()), [draining], old_tasks(1))
    assert not stops(plan)
    assert "No Container Instances were found" in messages(plan)[0]


def test_a_disconnected_agent_keeps_its_tasks():
    """Stopping an instance's agent is no reason to replace what runs there."""
    calm = service(OF, 1, settled(), events=(event(STEADY),))
    away = replace(A, agent_connected=False)
    assert not plan_for(calm, [away, B], old_tasks(1)).actions


def test_a_task_whose_instance_was_deregistered_is_replaced():
    """It runs on unmanaged and counts no more."""
    assert len(starts(plan_for(service(OF, 1, settled()), [B], old_tasks(1)))) == 1


def test_a_deleted_service_stops_its_tasks_and_closes():
    """DRAINING: all tasks are stopped, then waited for, then the service is closed."""
    gone = service(OF, 0, settled(), status="DRAINING")
    plan = plan_for(gone, tasks=old_tasks(2))
    assert sorted(stops(plan)) == ["old0", "old1"]
    assert "has stopped 2 running tasks" in messages(plan)[0]
    assert plan_for(gone, tasks=old_tasks(2, desired_status="STOPPED")) == Plan()
    assert plan_for(gone).actions == (CloseService(gone.service_arn),)


def test_a_closed_service_wants_nothing():
    """INACTIVE services are history."""
    assert plan_for(service(OF, 1, status="INACTIVE")) == Plan()


def test_the_plan_looks_again_at_the_earliest_time():
    """Two services with times of their own: the sooner counts."""
    calm = service(OF, 1, settled(), events=(event(STEADY),))
    failing = replace(failing_service(), service_name="db", service_arn="z")
    plan = schedule(cluster([A], old_tasks(1), [calm, failing], [OF]), NOW, rng())
    assert plan.look_again_at == NOW + timedelta(seconds=15)


# --- DAEMON -------------------------------------------------------------------------------


def daemon(*deployments, **fields):
    given = {"minimum_healthy_percent": 0, "maximum_percent": 100, **fields}
    return service(OF, 0, *deployments, scheduling_strategy="DAEMON", **given)


def places(plan):
    return [each.container_instance_arn for each in starts(plan)]


def on_each(*names, of=OF, **fields):
    return [task(f"on-{name}", name, of, **fields) for name in names]


def test_a_daemon_has_one_task_on_each_instance():
    """Without a desired count: every ACTIVE instance gets one, a new one gets its own."""
    away = replace(C, status="DRAINING")
    assert places(plan_for(daemon(), [A, B, away])) == [instance_arn("a"), instance_arn("b")]
    assert places(plan_for(daemon(settled()), tasks=on_each("a", "b"))) == [instance_arn("c")]
    assert messages(plan_for(daemon(), tasks=on_each("a", "b", "c")))[-1] == STEADY


def test_a_daemon_keeps_to_its_constraints():
    """An instance that no longer meets them loses its task; it counts no more as wanted."""
    only_a = {"type": "memberOf", "expression": f"attribute:ecs.availability-zone == {ZONES[0]}"}
    wanted = daemon(settled(), placement_constraints=(only_a,))
    plan = plan_for(wanted, tasks=on_each("a", "b"))
    assert (stops(plan), starts(plan)) == (["on-b"], [])
    assert messages(plan_for(wanted, tasks=on_each("a"))) == [STEADY]


def test_a_daemon_complains_of_the_instance_that_has_no_room():
    """The others get theirs all the same."""
    small = instance("small", memory=100)
    plan = plan_for(daemon(), [A, small])
    assert places(plan) == [instance_arn("a")]
    assert "(container-instance small) has insufficient memory" in messages(plan)[1]


def test_a_daemon_is_replaced_where_it_stands():
    """All old ones stop at once, as the minimum is 0; a new one comes when the place is free."""
    older = settled(OF, 1, status="ACTIVE")
    update = replace(daemon(deployment(NEXT, 2), older))
    plan = plan_for(update, [A, B], on_each("a", "b"))
    assert (sorted(stops(plan)), starts(plan)) == (["on-a", "on-b"], [])
    half = [*on_each("a", desired_status="STOPPED")]
    assert places(plan_for(update, [A, B], half)) == [instance_arn("b")]
    careful = replace(update, minimum_healthy_percent=50)
    assert len(stops(plan_for(careful, [A, B], on_each("a", "b")))) == 1


def test_a_daemon_leaves_a_draining_instance_last():
    """While a REPLICA service's task is there it stays, then it goes and has no successor."""
    draining = replace(A, status="DRAINING")
    replica = service(OF, 1, settled(OF, 9), service_name="db")
    replica = replace(replica, service_arn="z")
    other = task("replica", "a", OF, group="service:db", started_by="ecs-svc/9")

    def plan(*tasks):
        state = cluster([draining, B], tasks, [daemon(settled()), replica], [OF])
        return schedule(state, NOW, rng())

    assert not stops(plan(*on_each("a", "b"), other))
    moved = task("moved", "b", OF, group="service:db", started_by="ecs-svc/9")
    assert stops(plan(*on_each("a", "b"), moved)) == ["on-a"]


def test_daemons_find_room_before_replicas():
    """However late the daemon was created: its task is placed first."""
    late = daemon(created_at=NOW + timedelta(days=1))
    early = replace(service(OF, 1, service_name="db"), service_arn="z")
    plan = schedule(cluster([instance("one", memory=600)], (), [early, late], [OF]), NOW, rng())
    assert [each.service_arn for each in starts(plan)] == [late.service_arn]


def test_an_unhealthy_daemon_is_stopped_to_make_room():
    """Two cannot be on one instance, so the sick one goes first."""
    sick = on_each("a", health_status="UNHEALTHY")
    plan = plan_for(daemon(settled()), [A], sick)
    assert (stops(plan), starts(plan)) == (["on-a"], [])


def test_a_daemon_that_never_starts_is_held_back():
    """Back-off is the same for both strategies."""
    failing = daemon(deployment(OF, failed_starts=3, last_failure_at=NOW))
    plan = plan_for(failing, [A])
    assert not starts(plan)
    assert messages(plan) == [UNABLE]
