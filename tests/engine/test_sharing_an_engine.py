"""Instances and labs on one engine stay apart, and nothing of a lab outlives it."""

import urllib.request
from contextlib import closing

import pytest
from docker_world import DockerWorld
from runtime_contract import WEB
from task_run import TaskRun

from ecs_tutorial.data_plane.docker_runtime import DockerRuntime
from ecs_tutorial.data_plane.runtime import ContainerSpec, Mount, RuntimeFault

pytestmark = pytest.mark.engine

DATA = Mount("data", "/data", outlives_task=True)


def text_at(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        return answer.read().decode()


def reached(world, runtime, port):
    """What answers at an instance's host port, once it does."""

    def answer():
        try:
            return text_at(runtime.loopback_port(port))
        except OSError:
            return None

    world.until(answer)
    return answer()


def test_each_instance_has_its_own_host_ports(world):
    """Two instances of a lab both have a port 8080, on two ports of this machine."""
    second = DockerRuntime(world.engine, "i-2", world.clock)
    world.start(world.service, ports=WEB)
    first, world.runtime = world.runtime, second
    world.start(world.service, ports=WEB)
    assert first.loopback_port(8080) != second.loopback_port(8080)
    for runtime in (first, second):
        assert len(runtime.containers()) == 1
        assert reached(world, runtime, 8080) == "It listens.\n"
        assert runtime.loopback_port(80) is None


def test_a_port_of_a_container_that_has_ended_is_nowhere(world):
    """The loopback port goes with the container."""
    record = world.start(world.service, ports=WEB)
    world.runtime.stop(record.runtime_id, 1)
    world.ended(record)
    assert world.runtime.loopback_port(8080) is None


@pytest.mark.parametrize("other", [{"instance_id": "i-2"}, {"lab_id": "another"}])
def test_names_of_others_are_no_conflict(new_world, other):
    """Two learners' labs give the same names: containers and volumes stay apart."""
    first, second = new_world(lab_id="one"), new_world(**{"lab_id": "one", **other})
    for world, word in ((first, "mine"), (second, "yours")):
        world.ended(
            world.start(world.shell, "sh", "-c", f"echo {word} >> /data/file", mounts=(DATA,))
        )
        reader = world.start(world.shell, "cat", "/data/file", name="reader", mounts=(DATA,))
        world.ended(reader)
        assert world.runtime.logs(reader.runtime_id) == (word,)
        assert {record.spec.name for record in world.runtime.containers()} == {"first", "reader"}


def test_a_discarded_instance_takes_only_its_own(world, client):
    """Containers and volumes of one instance go, those of another stay."""
    kept = DockerRuntime(world.engine, "i-2", world.clock)
    stays = world.ask(kept.create, ContainerSpec("stays", world.shell, mounts=(DATA,)))
    world.create(world.shell, mounts=(Mount("goes", "/data", outlives_task=True),))
    world.runtime.discard()
    world.until(lambda: "goes" not in volumes(client))
    assert "data" in volumes(client)
    assert world.inspect(stays)


def volumes(client):
    return {each["Name"] for each in client.volumes()["Volumes"] or ()}


def test_what_a_dead_lab_left_is_found_and_removed(new_world, engine_url, client):
    """A lab whose process died left containers that run; the next one finds them by label."""
    dead, other = new_world(lab_id="dead"), new_world()
    record = dead.start(dead.service, mounts=(DATA,))
    neighbour = other.start(other.service)
    with closing(DockerWorld("dead", "i-1", engine_url)) as again:
        assert again.engine.remove_leftovers() == 1
        assert again.engine.remove_leftovers() == 0
    assert "data" not in volumes(client)
    there = {each["Id"] for each in client.containers(all=True)}
    assert record.runtime_id not in there
    assert neighbour.runtime_id in there


@pytest.fixture
def committed(client, new_world):
    """A learner's own container of an image made from a lab's, whose labels it has."""
    world = new_world(lab_id="copied")
    record = world.start(world.service)
    client.commit(record.runtime_id, "copy", "of-a-lab-s")
    made = client.create_container("copy:of-a-lab-s", name="my-own")["Id"]
    yield world, record.runtime_id, made
    client.remove_container(made, force=True)
    client.remove_image("copy:of-a-lab-s")


def test_a_container_of_a_committed_image_is_not_the_lab_s(committed, client):
    """It carries the lab's labels, and stays when the lab's container goes."""
    world, labs, learners = committed
    found = client.inspect_container(learners)
    assert found["Config"]["Labels"]["ecs-tutorial.lab"] == "copied"
    assert world.engine.remove_leftovers() == 1
    there = {each["Id"] for each in client.containers(all=True)}
    assert learners in there
    assert labs not in there


def test_a_container_that_calls_itself_a_registry_takes_no_images_along(world, client):
    """Neither a definition's label nor an image's leads to images of others."""
    client.tag("busybox:latest", "foreign.invalid/kept", "1")
    label = {"ecs-tutorial.registry": "foreign.invalid"}
    world.create(world.shell, labels=label)
    assert world.engine.remove_leftovers() == 1
    kept = client.images("foreign.invalid/kept")
    client.remove_image("foreign.invalid/kept:1")
    assert kept


def test_what_cannot_be_made_leaves_no_volume(world, client):
    """The task's own goes again; one that outlives tasks stays, as does one that is in use."""
    before = volumes(client)
    used = Mount("used", "/used")
    world.create(world.shell, name="user", mounts=(used,))
    mounts = (Mount("short", "/short"), DATA, used)
    spec = ContainerSpec("refused", "no-such-image.invalid/at:all", mounts=mounts)
    assert isinstance(world.ask(world.runtime.create, spec), RuntimeFault)
    assert volumes(client) - before == {"used", "data"}


def test_a_lab_that_ends_leaves_nothing(new_world, client):
    """Also what was being made while it ended."""
    before = {each["Id"] for each in client.containers(all=True)}
    world = new_world()
    world.start(world.service)
    for number in range(5):
        world.runtime.create(ContainerSpec(f"late-{number}", world.shell), lambda result: None)
    world.engine.close()
    assert {each["Id"] for each in client.containers(all=True)} == before


def test_what_is_refused_never_gets_to_the_engine(world):
    """A privileged container is refused with the reason, and how to allow it."""
    run = TaskRun(world, {"privileged": True}).until("STOPPED")
    [entry] = run.reported("app")
    assert entry["reason"] == (
        "CannotCreateContainerError: the container runs with all rights of the machine "
        "(privileged). The lab refuses this on your machine. To allow it, add "
        'allow=["privileged"] to start() in the first cell.'
    )
    assert world.runtime.containers() == ()


def test_what_is_allowed_by_name_runs(new_world, tmp_path):
    """A folder of the machine, once host-mounts are allowed."""
    (tmp_path / "page").write_text("from the machine")
    world = new_world(allowed=frozenset({"host-mounts"}))
    mount = Mount(str(tmp_path), "/data", is_read_only=True, is_host_path=True)
    record = world.ended(world.start(world.shell, "cat", "/data/page", mounts=(mount,)))
    assert world.runtime.logs(record.runtime_id) == ("from the machine",)
    assert world.inspect(record.runtime_id)["HostConfig"]["Binds"] == [f"{tmp_path}:/data:ro"]
