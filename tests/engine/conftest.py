"""An engine for these tests, and a world on it for each.

The engine at DOCKER_HOST is used if one answers there; otherwise one is started by hand.
Afterwards the engine has the containers, volumes and networks that it had before.
"""

from __future__ import annotations

import itertools
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from docker_world import DockerWorld
from hand_started import APART, HandStartedEngine, answers
from images import stand_ins

from ecs_tutorial.data_plane.docker_engine import connect

LABS = (f"test-{number}" for number in itertools.count())
LEARNERS_IMAGE = "wordpress:tutorial"
"""What chapter 1 builds; it is the learner's, and no lab removes it."""


@contextmanager
def started_by_hand(*within):
    engine = HandStartedEngine(Path(tempfile.mkdtemp(prefix="ecs-tutorial-engine-")), *within)
    engine.start()
    try:
        yield engine
    finally:
        engine.remove()


@pytest.fixture(scope="session")
def engine_url():
    """None: that of the docker command."""
    if answers(None):
        yield None
    else:
        with started_by_hand() as engine:
            yield engine.url


@pytest.fixture
def restartable_engine(engine_url):
    """An engine of the test's own beside the other; it reaches nothing."""
    with started_by_hand(*APART) as engine:
        own = connect(engine.url)
        stand_ins.ensure(own, "busybox")
        own.close()
        yield engine


@pytest.fixture(scope="session")
def client(engine_url):
    """The tests' own eyes on the engine; afterwards it has what it had before."""
    client = connect(engine_url)
    before = holdings(client)
    ours = {*stand_ins.TAGS.values(), LEARNERS_IMAGE}
    images = {tag for tag in ours if stand_ins.is_there(client, tag)}
    yield client
    for tag in sorted(ours - images):
        if stand_ins.is_there(client, tag):
            client.remove_image(tag)
    assert holdings(client) == before
    client.close()


def holdings(client):
    return {
        "containers": {each["Id"] for each in client.containers(all=True)},
        "volumes": {each["Name"] for each in client.volumes()["Volumes"] or ()},
        "networks": {each["Id"] for each in client.networks()},
    }


@pytest.fixture
def new_world(engine_url, client):
    """Make a world on the engine: a lab with one instance."""
    for name in ("busybox", "listens"):
        stand_ins.ensure(client, name)
    worlds = []

    def make(instance_id="i-1", lab_id=None, **options):
        worlds.append(DockerWorld(lab_id or next(LABS), instance_id, engine_url, **options))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


@pytest.fixture
def world(new_world):
    return new_world()
