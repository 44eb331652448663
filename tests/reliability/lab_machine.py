"""What learners do and what befalls their machines, in any order, as a state machine.

Each rule is one thing that happens, done with boto3 on a lab in this process; the books
are looked at after each. At the end nothing more happens: stopped machines start again,
time passes, and every service runs what it asks for or its events say why it does not.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import boto3
import labs
import walk
from books import Books, Cluster
from botocore.exceptions import ClientError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ecs_tutorial.data_plane.runtime import ContainerRecord

FAMILIES = {
    "app": labs.container(cpu=10),
    "dynamic": labs.container(portMappings=[{"containerPort": 80, "hostPort": 0}]),
    "fixed": labs.container(portMappings=[{"containerPort": 80, "hostPort": 80}]),
    "large": labs.container(cpu=1500, memory=1800),
    "huge": labs.container(memory=60000),
    "unknown-image": labs.container(image="no-such-image:1"),
    "stubborn": labs.container(image="busybox", command=["sleep", "infinity"]),
}
ENDS = {"ends": labs.container(image="busybox", command=["sleep", "20"])}
"""Run as tasks only: a service of it starts new ones for ever, and no event tells why."""
SERVICES = ("one", "two", "three")
MOST_INSTANCES = 5
QUIET = 7200
STEP = 60
TASK_LABEL = "com.amazonaws.ecs.task-arn"
REASONS = (
    "was unable to place",
    "is unable to consistently start tasks",
    "deployment failed",
    "because of the service deployment configuration",
)
"""Words of the events that tell why a service does not run what it asks for."""

some = st.integers(min_value=0, max_value=11)
"""Which of those there are, counted round."""


class LabMachine(RuleBasedStateMachine):
    """A cluster of two instances, and whatever happens to it."""

    @initialize()
    def begin(self) -> None:
        self.close = ExitStack()
        self.lab = self.close.enter_context(labs.in_process(boto3.DEFAULT_SESSION))
        self.ecs, self.ec2 = self.lab.ecs, self.lab.ec2
        self.books = Books.of(self.lab)
        self.machines = list(self.lab.cluster_with_instances(2))
        self.asked: set[str] = set()
        """Tasks that a learner ran and did not stop."""
        self.orphans: set[str] = set()
        """Tasks of instances deregistered by force: they run on, and ECS knows them no more."""
        for family, container in (FAMILIES | ENDS).items():
            self.lab.register(family, container)

    # --- what learners do -----------------------------------------------------

    @rule(
        name=st.sampled_from(SERVICES),
        family=st.sampled_from(sorted(FAMILIES)),
        desired=st.integers(0, 4),
        minimum=st.sampled_from((0, 50, 100)),
        breaker=st.booleans(),
    )
    def create_service(
        self, name: str, family: str, desired: int, minimum: int, breaker: bool
    ) -> None:
        circuit = {"enable": breaker, "rollback": breaker}
        self._try(
            self.ecs.create_service,
            serviceName=name,
            taskDefinition=family,
            desiredCount=desired,
            deploymentConfiguration={
                "minimumHealthyPercent": minimum,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": circuit,
            },
        )

    @rule(name=st.sampled_from(SERVICES), family=st.sampled_from(("app", "fixed", "dynamic")))
    def create_daemon(self, name: str, family: str) -> None:
        self._try(
            self.ecs.create_service,
            serviceName=name,
            taskDefinition=family,
            schedulingStrategy="DAEMON",
        )

    @rule(name=st.sampled_from(SERVICES), desired=st.integers(0, 6))
    def scale(self, name: str, desired: int) -> None:
        self._try(self.ecs.update_service, service=name, desiredCount=desired)

    @rule(name=st.sampled_from(SERVICES), family=st.sampled_from(sorted(FAMILIES)))
    def deploy(self, name: str, family: str) -> None:
        self._try(
            self.ecs.update_service, service=name, taskDefinition=family, forceNewDeployment=True
        )

    @rule(name=st.sampled_from(SERVICES))
    def delete_service(self, name: str) -> None:
        self._try(self.ecs.delete_service, service=name, force=True)

    @rule(family=st.sampled_from(sorted(FAMILIES | ENDS)), count=st.integers(1, 3))
    def run_task(self, family: str, count: int) -> None:
        answer = self._try(self.ecs.run_task, taskDefinition=family, count=count)
        self.asked |= {task["taskArn"] for task in answer.get("tasks", ())}

    @rule(which=some)
    def stop_task(self, which: int) -> None:
        tasks = self._cluster().live
        if tasks:
            arn = tasks[which % len(tasks)]["taskArn"]
            self.asked.discard(arn)
            self._try(self.ecs.stop_task, task=arn)

    @rule(which=some, status=st.sampled_from(("DRAINING", "ACTIVE")))
    def set_state(self, which: int, status: str) -> None:
        if arn := self._instance(which):
            self._try(
                self.ecs.update_container_instances_state, containerInstances=[arn], status=status
            )

    @rule(which=some)
    def deregister_instance(self, which: int) -> None:
        if arn := self._instance(which):
            tasks = self._cluster().live
            self.orphans |= {t["taskArn"] for t in tasks if t["containerInstanceArn"] == arn}
            self._try(self.ecs.deregister_container_instance, containerInstance=arn, force=True)

    @rule()
    def launch(self) -> None:
        if len(self.machines) < MOST_INSTANCES:
            self.machines += walk.launch(self.ec2, self.lab.ssm, self.lab.group, count=1)

    # --- what befalls their machines -------------------------------------------

    @rule(which=some)
    def container_dies(self, which: int) -> None:
        running = [(i, c) for i in self.machines for c in self._containers(i)]
        if running:
            instance_id, container = running[which % len(running)]
            self.lab.local.hosts.host(instance_id).runtime.kill(container.runtime_id)

    @rule(which=some)
    def machine_is_lost(self, which: int) -> None:
        if self.machines:
            lost = self.machines.pop(which % len(self.machines))
            self.ec2.terminate_instances(InstanceIds=[lost])

    @rule(which=some)
    def machine_stops(self, which: int) -> None:
        """Its agent loses its session, and nobody reports what became of its tasks."""
        if self.machines:
            self._try_ec2("stop_instances", self.machines[which % len(self.machines)])

    @rule(which=some)
    def machine_starts(self, which: int) -> None:
        if self.machines:
            self._try_ec2("start_instances", self.machines[which % len(self.machines)])

    # The death of the lab's own process has a walk of its own, ``tests/deaths.py``: only a
    # served lab has a process that can die and a journal to come back from.

    @rule(seconds=st.sampled_from((1, 5, 30, 300, 4000)))
    def time_passes(self, seconds: int) -> None:
        self.lab.pass_time(seconds)

    # --- what must hold ------------------------------------------------------------

    @invariant()
    def the_books_add_up(self) -> None:
        if hasattr(self, "books"):
            none_of(self.books.objections())

    def teardown(self) -> None:
        if not hasattr(self, "books"):
            return
        try:
            self._quiet()
            cluster = self._cluster()
            none_of(self.books.objections())
            none_of([each for service in cluster.services for each in unexplained(service)])
            none_of(self._unasked(cluster))
            none_of(self._astray(cluster))
        finally:
            self.close.close()

    def _quiet(self) -> None:
        self.lab.pass_time(STEP)  # who is stopping has stopped then, and can be started
        for instance_id in self.machines:
            self._try_ec2("start_instances", instance_id)
        for _ in range(QUIET // STEP):
            self.lab.pass_time(STEP)

    def _unasked(self, cluster: Cluster) -> list[str]:
        """Tasks that run and that no service and no learner wants."""
        wanted = {
            f"service:{service['serviceName']}"
            for service in cluster.services
            if service["status"] == "ACTIVE"
        }
        return [
            f"{task['taskArn']} of {task['group']} is {task['lastStatus']}"
            for task in cluster.live
            if task["group"] not in wanted and task["taskArn"] not in self.asked
        ]

    def _astray(self, cluster: Cluster) -> list[str]:
        """Containers without a task, and tasks that run without a container."""
        registered = {each["ec2InstanceId"]: arn for arn, each in cluster.instances.items()}
        found = []
        for instance_id, arn in registered.items():
            running = {each.spec.labels[TASK_LABEL] for each in self._containers(instance_id)}
            told = {
                task["taskArn"]
                for task in cluster.live
                if task["containerInstanceArn"] == arn and task["lastStatus"] == "RUNNING"
            }
            if running - self.orphans != told:
                found.append(f"{instance_id} runs {sorted(running)}, ECS says {sorted(told)}")
        return found

    # --- looks ----------------------------------------------------------------------

    def _cluster(self) -> Cluster:
        return self.books.clusters()[0]

    def _instance(self, which: int) -> str | None:
        arns = sorted(self._cluster().instances)
        return arns[which % len(arns)] if arns else None

    def _containers(self, instance_id: str) -> list[ContainerRecord]:
        """The containers of tasks that run on a host."""
        host = self.lab.local.hosts.host(instance_id)
        running = [each for each in host.containers() if each.state == "running"] if host else []
        return [each for each in running if TASK_LABEL in each.spec.labels]

    def _try(self, operation: Any, **request: Any) -> dict[str, Any]:
        """Ask for something that AWS may refuse as things stand."""
        try:
            answer: dict[str, Any] = operation(cluster=walk.CLUSTER, **request)
        except ClientError as refused:
            if refused.response["ResponseMetadata"]["HTTPStatusCode"] != 400:
                raise
            return {}
        return answer

    def _try_ec2(self, operation: str, instance_id: str) -> None:
        try:
            getattr(self.ec2, operation)(InstanceIds=[instance_id])
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "IncorrectInstanceState":
                raise


def none_of(objections: list[str]) -> None:
    assert not objections, "\n".join(objections)


def unexplained(service: dict[str, Any]) -> list[str]:
    """Why a service that has had all the time it needs is not where it wants to be."""
    if service["status"] != "ACTIVE":
        busy = service["runningCount"] + service["pendingCount"]
        return [f"{service['serviceName']} is {service['status']} with {busy}"] if busy else []
    settled = service["runningCount"] == service["desiredCount"] and not service["pendingCount"]
    if settled and len(service["deployments"]) == 1:
        return []
    newest = [event["message"] for event in service["events"][:5]]
    if any(reason in message for message in newest for reason in REASONS):
        return []
    states = [(d["status"], d["rolloutState"], d["runningCount"]) for d in service["deployments"]]
    return [
        f"{service['serviceName']} wants {service['desiredCount']}, runs "
        f"{service['runningCount']}, {service['pendingCount']} to come; {states}; {newest}"
    ]
