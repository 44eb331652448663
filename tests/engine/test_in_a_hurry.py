"""Real containers where nobody looks on: while a lab is built, and when its process ends."""

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import walk
from images import stand_ins
from surroundings import enter_fence

from ecs_tutorial.in_process import IN_PROCESS
from ecs_tutorial.lab import LocalEcs

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
DEAF = {"name": "deaf", "image": "busybox", "command": ["sleep", "60"], "memory": 32}
"""Its first process does not listen to SIGTERM; ECS kills it after thirty seconds."""
PATIENCE = 25


@pytest.fixture
def local(engine_url, client, monkeypatch, tmp_path):
    """A lab with one container instance on the engine."""
    stand_ins.ensure(client, "busybox")
    enter_fence(monkeypatch, tmp_path, engine_url)
    local = LocalEcs(on_engine="hurried")
    local.install()
    yield local
    local.stop()


def test_a_lab_that_is_being_built_waits_for_no_deaf_container(local):
    """It is killed after a second, long before its time is over."""
    ecs, ec2 = boto3.client("ecs"), boto3.client("ec2")
    with local.hurried():
        ecs.create_cluster(clusterName=walk.CLUSTER)
        walk.make_role(boto3.client("iam"))
        walk.launch(ec2, boto3.client("ssm"), walk.open_port_80(ec2), count=1)
        ecs.register_task_definition(family="deaf", containerDefinitions=[DEAF])
        [task] = ecs.run_task(cluster=walk.CLUSTER, taskDefinition="deaf")["tasks"]
        one = {"cluster": walk.CLUSTER, "tasks": [task["taskArn"]]}
        ecs.get_waiter("tasks_running").wait(**one)
        began = local.clock.now()
        ecs.stop_task(cluster=walk.CLUSTER, task=task["taskArn"])
        ecs.get_waiter("tasks_stopped").wait(**one)
    assert (local.clock.now() - began).total_seconds() < PATIENCE
    [stopped] = ecs.describe_tasks(**one)["tasks"]
    assert stopped["containers"][0]["exitCode"] == 137


ENDS = """
import ecs_tutorial, boto3, walk
ecs_tutorial.start(4, containers="docker")
boto3.client("ecs").register_task_definition(family="deaf", containerDefinitions=[{deaf}])
[task] = boto3.client("ecs").run_task(cluster=walk.CLUSTER, taskDefinition="deaf")["tasks"]
boto3.client("ecs").get_waiter("tasks_running").wait(cluster=walk.CLUSTER, tasks=[task["taskArn"]])
print("It runs.")
"""


def test_the_end_of_a_process_takes_its_containers_along(engine_url, client, tmp_path):
    """Its lab lived in it, and so did they: when the interpreter has ended they are gone."""
    for name in ("busybox", "registry"):
        stand_ins.ensure(client, name)
    settings = {"ECS_TUTORIAL_MODE": IN_PROCESS, "ECS_TUTORIAL_HOME": str(tmp_path)}
    settings |= {"PYTHONPATH": str(ROOT / "tests")}
    settings |= {"DOCKER_HOST": engine_url} if engine_url else {}
    before = {each["Id"] for each in client.containers(all=True)}
    done = subprocess.run(
        [sys.executable, "-c", ENDS.format(deaf=DEAF)],
        env=os.environ | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "It runs." in done.stdout
    assert done.stderr == ""
    assert {each["Id"] for each in client.containers(all=True)} == before
