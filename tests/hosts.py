"""EC2 hosts for tests: a control plane that only writes down, and instances to observe."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.data_plane.agent_settings import HostFacts
from ecs_tutorial.data_plane.ec2_hosts import Ec2Hosts
from ecs_tutorial.data_plane.ec2_instance import Ami, Ec2Instance
from ecs_tutorial.data_plane.simulated import SimulatedRuntime

ECS_AMI = Ami(
    "ami-ecs", True, "1.107.0", "abcdef01", "25.0.16", "al2023-ami-ecs-hvm-2023.0.20260922"
)
PLAIN_AMI = Ami("ami-plain", False, name="al2023-ami-2023")
TASK_ARN = "arn:aws:ecs:us-east-1:123456789012:task/web/0123456789abcdef0123456789abcdef"
USER_DATA = b"#!/bin/bash\necho ECS_CLUSTER=web >> /etc/ecs/ecs.config\n"


def host_facts(**facts) -> HostFacts:
    """What an agent knows of the instance it runs on: a t3.medium."""
    usual = {
        "ec2_instance_id": "i-0abc",
        "instance_type": "t3.medium",
        "ami_id": "ami-1",
        "availability_zone": "us-east-1a",
        "vpc_id": "vpc-1",
        "subnet_id": "subnet-1",
        "region": "us-east-1",
        "account_id": "123456789012",
        "cpu": 2048,
        "memory": 3911,
        "private_ip": "172.31.0.9",
    }
    return HostFacts(**(usual | facts))


class RefusedError(Exception):
    """An error in the form of botocore's ClientError."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.response = {"Error": {"Code": code, "Message": message}}


@dataclass
class FakeEcs:
    """Registers whoever is allowed to, and keeps every request."""

    allowed: bool = True
    refusal: str = "AccessDeniedException"
    requests: list[tuple[str, dict]] = field(default_factory=list)

    def register_container_instance(self, **parameters):
        self.requests.append(("register", parameters))
        if not self.allowed:
            raise RefusedError(self.refusal, "refused")
        arn = parameters.get("containerInstanceArn") or f"arn:instance/{len(self.requests)}"
        return {"containerInstance": {"containerInstanceArn": arn}}

    def discover_poll_endpoint(self, **parameters):
        return {"endpoint": "", "telemetryEndpoint": ""}

    def create_cluster(self, **parameters):
        self.requests.append(("create cluster", parameters))
        return {}

    def submit_task_state_change(self, **parameters):
        self.requests.append(("report", parameters))
        return {"acknowledgment": "ok"}

    def registrations(self):
        return [parameters for name, parameters in self.requests if name == "register"]


@dataclass
class FakeSession:
    parameters: dict
    is_open: bool = True

    def send(self, message):
        """Acknowledgements are of no interest here."""

    def close(self):
        self.is_open = False


@dataclass
class FakeAcs:
    """Keeps the sessions in the order in which they were opened."""

    sessions: list[FakeSession] = field(default_factory=list)

    def open_session(self, **parameters):
        self.sessions.append(FakeSession(parameters))
        return self.sessions[-1]

    def open_sessions(self):
        return [session for session in self.sessions if session.is_open]

    def run(self, *containers, session=-1, arn=TASK_ARN):
        """Send a task with these containers to an agent."""
        task = {
            "arn": arn,
            "family": "wordpress",
            "version": "1",
            "desiredStatus": "RUNNING",
            "overrides": "{}",
            "containers": list(containers),
            "volumes": [],
        }
        message = {
            "messageId": "m",
            "clusterArn": "arn:cluster/web",
            "containerInstanceArn": "arn:instance/1",
            "seqNum": 1,
            "generatedAt": 0,
            "tasks": [task],
        }
        deliver = self.sessions[session].parameters["deliver"]
        deliver({"type": "PayloadMessage", "message": message})


@dataclass
class Region:
    """A clock, hosts and the fakes around them."""

    clock: ManualClock = field(default_factory=ManualClock)
    ecs: FakeEcs = field(default_factory=FakeEcs)
    acs: FakeAcs = field(default_factory=FakeAcs)
    open_ports: set[int] = field(default_factory=lambda: {80})
    waits: float = 1.0

    def __post_init__(self):
        self.hosts = Ec2Hosts(
            self.clock,
            ami=lambda image_id: {ami.image_id: ami for ami in (ECS_AMI, PLAIN_AMI)}[image_id],
            ecs_for=lambda instance: self.ecs,
            acs=self.acs,
            logs_for=lambda instance, region: None,
            secrets_for=lambda instance, role, task, region: None,
            runtime_for=lambda instance, ami: SimulatedRuntime(
                self.clock, random.Random(instance.instance_id), lambda image: False
            ),
            rng_for=random.Random,
            allows=lambda instance, port: port in self.open_ports,
            waits=self.waits,
        )

    def boot(self, *instances, seconds=60):
        self.hosts.observe(instances)
        self.clock.advance(seconds)
        return self.hosts.host(instances[0].instance_id)

    def shell(self, *commands, instance_id="i-1"):
        return self.hosts.run_command(instance_id, commands)


def ec2_instance(number=1, **changes):
    """A running t3.medium of the ECS-optimized AMI that joins the cluster web."""
    instance = Ec2Instance(
        instance_id=f"i-{number}",
        state="running",
        image_id=ECS_AMI.image_id,
        instance_type="t3.medium",
        user_data=USER_DATA,
        role_name="ecsInstanceRole",
        private_ip=f"172.31.0.{number}",
        private_dns_name=f"ip-172-31-0-{number}.internal",
        public_ip=f"203.0.113.{number}",
        availability_zone="us-east-1a",
        subnet_id="subnet-1",
        vpc_id="vpc-1",
        region="us-east-1",
        account_id="123456789012",
        vcpus=2,
        memory_mib=4096,
        security_group_ids=("sg-1",),
        launch_time=LAB_EPOCH + timedelta(seconds=number),
    )
    return replace(instance, **changes)


def wordpress(host_port=80):
    return {
        "name": "wordpress",
        "image": "wordpress",
        "cpu": 10,
        "memory": 500,
        "essential": True,
        "environment": {"WORDPRESS_DB_PASSWORD": "hunter2", "WORDPRESS_DB_USER": "root"},
        "portMappings": [{"containerPort": 80, "hostPort": host_port, "protocol": "tcp"}],
        "links": ["mysql"],
    }


def mysql():
    return {
        "name": "mysql",
        "image": "mysql",
        "cpu": 10,
        "memory": 500,
        "essential": True,
        "environment": {"MYSQL_ROOT_PASSWORD": "hunter2"},
        "portMappings": [],
    }


def walk_region(**changes):
    """One booted instance with the walk's task running on it."""
    region = Region(**changes)
    region.boot(ec2_instance())
    region.acs.run(wordpress(), mysql())
    region.clock.advance(60)
    return region
