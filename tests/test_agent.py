"""One agent between an ECS, an ACS and a runtime: what it asks, runs and reports."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hosts import host_facts

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.data_plane.agent import Agent
from ecs_tutorial.data_plane.agent_settings import NO_LATENCY, AgentSettings
from ecs_tutorial.data_plane.runtime import ContainerExit, RuntimeFault
from ecs_tutorial.data_plane.simulated import SimulatedRuntime

CLUSTER = "web"
INSTANCE = "arn:aws:ecs:us-east-1:123456789012:container-instance/web/0123"
HOST = host_facts()


class ApiFaultError(Exception):
    """An error in the form of botocore's ClientError."""

    def __init__(self, code, message="no"):
        super().__init__(message)
        self.response = {"Error": {"Code": code, "Message": message}}


class FakeEcs:
    """Remembers every call; ``faults`` are raised first, one a call, by operation."""

    def __init__(self, clock):
        self.clock = clock
        self.calls = []
        self.faults = {}

    def __getattr__(self, operation):
        def call(**parameters):
            self.calls.append((operation, parameters))
            if self.faults.get(operation):
                raise self.faults[operation].pop(0)
            return {"containerInstance": {"containerInstanceArn": INSTANCE}}

        return call

    def called(self, operation):
        return [parameters for name, parameters in self.calls if name == operation]


class FakeAcs:
    """One session at a time; ``deliver`` puts a message on it."""

    def __init__(self):
        self.opened = []
        self.sent = []
        self.closed = 0

    def open_session(self, **facts):
        self.opened.append(facts)
        return self

    def send(self, message):
        self.sent.append(message)

    def close(self):
        self.closed += 1

    def deliver(self, *tasks, kind="PayloadMessage"):
        message = {"messageId": f"m{len(self.sent)}", "tasks": list(tasks), "seqNum": 1}
        self.opened[-1]["deliver"]({"type": kind, "message": message})


class Instance:
    """An agent with its surroundings, registered unless told otherwise."""

    def __init__(self, settings=None, host=HOST, runs=True, **options):
        self.clock = ManualClock()
        self.ecs, self.acs, self.log = FakeEcs(self.clock), FakeAcs(), []
        self.runtime = SimulatedRuntime(self.clock, random.Random(1), lambda image: False)
        self.agent = Agent(
            ecs=self.ecs,
            acs=self.acs,
            runtime=self.runtime,
            clock=self.clock,
            settings=settings or AgentSettings(cluster=CLUSTER),
            host=host,
            rng=random.Random(2),
            log=self.log.append,
            **options,
        )
        if runs:
            self.agent.start()
            self.wait(5)

    def wait(self, seconds):
        self.clock.advance(seconds)

    def run(self, *containers, arn="task/1", wait=30, desired="RUNNING"):
        self.acs.deliver(task(*containers, arn=arn, desired=desired))
        self.wait(wait)

    def stop(self, arn="task/1", wait=60):
        self.run(arn=arn, desired="STOPPED", wait=wait)

    def reports(self, arn="task/1"):
        return [r for r in self.ecs.called("submit_task_state_change") if r["task"] == arn]

    def last(self, arn="task/1"):
        return self.reports(arn)[-1]

    def story(self, arn="task/1"):
        """Each report as (task status, container:status …)."""
        return [
            (r["status"], *(f"{c['containerName']}:{c['status']}" for c in r["containers"]))
            for r in self.reports(arn)
        ]

    def record(self, name):
        label = "com.amazonaws.ecs.container-name"
        return next(r for r in self.runtime.containers() if r.spec.labels[label] == name)


def task(*containers, arn="task/1", desired="RUNNING"):
    return {
        "arn": arn,
        "family": "shop",
        "version": "3",
        "desiredStatus": desired,
        "overrides": "{}",
        "containers": list(containers),
        "volumes": [],
    }


def container(name, image="nginx", **fields):
    return {"name": name, "image": image, "cpu": 10, "memory": 300, "essential": True, **fields}


def port(container_port, host_port=0):
    return {"containerPort": container_port, "hostPort": host_port, "protocol": "tcp"}


DB = container("mysql", "mysql", environment={"MYSQL_ROOT_PASSWORD": "secret"}, memory=500)
WEB = container("wordpress", "wordpress", links=["mysql"], portMappings=[port(80, 80)], memory=500)


@pytest.fixture
def instance():
    return Instance()


# Registration


def test_without_latency_nothing_is_waited_for_but_the_runtime():
    """A message is acted upon and reported in the moment in which it comes."""
    instance = Instance(latency=NO_LATENCY)
    instance.run(container("a", links=["b"]), container("b", links=["a"]), wait=0)
    assert instance.last()["status"] == "STOPPED"


def test_the_agent_registers_then_connects(instance):
    """RegisterContainerInstance, DiscoverPollEndpoint, then one session, as on AWS."""
    assert [name for name, _ in instance.ecs.calls] == [
        "register_container_instance",
        "discover_poll_endpoint",
    ]
    [session] = instance.acs.opened
    assert session["container_instance_arn"] == INSTANCE
    assert session["docker_version"] == "DockerVersion: 25.0.16"
    assert instance.agent.is_connected


def test_start_does_nothing_at_once():
    """Nothing is called back inside start; a second start changes nothing."""
    instance = Instance(runs=False)
    instance.agent.start()
    instance.agent.start()
    assert instance.ecs.calls == []
    instance.wait(5)
    assert len(instance.ecs.called("register_container_instance")) == 1


def test_registered_resources():
    """CPU, memory less ECS_RESERVED_MEMORY, and the reserved ports, in ECS's form."""
    instance = Instance(AgentSettings(CLUSTER, reserved_memory=256))
    [registered] = instance.ecs.called("register_container_instance")
    resources = {r["name"]: r for r in registered["totalResources"]}
    assert list(resources) == ["CPU", "MEMORY", "PORTS", "PORTS_UDP"]
    assert resources["CPU"]["integerValue"] == 2048
    assert resources["MEMORY"]["integerValue"] == 3911 - 256
    assert resources["PORTS"]["stringSetValue"] == ["22", "2375", "2376", "51678", "51679"]
    assert resources["PORTS_UDP"]["stringSetValue"] == []


def test_registered_attributes():
    """Where the instance is, what the agent can do, and the operator's own attributes."""
    settings = AgentSettings(CLUSTER, instance_attributes={"stack": "prod"}, tags={"team": "a"})
    [registered] = Instance(settings).ecs.called("register_container_instance")
    attributes = {a["name"]: a.get("value") for a in registered["attributes"]}
    assert attributes["ecs.instance-type"] == "t3.medium"
    assert attributes["ecs.availability-zone"] == "us-east-1a"
    assert attributes["stack"] == "prod"
    assert attributes["com.amazonaws.ecs.capability.docker-remote-api.1.32"] is None
    assert "com.amazonaws.ecs.capability.logging-driver.awslogs" in attributes
    assert len(attributes) == len(registered["attributes"])
    assert registered["tags"] == [{"key": "team", "value": "a"}]
    assert json.loads(registered["instanceIdentityDocument"])["instanceId"] == "i-0abc"


def test_without_a_cluster_name_default_is_made_and_joined():
    """An empty ECS_CLUSTER means ``default``; the agent creates it if nobody has."""
    instance = Instance(AgentSettings(), runs=False)
    instance.ecs.faults["register_container_instance"] = [
        ApiFaultError("ClientException", "Cluster not found.")
    ]
    instance.agent.start()
    instance.wait(5)
    assert instance.ecs.called("create_cluster") == [{"clusterName": "default"}]
    assert instance.agent.cluster == "default"
    assert instance.agent.is_connected


@pytest.mark.parametrize("code", ["ClientException", "ClusterNotFoundException"])
def test_a_named_cluster_that_does_not_exist_ends_the_agent(code):
    """A cluster with a name is never created; the log says what is wrong, once."""
    instance = Instance(runs=False)
    instance.ecs.faults["register_container_instance"] = [ApiFaultError(code, "Cluster not found.")]
    instance.agent.start()
    instance.wait(3600)
    assert len(instance.ecs.called("register_container_instance")) == 1
    assert instance.ecs.called("create_cluster") == []
    assert f'error="{code}: Cluster not found."' in "\n".join(instance.log)
    assert "level=critical" in instance.log[-1]


@pytest.mark.parametrize("code", ["ThrottlingException", "ServerException"])
def test_a_busy_service_is_asked_again(code):
    """Throttling and ServerException pass: the agent registers a little later."""
    instance = Instance(runs=False)
    instance.ecs.faults["register_container_instance"] = [ApiFaultError(code), ApiFaultError(code)]
    instance.agent.start()
    instance.wait(2)
    assert not instance.agent.is_connected
    instance.wait(10)
    assert instance.agent.is_connected


def test_without_permission_the_log_says_access_denied_and_a_role_given_later_helps():
    """ecs-init keeps starting an agent that is refused, so it joins once it may."""
    instance = Instance(runs=False)
    denied = "User is not authorized to perform: ecs:RegisterContainerInstance"
    instance.ecs.faults["register_container_instance"] = [
        ApiFaultError("AccessDeniedException", denied) for _ in range(5)
    ]
    instance.agent.start()
    instance.wait(20)
    assert not instance.agent.is_connected
    assert f'error="AccessDeniedException: {denied}"' in instance.log[-1]
    instance.wait(200)
    assert instance.agent.is_connected


def test_errors_that_are_not_the_api_s_are_not_swallowed():
    """A fault of the lab itself must be seen."""
    instance = Instance(runs=False)
    instance.ecs.faults["register_container_instance"] = [ZeroDivisionError()]
    instance.agent.start()
    with pytest.raises(ZeroDivisionError):
        instance.wait(5)


def test_log_lines_have_the_agent_s_form(instance):
    """level, time and message first, then key and value."""
    assert (
        'level=info time=2026-10-05T09:00:01Z msg="Instance registration completed successfully" '
        f'instanceArn="{INSTANCE}" cluster="web"'
    ) in instance.log


# Messages


def test_payloads_and_heartbeats_are_acknowledged(instance):
    """Each message is answered with its own kind of acknowledgement."""
    instance.acs.deliver()
    instance.acs.deliver(kind="HeartbeatMessage")
    assert instance.acs.sent == []
    instance.wait(1)
    assert [m["type"] for m in instance.acs.sent] == ["AckRequest", "HeartbeatAckRequest"]
    assert instance.acs.sent[0]["message"]["containerInstance"] == INSTANCE


def test_an_unknown_message_is_logged_and_ignored(instance):
    """A newer service may send what this agent does not know."""
    instance.acs.deliver(kind="SomethingNew")
    instance.wait(1)
    assert instance.acs.sent == []
    assert 'type="SomethingNew"' in instance.log[-1]


def test_a_repeated_payload_starts_nothing_new(instance):
    """A task that is already here is acknowledged and ignored."""
    instance.run(container("a"))
    count = len(instance.reports())
    instance.run(container("a"))
    assert len(instance.reports()) == count
    assert len(instance.runtime.containers()) == 1


# A task's way up


def test_containers_run_one_by_one_and_the_task_last(instance):
    """mysql first because of the link; the task is PENDING until wordpress runs too."""
    instance.run(DB, WEB)
    assert instance.story() == [("PENDING", "mysql:RUNNING"), ("RUNNING", "wordpress:RUNNING")]
    db, web = instance.record("mysql"), instance.record("wordpress")
    assert db.started_at < web.created_at
    assert web.spec.links == {"mysql": db.runtime_id}


def test_reports_hold_what_describe_tasks_shows(instance):
    """Runtime id, digest, bindings and pull times; no exit code while it runs."""
    instance.run(DB, WEB)
    report = instance.last()
    [web] = report["containers"]
    record = instance.record("wordpress")
    assert report["cluster"] == CLUSTER
    assert LAB_EPOCH < report["pullStartedAt"] < report["pullStoppedAt"]
    assert web["runtimeId"] == record.runtime_id
    assert web["imageDigest"] == record.image_digest
    assert web["networkBindings"] == [
        {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 80, "protocol": "tcp"}
    ]
    assert "exitCode" not in web
    assert "executionStoppedAt" not in report
    assert "networkBindings" not in instance.reports()[0]["containers"][0]


def test_a_definition_becomes_a_container(instance):
    """Name, labels, environment, CPU shares and memory as the real agent sets them."""
    payload = container(
        "my_app", cpu=0, environment={"MODE": "test"}, memoryReservation=100, command=["nginx"]
    )
    payload["dockerConfig"] = {
        "config": '{"Labels": {"a": "b"}, "Hostname": "h"}',
        "hostConfig": "{}",
        "version": "1.25",
    }
    instance.run(payload, arn="arn:aws:ecs:us-east-1:1:task/web/feed")
    spec = instance.record("my_app").spec
    assert spec.name.startswith("ecs-shop-3-myapp-")
    assert len(spec.name) == len("ecs-shop-3-myapp-") + 20
    assert spec.labels["com.amazonaws.ecs.task-arn"].endswith("task/web/feed")
    assert spec.labels["com.amazonaws.ecs.cluster"] == CLUSTER
    assert (spec.labels["a"], spec.hostname) == ("b", "h")
    assert spec.environment["MODE"] == "test"
    assert spec.environment["AWS_REGION"] == "us-east-1"
    assert "feed" in spec.environment["ECS_CONTAINER_METADATA_URI_V4"]
    assert (spec.cpu, spec.memory, spec.memory_reservation) == (2, 300, 100)
    assert spec.command == ("nginx",)


def test_dynamic_host_ports_start_at_32768_and_never_meet(instance):
    """hostPort 0: the lowest free port of Linux's dynamic range."""
    for n in range(3):
        instance.run(container("a", portMappings=[port(80), port(81)]), arn=f"task/{n}")
    bound = [b["hostPort"] for n in range(3) for b in bindings(instance.last(f"task/{n}"))]
    assert bound == list(range(32768, 32774))


def bindings(report):
    return report["containers"][-1].get("networkBindings", [])


def test_dependencies_that_go_round_in_a_circle_never_start(instance):
    """A link one way and volumesFrom the other: the task stops with the agent's reason."""
    instance.run(
        container("a", links=["b"]), container("b", volumesFrom=[{"sourceContainer": "a"}])
    )
    assert instance.last()["status"] == "STOPPED"
    assert instance.last()["reason"] == "Task dependencies cannot be resolved, taskArn: task/1"
    assert instance.runtime.containers() == ()


def test_a_container_may_wait_for_another_s_success(instance):
    """A migration runs to its end before the application is even pulled."""
    instance.run(
        container("app", dependsOn=[{"containerName": "migrate", "condition": "SUCCESS"}]),
        container("migrate", "busybox", command=["sleep", "5"], essential=False),
    )
    assert instance.story() == [
        ("PENDING", "migrate:RUNNING"),
        ("PENDING", "migrate:STOPPED"),
        ("RUNNING", "app:RUNNING"),
    ]


def test_a_failed_migration_keeps_the_application_from_starting(instance):
    """SUCCESS that can no longer come stops the task."""
    instance.run(
        container("app", dependsOn=[{"containerName": "migrate", "condition": "SUCCESS"}]),
        container("migrate", "busybox", command=["false"], essential=False),
    )
    last = instance.last()
    assert last["status"] == "STOPPED"
    assert "did not exit successfully" in last["containers"][-1]["reason"]


def test_a_container_may_wait_for_another_s_health(instance):
    """HEALTHY comes with the first health check; the agent reports it as well."""
    check = {"command": ["CMD-SHELL", "curl -f http://localhost/"], "interval": 20}
    instance.run(
        container("app", dependsOn=[{"containerName": "api", "condition": "HEALTHY"}]),
        container("api", healthCheck=check),
    )
    assert instance.last()["status"] == "RUNNING"
    started = instance.record("app").started_at - instance.record("api").started_at
    assert started.total_seconds() > 20
    [health] = [m for m in instance.acs.sent if m["type"] == "PublishHealthRequest"]
    [reported] = health["message"]["tasks"][0]["containers"]
    assert (reported["containerName"], reported["healthStatus"]) == ("api", "HEALTHY")


def test_start_timeout_gives_up_waiting(instance):
    """A dependency that does not get healthy within its startTimeout stops the task."""
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 5}
    instance.run(
        container("app", dependsOn=[{"containerName": "api", "condition": "HEALTHY"}]),
        container("api", healthCheck=check, startTimeout=30),
        wait=60,
    )
    assert instance.last()["status"] == "STOPPED"
    assert "timed out" in str(instance.reports())


# Faults


def test_an_image_that_cannot_be_pulled_stops_the_task(instance):
    """The container has a reason and no exit code, and never a runtime id."""
    instance.run(container("web", "wordpres"))
    report = instance.last()
    [web] = report["containers"]
    assert instance.story() == [("STOPPED", "web:STOPPED")]
    assert web["reason"].startswith("CannotPullContainerError: Error response from daemon: pull")
    assert "exitCode" not in web
    assert "runtimeId" not in web
    assert report["executionStoppedAt"]


def test_a_container_that_nobody_needs_may_fail(instance):
    """A fault of a container that is not essential leaves the task running."""
    instance.run(container("web"), container("side", "wordpres", essential=False))
    assert instance.last()["status"] == "RUNNING"


def test_a_program_that_is_missing_is_a_fault_of_the_start(instance):
    """CannotStartContainerError, with the runtime id of the container that was created."""
    instance.run(container("a", "busybox", command=["serve"]))
    [entry] = instance.last()["containers"]
    assert entry["reason"].startswith("CannotStartContainerError: ")
    assert entry["runtimeId"]
    assert "exitCode" not in entry


def test_out_of_memory_has_its_own_reason(instance):
    """Exit code 137 with OutOfMemoryError, as ECS words it."""
    instance.run(container("db", "mysql", environment={"MYSQL_ROOT_PASSWORD": "x"}, memory=64))
    [entry] = instance.last()["containers"]
    assert entry["exitCode"] == 137
    assert entry["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_a_container_that_is_gone_has_vanished(instance):
    """Nobody saw its end: no exit code, and the agent's word for it."""
    instance.run(container("a"))
    runtime_id = instance.record("a").runtime_id
    instance.runtime.on_exit(ContainerExit(runtime_id, None))
    instance.wait(1)
    [entry] = instance.last()["containers"]
    assert entry["reason"] == "ContainerVanishedError: No container matching saved ID found"
    assert "exitCode" not in entry


def cached_world(behavior):
    """nginx is cached on the instance, then it disappears from Docker Hub."""
    instance = Instance(AgentSettings(CLUSTER, image_pull_behavior=behavior))
    instance.run(container("a"))
    pulls = []

    def refuse(image, done):
        pulls.append(image)
        fault = RuntimeFault("CannotPullContainerError", "no such image")
        instance.clock.call_later(1, lambda: done(fault))

    instance.runtime.pull = refuse
    instance.run(container("a"), arn="task/2")
    return instance, pulls


def test_a_failed_pull_falls_back_on_the_cached_image():
    """By default the pull error stays as the reason while the container runs."""
    instance, pulls = cached_world("default")
    assert pulls == ["nginx"]
    assert instance.last("task/2")["status"] == "RUNNING"
    assert "CannotPullContainerError" in instance.last("task/2")["containers"][0]["reason"]


def test_pull_behavior_always_fails_without_the_registry():
    """``always`` never uses the cached image."""
    assert cached_world("always")[0].last("task/2")["status"] == "STOPPED"


@pytest.mark.parametrize("behavior", ["once", "prefer-cached"])
def test_pull_behavior_that_does_not_pull_again(behavior):
    """What is on the instance is used without asking."""
    instance, pulls = cached_world(behavior)
    assert pulls == []
    assert instance.last("task/2")["status"] == "RUNNING"


# A task's way down


def test_an_essential_container_s_end_stops_the_others(instance):
    """The others are stopped and their exit codes reported; the task is STOPPED last."""
    instance.run(
        container("main", "busybox", command=["sh", "-c", "sleep 60; exit 3"]),
        container("side", essential=False),
    )
    instance.wait(60)
    assert instance.story()[-2:] == [("RUNNING", "main:STOPPED"), ("STOPPED", "side:STOPPED")]
    codes = {
        c["containerName"]: c.get("exitCode")
        for r in instance.reports()[-2:]
        for c in r["containers"]
    }
    assert codes == {"main": 3, "side": 0}
    assert instance.last()["executionStoppedAt"] == instance.record("main").finished_at


def test_a_container_that_is_not_essential_may_end(instance):
    """The task goes on and the exit is reported."""
    instance.run(container("main"), container("job", "busybox", command=["true"], essential=False))
    assert ("RUNNING", "main:RUNNING") in instance.story()
    assert instance.last()["status"] == "RUNNING"
    job = [c for r in instance.reports() for c in r["containers"] if c["containerName"] == "job"]
    assert [c["status"] for c in job] == ["RUNNING", "STOPPED"]


def test_stopping_goes_in_the_reverse_order(instance):
    """wordpress ends before the database it is linked to; bindings are reported again."""
    instance.run(DB, WEB)
    instance.stop()
    assert instance.story()[-2:] == [("RUNNING", "wordpress:STOPPED"), ("STOPPED", "mysql:STOPPED")]
    [web] = instance.reports()[-2]["containers"]
    assert web["networkBindings"][0]["hostPort"] == 80


def test_stop_timeout_comes_from_the_container_or_the_settings():
    """SIGKILL after stopTimeout, else after ECS_CONTAINER_STOP_TIMEOUT."""
    instance = Instance(AgentSettings(CLUSTER, container_stop_timeout=50))
    stubborn = container("a", "busybox", command=["sleep", "9999"])
    instance.run(stubborn, arn="task/1")
    instance.run({**stubborn, "stopTimeout": 5}, arn="task/2")
    instance.stop("task/1", wait=0)
    instance.stop("task/2", wait=10)
    assert instance.last("task/2")["containers"][0]["exitCode"] == 137
    assert instance.last("task/1")["status"] == "RUNNING"
    instance.wait(45)
    assert instance.last("task/1")["status"] == "STOPPED"


def test_a_task_can_be_stopped_while_it_is_pulled(instance):
    """It gives up after the pull, and no container was ever made."""
    instance.run(DB, WEB, wait=1)
    instance.stop()
    assert instance.last()["status"] == "STOPPED"
    assert instance.runtime.containers() == ()


def test_stopping_an_unknown_task_reports_it_stopped(instance):
    """So the control plane never waits for a task that got lost."""
    instance.acs.deliver(task(container("a"), arn="task/9", desired="STOPPED"))
    instance.wait(5)
    assert instance.story("task/9") == [("STOPPED", "a:STOPPED")]


def test_stopped_containers_are_removed_after_three_hours(instance):
    """docker ps -a shows them until then; introspection lists the task as long."""
    instance.run(container("a", "hello-world"))
    instance.wait(10_000)
    assert len(instance.runtime.containers()) == 1
    assert instance.agent.tasks()[0]["KnownStatus"] == "STOPPED"
    instance.wait(1000)
    assert instance.runtime.containers() == ()
    assert instance.agent.tasks() == []


# Room on the instance


def test_a_taken_host_port_makes_the_next_task_wait_in_turn(instance):
    """First in, first out, and nobody fails: when the port is free, the next one starts."""
    for n in range(3):
        instance.run(container("a", portMappings=[port(80, 80)]), arn=f"task/{n}")
    assert [len(instance.reports(f"task/{n}")) for n in range(3)] == [1, 0, 0]
    instance.stop("task/0")
    assert instance.last("task/1")["status"] == "RUNNING"
    assert instance.reports("task/2") == []


def test_a_waiting_task_can_be_stopped(instance):
    """It leaves the queue, and those behind it move up."""
    instance.run(container("a", memory=3000), arn="task/0")
    instance.run(container("a", memory=3000), arn="task/1")
    instance.run(container("a", memory=500), arn="task/2")
    assert instance.reports("task/2") == []
    instance.stop("task/1")
    assert instance.last("task/1")["status"] == "STOPPED"
    assert instance.last("task/2")["status"] == "RUNNING"


# Reports


def test_reports_are_sent_again_while_ecs_is_busy(instance):
    """Nothing is lost and the order stays."""
    instance.ecs.faults["submit_task_state_change"] = [ApiFaultError("ServerException")] * 3
    instance.run(DB, WEB)
    sent = instance.story()
    assert sent[:4] == [("PENDING", "mysql:RUNNING")] * 4
    assert sent[4:] == [("RUNNING", "wordpress:RUNNING")]


def test_a_report_that_ecs_will_never_take_is_dropped(instance):
    """InvalidParameterException and ClientException: the next report goes out."""
    instance.ecs.faults["submit_task_state_change"] = [ApiFaultError("InvalidParameterException")]
    instance.run(DB, WEB)
    assert instance.last()["status"] == "RUNNING"
    assert len(instance.reports()) == 2


def test_reports_follow_within_a_moment(instance):
    """A task is reported STOPPED less than 140 ms after its execution stopped."""
    instance.run(container("a"))
    instance.runtime.kill(instance.record("a").runtime_id)
    instance.wait(0.14)
    assert instance.last()["status"] == "STOPPED"
    assert instance.last()["containers"][0]["exitCode"] == 137


# Stop and start of the host


def host_restarts(instance):
    instance.agent.stop()
    instance.runtime.shut_down()
    instance.wait(600)
    instance.agent.start()
    instance.wait(60)


def test_a_stopped_agent_is_silent(instance):
    """The session is closed and no report leaves, whatever happens."""
    instance.run(container("a"))
    count = len(instance.ecs.calls)
    instance.agent.stop()
    instance.runtime.shut_down()
    instance.acs.deliver(task(container("b"), arn="task/2"))
    instance.wait(3600)
    assert len(instance.ecs.calls) == count
    assert instance.acs.closed == 1
    assert not instance.agent.is_connected


def test_the_same_container_instance_comes_back(instance):
    """A second start registers with the ARN of the first."""
    host_restarts(instance)
    first, second = instance.ecs.called("register_container_instance")
    assert "containerInstanceArn" not in first
    assert second["containerInstanceArn"] == INSTANCE
    assert len(instance.acs.opened) == 2


def test_after_a_restart_lost_containers_are_reported(instance):
    """What ran when the instance stopped has ended; new tasks run again on the old ports."""
    instance.run(DB, WEB)
    host_restarts(instance)
    assert instance.last()["status"] == "STOPPED"
    assert {c["containerName"] for c in instance.last()["containers"]} == {"mysql", "wordpress"}
    instance.run(DB, WEB, arn="task/2")
    assert instance.last("task/2")["status"] == "RUNNING"


def test_a_task_cut_off_in_its_pull_goes_on_after_the_restart(instance):
    """A container that never was cannot have ended."""
    instance.run(container("a"), wait=2)
    host_restarts(instance)
    assert instance.story() == [("RUNNING", "a:RUNNING")]


def test_stop_before_registration_cancels_it():
    """An instance that stops while it boots never registers."""
    instance = Instance(runs=False)
    instance.agent.start()
    instance.agent.stop()
    instance.wait(3600)
    assert instance.ecs.calls == []


# Introspection


def test_introspection_tells_tasks_and_containers(instance):
    """The form of /v1/metadata and /v1/tasks."""
    instance.run(DB, WEB)
    metadata = instance.agent.metadata()
    assert (metadata["Cluster"], metadata["ContainerInstanceArn"]) == (CLUSTER, INSTANCE)
    assert metadata["Version"].startswith("Amazon ECS Agent - v1.")
    [shown] = instance.agent.tasks()
    assert (shown["Arn"], shown["Family"], shown["KnownStatus"]) == ("task/1", "shop", "RUNNING")
    web = shown["Containers"][1]
    record = instance.record("wordpress")
    assert (web["DockerId"], web["DockerName"]) == (record.runtime_id, record.spec.name)
    assert web["Ports"] == [{"ContainerPort": 80, "Protocol": "tcp", "HostPort": 80}]


def test_two_runs_are_the_same():
    """Every id comes from the generators: the same calls at the same times."""
    runs = []
    for _ in range(2):
        instance = Instance()
        instance.run(DB, WEB)
        instance.stop()
        runs.append((instance.ecs.calls, instance.log))
    assert runs[0] == runs[1]


def test_reserved_ports_are_never_given_out():
    """A dynamic port that the operator keeps is skipped."""
    settings = replace(AgentSettings(CLUSTER), reserved_ports=(22, 32768))
    instance = Instance(settings)
    instance.run(container("a", portMappings=[port(80)]))
    assert bindings(instance.last())[0]["hostPort"] == 32769


# Unusual orders


def test_an_exit_before_the_start_is_answered_counts_as_a_run(instance):
    """One report then holds two entries for the container: RUNNING, then STOPPED."""
    end = ContainerExit("", 4)

    def start_and_end(runtime_id, done):
        later = instance.clock.call_later
        later(1, lambda: instance.runtime.on_exit(replace(end, runtime_id=runtime_id)))
        record = instance.record("a")
        later(2, lambda: done(record))

    instance.runtime.start = start_and_end
    instance.run(container("a"))
    assert instance.story() == [("STOPPED", "a:RUNNING", "a:STOPPED")]
    assert instance.last()["containers"][1]["exitCode"] == 4


def test_a_message_on_its_way_when_the_agent_stops_is_lost(instance):
    """The session it came by is over; nothing of it is left behind."""
    instance.acs.deliver(task(container("a")))
    instance.agent.stop()
    instance.wait(60)
    assert instance.agent.tasks() == []


def test_an_answer_of_the_runtime_after_the_stop_leads_to_nothing(instance):
    """A stopped agent takes no further step, even if the runtime still answers."""
    instance.run(container("a"), wait=2)
    instance.agent.stop()
    instance.wait(60)
    assert instance.runtime.containers() == ()


def test_execution_has_stopped_when_the_first_essential_container_has(instance):
    """executionStoppedAt is that moment, however long the others take to stop."""
    instance.run(container("a"), container("b", "busybox", command=["sleep", "9999"]))
    instance.stop()
    first, last = instance.record("a").finished_at, instance.record("b").finished_at
    assert (last - first).total_seconds() > 20
    assert instance.last()["executionStoppedAt"] == first


# What a definition may leave out


def test_port_ranges_are_passed_over(instance):
    """A mapping of a range alone names no port; the container runs without it."""
    ranged = container("web", portMappings=[{"containerPortRange": "8000-8010"}, port(80, 80)])
    instance.run(ranged)
    assert instance.last()["status"] == "RUNNING"
    assert [p.host_port for p in instance.record("web").spec.ports] == [80]


def test_a_mapping_may_name_its_container_port_alone(instance):
    """Without hostPort and protocol the agent chooses a TCP port, also behind a waiting task."""
    instance.run(container("big", memory=3800), arn="task/1")
    instance.run(container("web", portMappings=[{"containerPort": 80}]), arn="task/2")
    assert instance.reports("task/2") == []
    instance.stop("task/1")
    assert instance.last("task/2")["status"] == "RUNNING"
    [published] = instance.record("web").spec.ports
    assert (published.protocol, published.host_port) == ("tcp", 32768)


def test_nameless_volumes_and_targetless_mounts_are_passed_over(instance):
    """Neither a volume without a name nor a mount without a path stops the task."""
    web = container("web", mountPoints=[{"sourceVolume": "site"}, {"containerPath": "/srv"}])
    instance.acs.deliver({**task(web), "volumes": [{}, {"name": "site"}]})
    instance.wait(30)
    assert instance.last()["status"] == "RUNNING"
    assert instance.record("web").spec.mounts == ()


@pytest.mark.parametrize("memory", [0, None])
def test_no_memory_is_no_limit(instance, memory):
    """A container with a memoryReservation alone is not killed for want of memory."""
    instance.run(
        container(
            "db",
            "mysql",
            memory=memory,
            memoryReservation=300,
            environment={"MYSQL_ROOT_PASSWORD": "secret"},
        )
    )
    assert instance.last()["status"] == "RUNNING"
    assert instance.record("db").spec.memory is None
