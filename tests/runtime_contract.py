"""What every container runtime must do: one suite, whatever runs the containers.

A test class takes the suite over and gives it a ``world``: a runtime, two images, and time
that can be let pass.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from ecs_tutorial.data_plane.runtime import ContainerSpec, Mount, PublishedPort, RuntimeFault

WEB = (PublishedPort(80, 8080),)


class World(ABC):
    """A runtime with those who listen to it.

    A kind of world says which of its images is a shell (``shell``) and which one listens on
    port 80 until it is told to stop (``service``), and how time passes.
    """

    shell = "busybox"
    service = "nginx"

    def __init__(self, runtime):
        self.runtime = runtime
        self.ends = []
        self.health = []
        runtime.on_exit = self.ends.append
        runtime.on_health = lambda runtime_id, health: self.health.append(health)

    @abstractmethod
    def wait(self, seconds):
        """Let lab time pass."""

    @abstractmethod
    def until(self, condition, within=20):
        """Let lab time pass until ``condition()`` holds; what it gave."""

    def ask(self, call, *arguments):
        """Call and wait for the one answer."""
        answers = []
        call(*arguments, answers.append)
        self.until(lambda: answers)
        [answer] = answers
        return answer

    def create(self, image, *command, name="first", **fields):
        assert not isinstance(self.ask(self.runtime.pull, image), RuntimeFault)
        spec = ContainerSpec(name=name, image=image, command=command, **fields)
        return self.ask(self.runtime.create, spec)

    def start(self, image, *command, **fields):
        """Pull, create and start; the container's record as it has just started, or the fault."""
        runtime_id = self.create(image, *command, **fields)
        return self.ask(self.runtime.start, runtime_id)

    def record(self, runtime_id):
        return next((r for r in self.runtime.containers() if r.runtime_id == runtime_id), None)

    def ended(self, record):
        """The record of a container, once it has exited and that has been told."""
        self.until(lambda: record.runtime_id in {end.runtime_id for end in self.ends})
        return self.record(record.runtime_id)


class RuntimeContract:
    """The suite."""

    def test_no_call_answers_at_once(self, world):
        """Answers come later: nobody is called back inside their own call."""
        answers = []
        world.runtime.pull(world.shell, answers.append)
        world.runtime.create(ContainerSpec("first", world.shell), answers.append)
        world.runtime.start("not there", answers.append)
        assert answers == []
        world.until(lambda: len(answers) == 3)

    def test_a_pull_gives_the_image_s_digest(self, world):
        """The digest is ``sha256:`` and 64 hex digits, the same each time."""
        first = world.ask(world.runtime.pull, world.shell)
        assert first.startswith("sha256:")
        assert len(first) == 71
        assert world.ask(world.runtime.pull, world.shell) == first
        assert world.runtime.images() == {world.shell: first}

    def test_a_container_goes_from_created_to_running_to_exited(self, world):
        """Records tell the three states with their times and the exit code."""
        runtime_id = world.create(world.shell, "sleep", "2")
        assert len(runtime_id) == 64
        assert world.record(runtime_id).state == "created"
        assert world.ask(world.runtime.start, runtime_id).state == "running"
        record = world.ended(world.record(runtime_id))
        assert (record.state, record.exit_code) == ("exited", 0)
        assert record.created_at < record.started_at < record.finished_at
        assert [end.runtime_id for end in world.ends] == [runtime_id]

    def test_exit_codes_and_lines_arrive(self, world):
        """What a shell exits with is what on_exit and the record say."""
        record = world.ended(world.start(world.shell, "sh", "-c", "echo going; exit 3"))
        assert record.exit_code == 3
        assert world.ends[0].exit_code == 3
        assert world.runtime.logs(record.runtime_id) == ("going",)

    def test_a_log_is_read_on_from_where_it_was(self, world):
        """First what is there, then what came since, then nothing."""

        def read(position):
            answers = []
            world.runtime.log_after(
                record.runtime_id, position, lambda lines, at: answers.append((lines, at))
            )
            world.until(lambda: answers)
            return answers[0]

        record = world.start(world.shell, "sh", "-c", "echo one; sleep 3; echo two; echo three")
        world.until(lambda: world.runtime.logs(record.runtime_id))
        lines, position = read("")
        assert lines == ("one",)
        world.ended(record)
        lines, position = read(position)
        assert lines == ("two", "three")
        assert read(position) == ((), position)

    def test_stopping_ends_a_service_gently(self, world):
        """A service ends by itself on the stop signal, long before the timeout."""
        record = world.start(world.service)
        world.wait(1)
        world.runtime.stop(record.runtime_id, 300)
        assert world.ended(record).exit_code == 0

    def test_stopping_kills_what_does_not_listen(self, world):
        """``sleep`` as the first process ignores SIGTERM: SIGKILL after the timeout, exit 137."""
        record = world.start(world.shell, "sleep", "1000")
        world.runtime.stop(record.runtime_id, 2)
        world.wait(1)
        assert world.record(record.runtime_id).state == "running"
        assert world.ended(record).exit_code == 137

    def test_stopping_twice_ends_once(self, world):
        """A second stop, or one of a container that has ended, changes nothing."""
        record = world.start(world.service)
        world.wait(1)
        world.runtime.stop(record.runtime_id, 300)
        world.runtime.stop(record.runtime_id, 300)
        world.ended(record)
        world.runtime.stop(record.runtime_id, 0)
        world.wait(1)
        assert len(world.ends) == 1

    def test_a_taken_host_port_cannot_be_published_again(self, world):
        """The second container on a host port fails to start, the first goes on."""
        first = world.start(world.service, ports=WEB)
        fault = world.start(world.service, ports=WEB, name="second")
        assert fault.name == "CannotStartContainerError"
        assert "Bind for 0.0.0.0:8080 failed: port is already allocated" in fault.text
        assert world.record(first.runtime_id).state == "running"

    def test_a_port_is_free_again_after_the_end(self, world):
        """Host ports belong to running containers only."""
        first = world.start(world.service, ports=WEB)
        world.runtime.stop(first.runtime_id, 1)
        world.ended(first)
        assert world.start(world.service, ports=WEB, name="second").state == "running"

    def test_a_record_tells_the_instance_s_own_ports(self, world):
        """What was asked for, on all addresses of the instance; and something listens there."""
        record = world.start(world.service, ports=WEB)
        assert record.spec.ports == WEB
        assert record.listens_on(8080)
        assert not record.listens_on(80)

    def test_a_name_is_used_once(self, world):
        """Two containers of one name are refused as Docker refuses them."""
        world.create(world.shell)
        fault = world.ask(world.runtime.create, ContainerSpec("first", world.shell))
        assert fault.name == "CannotCreateContainerError"
        assert 'Conflict. The container name "/first" is already in use' in fault.text

    def test_a_program_that_is_not_there_cannot_start(self, world):
        """A command that the image does not have is a fault of the start, not an exit."""
        fault = world.start(world.shell, "wordpress-foreground")
        assert fault.name == "CannotStartContainerError"
        assert 'exec: "wordpress-foreground": executable file not found in $PATH' in fault.text
        world.wait(1)
        assert world.ends == []

    def test_what_is_not_there_cannot_start(self, world):
        """A container that nobody made is a fault in Docker's words."""
        fault = world.ask(world.runtime.start, "f" * 64)
        assert str(fault) == (
            "CannotStartContainerError: Error response from daemon: No such container: " + "f" * 64
        )

    def test_removing_forgets_what_has_ended(self, world):
        """A running container is not removed; one that has ended is, with its log."""
        record = world.start(world.service)
        world.runtime.remove(record.runtime_id)
        assert world.record(record.runtime_id).state == "running"
        world.runtime.stop(record.runtime_id, 0)
        world.ended(record)
        world.runtime.remove(record.runtime_id)
        world.runtime.remove("not there")
        assert world.runtime.containers() == ()
        assert world.runtime.logs(record.runtime_id) == ()

    def test_containers_are_listed_newest_first(self, world):
        """As docker ps lists them."""
        world.create(world.shell, name="old")
        world.create(world.shell, name="new")
        assert [record.spec.name for record in world.runtime.containers()] == ["new", "old"]

    def test_a_health_check_first_speaks_after_one_interval(self, world):
        """HEALTHY arrives with the first probe, one interval after the start."""
        check = {"command": ["CMD-SHELL", "exit 0"], "interval": 3}
        record = world.start(world.service, health_check=check)
        assert (record.health, world.health) == ("starting", [])
        world.until(lambda: world.health)
        assert (world.record(record.runtime_id).health, world.health) == ("healthy", ["HEALTHY"])

    def test_a_failing_health_check_says_so_after_its_retries(self, world):
        """UNHEALTHY after ``retries`` failed probes, said once."""
        check = {"command": ["CMD-SHELL", "exit 1"], "interval": 1, "retries": 2}
        record = world.start(world.service, health_check=check)
        world.until(lambda: world.health)
        world.wait(2)
        assert (world.record(record.runtime_id).health, world.health) == (
            "unhealthy",
            ["UNHEALTHY"],
        )

    def test_volumes_may_be_mounted_and_shared(self, world):
        """A volume of the task's own, and the same again by way of the other container."""
        mount = Mount("ecs-shop-1-data-0123456789abcdef0123", "/data")
        first = world.create(world.shell, "true", mounts=(mount,))
        second = world.create(world.shell, "true", name="second", volumes_from=(first,))
        assert len(second) == 64

    def test_going_down_ends_everything_unheard(self, world):
        """The instance loses its power: containers end, nobody is told, no answer comes."""
        record = world.start(world.service)
        answers = []
        world.runtime.create(ContainerSpec("late", world.shell), answers.append)
        world.runtime.shut_down()
        world.wait(2)
        assert (answers, world.ends) == ([], [])
        [left] = world.runtime.containers()
        assert (left.runtime_id, left.state) == (record.runtime_id, "exited")

    def test_an_instance_that_was_down_runs_containers_again(self, world):
        """Stop and start of an instance keep its disk: images and ended containers stay."""
        world.start(world.service)
        world.runtime.shut_down()
        assert world.service in world.runtime.images()
        assert world.start(world.service, name="again").state == "running"
        assert len(world.runtime.containers()) == 2

    def test_a_discarded_instance_has_nothing(self, world):
        """Terminated: its containers and images are gone with its disk."""
        world.start(world.service)
        world.runtime.discard()
        assert (world.runtime.containers(), world.runtime.images()) == ((), {})
        world.wait(1)
        assert world.ends == []
