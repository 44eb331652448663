"""The steps that an agent asks of its runtime: pull, create, start, stop.

Each step ends in one answer, the state that the container has reached or a fault. What
to do with the answer, and which step comes next, is not known here.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from ecs_tutorial.clock import Clock
from ecs_tutorial.data_plane import secrets
from ecs_tutorial.data_plane.agent_settings import AgentSettings
from ecs_tutorial.data_plane.agent_task import AgentContainer, AgentTask
from ecs_tutorial.data_plane.container_spec import (
    container_spec,
    docker_name,
    published_ports,
    volumes,
)
from ecs_tutorial.data_plane.reservations import Reservations
from ecs_tutorial.data_plane.runtime import ContainerRecord, ContainerRuntime, RuntimeFault
from ecs_tutorial.data_plane.transitions import Status

Result = TypeVar("Result")
Answer = Callable[[AgentTask, AgentContainer, Status | RuntimeFault], None]


@dataclass
class ContainerSteps:
    """One instance's way to its runtime; ``answer`` gets the outcome of every step."""

    runtime: ContainerRuntime
    clock: Clock
    settings: AgentSettings
    reservations: Reservations
    region: str
    rng: random.Random
    answer: Answer
    secrets_for: secrets.ClientFor = secrets.nobody
    _images: dict[str, str] = field(default_factory=dict)
    _life: int = 0

    def forget_answers(self) -> None:
        """The instance goes down: what the runtime still answers no longer counts."""
        self._life += 1

    def pull(self, task: AgentTask, container: AgentContainer) -> None:
        task.pull_started_at = task.pull_started_at or self.clock.now()
        image = container.payload["image"]
        may_skip = self.settings.image_pull_behavior in ("once", "prefer-cached")
        if may_skip and image in self._images:
            self._pulled(task, container, self._images[image])
        else:
            self.runtime.pull(image, self._if_alive(self._pulled, task, container))

    def _pulled(
        self, task: AgentTask, container: AgentContainer, result: str | RuntimeFault
    ) -> None:
        task.pull_stopped_at = self.clock.now()
        image = container.payload["image"]
        if isinstance(result, RuntimeFault):
            container.reason = str(result)
            if self.settings.image_pull_behavior != "default" or image not in self._images:
                return self.answer(task, container, result)
            result = self._images[image]
        self._images[image] = container.image_digest = result
        return self.answer(task, container, "PULLED")

    def _has_secrets(self, task: AgentTask) -> bool:
        """Read the task's secrets before its first container is made; without them it ends."""
        if task.secrets is None:
            role = task.payload.get("executionRoleCredentials")
            client_in = partial(self.secrets_for, role["roleArn"] if role else "", task.arn)
            try:
                task.secrets = secrets.secret_values(task.payload, client_in)
            except secrets.SecretsError as fault:
                task.reason = str(fault)
                task.stop()
        return task.secrets is not None

    def create(self, task: AgentTask, container: AgentContainer) -> None:
        if not self._has_secrets(task):
            return self.give_up(task, container)
        task.volumes = task.volumes or volumes(task, self.rng)
        if not container.docker_name:
            container.docker_name = docker_name(task, container.name, self.rng)
            container.ports = published_ports(
                container.payload.get("portMappings") or [],
                partial(self.reservations.dynamic_port, task.arn),
            )
        spec = container_spec(task, container, self.region)
        return self.runtime.create(spec, self._if_alive(self._created, task, container))

    def _created(
        self, task: AgentTask, container: AgentContainer, result: str | RuntimeFault
    ) -> None:
        if isinstance(result, RuntimeFault):
            return self.answer(task, container, result)
        container.runtime_id = result
        return self.answer(task, container, "CREATED")

    def start(self, task: AgentTask, container: AgentContainer) -> None:
        started = self._if_alive(self._started, task, container)
        self.runtime.start(container.runtime_id or "", started)

    def _started(
        self, task: AgentTask, container: AgentContainer, result: ContainerRecord | RuntimeFault
    ) -> None:
        if isinstance(result, RuntimeFault):
            return self.answer(task, container, result)
        container.ports = result.spec.ports
        return self.answer(task, container, "RUNNING")

    def stop(self, task: AgentTask, container: AgentContainer) -> None:
        """Ask for the end; it arrives as the container's exit."""
        timeout = container.payload.get("stopTimeout") or self.settings.container_stop_timeout
        self.runtime.stop(container.runtime_id or "", timeout)

    def give_up(self, task: AgentTask, container: AgentContainer) -> None:
        """End a container that does not run."""
        self.answer(task, container, "STOPPED")

    def _if_alive(
        self,
        receive: Callable[[AgentTask, AgentContainer, Result], None],
        task: AgentTask,
        container: AgentContainer,
    ) -> Callable[[Result], None]:
        life = self._life

        def received(result: Result) -> None:
            if life == self._life:
                receive(task, container, result)

        return received
