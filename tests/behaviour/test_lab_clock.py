"""The lab's clock goes on, whatever one timer does; a cluster made anew is looked at."""

import threading

import walk

from ecs_tutorial.control_plane import ecs_api
from ecs_tutorial.lab import ACCOUNT, REGION, LocalEcs


def test_a_timer_that_fails_ends_no_other(caplog):
    """An exception in a timer is told in the log; what is due after it still happens."""
    local = LocalEcs()
    local.install()
    try:
        done = threading.Event()
        local.run_in_wall_time(speed=100)
        with local.lock:
            local.clock.call_later(0, lambda: 1 / 0)
            local.clock.call_later(0, done.set)
        assert done.wait(timeout=10)
        assert "A timer of the lab failed" in caplog.text
    finally:
        local.stop()


def test_a_cluster_made_again_is_looked_at(in_process):
    """A service in a cluster that was just re-created gets its events like any other."""
    lab = in_process
    lab.ecs.create_cluster(clusterName=walk.CLUSTER)
    lab.ecs.register_task_definition(**walk.TASK_DEFINITION)
    made = {"cluster": walk.CLUSTER, "serviceName": "wordpress", "taskDefinition": "wordpress"}
    lab.ecs.create_service(**made, desiredCount=1)
    lab.ecs.delete_service(cluster=walk.CLUSTER, service="wordpress", force=True)
    lab.pass_time(5)
    backend = ecs_api.backend(ACCOUNT, REGION)
    backend.look_soon(next(iter(backend.stores.values())), 600)
    lab.ecs.delete_cluster(cluster=walk.CLUSTER)
    lab.ecs.create_cluster(clusterName=walk.CLUSTER)
    lab.ecs.create_service(**made, desiredCount=1)
    lab.pass_time(5)
    assert "No Container Instances were found" in lab.messages()[0]
