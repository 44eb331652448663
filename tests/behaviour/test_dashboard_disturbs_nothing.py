"""A dashboard looks at a lab and moves nothing in it: not its time, not its ids, not its tasks."""

import json
import time

import boto3
import labs
import pytest
import walk
from botocore.config import Config
from labs import in_process_only

from ecs_tutorial.notebook import living_page
from ecs_tutorial.notebook.dashboard import Dashboard, dashboard
from ecs_tutorial.notebook.timeline import Timeline, timeline
from ecs_tutorial.observer import OBSERVER


@pytest.fixture
def calls():
    """The ECS operations that were called since."""
    return []


def watching(lab, calls):
    """An observer's client in this lab, whose calls are counted."""
    settings = {"config": Config(user_agent_extra=OBSERVER)}
    if lab.way == "served":
        settings["endpoint_url"] = lab.endpoint
    ecs = lab._session.client("ecs", **settings)
    ecs.meta.events.register("before-call.ecs", lambda model, **_: calls.append(model.name))
    return ecs


def browser_asks(shown, kind="look", **content):
    """What a page in a browser sends when it wants something."""
    shown.living._handle_custom_msg({"kind": kind, **content}, [])


@pytest.fixture
def no_rest(monkeypatch):
    """Looks may follow each other at once."""
    monkeypatch.setattr(living_page, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(living_page, "REST", -1.0)


def test_its_clients_say_that_they_only_look(in_process):
    """A plain call makes a client that bears the observer's word."""
    in_process.ecs.create_cluster(clusterName=walk.CLUSTER)
    before = in_process.local.clock.now()
    shown = dashboard(walk.CLUSTER)
    for _ in range(20):
        shown.look()
    assert in_process.local.clock.now() == before


def test_a_timeline_moves_no_time_either(in_process):
    """The same for the chart of a service."""
    in_process.cluster_with_instances(count=1)
    walk.run_service(in_process.ecs)
    before = in_process.local.clock.now()
    shown = timeline("wordpress", walk.CLUSTER)
    for _ in range(5):
        shown.look()
    assert in_process.local.clock.now() == before
    assert "1 running, 1 in all" in str(shown)


def test_all_ids_and_times_of_a_walk_are_the_same_under_a_dashboard(session, no_rest):
    """Watched after each thing that is shown, a walk shows what it shows unwatched."""

    def shown(watched):
        seen = []

        def look(thing):
            seen.append(thing)
            if watched and thing != "INACTIVE":
                shows = dashboard(walk.CLUSTER)
                browser_asks(shows)
                assert str(shows)

        with labs.in_process(session) as lab:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(boto3, "DEFAULT_SESSION", session)
                walk.walk(look)
            seen.append(lab.local.clock.now())
        return json.loads(json.dumps(seen, default=str))

    assert shown(watched=True) == shown(watched=False)


def test_a_round_for_a_hundred_instances_is_a_handful_of_calls(in_process, calls):
    """One describe call for up to a hundred instances, one for tasks, one for ten services."""
    in_process.cluster()
    data = f"#!/bin/bash\necho ECS_CLUSTER={walk.CLUSTER} >> /etc/ecs/ecs.config\n"
    in_process.run(data, count=100, SecurityGroupIds=[in_process.group])
    in_process.until(lambda: len(in_process.instances()) == 100, lab_seconds=600, step=10)
    web = in_process.register("web", labs.container())
    in_process.create_service("web", web, desired=90)
    in_process.until(lambda: in_process.service("web")["runningCount"] == 90, step=5)
    shown = Dashboard(walk.CLUSTER, watching(in_process, calls))
    assert len(shown.scene.instances) == 100
    assert sorted(calls) == [
        "DescribeContainerInstances",
        "DescribeServices",
        "DescribeTasks",
        *["ListContainerInstances", "ListServices", "ListTasks", "ListTasks"],
    ]


def test_at_most_one_round_a_second(in_process, calls):
    """However often and from how many browsers it is asked."""
    in_process.ecs.create_cluster(clusterName=walk.CLUSTER)
    shown = Dashboard(walk.CLUSTER, watching(in_process, calls))
    calls.clear()
    begin = time.monotonic()
    while time.monotonic() - begin < 2.5:
        browser_asks(shown)
    rounds = calls.count("ListContainerInstances")
    assert 2 <= rounds <= 3


def test_a_slow_cluster_is_asked_less_often(in_process, calls, monkeypatch):
    """A look that took long is followed by a longer rest: watching takes a fifth at the most."""
    in_process.ecs.create_cluster(clusterName=walk.CLUSTER)
    shown = Dashboard(walk.CLUSTER, watching(in_process, calls))
    now = [100.0]
    monkeypatch.setattr(living_page.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(shown.living, "_look", lambda: now.__setitem__(0, now[0] + 3))
    browser_asks(shown)
    assert shown.living._next_at == 100 + 3 * 5


def test_paused_it_asks_nothing(in_process, calls, no_rest):
    """Also if a browser's question was on its way already."""
    in_process.ecs.create_cluster(clusterName=walk.CLUSTER)
    shown = Dashboard(walk.CLUSTER, watching(in_process, calls))
    calls.clear()
    shown.living.paused = True
    browser_asks(shown)
    assert calls == []
    shown.living.paused = False
    browser_asks(shown)
    assert "ListTasks" in calls


def test_nothing_runs_by_itself(in_process, calls):
    """Without a browser that asks there is no call: not in a kept notebook, not after its cell."""
    in_process.ecs.create_cluster(clusterName=walk.CLUSTER)
    shown = Dashboard(walk.CLUSTER, watching(in_process, calls))
    calls.clear()
    assert str(shown)
    assert shown._repr_mimebundle_()
    shown.show(state="RUNNING")
    browser_asks(shown, "choose", task="none")
    time.sleep(1.2)
    assert calls == []


def test_a_lab_that_does_not_answer_is_said_and_found_again(in_process, calls, no_rest):
    """A sentence on the page, and the picture of before; the next look may succeed."""
    in_process.ecs.create_cluster(clusterName=walk.CLUSTER)
    shown = Dashboard(walk.CLUSTER, watching(in_process, calls))
    in_process.ecs.delete_cluster(cluster=walk.CLUSTER)
    before = shown.living.page
    browser_asks(shown)
    assert "The referenced cluster was inactive" in shown.living.trouble
    assert shown.living.page == before
    in_process.ecs.create_cluster(clusterName=walk.CLUSTER)
    browser_asks(shown)
    assert shown.living.trouble == ""


@in_process_only
def test_a_dashboard_shows_what_happens(fleet, calls, no_rest):
    """Scaled up, more tasks are on the page; scaled down, they stop and are told of."""
    web = fleet.register("web", labs.container())
    fleet.create_service("web", web, desired=1)
    shown = Dashboard(walk.CLUSTER, watching(fleet, calls))
    fleet.stable("web")
    browser_asks(shown)
    assert "desired 1, running 1, pending 0" in str(shown)
    fleet.ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=3)
    fleet.stable("web")
    browser_asks(shown)
    assert shown.living.page.count("data-task=") >= 3
    assert "3 tasks running" in shown.living.page
    fleet.ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=0)
    fleet.until(lambda: not fleet.service("web")["runningCount"])
    fleet.pass_time(5)
    browser_asks(shown)
    assert "stopped lately" in str(shown)


@in_process_only
def test_a_rolling_update_is_seen_as_it_happens(fleet, calls, no_rest):
    """Looked at in the middle, the timeline shows both revisions, and never under the minimum."""
    web = fleet.register("web", labs.container())
    half = {"minimumHealthyPercent": 50, "maximumPercent": 100}
    fleet.create_service("web", web, desired=2, deploymentConfiguration=half)
    fleet.stable("web")
    shown = Timeline("web", walk.CLUSTER, watching(fleet, calls))
    newer = fleet.register("web", labs.container())
    fleet.ecs.update_service(cluster=walk.CLUSTER, service="web", taskDefinition=newer)
    revisions = {each.rsplit("/", 1)[-1] for each in (web, newer)}
    fleet.until(lambda: browser_asks(shown) or all(each in str(shown) for each in revisions))
    assert "at least 1 running (minimumHealthyPercent 50), at most 2 (maximumPercent 100)" in str(
        shown
    )
    fleet.stable("web")
    browser_asks(shown)
    told = [line.split() for line in str(shown).splitlines() if " in all" in line]
    assert told
    assert min(int(running) for _, running, *_ in told) >= 1
    assert max(int(line[3]) for line in told) <= 2


@in_process_only
def test_a_stopped_task_is_asked_for_once(fleet, calls):
    """It cannot change any more; a service that is replaced all day costs no more for that."""
    ended = fleet.run_task(labs.container(image="busybox"))["tasks"][0]["taskArn"]
    fleet.stopped(ended)
    asked = []
    ecs = watching(fleet, calls)
    ecs.meta.events.register(
        "provide-client-params.ecs.DescribeTasks", lambda params, **_: asked.extend(params["tasks"])
    )
    shown = Dashboard(walk.CLUSTER, ecs)
    shown.look()
    assert ended in [task.arn for task in shown.scene.stopped]
    assert asked.count(ended) == 1
