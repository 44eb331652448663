"""What watching costs: a lab's work under a dashboard against the same work unwatched.

A cluster of container instances and a service that is scaled a little up and down, in one
process. One side is looked at once a second, as a browser that shows the dashboard does; the
other is not. Both run in turns, so long as a number of seconds; what each came to in a second
is compared, and the ratio of the medians is printed. ``python benchmarks/dashboard.py --help``
says what can be chosen.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import boto3

from ecs_tutorial import fence
from ecs_tutorial.lab import LocalEcs
from ecs_tutorial.notebook.dashboard import Dashboard, dashboard

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import walk

BAR = 1.25
"""A fifth of the time for watching: so long it rests after each look."""


@contextmanager
def cluster(instances: int) -> Iterator[None]:
    """A lab with a cluster of so many instances."""
    lab = LocalEcs()
    lab.install()
    try:
        with lab.patient():
            boto3.client("ecs").create_cluster(clusterName=walk.CLUSTER)
            walk.make_role(boto3.client("iam"))
            ec2 = boto3.client("ec2")
            group = walk.open_port_80(ec2)
            walk.launch(ec2, boto3.client("ssm"), group, count=instances)
            yield
    finally:
        lab.stop()


def work(tasks: int, seconds: float) -> float:
    """How often a second a service can be scaled by ten tasks and be stable again."""
    ecs = boto3.client("ecs")
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        desired = tasks - 10 * (done % 2)
        ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=desired)
        wait = ecs.get_waiter("services_stable").wait
        wait(cluster=walk.CLUSTER, services=["web"], WaiterConfig=walk.QUICK)
        done += 1
    return done / (time.perf_counter() - began)


@contextmanager
def watched(shown: Dashboard) -> Iterator[None]:
    """As a browser asks: once a second, one question at a time."""
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            began = time.perf_counter()
            shown.living._handle_custom_msg({"kind": "look"}, [])
            ended.wait(max(0.0, 1.0 - (time.perf_counter() - began)))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def measure(instances: int, tasks: int, rounds: int, seconds: float) -> float:
    with cluster(instances):
        ecs = boto3.client("ecs")
        ecs.register_task_definition(
            family="web", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 64}]
        )
        ecs.create_service(
            cluster=walk.CLUSTER, serviceName="web", taskDefinition="web", desiredCount=0
        )
        shown = dashboard(walk.CLUSTER)
        work(tasks, 1)
        pairs: list[tuple[float, float]] = []
        for _ in range(rounds):
            with watched(shown):
                with_it = work(tasks, seconds)
            pairs.append((work(tasks, seconds), with_it))
            print("scaled {:.1f} times a second unwatched, {:.1f} watched".format(*pairs[-1]))
    ratio = median(a for a, _ in pairs) / median(b for _, b in pairs)
    print(f"{instances} instances, ratio {ratio:.2f} (bar: {BAR}), {tasks} tasks, on {machine()}")
    return ratio


def machine() -> str:
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, {platform.python_version()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15, help="of each side of a round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fence.close(None, Path(folder))
        ratio = measure(options.instances, options.tasks, options.rounds, options.seconds)
    return int(ratio > BAR)


if __name__ == "__main__":
    sys.exit(main())
