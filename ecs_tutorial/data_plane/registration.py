"""What an agent tells ECS when it registers its instance.

The parameters of RegisterContainerInstance out of settings and facts of the host. Pure;
when and how often to register is the agent's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ecs_tutorial.data_plane.agent_settings import AgentSettings, HostFacts

# Recorded of a t3.nano with agent 1.48.1; newer agents have more of them.
# AWS: agents since 1.105 also register ecs.os-family and ecs.os-type-detailed.
CAPABILITIES = (
    *(f"com.amazonaws.ecs.capability.docker-remote-api.1.{n}" for n in range(17, 33)),
    "com.amazonaws.ecs.capability.privileged-container",
    "com.amazonaws.ecs.capability.ecr-auth",
    "com.amazonaws.ecs.capability.task-iam-role",
    "com.amazonaws.ecs.capability.task-iam-role-network-host",
    "com.amazonaws.ecs.capability.logging-driver.awsfirelens",
    "ecs.capability.ecr-endpoint",
    "ecs.capability.docker-plugin.local",
    "ecs.capability.docker-plugin.amazon-ecs-volume-plugin",
    "ecs.capability.task-cpu-mem-limit",
    "ecs.capability.full-sync",
    "ecs.capability.efs",
    "ecs.capability.efsAuth",
    "ecs.capability.aws-appmesh",
    "ecs.capability.task-eni",
    "ecs.capability.task-eni-trunking",
    "ecs.capability.task-eni.ipv6",
    "ecs.capability.task-eia",
    "ecs.capability.task-eia.optimized-cpu",
    "ecs.capability.firelens.fluentd",
    "ecs.capability.firelens.fluentbit",
    "ecs.capability.firelens.options.config.file",
    "ecs.capability.firelens.options.config.s3",
    "ecs.capability.private-registry-authentication.secretsmanager",
    "ecs.capability.execution-role-awslogs",
    "ecs.capability.execution-role-ecr-pull",
    "ecs.capability.container-health-check",
    "ecs.capability.container-ordering",
    "ecs.capability.pid-ipc-namespace-sharing",
    "ecs.capability.env-files.s3",
    "ecs.capability.secrets.asm.environment-variables",
    "ecs.capability.secrets.ssm.environment-variables",
    "ecs.capability.secrets.asm.bootstrap.log-driver",
    "ecs.capability.secrets.ssm.bootstrap.log-driver",
)


def registration(
    settings: AgentSettings,
    host: HostFacts,
    *,
    cluster: str,
    client_token: str,
    container_instance_arn: str | None,
) -> dict[str, Any]:
    """The parameters of RegisterContainerInstance."""
    parameters = {
        "cluster": cluster,
        "attributes": attributes(settings, host),
        "totalResources": total_resources(settings, host),
        "clientToken": client_token,
        "instanceIdentityDocument": identity_document(host),
        "instanceIdentityDocumentSignature": "",
        "tags": [{"key": key, "value": value} for key, value in settings.tags.items()],
    }
    if container_instance_arn:
        parameters["containerInstanceArn"] = container_instance_arn
    return parameters


def attributes(settings: AgentSettings, host: HostFacts) -> list[dict[str, str]]:
    """Custom attributes, the agent's capabilities and where the instance is."""
    drivers = sorted(set(settings.available_logging_drivers) - {"awsfirelens"})
    logging = [f"com.amazonaws.ecs.capability.logging-driver.{driver}" for driver in drivers]
    # AWS: ECS itself adds what the identity document says; here the agent sends all of it.
    facts = {
        "ecs.ami-id": host.ami_id,
        "ecs.availability-zone": host.availability_zone,
        "ecs.cpu-architecture": host.cpu_architecture,
        "ecs.instance-type": host.instance_type,
        "ecs.os-type": "linux",
        "ecs.subnet-id": host.subnet_id,
        "ecs.vpc-id": host.vpc_id,
    }
    valued = {**settings.instance_attributes, **facts}
    return [{"name": name} for name in (*CAPABILITIES, *logging)] + [
        {"name": name, "value": value} for name, value in valued.items()
    ]


def total_resources(settings: AgentSettings, host: HostFacts) -> list[dict[str, Any]]:
    return [
        _resource("CPU", "INTEGER", amount=host.cpu),
        _resource("MEMORY", "INTEGER", amount=host.memory - settings.reserved_memory),
        _resource("PORTS", "STRINGSET", ports=settings.reserved_ports),
        _resource("PORTS_UDP", "STRINGSET", ports=settings.reserved_ports_udp),
    ]


def _resource(
    name: str, kind: str, amount: int = 0, ports: Iterable[int] | None = None
) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": name,
        "type": kind,
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": amount,
    }
    if ports is not None:
        resource["stringSetValue"] = [str(port) for port in ports]
    return resource


def identity_document(host: HostFacts) -> str:
    """The instance's own description of itself, as EC2's metadata service would sign it."""
    return json.dumps(
        {
            "accountId": host.account_id,
            "architecture": host.cpu_architecture,
            "availabilityZone": host.availability_zone,
            "imageId": host.ami_id,
            "instanceId": host.ec2_instance_id,
            "instanceType": host.instance_type,
            "privateIp": host.private_ip,
            "region": host.region,
        }
    )
