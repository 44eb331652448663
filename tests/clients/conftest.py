"""A served lab for clients that nobody here wrote, and how each of them is run.

All tests in this folder are marked ``clients``: some need Node.js, and all start programs.
"""

import os

import boto3
import pytest
import walk
from client_programs import CLUSTER, HERE, stable
from labs import container
from notebook_book import NOTEBOOKS

from ecs_tutorial import fence
from ecs_tutorial.served import lab_folder, served_lab

SPEED = 60.0
"""Lab seconds in a second: starting a program takes most of one."""


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("clients")


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """A lab, and this process inside its fence."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECS_TUTORIAL_HOME", str(tmp_path_factory.mktemp("lab") / "home"))
        folder = lab_folder.state_folder()
        lab = served_lab.launch(folder, NOTEBOOKS, speed=SPEED)
        for name in {*fence.defeating(os.environ), "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}:
            patch.delenv(name, raising=False)
        for name, value in fence.settings(lab.endpoint, folder).items():
            patch.setenv(name, value)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield lab
        served_lab.stop(folder)


@pytest.fixture(scope="session")
def cluster(served):
    """A cluster of three instances, with a definition of something that runs on."""
    ecs, ec2 = boto3.client("ecs"), boto3.client("ec2")
    ecs.create_cluster(clusterName=CLUSTER)
    walk.make_role(boto3.client("iam"))
    group = walk.open_port_80(ec2)
    walk.launch(ec2, boto3.client("ssm"), group, count=3, cluster=CLUSTER)
    ecs.register_task_definition(family="web", containerDefinitions=[container()])
    return CLUSTER


@pytest.fixture
def ecs(cluster):
    """What the tests themselves look with."""
    return boto3.client("ecs")


@pytest.fixture
def web(ecs, request):
    """A service of two tasks of the test's own that is stable; gives its name."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:60]
    ecs.create_service(cluster=CLUSTER, serviceName=name, taskDefinition="web", desiredCount=2)
    stable(ecs, name)
    yield name
    ecs.delete_service(cluster=CLUSTER, service=name, force=True)
