"""The composition root: one local AWS in which ECS really starts tasks.

It wires both planes, the clock and the runtime, is the only importer of both planes,
and holds the one lock under which everything happens. It decides nothing itself.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from moto import mock_aws

from . import engine, garbage, memory_warning, waiting
from .control_plane import ecs_again, ecs_api
from .control_plane.contents import (
    Contents,
    contents,
    ecs_backends,
    memory_of_instances,
    memory_of_tasks,
)
from .control_plane.host_clients import Acs, HostClients
from .control_plane.moto_seams import access_keys, ecr, iam, late
from .control_plane.moto_seams.application_autoscaling import ScalingSeam
from .control_plane.moto_seams.ec2 import Ec2Seam
from .control_plane.moto_seams.ec2_facts import Ec2InstanceFacts, allows_from_groups
from .control_plane.moto_seams.ec2_xml import WrittenAnswers
from .control_plane.moto_seams.elbv2 import ElbSeam
from .control_plane.moto_seams.method_names import RememberedMethods
from .control_plane.moto_seams.moto_clock import MotoClock
from .control_plane.moto_seams.requests import RequestGate, WriteRecord
from .control_plane.moto_seams.seeds import SeededDraws
from .control_plane.moto_seams.serializer import RememberedNames
from .control_plane.moto_seams.ssm import ManagedInstance, SsmSeam
from .data_plane.addresses import AddressMap
from .data_plane.agent_settings import NO_LATENCY, OVER_A_NETWORK
from .data_plane.ec2_host import HostRuntime
from .data_plane.ec2_hosts import Ec2Hosts
from .data_plane.ec2_instance import Ami, Ec2Instance
from .data_plane.load_balancers import LoadBalancers
from .data_plane.simulated import SimulatedRuntime
from .lab_error import LabError
from .lab_time import LabTime

if TYPE_CHECKING:
    from .data_plane.docker_containers import DockerContainers

SEED = "ecs-tutorial"
ACCOUNT = "123456789012"
REGION = "us-east-1"
REAL_SPEED = 1.0
"""Lab seconds in a second where containers are real: they live in the machine's time."""
REAL_EC2_WAITS = 0.05
"""What is left there of the pauses of EC2 instances, behind which nothing really happens."""
SCHEDULER_PERIOD, REAL_SCHEDULER_PERIOD = 1.0, 0.02
"""Lab seconds until the scheduler looks at what was reported."""
LAUNCHES_INSTANCES = frozenset({"ec2", "autoscaling", "cloudformation"})
MOVES_TARGETS = frozenset({"elbv2", *LAUNCHES_INSTANCES})


class LocalEcs(LabTime):
    """A local AWS with a working ECS; one a process.

    Args:
        seed: all ids come from it; the same seed and the same calls give the same ones.
        on_engine: the lab's name on a Docker Engine, where its containers then really run
            and time runs from the beginning; without a name they are simulated.
        allow: what real containers may do on this machine, by name (``allowances``).
        secret: what secrets of access keys are made from where others may call this lab.
    """

    secret_of = staticmethod(access_keys.secret_of)
    again = staticmethod(ecs_again.answer)

    def __init__(
        self,
        seed: str = SEED,
        on_engine: str | None = None,
        allow: Iterable[str] = (),
        secret: str | None = None,
    ) -> None:
        super().__init__(in_steps=on_engine is None)
        self.seed = seed
        self.on_engine = on_engine
        self.allow = tuple(allow)
        self._containers: DockerContainers | None = None
        self._mock = mock_aws(config={"core": {"mock_credentials": False}})
        self._ec2_waits = REAL_EC2_WAITS if on_engine else 1.0
        self._ec2 = Ec2Seam(self.clock, lambda moved: self._observe_hosts([moved]), self._ec2_waits)
        self._elb = ElbSeam(self.clock, self._observe_targets, self._ec2_waits)
        self._gate = RequestGate(
            *(self.lock, seed, self._begin_request, self.note, self._warned),
            journal=lambda: self.journal,
        )
        stack_went_on = partial(self._observe, "cloudformation")
        self._seams = (
            *(SeededDraws(seed), RememberedNames(), WrittenAnswers(), RememberedMethods()),
            MotoClock(self.clock.now),
            *(self._gate, access_keys.AccessKeysSeam(secret)),
            *(self._ec2, iam.IamSeam()),
            late.of_cloudformation(self.clock, seed, stack_went_on),
            ecr.EcrSeam(lambda: self._containers.registry() if self._containers else None),
            SsmSeam(self.clock, self._run_command, self._managed_instances),
            ScalingSeam(self.clock, seed),
            self._elb,
            ecs_api.EcsSeam(
                *(self.clock, seed, REAL_SCHEDULER_PERIOD if on_engine else SCHEDULER_PERIOD),
                self._elb,
            ),
        )
        self._begin_anew()

    # --- its life ------------------------------------------------------------

    def install(self) -> None:
        """Put the lab in AWS's place for every boto3 client of this process."""
        for seam in self._seams:
            seam.install()
        self._mock.start()
        garbage.search_seldom()

    def stop(self) -> None:
        """End what runs and put AWS's, moto's and botocore's own back."""
        self._ticker.stop()
        self._let_go()
        with self.lock:
            self.hosts.close()
            self._mock.stop()
            for seam in reversed(self._seams):
                seam.uninstall()

    def reset(self) -> None:
        """An empty lab at the beginning of lab time, its clock manual unless containers run."""
        if self.on_engine:
            engine.usable()  # before anything is given up
        self._let_go()
        with self.lock:
            self.hosts.close()
            self.clock.restart()
            self._mock.reset()
            self._gate.reset()
            self._ec2.reset()
            self.journal.empty()
            self._begin_anew()

    def _let_go(self) -> None:
        """Close what has threads of its own; they may want the lock."""
        self.addresses.close()
        self.balancers.close()
        if self._containers:
            containers, self._containers = self._containers, None
            containers.close()

    def _begin_anew(self) -> None:
        self._ended: set[str] = set()
        clients = HostClients(self._role_of, partial(self._gate.record, "ecs"))
        self.hosts = Ec2Hosts(
            self.clock,
            ami=self._ami,
            ecs_for=clients.ecs,
            logs_for=clients.logs,
            secrets_for=clients.secrets,
            acs=Acs(),
            runtime_for=self._runtime_for,
            rng_for=lambda instance_id: self._stream("agent", instance_id),
            allows=lambda host, port: self._ec2.allows(
                host.account_id, host.region, host.instance_id, port
            ),
            waits=self._ec2_waits,
            latency=NO_LATENCY if self.on_engine else OVER_A_NETWORK,
        )
        self.balancers = LoadBalancers(
            *(self.hosts, self.clock, self.lock),
            lets_in=lambda host, port, groups: allows_from_groups(
                host.account_id, host.region, host.instance_id, port, groups
            ),
            report=self._elb.report,
            at_once=self._ticker.at_once,
            waits=self._ec2_waits,
        )
        self.addresses = AddressMap(self.hosts, self.lock, self.balancers)
        if self.on_engine:
            from .data_plane.docker_containers import DockerContainers

            self._containers = DockerContainers(
                self.on_engine, self.clock, self._ticker.at_once, allow=self.allow
            )
            self.run_in_wall_time(REAL_SPEED)

    # --- its time ------------------------------------------------------------

    def patient(self) -> AbstractContextManager[None]:
        """Within it botocore's waiters wait in this lab's time; a manual clock's takes none."""
        return waiting.waiters(self.pass_time, often=self.on_engine is not None)

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """As ``patient``, where nobody sees how the time is spent: real containers stop soon."""
        with ExitStack() as stack:
            stack.enter_context(self.patient())
            if self._containers:
                stack.enter_context(self._containers.stopping_quickly())
            yield

    # --- what it holds -------------------------------------------------------

    def contents(self) -> Contents:
        """What is in the lab now, in all accounts and regions."""
        with self.lock:
            live = sum(each.state != "terminated" for each in self._ec2.instances())
            return contents(live)

    def memory(self) -> dict[str, int] | None:
        """MiB of the engine, and what instances offer and tasks may take of it; if it is real."""
        if self._containers is None:
            return None
        with self.lock:
            offered, wanted = memory_of_instances(), memory_of_tasks()
            return {"engine": self._containers.memory, "instances": offered, "tasks": wanted}

    def _warned(self, service: str, action: str) -> dict[str, str]:
        """The header of an answer to a call for more tasks than the engine has memory for."""
        asks = service == "ecs" and action in memory_warning.ASK_FOR_TASKS
        text = memory_warning.warning(self.memory()) if asks else None
        return {memory_warning.HEADER: text} if text else {}

    def note(self, record: WriteRecord) -> None:
        """The one place that every successful write passes; the journal has it from the gate."""
        self._observe(record.service)

    # --- what the planes are given -------------------------------------------

    def _observe(self, service: str) -> None:
        """Look at what this service of AWS may have changed, for both planes."""
        if service in LAUNCHES_INSTANCES:
            self._observe_hosts(self._ec2.instances())
        if service in MOVES_TARGETS:
            self._observe_targets()

    def _observe_hosts(self, facts: Sequence[Ec2InstanceFacts]) -> None:
        """Tell the data plane how EC2 instances stand, and ECS which have ended."""
        self.hosts.observe(Ec2Instance(**vars(each)) for each in facts)
        for each in facts:
            if each.state == "terminated" and each.instance_id not in self._ended:
                self._ended.add(each.instance_id)
                ecs_api.backend(each.account_id, each.region).host_terminated(each.instance_id)

    def _observe_targets(self) -> None:
        """Tell the data plane how load balancers stand, and ECS that targets have changed."""
        self.balancers.observe(self._elb.balancing())
        for backend in ecs_backends():
            backend.targets_changed()

    def _role_of(self, instance_id: str) -> str | None:
        """As EC2 says now: a role may have changed since the launch."""
        host = self.hosts.host(instance_id)
        return host.instance.role_name if host else None

    def _ami(self, image_id: str) -> Ami:
        return Ami(**asdict(self._ec2.ami(ACCOUNT, REGION, image_id)))

    def _runtime_for(self, host: Ec2Instance, ami: Ami) -> HostRuntime:
        if self._containers:
            return self._containers.runtime_for(host.instance_id)
        if self.on_engine:
            raise LabError("The lab has no Docker Engine: start Docker, then reset the lab.")
        stream = self._stream("runtime", host.instance_id)
        return SimulatedRuntime(self.clock, stream, ecr.repository_has, ami.docker_version)

    def _stream(self, *name: str) -> random.Random:
        return random.Random("/".join((self.seed, *name)))

    def _run_command(self, instance_id: str, commands: Sequence[str]) -> tuple[str, str, int]:
        result = self.hosts.run_command(instance_id, commands)
        return result.stdout, result.stderr, result.exit_code

    def _managed_instances(self) -> list[ManagedInstance]:
        return [ManagedInstance.of(each) for each in self.hosts.managed_instances()]
