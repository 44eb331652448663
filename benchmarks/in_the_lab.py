"""The lab's side of the benchmark of real containers: the work as ECS does it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from the_work import (
    BLOG_CPU,
    ENVIRONMENT,
    LOOK_AT_MANY_EVERY,
    MANY,
    ROOT,
    SHELL_CPU,
    SLEEP,
    STOP_SECONDS,
    call,
    redirects,
    seconds,
    stand_ins,
    walk,
)

from ecs_tutorial import engine, fence, waiting
from ecs_tutorial.served import served_lab


class InTheLab:
    """The lab's side: a served lab with one container instance that has joined."""

    def __init__(self, lab: served_lab.ServedLab) -> None:
        self.lab = lab
        self.ecs, self.ec2, iam, ssm = (boto3.client(name) for name in ("ecs", "ec2", "iam", "ssm"))
        self.ecs.create_cluster(clusterName=walk.CLUSTER)
        walk.make_role(iam)
        [host] = walk.launch(self.ec2, ssm, walk.open_port_80(self.ec2), count=1)
        found = self.ec2.describe_instances(InstanceIds=[host])
        self.address = found["Reservations"][0]["Instances"][0]["PublicIpAddress"]
        self._register()

    def _register(self) -> None:
        blog = [dict(each) for each in walk.TASK_DEFINITION["containerDefinitions"]]
        for each in blog:
            variables = ENVIRONMENT[each["name"]].items()
            each |= {"image": stand_ins.TAGS[each["name"]], "cpu": BLOG_CPU}
            each["environment"] = [{"name": name, "value": value} for name, value in variables]
        shell = {
            "name": "shell",
            "image": stand_ins.TAGS["busybox"],
            "memory": 16,
            "cpu": SHELL_CPU,
        }
        shell |= {"command": SLEEP, "stopTimeout": STOP_SECONDS}
        self.ecs.register_task_definition(family="blog", containerDefinitions=blog)
        self.ecs.register_task_definition(family="shell", containerDefinitions=[shell])

    def serve(self, family: str, desired: int = 1) -> None:
        self.ecs.create_service(
            cluster=walk.CLUSTER, serviceName=family, taskDefinition=family, desiredCount=desired
        )

    def port(self) -> int | None:
        """Where this machine reaches the instance's port 80."""
        return self.lab.browse(self.address, 80).get("loopback_port")

    def running(self, family: str) -> dict[str, Any]:
        """The tasks of a service that run."""
        arns = self.ecs.list_tasks(cluster=walk.CLUSTER, serviceName=family)["taskArns"]
        tasks = self.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=arns)["tasks"] if arns else []
        return {each["taskArn"]: each for each in tasks if each["lastStatus"] == "RUNNING"}

    def runs(self, family: str, count: int) -> bool:
        [service] = self.ecs.describe_services(cluster=walk.CLUSTER, services=[family])["services"]
        return bool(service["runningCount"] == count)

    def clear(self) -> None:
        services = self.ecs.list_services(cluster=walk.CLUSTER)["serviceArns"]
        for service in services:
            self.ecs.delete_service(cluster=walk.CLUSTER, service=service, force=True)
        for task in self.ecs.list_tasks(cluster=walk.CLUSTER)["taskArns"]:
            self.ecs.stop_task(cluster=walk.CLUSTER, task=task)
        seconds(lambda: None, lambda: not self._busy())
        if services:  # what still drains cannot be created again
            inactive = self.ecs.get_waiter("services_inactive")
            inactive.wait(cluster=walk.CLUSTER, services=services)

    def _busy(self) -> int:
        [cluster] = self.ecs.describe_clusters(clusters=[walk.CLUSTER])["clusters"]
        return int(cluster["runningTasksCount"] + cluster["pendingTasksCount"])

    def _has_another(self, task: str) -> bool:
        return bool(self.running("shell").keys() - {task})

    # What is measured

    def wordpress(self) -> float:
        began = time.perf_counter()
        seconds(lambda: self.serve("blog"), self.port, LOOK_AT_MANY_EVERY)
        port = self.port()
        seconds(lambda: None, lambda: redirects(port))
        took = time.perf_counter() - began
        self.clear()
        return took

    def one(self) -> float:
        arns: list[str] = []

        def run() -> None:
            answer = self.ecs.run_task(cluster=walk.CLUSTER, taskDefinition="shell")
            arns.append(answer["tasks"][0]["taskArn"])

        def runs() -> bool:
            [task] = self.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=arns)["tasks"]
            return bool(task["lastStatus"] == "RUNNING")

        took = seconds(run, runs)
        self.clear()
        return took

    def many(self) -> tuple[float, float, float]:
        """Until all run; how long the call that ends them takes; until all have stopped."""
        started = seconds(
            lambda: self.serve("shell", MANY),
            lambda: self.runs("shell", MANY),
            LOOK_AT_MANY_EVERY,
        )
        answered: list[float] = []

        def scale() -> None:
            request = {"cluster": walk.CLUSTER, "service": "shell", "desiredCount": 0}
            answered.append(seconds(lambda: self.ecs.update_service(**request)))

        stopped = seconds(scale, lambda: not self._busy(), LOOK_AT_MANY_EVERY)
        self.clear()
        return started, answered[0], stopped

    def replaced(self, rounds: int) -> list[float]:
        """From ``docker kill`` until the next task of the service runs."""
        self.serve("shell")
        seconds(lambda: None, lambda: self.runs("shell", 1))
        took = []
        for _ in range(rounds):
            [(victim, task)] = self.running("shell").items()
            kill = ["docker", "kill", task["containers"][0]["runtimeId"]]
            took.append(seconds(partial(call, kill), partial(self._has_another, victim)))
            time.sleep(1)
        self.clear()
        return took


@contextmanager
def a_lab() -> Iterator[InTheLab]:
    """A served lab of the benchmark's own; nothing of it stays."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab = served_lab.launch(folder, ROOT / "notebooks", containers=engine.DOCKER)
        fence.close(lab.endpoint, folder)
        waiting.waiters_sleep(time.sleep, often=True)
        try:
            yield InTheLab(lab)
        finally:
            served_lab.stop(folder)
