"""The table of transitions: what may follow what, and who waits for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_tutorial.data_plane.transitions import (
    CONTAINER_TRANSITIONS,
    ORDER,
    REPORTED_AS,
    TASK_TRANSITIONS,
    ContainerState,
    Dependency,
    can_be_ordered,
    is_met,
    may_stop,
    never_starts,
    next_step,
    task_status,
)

DB = ContainerState("db")
WEB = ContainerState("web", depends_on=(Dependency("db", "START"),))


def step(container, *others):
    found = next_step(container, {c.name: c for c in (container, *others)})
    return found and found.step


def test_every_state_but_the_last_leads_on():
    """From each container state but STOPPED there is a way, and none leads back."""
    for transition in CONTAINER_TRANSITIONS:
        assert ORDER.index(transition.source) < ORDER.index(transition.target)
    assert {t.source for t in CONTAINER_TRANSITIONS} == set(ORDER) - {"STOPPED"}


def test_task_table_uses_the_statuses_that_ecs_shows():
    """On EC2 in bridge mode a task is only ever PENDING, RUNNING or STOPPED."""
    shown = {t.source for t in TASK_TRANSITIONS} | {t.target for t in TASK_TRANSITIONS}
    assert shown == set(REPORTED_AS.values()) == {"PENDING", "RUNNING", "STOPPED"}


def test_each_arrow_says_when():
    """A diagram can be drawn from the table alone: no arrow twice, each with its words."""
    for table in (CONTAINER_TRANSITIONS, TASK_TRANSITIONS):
        assert len({(t.source, t.target, t.step) for t in table}) == len(table)
        assert all(t.when and t.step for t in table)


def test_a_lone_container_is_pulled_created_and_started():
    """The way up is NONE, PULLED, CREATED, RUNNING, and there it ends."""
    ways = [step(replace(DB, known=known)) for known in ORDER]
    assert ways == ["pull", "create", "start", None, None]


def test_the_way_down_stops_what_runs_and_gives_up_the_rest():
    """A container that does not run yet needs no SIGTERM."""
    ways = [step(replace(DB, known=known, desired="STOPPED")) for known in ORDER]
    assert ways == ["give up", "give up", "give up", "stop", None]


def test_what_depends_on_another_waits_with_its_pull():
    """The agent pulls a dependent image only once the dependency's condition holds."""
    assert step(WEB, DB) is None
    assert step(WEB, replace(DB, known="CREATED")) is None
    assert step(WEB, replace(DB, known="RUNNING", has_run=True)) == "pull"


@pytest.mark.parametrize(
    ("condition", "fields", "met"),
    [
        ("CREATE", {"known": "PULLED"}, False),
        ("CREATE", {"known": "CREATED"}, True),
        ("CREATE", {"known": "STOPPED", "has_run": True, "exit_code": 1}, True),
        ("START", {"known": "CREATED"}, False),
        ("START", {"known": "RUNNING", "has_run": True}, True),
        ("START", {"known": "STOPPED", "has_run": True, "exit_code": 0}, True),
        ("START", {"known": "STOPPED"}, False),
        ("COMPLETE", {"known": "RUNNING", "has_run": True}, False),
        ("COMPLETE", {"known": "STOPPED", "exit_code": 3}, True),
        ("COMPLETE", {"known": "STOPPED"}, False),
        ("SUCCESS", {"known": "STOPPED", "exit_code": 3}, False),
        ("SUCCESS", {"known": "STOPPED", "exit_code": 0}, True),
        ("HEALTHY", {"known": "RUNNING", "health": "UNKNOWN"}, False),
        ("HEALTHY", {"known": "RUNNING", "health": "UNHEALTHY"}, False),
        ("HEALTHY", {"known": "RUNNING", "health": "HEALTHY"}, True),
        ("HEALTHY", {"known": "STOPPED", "health": "HEALTHY"}, False),
    ],
)
def test_conditions(condition, fields, met):
    """Each dependsOn condition asks for its own state of the other container."""
    assert is_met(Dependency("db", condition), replace(DB, **fields)) is met


def test_a_container_stops_after_those_that_need_it():
    """Stopping goes in the reverse of the start order."""
    db = replace(DB, known="RUNNING", has_run=True, desired="STOPPED")
    web = replace(WEB, known="RUNNING", has_run=True, desired="STOPPED")
    assert step(db, web) is None
    assert step(web, db) == "stop"
    assert step(db, replace(web, known="STOPPED")) == "stop"
    assert may_stop(web, {"db": db, "web": web})


def test_success_fails_at_once_when_the_other_fails():
    """A container waiting for SUCCESS gives up when the other ends with an error."""
    web = replace(WEB, depends_on=(Dependency("db", "SUCCESS"),))
    failed = replace(DB, known="STOPPED", has_run=True, exit_code=1)
    assert "did not exit successfully" in never_starts(web, {"db": failed, "web": web})
    done = replace(failed, exit_code=0)
    assert never_starts(web, {"db": done, "web": web}) is None


def test_start_timeout_ends_the_wait():
    """startTimeout of the dependency bounds waiting for its end or health, not for its start."""
    late = replace(DB, known="RUNNING", has_run=True, health="UNKNOWN", start_timed_out=True)
    healthy = replace(WEB, depends_on=(Dependency("db", "HEALTHY"),))
    assert "timed out" in never_starts(healthy, {"db": late, "web": healthy})
    assert never_starts(WEB, {"db": late, "web": WEB}) is None


def test_a_created_container_is_past_waiting():
    """Once a container exists, its dependencies can no longer make it give up."""
    web = replace(WEB, known="CREATED")
    assert never_starts(web, {"db": replace(DB, known="STOPPED"), "web": web}) is None


@pytest.mark.parametrize(
    ("containers", "possible"),
    [
        ([DB, WEB], True),
        ([WEB, DB], True),
        ([WEB], False),
        ([replace(DB, depends_on=(Dependency("web", "CREATE"),)), WEB], False),
        ([DB, replace(WEB, depends_on=(Dependency("db", "HEALTHY"),))], False),
        (
            [
                replace(DB, health="UNKNOWN"),
                replace(WEB, depends_on=(Dependency("db", "HEALTHY"),)),
            ],
            True,
        ),
    ],
)
def test_an_order_must_exist(containers, possible):
    """Circles, missing containers and health that nobody checks can never be resolved."""
    assert can_be_ordered(containers) is possible


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (("RUNNING", "CREATED"), "CREATED"),
        (("RUNNING", "RUNNING"), "RUNNING"),
        (("STOPPED", "RUNNING"), "RUNNING"),
        (("STOPPED", "PULLED"), "PULLED"),
        (("STOPPED", "STOPPED"), "STOPPED"),
    ],
)
def test_a_task_is_where_the_last_of_its_containers_is(known, status):
    """A container that has already ended counts as having run."""
    states = [ContainerState(str(i), known=k) for i, k in enumerate(known)]
    assert task_status(states) == status


CONDITIONS = st.sampled_from(["CREATE", "START", "COMPLETE", "SUCCESS"])


@st.composite
def tasks(draw):
    """Up to five containers that depend on earlier ones only, in any order."""
    containers = []
    for n in range(draw(st.integers(1, 5))):
        names = draw(st.sets(st.sampled_from(range(n)), max_size=n)) if n else set()
        needs = tuple(Dependency(str(i), draw(CONDITIONS)) for i in sorted(names))
        containers.append(ContainerState(str(n), essential=False, depends_on=needs))
    return draw(st.permutations(containers))


def play(containers):
    """Take open steps until none is left; what has started is let end with 0 at the end."""
    task = {c.name: c for c in containers}
    started = []
    while True:
        moved = False
        for name, container in list(task.items()):
            if found := next_step(container, task):
                has_run = container.has_run or found.step == "start"
                task[name] = replace(container, known=found.target, has_run=has_run)
                started += [name] if found.step == "start" else []
                moved = True
        if not moved:
            running = [c for c in task.values() if c.known == "RUNNING"]
            if not running:
                return started, task
            first = running[0]
            task[first.name] = replace(first, known="STOPPED", exit_code=0)


@given(tasks())
def test_every_order_without_a_circle_is_played_to_its_end(containers):
    """Whatever the conditions, all containers start, each after those it depends on."""
    assert can_be_ordered(containers)
    started, task = play(containers)
    assert sorted(started) == sorted(task)
    assert all(c.known == "STOPPED" for c in task.values())
    for container in containers:
        for need in container.depends_on:
            if need.condition != "CREATE":
                assert started.index(need.container) < started.index(container.name)


@given(tasks())
def test_stopping_is_never_stuck(containers):
    """A running task always has a container that may stop, until none runs."""
    task = {
        c.name: replace(c, known="RUNNING", has_run=True, desired="STOPPED") for c in containers
    }
    ended = []
    while any(c.known == "RUNNING" for c in task.values()):
        open_now = [c.name for c in task.values() if next_step(c, task)]
        assert open_now
        task[open_now[0]] = replace(task[open_now[0]], known="STOPPED")
        ended.append(open_now[0])
    for container in containers:
        for need in container.depends_on:
            assert ended.index(container.name) < ended.index(need.container)
