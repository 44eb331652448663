"""What a simulated instance keeps when a container has gone: its volumes, and what is in them."""

import json

import pytest
from hosts import walk_region
from test_simulated_runtime import SimulatedWorld

from ecs_tutorial.data_plane.runtime import ContainerSpec, Mount

PASSWORD = {"MYSQL_ROOT_PASSWORD": "secret"}
SHARED = Mount("data", "/var/lib/mysql", outlives_task=True)
OWN = Mount("ecs-db-1-data-0123", "/var/lib/mysql")
FOLDER = Mount("/srv/data", "/var/lib/mysql", is_host_path=True)
FIRST = "[Note] [Entrypoint]: Initializing database files"


@pytest.fixture
def world():
    return SimulatedWorld()


def database(world, name, *mounts, **fields):
    """Start a database; the lines that it has written when it is up."""
    found = world.run("mysql:8.4", name=name, mounts=mounts, **{"environment": PASSWORD, **fields})
    return world.runtime.logs(found.runtime_id)


def end(world, name):
    """Stop and remove a container."""
    found = next(each for each in world.runtime.containers() if each.spec.name == name)
    world.runtime.stop(found.runtime_id, 1)
    world.wait(5)
    world.runtime.remove(found.runtime_id)


@pytest.mark.parametrize("mount", [SHARED, FOLDER], ids=["shared volume", "folder of the instance"])
def test_a_database_finds_what_one_before_it_has_left(world, mount):
    """The first prepares its files; the next one finds them, and is up without doing so."""
    assert FIRST in database(world, "one", mount)
    end(world, "one")
    again = database(world, "two", mount)
    assert FIRST not in again
    assert any("ready for connections" in line for line in again)


@pytest.mark.parametrize("mounts", [(), (OWN,)], ids=["none", "the task's own"])
def test_without_a_volume_that_stays_it_begins_anew(world, mounts):
    """A volume of the task's own goes with its last container."""
    database(world, "one", *mounts)
    end(world, "one")
    assert world.runtime.volumes() == ()
    assert FIRST in database(world, "two", *mounts)


def test_a_volume_somewhere_else_holds_no_data(world):
    """Only what is mounted where the image keeps its data is filled."""
    beside = Mount("data", "/backup", outlives_task=True)
    database(world, "one", beside)
    assert FIRST in database(world, "two", SHARED)


def test_one_that_never_came_up_has_prepared_nothing(world):
    """Without a password the first start ends; the volume is there, and empty."""
    database(world, "one", SHARED, environment={})
    assert [volume.name for volume in world.runtime.volumes()] == ["data"]
    assert FIRST in database(world, "two", SHARED)


def test_data_that_is_there_has_its_password(world):
    """The variable is for the first start."""
    database(world, "one", SHARED)
    end(world, "one")
    assert any("ready" in line for line in database(world, "two", SHARED, environment={}))


def test_a_container_sees_the_volumes_of_another(world):
    """``volumesFrom`` mounts them at the same places."""
    holder = world.start("busybox", "sleep", "1d", name="holder", mounts=(SHARED,))
    database(world, "one", volumes_from=(f"{holder.runtime_id}:ro",))
    end(world, "one")
    assert FIRST not in database(world, "two", SHARED)


def test_volumes_outlive_a_reboot_and_end_with_the_disk(world):
    """Power off keeps them; an instance that is gone has none."""
    database(world, "one", SHARED, OWN)
    world.runtime.shut_down()
    assert [volume.name for volume in world.runtime.volumes()] == ["data", OWN.source]
    world.runtime.discard()
    assert world.runtime.volumes() == ()


def test_docker_volume_tells_of_them():
    """``ls`` lists them, ``inspect`` says when and where; one that is not there is an error."""
    region = walk_region()
    spec = ContainerSpec("db", "mysql:8.4", environment=PASSWORD, mounts=(SHARED,))
    region.hosts.host("i-1").runtime.create(spec, lambda made: None)
    region.clock.advance(1)
    assert region.shell("docker volume ls").stdout.splitlines()[1:] == ["local     data"]
    assert region.shell("docker volume ls -q").stdout == "data\n"
    [told] = json.loads(region.shell("docker volume inspect data").stdout)
    assert told["Mountpoint"] == "/var/lib/docker/volumes/data/_data"
    missing = region.shell("docker volume inspect nothing")
    assert (missing.exit_code, missing.stderr) == (1, "Error: No such volume: nothing\n")
