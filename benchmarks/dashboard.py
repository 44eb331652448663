"""What watching costs: a lab's work under a dashboard against the same work unwatched.

A cluster of container instances, a service that is scaled up and down, in one process. One
side is looked at once a second, as a browser that shows the dashboard does; the other is not.
Both run in turns, and the ratio of the medians is printed, with the share of the time that
looking and drawing took. ``python benchmarks/dashboard.py --help`` says what can be chosen.
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
def cluster(instances: int) -> Iterator[LocalEcs]:
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
            yield lab
    finally:
        lab.stop()


def work(lab: LocalEcs, tasks: int, times: int) -> float:
    """Seconds to scale a service up and down."""
    ecs = boto3.client("ecs")
    wanted = {"cluster": walk.CLUSTER, "services": ["web"]}
    began = time.perf_counter()
    for _ in range(times):
        for desired in (tasks, 0):
            ecs.update_service(cluster=walk.CLUSTER, service="web", desiredCount=desired)
            ecs.get_waiter("services_stable").wait(**wanted, WaiterConfig=walk.QUICK)
    return time.perf_counter() - began


@contextmanager
def watched(shown: Dashboard) -> Iterator[list[float]]:
    """As a browser asks: once a second, one question at a time; how long each answer took."""
    ended, took = threading.Event(), []

    def ask() -> None:
        while not ended.is_set():
            began = time.perf_counter()
            shown.living._handle_custom_msg({"kind": "look"}, [])
            took.append(time.perf_counter() - began)
            ended.wait(max(0.0, 1.0 - took[-1]))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield took
    finally:
        ended.set()
        thread.join()


def measure(instances: int, tasks: int, rounds: int, times: int) -> float:
    with cluster(instances) as lab:
        ecs = boto3.client("ecs")
        ecs.register_task_definition(
            family="web", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 64}]
        )
        ecs.create_service(
            cluster=walk.CLUSTER, serviceName="web", taskDefinition="web", desiredCount=0
        )
        shown = dashboard(walk.CLUSTER)
        work(lab, tasks, 1)
        pairs: list[tuple[float, float]] = []
        looking = 0.0
        for _ in range(rounds):
            with watched(shown) as took:
                with_it = work(lab, tasks, times)
            without = work(lab, tasks, times)
            pairs.append((with_it, without))
            looking += sum(took)
            print(f"watched {with_it:5.1f} s, unwatched {without:5.1f} s")
    ratio = median(a for a, _ in pairs) / median(b for _, b in pairs)
    share = looking / sum(with_it for with_it, _ in pairs)
    print(f"{instances} instances: looking and drawing took {share:.2f} of the time")
    print(f"ratio {ratio:.2f} (bar: {BAR}), {tasks} tasks, on {machine()}")
    return ratio


def machine() -> str:
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, {platform.python_version()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--times", type=int, default=3, help="how often a round scales")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fence.close(None, Path(folder))
        ratio = measure(options.instances, options.tasks, options.rounds, options.times)
    return int(ratio > BAR)


if __name__ == "__main__":
    sys.exit(main())
