"""What containers do by themselves, or somebody to them, reaches the agent as ECS says it."""

from contextlib import closing

import pytest
from docker_world import DockerWorld
from labs import container
from real_lab import real_lab
from task_run import TaskRun

from ecs_tutorial.data_plane.docker_engine import connect

pytestmark = pytest.mark.engine


@pytest.fixture
def hands(engine_url):
    """Somebody with a docker command of their own."""
    client = connect(engine_url)
    yield client
    client.close()


def test_killed_by_hand(world, hands):
    """``docker kill``: exit code 137."""
    record = world.start(world.service)
    hands.kill(record.runtime_id)
    assert world.ended(record).exit_code == 137
    assert not world.ends[0].oom_killed


def test_removed_by_hand(world, hands):
    """``docker rm -f``: the end is told once, and the container is no longer listed."""
    record = world.start(world.service)
    hands.remove_container(record.runtime_id, force=True)
    world.until(lambda: not world.runtime.containers())
    world.wait(0.5)
    assert [end.exit_code for end in world.ends] == [137]


def test_removed_by_hand_before_its_start(world, hands):
    """Nobody saw an end: the agent is told that it is gone."""
    runtime_id = world.create(world.shell)
    hands.remove_container(runtime_id)
    world.until(lambda: world.ends)
    assert [end.exit_code for end in world.ends] == [None]


def test_out_of_memory(world):
    """OutOfMemoryError, whatever exit code the shell around it ends with."""
    # The shell's child is killed, not the shell.
    script = "x=$(head -c 64m /dev/zero | tail -c 64m | tr '\\0' x); exit 1"
    run = TaskRun(world, {"image": "busybox", "memory": 16, "command": ["sh", "-c", script]}).until(
        "STOPPED"
    )
    assert run.inspect()["State"]["OOMKilled"]
    [entry] = [each for each in run.reported("app") if each["status"] == "STOPPED"]
    assert entry["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert entry["exitCode"] == run.inspect()["State"]["ExitCode"]


def test_a_container_that_ends_at_once_has_run(world):
    """RUNNING is reported before STOPPED, however quick the end was."""
    run = TaskRun(world, {"image": "busybox", "command": ["false"]}).until("STOPPED")
    assert [each["status"] for each in run.reported("app")] == ["RUNNING", "STOPPED"]
    assert run.reported("app")[-1]["exitCode"] == 1


def test_a_start_that_fails_is_the_container_s_reason(world):
    """CannotStartContainerError with the engine's text, and no exit code."""
    run = TaskRun(world, {"image": "busybox", "command": ["wordpress"]}).until("STOPPED")
    [entry] = run.reported("app")
    assert entry["reason"].startswith("CannotStartContainerError: Error response from daemon: ")
    assert "exitCode" not in entry


def test_a_turn_of_health_is_reported(world):
    """HEALTHY, then UNHEALTHY when the check turns bad."""
    check = {"command": ["CMD-SHELL", "test ! -e /bad"], "interval": 1, "retries": 1}
    run = TaskRun(world, {"healthCheck": check}).until("RUNNING")
    world.until(lambda: world_health(run) == "HEALTHY")
    execution = world.engine.client.exec_create(run.container("app").runtime_id, ["touch", "/bad"])
    world.engine.client.exec_start(execution)
    world.until(lambda: world_health(run) == "UNHEALTHY")
    assert [each["containers"][0]["healthStatus"] for each in run.health] == [
        "HEALTHY",
        "UNHEALTHY",
    ]


def world_health(run):
    return run.container("app").state.health


def test_events_are_heard_after_the_stream_was_cut(world, hands):
    """What happens while nobody listens is learned when the stream is there again."""
    record, other = world.start(world.service), world.start(world.service, name="other")
    events = world.engine._events
    events._reconnect, reconnect = lambda: False, events._reconnect
    events._stream.close()
    world.wait(0.5)
    hands.kill(record.runtime_id)
    hands.remove_container(other.runtime_id, force=True)
    world.wait(0.5)
    assert world.ends == []
    events._reconnect = reconnect
    world.until(lambda: len(world.ends) == 2)
    assert world.record(record.runtime_id).exit_code == 137
    assert world.record(other.runtime_id) is None


def test_the_engine_starts_anew(restartable_engine):
    """Its containers end with it; afterwards ends arrive and new ones can be started."""
    script = "trap 'exit 5' TERM; sleep 1000 & wait"
    with closing(DockerWorld("restart", "i-1", restartable_engine.url)) as world:
        for name in ("first", "second"):
            record = world.start(world.shell, "sh", "-c", script, name=name)
            restartable_engine.restart()
            assert world.ended(record).exit_code == 5
        third = world.start(world.shell, "true", name="third")
        assert world.ended(third).exit_code == 0


def test_a_service_s_lab_outlives_its_engine(restartable_engine, tmp_path):
    """The engine goes down and comes back: its tasks end, and the service has new ones."""
    engine = connect(restartable_engine.url)
    lab_on = real_lab("restarted", restartable_engine.url, engine, tmp_path)
    with closing(engine), lab_on as lab:
        lab.fleet()
        app = container(
            image=DockerWorld.shell, memory=32, stopTimeout=2, command=["sleep", "10000"]
        )
        lab.create_service("shop", lab.register("shop", app), 2)
        before = lab.steady("shop", 2)
        restartable_engine.restart()
        lab.until(lambda: not set(before) & {task["taskArn"] for task in lab.tasks("shop")})
        lab.steady("shop", 2)
        wanted = {c["runtimeId"] for task in lab.tasks("shop") for c in task["containers"]}
        assert {each["Id"] for each in lab.marked() if each["State"] == "running"} == wanted
