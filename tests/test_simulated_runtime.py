"""The simulated runtime holds the contract of all runtimes; and what it adds."""

from __future__ import annotations

import random

import pytest
from runtime_contract import RuntimeContract, World

from ecs_tutorial.clock import ManualClock
from ecs_tutorial.data_plane.images import ImageName, looks_published
from ecs_tutorial.data_plane.runtime import ContainerSpec, PublishedPort, RuntimeFault
from ecs_tutorial.data_plane.simulated import SimulatedRuntime

ECR_IMAGE = "123456789012.dkr.ecr.us-east-1.localhost/shop:1"


class SimulatedWorld(World):
    """A simulated runtime and the clock that drives it."""

    def __init__(self, seed=1):
        self.clock = ManualClock()
        super().__init__(
            SimulatedRuntime(
                self.clock, random.Random(seed), repository_has=lambda image: image == ECR_IMAGE
            )
        )

    def wait(self, seconds):
        self.clock.advance(seconds)

    def until(self, condition, within=20):
        for _ in range(within * 4):
            if condition():
                return
            self.wait(0.25)
        assert condition()

    def run(self, image, *command, wait=10, **fields):
        """Start; the record as it is ``wait`` seconds after the start."""
        record = self.start(image, *command, **fields)
        if isinstance(record, RuntimeFault):
            return record
        self.wait(wait)
        return self.record(record.runtime_id)


class TestSimulatedRuntime(RuntimeContract):
    """The contract."""

    @pytest.fixture
    def world(self):
        return SimulatedWorld()


# What the simulation adds


def test_an_image_that_does_not_exist_cannot_be_pulled():
    """Docker's own words for a misspelt name arrive as CannotPullContainerError."""
    world = SimulatedWorld()
    fault = world.ask(world.runtime.pull, "wordpres")
    assert str(fault) == (
        "CannotPullContainerError: Error response from daemon: pull access denied for wordpres, "
        "repository does not exist or may require 'docker login': denied: requested access to "
        "the resource is denied"
    )


def test_runs_are_the_same_with_the_same_seed():
    """Ids come from the generator that the runtime is given."""
    ids = [SimulatedWorld(seed).run("nginx").runtime_id for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]


def test_the_first_pull_takes_seconds_and_the_next_is_quick():
    """An image that is on the instance is only checked."""
    world = SimulatedWorld()
    answers = []
    world.runtime.pull("wordpress", answers.append)
    world.wait(3)
    assert answers == []
    world.wait(5)
    world.runtime.pull("wordpress", answers.append)
    world.wait(1)
    assert len(answers) == 2
    assert list(world.runtime.images()) == ["wordpress"]


def test_two_pulls_of_one_image_share_the_download():
    """Both are answered at the same moment, each once."""
    world = SimulatedWorld()
    answers = []
    world.runtime.pull("mysql", answers.append)
    world.wait(3)
    world.runtime.pull("mysql", answers.append)
    world.wait(3.5)
    assert len(answers) == 2


@pytest.mark.parametrize(
    "image",
    [
        "wordpress",
        "library/wordpress:6.8",
        "docker.io/library/mysql:8.4",
        "public.ecr.aws/docker/library/httpd:2.4-alpine",
        "python:3.12-slim-bookworm",
        "wordpress:php8.2-apache",
        "mysql@sha256:" + "0" * 64,
        "amazon/amazon-ecs-sample",
        ECR_IMAGE,
    ],
)
def test_images_that_exist(image):
    """Docker Hub's official library under all its names, and what ECR has."""
    world = SimulatedWorld()
    assert world.ask(world.runtime.pull, image).startswith("sha256:")


@pytest.mark.parametrize(
    ("image", "text"),
    [
        ("mysqll:8", "pull access denied for mysqll"),
        ("nobody/wordpress", "pull access denied for nobody/wordpress"),
        ("wordpress:newest", "manifest for wordpress:newest not found"),
        (ECR_IMAGE.replace(":1", ":2"), "Requested image not found"),
    ],
)
def test_images_that_do_not_exist(image, text):
    """A misspelt name, somebody else's name, a tag that nobody pushes, a missing push."""
    world = SimulatedWorld()
    fault = world.ask(world.runtime.pull, image)
    assert fault.name == "CannotPullContainerError"
    assert text in fault.text
    assert world.runtime.images() == {}


def test_an_image_s_name_has_a_registry_with_a_port():
    """A colon before a slash is a port, not a tag."""
    assert ImageName.of("localhost:5000/shop") == ImageName("localhost:5000/shop", "latest")


def test_tags_that_read_like_versions():
    """Versions and the usual words pass, other words do not."""
    assert all(map(looks_published, ["latest", "8", "8.4.1-oracle", "fpm-alpine3.20", "v2"]))
    assert not any(map(looks_published, ["newest", "my-branch", "lastest"]))


def test_mysql_without_a_password_ends_with_its_familiar_message():
    """The image's entry point refuses to start: exit code 1."""
    world = SimulatedWorld()
    record = world.run("mysql")
    assert record.exit_code == 1
    log = "\n".join(world.runtime.logs(record.runtime_id))
    assert "Database is uninitialized and password option is not specified" in log


def test_mysql_with_a_password_runs_and_is_ready():
    """MYSQL_ROOT_PASSWORD is enough; mysqld listens on 3306."""
    world = SimulatedWorld()
    record = world.run("mysql", environment={"MYSQL_ROOT_PASSWORD": "secret"})
    assert record.state == "running"
    assert (3306, "tcp") in record.exposed_ports
    assert "ready for connections" in world.runtime.logs(record.runtime_id)[-1]


def test_too_little_memory_is_out_of_memory():
    """mysqld needs 128 MiB: with 64 it is killed, exit code 137 and OOMKilled."""
    world = SimulatedWorld()
    record = world.run("mysql", environment={"MYSQL_ROOT_PASSWORD": "x"}, memory=64)
    assert (record.exit_code, record.oom_killed) == (137, True)
    assert world.ends[0].oom_killed


def test_a_program_that_fills_its_memory_is_killed_at_its_limit():
    """``tail /dev/zero`` waits for the end of a line that has none; without a limit it goes on."""
    world = SimulatedWorld()
    record = world.run("busybox", "tail", "/dev/zero", memory=16)
    assert (record.exit_code, record.oom_killed) == (137, True)
    free = SimulatedWorld().run("busybox", "tail", "/dev/zero")
    assert free.state == "running"


def test_wordpress_listens_on_its_published_port_only_while_it_runs():
    """``listens_on`` is what a browser's request would meet."""
    world = SimulatedWorld()
    record = world.run("wordpress", ports=(PublishedPort(80, 32768), PublishedPort(81, 32769)))
    assert record.listens_on(32768)
    assert not record.listens_on(32769)
    assert not record.listens_on(80)
    world.runtime.kill(record.runtime_id)
    world.wait(0)
    assert not world.record(record.runtime_id).listens_on(32768)


def test_a_service_told_to_do_something_else_does_not_listen():
    """With another command nothing answers on the image's port."""
    record = SimulatedWorld().run("nginx", "sleep", "60", ports=(PublishedPort(80, 80),))
    assert record.state == "running"
    assert not record.listens_on(80)


@pytest.mark.parametrize(
    ("command", "exit_code", "lines"),
    [
        ((), 0, ()),
        (("true",), 0, ()),
        (("false",), 1, ()),
        (("echo", "hello", "ECS"), 0, ("hello ECS",)),
        (("sh", "-c", "sleep 2 && echo done"), 0, ("done",)),
        (("sh", "-c", "false && echo never; echo $WHO"), 0, ("me",)),
        (("sh", "-c", "false || exit 7"), 7, ()),
        (("sh", "-c", "ehco hi"), 127, ("sh: ehco: not found",)),
        (
            ("/bin/sh", "-c", "echo one\necho 'open"),
            2,
            ("one", "sh: line 2: unexpected EOF while looking for matching `''"),
        ),
        (
            ("sh", "-c", "echo one\necho $((1 + 2))"),
            0,
            ("one", "not simulated: the script from here on: echo $((1 + 2))"),
        ),
        (("sleep", "soon"), 1, ("sleep: invalid time interval 'soon'",)),
    ],
)
def test_what_a_shell_image_does(command, exit_code, lines):
    """Simple commands and scripts end as they would, none of them really run."""
    world = SimulatedWorld()
    record = world.run("alpine", *command, environment={"WHO": "me"})
    assert (record.state, record.exit_code) == ("exited", exit_code)
    assert world.runtime.logs(record.runtime_id) == lines


@pytest.mark.parametrize(
    "script", ["while true; do date; sleep 5; done", "tail -f /dev/null", "sleep infinity"]
)
def test_scripts_that_never_end(script):
    """Loops and endless waits run until somebody stops them."""
    assert SimulatedWorld().run("alpine", "sh", "-c", script, wait=10_000).state == "running"


def test_a_script_may_end_in_the_image_s_own_program():
    """The well-known sample: write a page, then start httpd."""
    record = SimulatedWorld().run(
        "httpd:2.4",
        "echo '<h1>Hi</h1>' > htdocs/index.html && httpd-foreground",
        entry_point=("sh", "-c"),
        ports=(PublishedPort(80, 80),),
    )
    assert record.listens_on(80)


def test_hello_world_says_hello_and_ends():
    """The smallest image does its work and exits with 0."""
    world = SimulatedWorld()
    record = world.run("hello-world")
    assert record.exit_code == 0
    assert "Hello from Docker!" in world.runtime.logs(record.runtime_id)


def test_a_failing_health_check_says_so_after_its_retries():
    """UNHEALTHY after ``retries`` failed probes, said once."""
    world = SimulatedWorld()
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2}
    world.run("nginx", wait=9, health_check=check)
    assert world.health == []
    world.wait(60)
    assert world.health == ["UNHEALTHY"]


def test_kill_ends_a_container_from_outside():
    """For tests and chapters: any exit code, out of memory or not."""
    world = SimulatedWorld()
    record = world.run("redis")
    world.runtime.kill(record.runtime_id, oom=True)
    assert world.ends == []
    world.wait(0)
    assert (world.ends[0].exit_code, world.ends[0].oom_killed) == (137, True)


def test_shutting_down_ends_everything_unheard():
    """When the instance goes, its timers go: no exit is reported, no answer comes."""
    world = SimulatedWorld()
    record = world.run("nginx")
    answers = []
    world.runtime.pull("mysql", answers.append)
    world.runtime.shut_down()
    world.wait(1000)
    assert (answers, world.ends) == ([], [])
    assert world.record(record.runtime_id).state == "exited"


def test_after_a_shut_down_the_images_are_still_there():
    """Stop and start of an instance keep its disk."""
    world = SimulatedWorld()
    world.run("nginx")
    world.runtime.shut_down()
    answers = []
    world.runtime.pull("nginx", answers.append)
    world.wait(0.5)
    assert len(answers) == 1
    assert world.run("nginx", name="again").state == "running"


def test_what_was_asked_before_a_shut_down_is_never_done():
    """A container that was about to be made is not made on a dead instance."""
    world = SimulatedWorld()
    answers = []
    world.runtime.create(ContainerSpec("c", "nginx"), answers.append)
    world.runtime.shut_down()
    world.wait(60)
    assert (answers, world.runtime.containers()) == ([], ())


@pytest.mark.parametrize(
    "command", [["sleep", "9" * 14], ["sh", "-c", "sleep 9e; sleep 99999999d"]]
)
def test_a_sleep_beyond_the_calendar_runs_on(command):
    """However long a container sleeps, its end is a date that the clock can name."""
    record = SimulatedWorld().run("busybox", *command)
    assert record.finished_at is None


def test_a_memory_of_nought_is_no_limit():
    """A container without a hard limit is not killed for want of memory."""
    record = SimulatedWorld().run("mysql", memory=0, environment={"MYSQL_ROOT_PASSWORD": "secret"})
    assert record.finished_at is None
