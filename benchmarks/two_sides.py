"""The two sides of the benchmark of real containers: the lab, and Docker's own programs.

Each runs the same images on the same engine and tells how long that took. Which is the
faster, and whether that is well, is not known here.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import boto3

from ecs_tutorial import engine, fence, waiting
from ecs_tutorial.served import served_lab

# The walk and the images are the tests', which are not installed with the package.
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import walk  # noqa: E402
from images import stand_ins  # noqa: E402

MANY = 30
STOP_SECONDS = 2
"""A shell that sleeps hears no SIGTERM: it is killed after this time, on both sides."""
SLEEP = ["sleep", "3600"]
BLOG_CPU, SHELL_CPU = 512, 64
"""CPU shares, the same on both sides: with ECS's least, 2, any other program would hold them up."""
LOOK_EVERY, LOOK_AT_MANY_EVERY = 0.02, 0.1
"""Seconds; each look costs the machine that is measured."""
PATIENCE = 120.0
ENVIRONMENT = {
    "mysql": {
        "MYSQL_ROOT_PASSWORD": "password",
        "MYSQL_DATABASE": "wordpress",
        "MYSQL_USER": "wordpress",
        "MYSQL_PASSWORD": "password",
    },
    "wordpress": {
        "WORDPRESS_DB_HOST": "mysql",
        "WORDPRESS_DB_NAME": "wordpress",
        "WORDPRESS_DB_USER": "wordpress",
        "WORDPRESS_DB_PASSWORD": "password",
    },
}
NO_COMPOSE = (
    "Docker Compose is missing: install Docker's own plugin, or on Debian `apt install "
    "docker-compose`."
)


def seconds(
    begin: Callable[[], Any],
    is_done: Callable[[], Any] = lambda: True,
    look_every: float = LOOK_EVERY,
) -> float:
    """The time from a call until something is so."""
    began = time.perf_counter()
    begin()
    while not is_done():
        if time.perf_counter() - began > PATIENCE:
            sys.exit(f"Not within {PATIENCE:.0f} s: {is_done}")
        time.sleep(look_every)
    return time.perf_counter() - began


def redirects(port: int | None) -> bool:
    """Whether WordPress sends a browser on: to its install page, when its database is there."""
    if port is None:
        return False
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 302
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


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
        for service in self.ecs.list_services(cluster=walk.CLUSTER)["serviceArns"]:
            self.ecs.delete_service(cluster=walk.CLUSTER, service=service, force=True)
        for task in self.ecs.list_tasks(cluster=walk.CLUSTER)["taskArns"]:
            self.ecs.stop_task(cluster=walk.CLUSTER, task=task)
        seconds(lambda: None, lambda: not self._busy())

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


class ByHand:
    """Docker's side: its own programs on the same engine."""

    def __init__(self, folder: Path, compose: list[str]) -> None:
        self.port = free_port()
        file = folder / "compose.json"
        file.write_text(json.dumps({"services": self._services()}))
        self._compose = [*compose, "-p", "ecs-tutorial-benchmark", "-f", str(file)]

    def _services(self) -> dict[str, Any]:
        def service(name: str, **more: Any) -> dict[str, Any]:
            same = {"network_mode": "bridge", "mem_limit": "500m", "cpu_shares": BLOG_CPU}
            return {"image": stand_ins.TAGS[name], "environment": ENVIRONMENT[name], **same, **more}

        ports = [f"127.0.0.1:{self.port}:80"]
        return {
            "mysql": service("mysql"),
            "wordpress": service("wordpress", links=["mysql"], ports=ports),
        }

    def wordpress(self) -> float:
        took = seconds(lambda: call([*self._compose, "up", "-d"]), lambda: redirects(self.port))
        call([*self._compose, "down", "-v"])
        return took

    def one(self) -> float:
        return self._run(1)[0]

    def many(self) -> tuple[float, float]:
        """Until all run; until all have stopped."""
        return self._run(MANY)

    def _run(self, count: int) -> tuple[float, float]:
        names = [f"ecs-tutorial-benchmark-{number}" for number in range(count)]
        limits = ["--memory", "16m", "--cpu-shares", str(SHELL_CPU)]
        run = ["docker", "run", "-d", *limits, "--name"]
        began = [[*run, name, stand_ins.TAGS["busybox"], *SLEEP] for name in names]
        ended = [["docker", "stop", "-t", str(STOP_SECONDS), name] for name in names]
        took = seconds(lambda: call(*began)), seconds(lambda: call(*ended))
        call(["docker", "rm", "-f", "-v", *names])
        return took


def call(*commands: list[str]) -> None:
    """Run commands, all at one time, until the last has ended."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, **quiet) for command in commands]
    for process in processes:
        _, words = process.communicate()
        if process.returncode:
            sys.exit(f"{process.args}: {words.decode()}")


def have_images() -> None:
    """The engine has what is run, real or as a stand-in."""
    client = engine.connect()
    for name in ("busybox", "mysql", "wordpress"):
        stand_ins.ensure(client, name)
    client.close()


def compose_command(given: str | None) -> list[str]:
    """Docker's plugin if it is there, else the program of its own."""
    for words in [given.split()] if given else [["docker", "compose"], ["docker-compose"]]:
        if (
            shutil.which(words[0])
            and subprocess.run([*words, "version"], capture_output=True, check=False).returncode
            == 0
        ):
            return words
    sys.exit(NO_COMPOSE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
