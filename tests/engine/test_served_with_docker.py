"""Real containers in a served lab: asked for, changed, and nothing left by any way out."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from images import stand_ins
from test_keeper import book
from test_session import BEGIN

from ecs_tutorial.served import lab_folder, served_lab
from ecs_tutorial.session import IN_PROCESS, SERVED

pytestmark = pytest.mark.engine

TESTS = Path(__file__).resolve().parent.parent
CONTAINERS = """
import time
out["banner"] = start(1, containers="docker")
ecs, ec2 = boto3.client("ecs"), boto3.client("ec2")
import walk
ecs.create_cluster(clusterName=walk.CLUSTER)
walk.make_role(boto3.client("iam"))
ec2.run_instances(ImageId=boto3.client("ssm").get_parameter(Name=walk.AMI)["Parameter"]["Value"],
    InstanceType="t3.medium", MinCount=1, MaxCount=1,
    UserData=f"#!/bin/bash\\necho ECS_CLUSTER={walk.CLUSTER} >> /etc/ecs/ecs.config\\n",
    IamInstanceProfile={"Name": "ecsInstanceRole"})
ecs.register_task_definition(family="app", containerDefinitions=[
    {"name": "app", "image": "service.invalid/listens", "memory": 32}])
ecs.create_service(cluster=walk.CLUSTER, serviceName="app", taskDefinition="app", desiredCount=1)
ecs.get_waiter("services_stable").wait(cluster=walk.CLUSTER, services=["app"])
"""


@pytest.fixture
def learner(tmp_path, engine_url, client, monkeypatch):
    """A kernel and a terminal of one learner, each a process, and the folder of their lab."""
    stand_ins.ensure(client, "listens")
    book(tmp_path)
    if engine_url:
        monkeypatch.setenv("DOCKER_HOST", engine_url)
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("ECS_TUTORIAL_CONTAINERS", raising=False)
    learner = Learner(tmp_path, client)
    yield learner
    served_lab.stop(learner.folder)
    assert learner.containers() == []


class Learner:
    def __init__(self, clone, client, folder=None):
        self.clone = clone
        self.client = client
        self.folder = folder or clone / "state"

    def kernel(self, cells):
        program = f"import os; os.chdir({str(self.clone)!r})\n{BEGIN}\nout = {{}}\n{cells}\n"
        program += "print(json.dumps({name: str(value) for name, value in out.items()}))"
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def containers(self):
        name = lab_folder.name_on_engine(self.folder)
        return self.client.containers(all=True, filters={"label": f"ecs-tutorial.lab={name}"})

    def running_revisions(self):
        """The revision of the task definition of each container that runs."""
        label = "com.amazonaws.ecs.task-definition-version"
        running = (each for each in self.containers() if each["State"] == "running")
        return sorted(each["Labels"][label] for each in running)

    def until(self, holds, seconds=60):
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.05)

    def command(self, *words):
        line = [sys.executable, "-m", "ecs_tutorial", *words]
        return subprocess.run(
            line, cwd=self.clone, capture_output=True, text=True, check=True
        ).stdout


def in_one_line(banner):
    """A banner's rows may be broken between words."""
    return " ".join(banner.split())


def test_a_lab_that_was_killed_leaves_nothing_once_another_starts(learner):
    """Its containers run on, the next start removes them; another kind is a lab built anew."""
    banner = learner.kernel(CONTAINERS)["banner"]
    assert "containers are real ones on a Docker Engine" in in_one_line(banner)
    assert "a second in the lab is a second here" in banner
    assert len(learner.containers()) == 1
    os.kill(lab_folder.holder(learner.folder), signal.SIGKILL)
    assert len(learner.containers()) == 1
    assert "The lab had stopped" in learner.kernel('out["b"] = start(1, containers="docker")')["b"]
    assert learner.containers() == []
    kept = learner.kernel('out["b"] = start(1, keep=True)')["b"]
    assert "Docker Engine" in in_one_line(kept)
    banner = learner.kernel('out["b"] = start(1, containers="simulated")')["b"]
    assert "The containers of the lab were real; it was ended" in banner
    assert "containers are simulated" in banner
    banner = learner.kernel('out["b"] = start(1, containers="docker")')["b"]
    assert "The containers of the lab were simulated; it was ended" in banner


def test_what_is_allowed_belongs_to_the_lab(learner):
    """Other allowances are another lab, and that is said; without any word it stays as it is."""
    cells = """
out["first"] = start(1, containers="docker", allow="host-mounts")
out["kept"] = start(1, keep=True)
out["others"] = start(1, allow=["devices", "privileged"])
out["none"] = start(1, allow=[])
"""
    said = learner.kernel(cells)
    said = {when: in_one_line(banner) for when, banner in said.items()}
    assert "Docker Engine (allowed: host-mounts)" in said["first"]
    assert "Docker Engine (allowed: host-mounts)" in said["kept"]
    assert "started anew" not in said["kept"]
    assert "containers were allowed host-mounts, and now privileged, devices" in said["others"]
    assert "Docker Engine (allowed: privileged, devices)" in said["others"]
    assert "and now nothing special" in said["none"]
    assert "(allowed" not in said["none"]


def test_reset_and_stop_leave_nothing(learner):
    """Also when the lab was killed and the command finds only what it has left."""
    learner.kernel(CONTAINERS)
    assert "Gone: 1 cluster" in learner.command("reset")
    assert learner.containers() == []
    learner.kernel(CONTAINERS)
    os.kill(lab_folder.holder(learner.folder), signal.SIGKILL)
    said = learner.command("stop")
    assert said == "No lab is running. Containers that it had left, now removed: 1.\n"
    assert learner.containers() == []


def test_a_simulated_lab_after_a_killed_real_one_leaves_nothing(learner):
    """The next lab uses no engine; what the killed one had there, its start removes and says."""
    learner.kernel(CONTAINERS)
    os.kill(lab_folder.holder(learner.folder), signal.SIGKILL)
    assert len(learner.containers()) == 1
    banner = learner.kernel('out["b"] = start(1)')["b"]
    assert "containers are simulated" in banner
    assert "Containers that it had left, now removed: 1." in banner
    assert learner.containers() == []


def test_a_lab_killed_in_a_deployment_leaves_no_trouble(learner):
    """SIGKILL while old and new tasks run side by side; the next lab's service comes to rest."""
    rollout = """
ecs.register_task_definition(family="app", containerDefinitions=[
    {"name": "app", "image": "service.invalid/listens", "memory": 48,
     "healthCheck": {"command": ["CMD-SHELL", "exit 0"], "interval": 300}}])
ecs.update_service(cluster=walk.CLUSTER, service="app", taskDefinition="app", desiredCount=4)
while len(ecs.list_tasks(cluster=walk.CLUSTER, family="app")["taskArns"]) < 5: time.sleep(.05)
"""
    learner.kernel(CONTAINERS + rollout)
    learner.until(lambda: learner.running_revisions() == ["1", "2", "2", "2", "2"])
    os.kill(lab_folder.holder(learner.folder), signal.SIGKILL)
    assert learner.running_revisions() == ["1", "2", "2", "2", "2"]
    left = {each["Id"] for each in learner.containers()}
    learner.kernel(CONTAINERS)
    [container] = learner.containers()
    assert (container["State"], container["Id"] in left) == ("running", False)


@pytest.mark.parametrize("mode", [SERVED, IN_PROCESS])
def test_a_cell_that_asks_for_too_much_memory_hears_it(learner, mode, monkeypatch):
    """In both ways of running, and the next banner says the same; of what fits nothing is said."""
    monkeypatch.setenv("ECS_TUTORIAL_MODE", mode)
    most = learner.client.info()["MemTotal"] // 1024**2
    asks = f"""
from contextlib import redirect_stderr
def heard(memory):
    ecs.register_task_definition(family="app", containerDefinitions=[
        {{"name": "app", "image": "service.invalid/listens", "memory": memory,
         "memoryReservation": 16}}])
    with redirect_stderr(io.StringIO()) as printed:
        ecs.update_service(cluster=walk.CLUSTER, service="app", taskDefinition="app")
    return printed.getvalue()
out["fits"], out["exceeds"] = heard(64), heard({most})
out["again"] = start(1, keep=True)
"""
    said = learner.kernel(CONTAINERS + asks)
    assert said["fits"] == ""
    assert f"more than the {most} MiB that the Docker Engine has" in said["exceeds"]
    assert "The lab's tasks may take" in said["again"]


def test_two_learners_share_an_engine(learner, tmp_path, monkeypatch):
    """The same cells in two labs: each has its own container, and one's end leaves the other's."""
    other = Learner(learner.clone, learner.client, tmp_path / "other")
    learner.kernel(CONTAINERS)
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(other.folder))
    try:
        other.kernel(CONTAINERS)
        [mine], [theirs] = learner.containers(), other.containers()
        assert mine["Id"] != theirs["Id"]
    finally:
        served_lab.stop(other.folder)
    assert other.containers() == []
    assert [each["State"] for each in learner.containers()] == ["running"]
