"""The parts of ``benchmarks/scale.py``, each run in a process of its own and told in JSON.

Times are seconds of processor time, in which other programs on the machine do not show; where
the wall clock matters both are told.
"""

from __future__ import annotations

import gc
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from large_cluster import CLUSTER, LargeCluster

MIB = 1024 * 1024
NEEDS: Any = {"image": "busybox", "command": ["sleep", "1d"], "cpu": 64, "memory": 128}
PAGE, DESCRIBED, REPEATS, PLACED = 10, 100, 15, 200
SERVICES_AT_ONCE = 10
LAB_HOUR = 3600.0
SPEED, WATCHED_SECONDS = 10.0, 20.0
"""Lab seconds a second, as in a served lab, and how long the idle lab is watched."""
STRATEGIES: dict[str, tuple[dict[str, str], ...]] = {
    "a service's own, spread over zones": (
        {"type": "spread", "field": "attribute:ecs.availability-zone"},
    ),
    "RunTask's own, at random": (),
    "spread over instances": ({"type": "spread", "field": "instanceId"},),
    "binpack on memory": ({"type": "binpack", "field": "memory"},),
}


def worked(step: Callable[[], Any]) -> float:
    began = time.process_time()
    step()
    return time.process_time() - began


def peak() -> float:
    """MiB that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def lab() -> Iterator[Any]:
    from ecs_tutorial.lab import LocalEcs

    local = LocalEcs()
    local.install()
    try:
        with local.patient():
            yield local
    finally:
        local.stop()


def fill(instances: int, services: int, tasks: int) -> LargeCluster:
    """Container instances that have registered, and services that are steady on them."""
    cluster = LargeCluster(instances, tasks)
    cluster.prepare()
    cluster.launch()
    ecs = cluster.ecs
    ecs.register_task_definition(family="tiny", containerDefinitions=[{"name": "tiny", **NEEDS}])
    names = [f"service-{number:02}" for number in range(services)]
    for name in names:
        ecs.create_service(
            cluster=CLUSTER, serviceName=name, taskDefinition="tiny", desiredCount=tasks
        )
    for start in range(0, services, SERVICES_AT_ONCE):
        few = names[start : start + SERVICES_AT_ONCE]
        ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=few)
        found = ecs.describe_services(cluster=CLUSTER, services=few)["services"]
        if [each["runningCount"] for each in found] != [tasks] * len(few):
            raise SystemExit(f"Not all tasks of {few} run.")
    return cluster


def steady(instances: int, services: int, tasks: int) -> dict[str, Any]:
    """A lab of this size made, and what placing, describing and listing take in it."""
    with lab() as local:
        wall = time.perf_counter()
        made = worked(lambda: keep.append(fill(instances, services, tasks)))
        wall = time.perf_counter() - wall
        ecs = keep.pop().ecs
        found = {"seconds": wall, "worked": made, "peak": peak()}
        found["placement"] = {name: placements(local, how) for name, how in STRATEGIES.items()}
        arns = ecs.list_tasks(cluster=CLUSTER, serviceName="service-00")["taskArns"][:DESCRIBED]
        while len(arns) < DESCRIBED:
            arns += ecs.list_tasks(cluster=CLUSTER, serviceName="service-01")["taskArns"]
        named = arns[:DESCRIBED]
        found["describe"] = median(
            worked(lambda: ecs.describe_tasks(cluster=CLUSTER, tasks=named)) for _ in range(REPEATS)
        )
        found["page"] = median(page(ecs) for _ in range(3))
        return found


keep: list[LargeCluster] = []


def page(ecs: Any) -> float:
    """One page of one service's tasks, the median of all its pages."""
    times, token = [], {}
    while True:
        began = time.process_time()
        found = ecs.list_tasks(cluster=CLUSTER, serviceName="service-00", maxResults=PAGE, **token)
        times.append(time.process_time() - began)
        if "nextToken" not in found:
            return median(times)
        token = {"nextToken": found["nextToken"]}


def placements(local: Any, strategies: Any) -> dict[str, float]:
    """One placement by itself, as RunTask makes it, and one of many in a look of the scheduler."""
    from ecs_tutorial.control_plane import ecs_api
    from ecs_tutorial.control_plane.placement import Request, place
    from ecs_tutorial.control_plane.room import Room
    from ecs_tutorial.lab import ACCOUNT, REGION

    backend = ecs_api.backend(ACCOUNT, REGION)
    cluster = next(each for each in backend.stores.values() if each.cluster.cluster_name == CLUSTER)
    service = next(iter(cluster.services.values()))
    request = Request(
        backend.definitions[service.task_definition], service.group, strategies=strategies
    )
    rng = random.Random("placements")

    def alone() -> None:
        place(Room(cluster.snapshot()), request, rng)

    def many() -> None:
        room = Room(cluster.snapshot())
        for _ in range(PLACED):
            arn = place(room, request, rng)
            room.take(arn or "", request.needs, request.group)

    alone()
    return {
        "alone": median(worked(alone) for _ in range(PLACED)),
        "in a look": median(worked(many) for _ in range(3)) / PLACED,
    }


def idle(instances: int) -> dict[str, Any]:
    """What a lab with nothing to do takes, and what it has more of an hour of lab time later."""
    with lab() as local:
        cluster = LargeCluster(instances, 0)
        cluster.prepare()
        cluster.launch()
        local.advance(LAB_HOUR)
        before = objects()
        local.advance(LAB_HOUR)
        grown = objects() - before
        local.run_in_wall_time(SPEED)
        began = time.process_time()
        time.sleep(WATCHED_SECONDS)
        share = (time.process_time() - began) / WATCHED_SECONDS
        return {"percent of a core": 100 * share, "more objects": grown, "peak": peak()}


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def run_task_in_lab(instances: int, calls: int) -> dict[str, Any]:
    with lab():
        cluster = LargeCluster(instances, 0)
        cluster.prepare()
        cluster.launch()
        return {"worked": run_tasks(cluster.ecs, calls)}


def run_task_in_moto(instances: int, calls: int) -> dict[str, Any]:
    import boto3
    from moto import mock_aws
    from moto.ec2 import utils as ec2_utils

    with mock_aws(config={"core": {"mock_credentials": False}}):
        ecs, ec2 = boto3.client("ecs"), boto3.resource("ec2")
        ecs.create_cluster(clusterName=CLUSTER)
        image = boto3.client("ec2").describe_images()["Images"][0]["ImageId"]
        for launched in ec2.create_instances(ImageId=image, MinCount=instances, MaxCount=instances):
            document = json.dumps(ec2_utils.generate_instance_identity_document(launched))
            ecs.register_container_instance(cluster=CLUSTER, instanceIdentityDocument=document)
        return {"worked": run_tasks(ecs, calls)}


def run_tasks(ecs: Any, calls: int) -> float:
    """The answers to RunTask for ten tasks each, all of which find a place."""
    ecs.register_task_definition(family="tiny", containerDefinitions=[{"name": "tiny", **NEEDS}])

    def ask() -> None:
        for _ in range(calls):
            answer = ecs.run_task(cluster=CLUSTER, taskDefinition="tiny", count=10)
            if len(answer["tasks"]) != 10:
                raise SystemExit(f"Only {len(answer['tasks'])} of 10 tasks: {answer['failures']}")

    return worked(ask)


def first_answer_of_lab() -> dict[str, Any]:
    import boto3

    with lab():
        boto3.client("ecs").list_clusters()
        return {"worked": time.process_time()}


def first_answer_of_moto() -> dict[str, Any]:
    import boto3
    from moto import mock_aws

    with mock_aws(config={"core": {"mock_credentials": False}}):
        boto3.client("ecs").list_clusters()
        return {"worked": time.process_time()}


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    each.__name__: each
    for each in (
        steady,
        idle,
        run_task_in_lab,
        run_task_in_moto,
        first_answer_of_lab,
        first_answer_of_moto,
    )
}


if __name__ == "__main__":
    name, *sizes = sys.argv[1:]
    with TemporaryDirectory() as home:
        os.environ |= {"ECS_TUTORIAL_HOME": home, "AWS_DEFAULT_REGION": "us-east-1"}
        os.environ |= {"AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "lab"}
        print(json.dumps(PARTS[name](*map(int, sizes))))
