"""The EC2 hosts of a lab: they boot, get and lose their agents as EC2's states change.

It is told what EC2 says of its instances and never asks. What a shell on a host answers
is ``shell``'s affair, what reaches a host from outside is ``addresses``'.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ecs_tutorial.clock import Clock
from ecs_tutorial.data_plane.agent import Agent, AgentCommunicationService, EcsClient
from ecs_tutorial.data_plane.agent_settings import (
    OVER_A_NETWORK,
    AgentSettings,
    HostFacts,
    Latency,
)
from ecs_tutorial.data_plane.awslogs import AwsLogs, LogsClient
from ecs_tutorial.data_plane.ec2_host import Host, HostRuntime
from ecs_tutorial.data_plane.ec2_instance import Ami, Ec2Instance
from ecs_tutorial.data_plane.secrets import SecretsClient
from ecs_tutorial.data_plane.shell import CommandResult, run_commands


class Ec2Hosts:
    """All hosts, by instance id.

    Args:
        ami: the facts of a machine image.
        ecs_for: the ECS client with the permissions of an instance's role.
        logs_for: the CloudWatch Logs client with those permissions, in a region.
        secrets_for: the client with the permissions of a task's execution role: of an
            instance, the role's ARN, the task's ARN and a region.
        runtime_for: a new container runtime for an instance made from an AMI.
        rng_for: a stream of random numbers of an instance's own.
        allows: whether the instance's security groups let a TCP port in.
        waits: how much of a boot's pauses a host takes, 1 for all of them.
        latency: of the agents' connections.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        ami: Callable[[str], Ami],
        ecs_for: Callable[[Ec2Instance], EcsClient],
        logs_for: Callable[[Ec2Instance, str], LogsClient],
        secrets_for: Callable[[Ec2Instance, str, str, str], SecretsClient],
        acs: AgentCommunicationService,
        runtime_for: Callable[[Ec2Instance, Ami], HostRuntime],
        rng_for: Callable[[str], random.Random],
        allows: Callable[[Ec2Instance, int], bool],
        waits: float = 1.0,
        latency: Latency = OVER_A_NETWORK,
    ) -> None:
        self.allows = allows
        self._clock = clock
        self._ami = ami
        self._ecs_for = ecs_for
        self._logs_for = logs_for
        self._secrets_for = secrets_for
        self._acs = acs
        self._runtime_for = runtime_for
        self._rng_for = rng_for
        self._waits = waits
        self._latency = latency
        self._hosts: dict[str, Host] = {}

    def observe(self, instances: Iterable[Ec2Instance]) -> None:
        """Take in what EC2 says of some or all instances; saying it twice changes nothing."""
        for instance in sorted(instances, key=lambda i: (i.launch_time, i.instance_id)):
            if host := self._hosts.get(instance.instance_id):
                host.instance = instance
            if instance.state == "running":
                self._keep_running(instance)
            elif instance.state != "pending":
                self._keep_stopped(instance)

    def _keep_running(self, instance: Ec2Instance) -> None:
        host = self._hosts.get(instance.instance_id) or self._new_host(instance)
        if not host.is_powered:
            host.power_on()

    def _keep_stopped(self, instance: Ec2Instance) -> None:
        host = self._hosts.get(instance.instance_id)
        if host and host.is_powered:
            host.power_off()
        if host and instance.state == "terminated":
            host.runtime.discard()
            del self._hosts[instance.instance_id]

    def _new_host(self, instance: Ec2Instance) -> Host:
        def new_agent(
            settings: AgentSettings,
            facts: HostFacts,
            runtime: HostRuntime,
            log: Callable[[str], None],
        ) -> Agent:
            return Agent(
                ecs=self._ecs_for(instance),
                acs=self._acs,
                runtime=AwsLogs(runtime, self._clock, partial(self._logs_for, instance)),
                clock=self._clock,
                settings=settings,
                host=facts,
                rng=self._rng_for(instance.instance_id),
                log=log,
                latency=self._latency,
                secrets_for=partial(self._secrets_for, instance),
            )

        ami = self._ami(instance.image_id)
        host = Host(
            instance,
            ami,
            clock=self._clock,
            runtime=self._runtime_for(instance, ami),
            new_agent=new_agent,
            waits=self._waits,
        )
        self._hosts[instance.instance_id] = host
        return host

    def host(self, instance_id: str) -> Host | None:
        return self._hosts.get(instance_id)

    def at(self, public_ip: str) -> Host | None:
        """The powered host that has a public address now."""
        hosts = (host for host in self._hosts.values() if host.is_powered)
        return next((host for host in hosts if host.instance.public_ip == public_ip), None)

    def managed_instances(self) -> tuple[Ec2Instance, ...]:
        """The instances whose SSM agent answers: those that have booted."""
        # AWS: the SSM agent also needs a role with AmazonSSMManagedInstanceCore; here none.
        return tuple(host.instance for host in self._hosts.values() if host.has_booted)

    def run_command(self, instance_id: str, commands: Sequence[str]) -> CommandResult:
        """What a shell on the instance answers to lines of commands."""
        host = self._hosts.get(instance_id)
        if host is None or not host.has_booted:
            raise LookupError(f"no shell answers on {instance_id}")
        return run_commands(host, commands)

    def close(self) -> None:
        """Switch every host off and forget it."""
        for host in self._hosts.values():
            if host.is_powered:
                host.power_off()
            host.runtime.discard()
        self._hosts.clear()
