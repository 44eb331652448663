"""The labs of the behaviour tests: ``lab`` is a new one, ``fleet`` one for a whole module.

Both come in each of the lab's two ways of running; a module uses one of the two.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import boto3
import labs
import pytest
import surroundings
import walk
from response_shapes import refuse_strange_answer
from surroundings import Surroundings, enter_fence

ROOT = Path(__file__).resolve().parent.parent.parent
WAYS = ("in_process", "served")


@dataclass(frozen=True)
class LabProcess:
    """The lab served by another process, and what surrounds that process."""

    endpoint: str
    folder: Path
    around: Surroundings


@pytest.fixture(scope="session")
def lab_process(tmp_path_factory):
    """One served lab for all tests of this worker, with AWS settings around it and no network."""
    folder = tmp_path_factory.mktemp("lab")
    around = surroundings.make(tmp_path_factory.mktemp("home"), dict(os.environ))
    command = [sys.executable, "-m", "ecs_tutorial.served.server", "--folder", str(folder)]
    command += ["--notebooks", str(ROOT / "notebooks"), "--speed", str(labs.SPEED)]
    process = subprocess.Popen(command, env={**around.environ, "ECS_TUTORIAL_HOME": str(folder)})
    record = folder / "lab.json"
    for _ in range(600):
        if record.exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    port = json.loads(record.read_text(encoding="utf-8"))["port"]
    yield LabProcess(f"http://127.0.0.1:{port}", folder, around)
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """boto3 as in a kernel inside the fence; its service models are read once.

    No answer of ECS that a test gets may look otherwise than AWS's.
    """
    with pytest.MonkeyPatch.context() as patch:
        enter_fence(patch, tmp_path_factory.mktemp("fence"))
        patch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
        boto3.DEFAULT_SESSION.events.register("after-call.ecs", refuse_strange_answer)
        yield boto3.DEFAULT_SESSION


@pytest.fixture
def in_process(session):
    with labs.in_process(session) as lab:
        yield lab


@pytest.fixture
def served(session, lab_process):
    with labs.served(session, lab_process.endpoint, lab_process.folder) as lab:
        yield lab


@pytest.fixture(params=WAYS)
def lab(request):
    """An empty lab."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module", params=WAYS)
def lab_with_instances(request, session):
    way = getattr(labs, request.param)
    where = ()
    if way is labs.served:
        process = request.getfixturevalue("lab_process")
        where = (process.endpoint, process.folder)
    with way(session, *where) as lab:
        lab.cluster()
        data = f"#!/bin/bash\necho ECS_CLUSTER={walk.CLUSTER} >> /etc/ecs/ecs.config\n"
        zones = ("us-east-1a", "us-east-1b")
        wishes = [{"Placement": {"AvailabilityZone": z}} for z in zones]
        ids = [lab.run(data, SecurityGroupIds=[lab.group], **wish)[0] for wish in wishes]
        lab.hosts = tuple(lab.booted(ids))
        yield lab


@pytest.fixture
def fleet(lab_with_instances):
    """The article's cluster with a container instance in each of two zones, and no task."""
    yield lab_with_instances
    lab_with_instances.clear()
