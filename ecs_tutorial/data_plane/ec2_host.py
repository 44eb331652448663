"""One EC2 host: it boots, runs its user data once, and starts its agent if it has one.

It owns the host's files, logs and containers. It does not know which instances exist.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from ecs_tutorial.clock import Clock, Timer
from ecs_tutorial.data_plane.agent import Agent
from ecs_tutorial.data_plane.agent_log import AgentLog
from ecs_tutorial.data_plane.agent_settings import AgentSettings, HostFacts
from ecs_tutorial.data_plane.ec2_instance import Ami, Ec2Instance
from ecs_tutorial.data_plane.ecs_config import agent_settings
from ecs_tutorial.data_plane.host_files import ECS_FOLDERS, LINUX_FOLDERS, HostFiles
from ecs_tutorial.data_plane.host_resources import host_resources
from ecs_tutorial.data_plane.runtime import (
    ContainerRecord,
    ContainerRuntime,
    ContainerSpec,
    VolumeRecord,
)
from ecs_tutorial.data_plane.user_data import boot_script

CLOUD_INIT_SECONDS = 15.0
"""From running to the end of user data."""
AGENT_SECONDS = 20.0
"""From running to the agent's start, which systemd orders after cloud-init."""

ECS_CONFIG = "/etc/ecs/ecs.config"
AGENT_LOG = "/var/log/ecs/ecs-agent.log"
CLOUD_INIT_LOG = "/var/log/cloud-init-output.log"
AGENT_IMAGE = "amazon/amazon-ecs-agent:latest"
_LOG_LINES = 2_000


class HostRuntime(ContainerRuntime, Protocol):
    """A runtime that can lose its power: all containers end and nothing is reported."""

    def shut_down(self) -> None:
        """End every container and timer; containers created later run again."""

    def images(self) -> dict[str, str]:
        """What has been pulled, with its digests."""

    def volumes(self) -> tuple[VolumeRecord, ...]:
        """The volumes of its tasks, by name, also those that no container has now."""

    def loopback_port(self, host_port: int) -> int | None:
        """The port of this machine at which a TCP host port of the instance really answers."""

    def discard(self) -> None:
        """The instance is gone with its disk: nothing of its containers or images is left."""

    def kill(self, runtime_id: str) -> None:
        """SIGKILL at once, as somebody on the instance would; the end arrives at ``on_exit``."""


AgentFactory = Callable[[AgentSettings, HostFacts, HostRuntime, Callable[[str], None]], Agent]


class Host:
    """An instance as a machine.

    Args:
        instance: what EC2 last said of it.
        waits: how much of its boot's pauses it takes, 1 for all of them.
    """

    def __init__(
        self,
        instance: Ec2Instance,
        ami: Ami,
        *,
        clock: Clock,
        runtime: HostRuntime,
        new_agent: AgentFactory,
        waits: float = 1.0,
    ) -> None:
        self.instance = instance
        self.ami = ami
        self.clock = clock
        self.runtime = runtime
        self.agent: Agent | None = None
        self.is_powered = False
        self.has_booted = False
        self.files = HostFiles(LINUX_FOLDERS | (ECS_FOLDERS if ami.is_ecs_optimized else set()))
        self._new_agent = new_agent
        self._waits = waits
        self._agent_started_at: datetime | None = None
        self._timers: list[Timer] = []
        self._boot_log: deque[str] = deque(maxlen=_LOG_LINES)
        self._agent_log: deque[str] = deque(maxlen=_LOG_LINES)
        self._user_data_has_run = False
        self.files.show(CLOUD_INIT_LOG, lambda: _text(self._boot_log))
        if ami.is_ecs_optimized:
            self.files.show(AGENT_LOG, lambda: _text(self._agent_log))

    def power_on(self) -> None:
        """Begin a boot; what it leads to follows on the clock."""
        # AWS: how long a boot takes varies with the AMI and the type; the lab's is always the same.
        self.is_powered = True
        self._timers = [
            self.clock.call_later(CLOUD_INIT_SECONDS * self._waits, self._run_cloud_init),
            self.clock.call_later(AGENT_SECONDS * self._waits, self._finish_boot),
        ]

    def power_off(self) -> None:
        """The instance stops or ends: its agent falls silent, its containers end."""
        for timer in self._timers:
            timer.cancel()
        if self.agent is not None and self._agent_started_at is not None:
            self.agent.stop()
        self.runtime.shut_down()
        self.is_powered = self.has_booted = False
        self._agent_started_at = None

    def containers(self) -> tuple[ContainerRecord, ...]:
        """What ``docker ps --all`` lists, the agent's own container among it, newest first."""
        agent = (self._agent_container(),) if self.has_agent_running else ()
        records = (*self.runtime.containers(), *agent)
        return tuple(sorted(records, key=lambda record: record.created_at, reverse=True))

    def images(self) -> dict[str, str]:
        """What ``docker images`` lists; the AMI brings the agent's own image."""
        own = hashlib.sha256(f"agent {self.ami.agent_version}".encode()).hexdigest()
        return {**self.runtime.images(), AGENT_IMAGE: f"sha256:{own}"}

    def listener(self, port: int) -> ContainerRecord | None:
        """The container that answers on a port of this host."""
        records = self.runtime.containers() if self.is_powered else ()
        return next((record for record in records if record.listens_on(port)), None)

    @property
    def has_agent_running(self) -> bool:
        started = self._agent_started_at is not None
        return started and self.agent is not None and not self.agent.has_exited

    def introspection(self, path: str) -> dict[str, Any] | None:
        """What the agent answers on port 51678; None while it has not registered."""
        if not self.has_agent_running or not self.agent or not self.agent.container_instance_arn:
            return None
        if path == "/v1/tasks":
            return {"Tasks": self.agent.tasks()}
        if path == "/v1/metadata":
            return self.agent.metadata()
        return {"AvailableCommands": ["/v1/metadata", "/v1/tasks", "/license"]}

    def _run_cloud_init(self) -> None:
        """User data runs on the first boot only; the log grows with every boot."""
        stamp = self.clock.now().strftime("%a, %d %b %Y %H:%M:%S +0000")
        uptime = f"Up {CLOUD_INIT_SECONDS:.2f} seconds"
        self._boot_log.append(f"Cloud-init v. 22.2.2 running 'modules:final' at {stamp}. {uptime}.")
        if not self._user_data_has_run:
            self._user_data_has_run = True
            self._boot_log.extend(boot_script(self.instance.user_data, self.files).log)
        self._boot_log.append(
            f"Cloud-init v. 22.2.2 finished at {stamp}. Datasource DataSourceEc2.  {uptime}"
        )

    def _finish_boot(self) -> None:
        self.has_booted = True
        if not self.ami.is_ecs_optimized:
            return
        if self.agent is None:
            self.agent = self._make_agent()
        self._agent_started_at = self.clock.now()
        self.agent.start()

    def _make_agent(self) -> Agent:
        log = AgentLog(self.clock, self._agent_log.append)
        settings = agent_settings(self.files.read(ECS_CONFIG) or "", log.warn)
        return self._new_agent(settings, self._facts(), self.runtime, self._agent_log.append)

    def _facts(self) -> HostFacts:
        instance = self.instance
        resources = host_resources(instance.instance_type, instance.vcpus, instance.memory_mib)
        return HostFacts(
            ec2_instance_id=instance.instance_id,
            instance_type=instance.instance_type,
            ami_id=instance.image_id,
            availability_zone=instance.availability_zone,
            vpc_id=instance.vpc_id,
            subnet_id=instance.subnet_id,
            region=instance.region,
            account_id=instance.account_id,
            cpu=resources.cpu,
            memory=resources.memory,
            private_ip=instance.private_ip,
            cpu_architecture=instance.architecture,
            agent_version=self.ami.agent_version,
            agent_hash=self.ami.agent_hash,
        )

    def _agent_container(self) -> ContainerRecord:
        """On the ECS-optimized AMI the agent itself is a container on the host's network."""
        spec = ContainerSpec("ecs-agent", AGENT_IMAGE)
        started = self._agent_started_at or self.clock.now()
        return ContainerRecord(
            hashlib.sha256(f"ecs-agent {self.instance.instance_id}".encode()).hexdigest(),
            spec,
            created_at=started,
            state="running",
            started_at=started,
            command=("/agent",),
            health="healthy",
        )


def _text(lines: deque[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
