"""Time and ids: a clock that only moves when it is used, and the same ids on every run."""

import json
import time

import labs
import pytest
import walk
from botocore.config import Config

from ecs_tutorial.clock import LAB_EPOCH
from ecs_tutorial.lab import SEED
from ecs_tutorial.lab_time import REQUEST_SECONDS
from ecs_tutorial.observer import OBSERVER


def seen_on_a_walk(session, seed, before=lambda lab: None):
    """All that the walk shows, and every answer's ids, from a new lab of this seed."""
    shown = []
    with labs.in_process(session, seed) as lab:
        before(lab)
        walk.walk(shown.append)
        shown.append(lab.ec2.describe_instances()["Reservations"])
    return json.loads(json.dumps(shown, default=str))


@pytest.fixture(scope="module")
def shown(session):
    """What the walk shows in a lab of the seed that every lab has."""
    return seen_on_a_walk(session, SEED)


def test_with_the_manual_clock_a_request_moves_time_by_one_step(in_process):
    """Each request takes a second of lab time, and nothing else lets any pass."""
    clock = in_process.local.clock
    assert clock.now() == LAB_EPOCH
    for _ in range(3):
        in_process.ecs.list_clusters()
    assert (clock.now() - LAB_EPOCH).total_seconds() == 3 * REQUEST_SECONDS


def test_a_dashboards_reads_do_not_move_time(in_process, session):
    """A client that says that it only looks leaves the clock, and all ids, as they are."""
    watching = session.client("ecs", config=Config(user_agent_extra=OBSERVER))
    before = in_process.local.clock.now()
    for _ in range(20):
        watching.describe_clusters()
    assert in_process.local.clock.now() == before


def test_no_cell_sleeps(in_process):
    """A waiter's sleep moves the clock: a walk of minutes takes no time worth speaking of."""
    begin = time.monotonic()
    in_process.ecs.create_cluster(clusterName="empty")
    in_process.cluster_with_instances(count=1)
    walk.run_service(in_process.ecs)
    lab_seconds = (in_process.local.clock.now() - LAB_EPOCH).total_seconds()
    assert lab_seconds > 60
    assert time.monotonic() - begin < lab_seconds / 2


def test_more_looking_changes_no_id(session, shown):
    """Reads before the walk, and a request that fails, change the time and no id."""

    def look_around(lab):
        for _ in range(5):
            lab.ecs.list_clusters()
            lab.ec2.describe_instances()
        lab.ecs.describe_clusters(clusters=["nothing"])

    looked = seen_on_a_walk(session, SEED, look_around)

    def instance_ids(seen):
        return [each["InstanceId"] for group in seen[-1] for each in group["Instances"]]

    assert instance_ids(looked) == instance_ids(shown)
    events, status = looked[-3:-1]
    assert (events, status) == tuple(shown[-3:-1])


@pytest.mark.parametrize("calls", [2, 3])
def test_the_same_create_service_again_changes_no_later_id(session, calls):
    """Asked again, CreateService answers with what is there, and uses up no deployment's id."""

    def next_deployment(calls):
        with labs.in_process(session) as lab:
            lab.ecs.create_cluster(clusterName=walk.CLUSTER)
            web = lab.register("web")
            for _ in range(calls):
                lab.create_service("web", web, desired=0)
            later = lab.create_service("later", web, desired=0)
            return later["deployments"][0]["id"]

    assert next_deployment(calls) == next_deployment(1)


def test_served_time_runs_by_itself(served):
    """Without any request, what was begun goes on: an instance boots while nobody asks."""
    served.ecs.create_cluster()
    served.cluster()
    served.run()
    served.until(lambda: served.instances("default"), lab_seconds=1200, step=60)


def test_times_are_lab_times(lab):
    """Answers carry the time of the lab, which begins on the same day for everyone."""
    lab.ecs.create_cluster(clusterName=walk.CLUSTER)
    created = lab.create_service("web", lab.register("web"))["createdAt"]
    assert created >= LAB_EPOCH
    assert (created - LAB_EPOCH).total_seconds() < 3600
