"""The Agent Communication Service: one session for each agent that is connected.

Payload messages go down a session as soon as a task is to start or to stop; what
an agent answers on it is acknowledged and needs no reply.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .model import Task
from .payloads import payload_message, task_payload

if TYPE_CHECKING:
    from .ecs_backend import EcsBackend

Deliver = Callable[[dict[str, Any]], None]


class Session:
    """One open connection to an agent."""

    def __init__(self, sessions: AgentSessions, instance_arn: str, deliver: Deliver) -> None:
        self._sessions = sessions
        self.instance_arn = instance_arn
        self._deliver = deliver
        self._sequence = 0

    def push(self, cluster_arn: str, tasks: list[dict[str, Any]]) -> None:
        self._sequence += 1
        backend = self._sessions.backend
        message = payload_message(
            message_id=backend.new_id(),
            cluster_arn=cluster_arn,
            instance_arn=self.instance_arn,
            sequence=self._sequence,
            at=backend.clock.now().timestamp() * 1000,
            tasks=tasks,
        )
        self._deliver(message)

    def send(self, message: dict[str, Any]) -> None:
        """Take what the agent says of its tasks; acknowledgements need nothing done."""
        if message["type"] == "PublishHealthRequest":
            for task in message["message"]["tasks"]:
                self._sessions.backend.health_reported(task)
        if message["type"] == "PublishMetricsRequest":
            self._sessions.backend.metrics.reported(message["message"])

    def close(self) -> None:
        self._sessions.closed(self)


class AgentSessions:
    """Sessions by container instance ARN; opening one shows the agent as connected."""

    def __init__(self, backend: EcsBackend) -> None:
        self.backend = backend
        self._open: dict[str, Session] = {}

    def open_session(
        self,
        *,
        cluster: str,
        container_instance_arn: str,
        agent_version: str,
        agent_hash: str,
        docker_version: str,
        deliver: Deliver,
    ) -> Session:
        session = Session(self, container_instance_arn, deliver)
        self._open[container_instance_arn] = session
        # The versions come with the session, not with RegisterContainerInstance.
        self.backend.agent_connected(
            container_instance_arn,
            {
                "agentVersion": agent_version,
                "agentHash": agent_hash,
                "dockerVersion": docker_version,
            },
        )
        self._catch_up(container_instance_arn)
        return session

    def closed(self, session: Session) -> None:
        if self._open.get(session.instance_arn) is session:
            del self._open[session.instance_arn]
            self.backend.agent_disconnected(session.instance_arn)

    def push(self, tasks: list[Task]) -> None:
        """Send each task's present wish to the agent it belongs to, if it listens."""
        by_instance: dict[str, list[Task]] = {}
        for task in tasks:
            by_instance.setdefault(task.container_instance_arn or "", []).append(task)
        for instance_arn, own in by_instance.items():
            if session := self._open.get(instance_arn):
                session.push(own[0].cluster_arn, [self._payload(task) for task in own])

    def _catch_up(self, instance_arn: str) -> None:
        store = self.backend.store_of_instance(instance_arn)
        if store:
            self.push(store.tasks_on(instance_arn))

    def _payload(self, task: Task) -> dict[str, Any]:
        return task_payload(task, self.backend.definitions[task.task_definition_arn])
