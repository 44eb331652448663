"""One ECS container agent: registers its instance, holds a session, runs what it is sent.

It knows an ECS client, the Agent Communication Service and a container runtime, nothing
of what is behind them. Everything it does happens in timers of its clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from ecs_tutorial.clock import Clock, Timer
from ecs_tutorial.data_plane import secrets
from ecs_tutorial.data_plane.agent_log import AgentLog
from ecs_tutorial.data_plane.agent_settings import (
    OVER_A_NETWORK,
    AgentSettings,
    HostFacts,
    Latency,
)
from ecs_tutorial.data_plane.agent_task import AgentTask
from ecs_tutorial.data_plane.api_errors import ApiError, api_error
from ecs_tutorial.data_plane.messages import (
    Payload,
    acknowledgement,
    health_report,
    metrics_report,
)
from ecs_tutorial.data_plane.registration import registration
from ecs_tutorial.data_plane.reports import Reports, StateChangeReceiver
from ecs_tutorial.data_plane.runtime import ContainerRuntime
from ecs_tutorial.data_plane.task_engine import TaskEngine
from ecs_tutorial.data_plane.telemetry import Telemetry

DEFAULT_CLUSTER = "default"
START_DELAY = 1.0
# AWS: ecs-init starts a failed agent again within 15 seconds; the lab waits longer each time.
FIRST_RETRY, LAST_RETRY = 2.0, 60.0

ANSWERED_WITH: Mapping[str, str] = {
    "PayloadMessage": "AckRequest",
    "HeartbeatMessage": "HeartbeatAckRequest",
    "IAMRoleCredentialsMessage": "IAMRoleCredentialsAckRequest",
}


class EcsClient(StateChangeReceiver, Protocol):
    """The calls of the ECS API that an agent makes, as boto3 names them."""

    def register_container_instance(self, **parameters: Any) -> dict[str, Any]: ...

    def discover_poll_endpoint(self, **parameters: Any) -> dict[str, Any]: ...

    def create_cluster(self, **parameters: Any) -> dict[str, Any]: ...


class Session(Protocol):
    """An agent's connection to the Agent Communication Service."""

    def send(self, message: dict[str, Any]) -> None: ...

    def close(self) -> None: ...


class AgentCommunicationService(Protocol):
    def open_session(
        self,
        *,
        cluster: str,
        container_instance_arn: str,
        agent_version: str,
        agent_hash: str,
        docker_version: str,
        deliver: Callable[[dict[str, Any]], None],
    ) -> Session:
        """Connect an agent; ``deliver`` gets every message for it from now on."""


class Agent:
    """The agent of one container instance; it can be stopped and started again."""

    def __init__(
        self,
        *,
        ecs: EcsClient,
        acs: AgentCommunicationService,
        runtime: ContainerRuntime,
        clock: Clock,
        settings: AgentSettings,
        host: HostFacts,
        rng: random.Random,
        log: Callable[[str], None],
        latency: Latency = OVER_A_NETWORK,
        secrets_for: secrets.ClientFor = secrets.nobody,
    ) -> None:
        self.cluster = settings.cluster or DEFAULT_CLUSTER
        self.container_instance_arn: str | None = None
        self.has_exited = False
        """Whether it gave up for good; nothing of it runs until the next ``start``."""
        self._ecs = ecs
        self._acs = acs
        self._runtime = runtime
        self._clock = clock
        self._settings = settings
        self._host = host
        self._latency = latency
        self._rng = rng
        self._log = AgentLog(clock, log)
        self._reports = Reports(ecs, clock, self._log, latency.to_ecs)
        self._engine = TaskEngine(
            runtime=runtime,
            clock=clock,
            settings=settings,
            host=host,
            rng=rng,
            log=self._log,
            report=self._reports.add,
            report_health=self._report_health,
            secrets_for=secrets_for,
        )
        tasks = self._engine.unfinished
        self._telemetry = Telemetry(clock, runtime, tasks.values, self._report_metrics)
        self._session: Session | None = None
        self._registering: Timer | None = None
        self._retry_after = FIRST_RETRY
        self._life = 0

    @property
    def version(self) -> str:
        """As the introspection API gives it."""
        return f"Amazon ECS Agent - v{self._host.agent_version} (*{self._host.agent_hash})"

    @property
    def is_connected(self) -> bool:
        return self._session is not None

    def tasks(self) -> list[dict[str, Any]]:
        """The tasks on this instance as the introspection API's ``/v1/tasks`` lists them."""
        return [task.introspection() for task in self._engine.tasks.values()]

    def metadata(self) -> dict[str, Any]:
        """The introspection API's ``/v1/metadata``."""
        return {
            "Cluster": self.cluster,
            "ContainerInstanceArn": self.container_instance_arn,
            "Version": self.version,
        }

    def start(self) -> None:
        """Register, connect and go on with the tasks of the last time, if there was one."""
        if self._session is None and self._registering is None:
            self._log.info(
                "Starting Amazon ECS Agent",
                version=self._host.agent_version,
                commit=self._host.agent_hash,
            )
            self.has_exited = False
            self._retry_after = FIRST_RETRY
            self._register_after(START_DELAY)

    def stop(self) -> None:
        """Go silent: no session, no reports. The containers are the host's affair."""
        self._life += 1
        self._engine.suspend()
        self._reports.suspend()
        self._telemetry.end()
        if self._registering is not None:
            self._registering.cancel()
            self._registering = None
        if self._session is not None:
            self._session.close()
            self._session = None

    # Registration

    def _register_after(self, seconds: float) -> None:
        self._registering = self._clock.call_later(seconds, self._register)

    def _register(self) -> None:
        self._registering = None
        try:
            arn = self._registered_arn()
        except Exception as error:
            return self._registration_failed(api_error(error))
        self._log.info("Registered container instance with cluster!")
        self._log.info(
            "Instance registration completed successfully",
            instanceArn=arn,
            cluster=self.cluster,
        )
        self.container_instance_arn = arn
        return self._connect(arn)

    def _registered_arn(self) -> str:
        """Register; the default cluster is made first if nobody has made it yet."""
        self._log.info("Registering Instance with ECS")
        try:
            return self._call_register()
        except Exception as error:
            if self._settings.cluster or not api_error(error).says_no_cluster:
                raise
        self._log.info("Default cluster does not exist; creating it", cluster=DEFAULT_CLUSTER)
        self._ecs.create_cluster(clusterName=DEFAULT_CLUSTER)
        return self._call_register()

    def _call_register(self) -> str:
        answer = self._ecs.register_container_instance(
            **registration(
                self._settings,
                self._host,
                cluster=self.cluster,
                client_token=f"{self._rng.getrandbits(128):032x}",
                container_instance_arn=self.container_instance_arn,
            )
        )
        return str(answer["containerInstance"]["containerInstanceArn"])

    def _registration_failed(self, error: ApiError) -> None:
        """ClientException ends the agent; a missing permission may come later (agent/app)."""
        self._log.error("Unable to register as a container instance with ECS", error=error)
        if error.is_terminal:
            self._log.critical("Agent will terminally exit, unable to register container instance")
            self.has_exited = True
            return
        self._register_after(self._retry_after)
        self._retry_after = min(2 * self._retry_after, LAST_RETRY)

    # Session

    def _connect(self, arn: str) -> None:
        try:
            self._ecs.discover_poll_endpoint(containerInstance=arn, cluster=self.cluster)
        except Exception as error:
            return self._registration_failed(api_error(error))
        self._session = self._acs.open_session(
            cluster=self.cluster,
            container_instance_arn=arn,
            agent_version=self._host.agent_version,
            agent_hash=self._host.agent_hash,
            docker_version=f"DockerVersion: {self._runtime.version}",
            deliver=self._deliver,
        )
        self._log.info("Connected to ACS endpoint")
        self._reports.resume(self.cluster)
        self._telemetry.begin()
        return self._engine.resume()

    def _deliver(self, message: dict[str, Any]) -> None:
        receive = partial(self._receive, self._life, message)
        self._clock.call_later(self._latency.to_agent, receive)

    def _receive(self, life: int, message: dict[str, Any]) -> None:
        """Answer a message and do what it says, unless its session is over."""
        if life != self._life:
            return
        kind = message["type"]
        if kind not in ANSWERED_WITH:
            return self._log.warn("Received a message of an unknown type", type=kind)
        self._answer(kind, message["message"])
        if kind == "PayloadMessage":
            self._take(message["message"])
        return None

    def _answer(self, kind: str, message: Mapping[str, Any]) -> None:
        self._say(partial(acknowledgement, ANSWERED_WITH[kind]), message_id=message["messageId"])

    def _say(self, message: Callable[..., dict[str, Any]], **content: Any) -> None:
        """Send a message that names this instance, while there is a session."""
        if self._session is not None and self.container_instance_arn:
            sender = {"container_instance_arn": self.container_instance_arn}
            self._session.send(message(cluster=self.cluster, **sender, **content))

    def _take(self, payload: Payload) -> None:
        for task in payload["tasks"]:
            self._log.info(
                "Received task payload from ACS",
                messageID=payload["messageId"],
                task=task["arn"],
                desiredStatus=task["desiredStatus"],
            )
            self._engine.accept(task, self.cluster)
        self._telemetry.begin()

    def _report_health(self, task: AgentTask) -> None:
        self._say(health_report, task=task.health(self._clock.now()))

    def _report_metrics(self, tasks: list[dict[str, Any]], simulated: bool) -> None:
        self._say(metrics_report, tasks=tasks, simulated=simulated)
