"""What moto's records say of EC2 instances, read and never changed.

The facts are all that the data plane needs to boot an instance, so that it need not
know moto.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import Instance
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

PRIVATE = tuple(
    ip_network(cidr)  # RFC 1918, RFC 4193
    for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


@dataclass(frozen=True)
class Ec2InstanceFacts:
    instance_id: str
    state: str
    image_id: str
    instance_type: str
    user_data: bytes
    role_name: str | None
    """The role in its instance profile at this moment."""
    private_ip: str
    private_dns_name: str
    public_ip: str | None
    availability_zone: str
    subnet_id: str
    vpc_id: str
    region: str
    account_id: str
    vcpus: int
    memory_mib: int
    security_group_ids: tuple[str, ...]
    launch_time: datetime
    architecture: str


def instances() -> tuple[Ec2InstanceFacts, ...]:
    """All EC2 instances of all accounts and regions, by launch time and id."""
    facts = [facts_of(instance) for instance in moto_instances()]
    return tuple(sorted(facts, key=lambda fact: (fact.launch_time, fact.instance_id)))


def moto_instances() -> Iterator[Instance]:
    for backend in ec2_in_all_regions():
        for reservation in backend.reservations.values():
            yield from reservation.instances


def ec2_in_all_regions() -> Iterator[Any]:
    """moto's EC2 backends that exist so far; asking makes no new one."""
    for _, _, backend in ec2_backends.iter_backends():
        yield backend


def facts_of(instance: Instance) -> Ec2InstanceFacts:
    size = INSTANCE_TYPES.get(instance.instance_type, {})
    return Ec2InstanceFacts(
        instance_id=instance.id,
        state=instance.state,
        image_id=instance.image_id,
        instance_type=instance.instance_type,
        user_data=decoded(instance.user_data),
        role_name=role_name(instance),
        private_ip=instance.private_ip or "",
        private_dns_name=instance.private_dns_name,
        public_ip=instance.public_ip,
        availability_zone=instance.availability_zone or "",
        subnet_id=instance.subnet_id or "",
        vpc_id=instance.vpc_id or "",
        region=instance.region_name,
        account_id=instance.owner_id,
        vcpus=size.get("VCpuInfo", {}).get("DefaultVCpus", 0),
        memory_mib=size.get("MemoryInfo", {}).get("SizeInMiB", 0),
        security_group_ids=tuple(group.id for group in security_groups(instance)),
        launch_time=instance.launch_time.replace(tzinfo=UTC),
        architecture=instance.architecture or "x86_64",
    )


def decoded(user_data: object) -> bytes:
    """User data as the instance reads it; EC2 stores it in base64."""
    given = str(user_data or "")
    try:
        return base64.b64decode(given, validate=True)
    except binascii.Error:
        return given.encode()


def role_name(instance: Instance) -> str | None:
    association = instance.ec2_backend.iam_instance_profile_associations.get(instance.id)
    roles = association.iam_instance_profile.roles if association else []
    return str(roles[0].name) if roles else None


def security_groups(instance: Instance) -> list[SecurityGroup]:
    groups = [group for eni in instance.nics.values() for group in eni.group_set]
    return list({group.id: group for group in groups}.values())


def allows(account_id: str, region: str, instance_id: str, port: int) -> bool:
    """Whether the instance's security groups let its reader in at this TCP port."""
    backend: Any = ec2_backends[account_id][region]
    instance = backend.get_instance_by_id(instance_id)
    if instance is None:
        return False
    rules = (rule for group in security_groups(instance) for rule in group.ingress_rules)
    return any(covers(rule, port) and from_outside(rule) for rule in rules)


def allows_from_groups(
    account_id: str, region: str, instance_id: str, port: int, group_ids: frozenset[str]
) -> bool:
    """Whether the instance's security groups let in what bears one of these groups in its VPC."""
    backend: Any = ec2_backends[account_id][region]
    instance = backend.get_instance_by_id(instance_id)
    if instance is None:
        return False
    home = ip_network(backend.get_vpc(instance.vpc_id).cidr_block)
    rules = (rule for group in security_groups(instance) for rule in group.ingress_rules)
    return any(
        covers(rule, port)
        and (rule.source_group.get("GroupId") in group_ids or reaches_into(rule, home))
        for rule in rules
    )


def reaches_into(rule: SecurityGroupRule, home: IPv4Network | IPv6Network) -> bool:
    """Whether the rule's range has addresses of the VPC."""
    # AWS: the one address of the sender must lie in the range; the lab takes any of its VPC's.
    return rule.cidr_ipv4 is not None and ip_network(rule.cidr_ipv4, strict=False).overlaps(home)


def groups_allow(ec2_backend: Any, group_ids: Iterable[str], port: int) -> bool:
    """Whether these security groups let the lab's reader in at a TCP port."""
    groups = (ec2_backend.get_security_group_from_id(group_id) for group_id in group_ids)
    rules = (rule for group in groups if group for rule in group.ingress_rules)
    return any(covers(rule, port) and from_outside(rule) for rule in rules)


def covers(rule: SecurityGroupRule, port: int) -> bool:
    if rule.ip_protocol == "-1":
        return True
    first, last = rule.from_port, rule.to_port
    if rule.ip_protocol != "tcp" or first is None or last is None:
        return False
    return first <= port <= last


def from_outside(rule: SecurityGroupRule) -> bool:
    # AWS: the source address must lie in the rule's range. The lab cannot know which
    # address its reader would have, so every range that is not private lets them in.
    source = rule.cidr_ipv4 or rule.cidr_ipv6
    return source is not None and not is_private(source)


def is_private(cidr: str) -> bool:
    network = ip_network(cidr, strict=False)
    return any(
        network.version == private.version
        and int(private.network_address) <= int(network.network_address)
        and int(network.broadcast_address) <= int(private.broadcast_address)
        for private in PRIVATE
    )
