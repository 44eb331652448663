"""Addresses and names of EC2 instances, made safe and repeatable.

A public address comes with the state ``running``, as on AWS with booting; private
ones that were given back are reused lowest first. Boot states are not known here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from moto.ec2.exceptions import EC2ClientError, InvalidAddressError
from moto.ec2.models import (
    availability_zones_and_regions,
    elastic_ip_addresses,
    elastic_network_interfaces,
)
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import Subnet

from ecs_tutorial.control_plane.moto_seams.ec2_facts import ec2_in_all_regions
from ecs_tutorial.control_plane.moto_seams.public_addresses import (
    PublicAddresses,
    is_reserved,
    public_dns_name,
)
from ecs_tutorial.control_plane.moto_seams.seam import Seam


class Addresses(Seam):
    def __init__(self) -> None:
        super().__init__()
        self.pool = PublicAddresses(held_addresses)

    def _mend(self) -> None:
        self._replace(elastic_network_interfaces, "random_public_ip", self.pool.take)
        self._replace(elastic_ip_addresses, "random_ip", self.pool.take)
        addresses = elastic_ip_addresses.ElasticAddressBackend
        self._wrap(addresses, "allocate_address", only_reserved)
        self._replace(NetworkInterface, "check_auto_public_ip", take_public_address)
        self._replace(NetworkInterface, "stop", give_back_public_address)
        self._wrap(NetworkInterface, "association", reserved_association)
        self._replace(NetworkInterface, "group_set", property(groups_in_order))
        self._replace(Instance, "public_dns_name", property(instance_dns_name))
        self._wrap(Subnet, "get_available_subnet_ip", lowest_free_address)
        regions = availability_zones_and_regions.RegionsAndZonesBackend
        self._wrap(regions, "describe_regions", local_endpoints)


def held_addresses() -> set[str]:
    """Every public address in use, in all accounts and regions."""
    held: set[str] = set()
    for backend in ec2_in_all_regions():
        held.update(eni.public_ip for eni in backend.enis.values() if eni.public_ip)
        held.update(address.public_ip for address in backend.addresses)
    return held


def only_reserved(allocate: Callable[..., Any]) -> Callable[..., Any]:
    def allocate_address(
        backend: Any, domain: str, address: str | None = None, tags: Any = None
    ) -> Any:
        if address and not is_reserved(address):
            raise InvalidAddressError(address)
        return allocate(backend, domain, address, tags)

    return allocate_address


def take_public_address(eni: NetworkInterface) -> None:
    """An interface gets its address when the instance that it belongs to starts."""
    assigns = str(eni.public_ip_auto_assign).lower() == "true"
    if assigns and eni.instance is not None and eni.public_ip is None:
        eni.public_ip = elastic_network_interfaces.random_public_ip()


def give_back_public_address(eni: NetworkInterface) -> None:
    """A stopped instance loses its public address unless it is an elastic one."""
    if eni.public_ip_auto_assign and eni.public_ip and not is_elastic(eni):
        eni.public_ip = None


def is_elastic(eni: NetworkInterface) -> bool:
    return bool(eni.ec2_backend.address_by_ip([eni.public_ip], fail_if_not_found=False))


def groups_in_order(eni: NetworkInterface) -> list[SecurityGroup]:
    """Its security groups once each; moto has a set, whose order changes from run to run."""
    of_instance = eni.instance.security_groups if eni.instance else []
    return list({group.id: group for group in [*eni._group_set, *of_instance]}.values())


def instance_dns_name(instance: Instance) -> str | None:
    address = instance.public_ip
    return public_dns_name(address, instance.region_name) if address else None


def reserved_association(association: property) -> property:
    def with_reserved_name(eni: NetworkInterface) -> dict[str, Any] | None:
        if not eni.public_ip:
            return None
        name = public_dns_name(eni.public_ip, eni.ec2_backend.region_name)
        return {**association.__get__(eni), "publicDnsName": name}

    return property(with_reserved_name)


def lowest_free_address(get: Callable[..., str]) -> Callable[..., str]:
    def get_available_subnet_ip(subnet: Subnet, instance: Instance) -> str:
        if subnet._unused_ips:
            address = min(subnet._unused_ips, key=ip_address)
            subnet.request_ip(address, instance)
            return address
        try:
            return get(subnet, instance)
        except StopIteration:
            raise EC2ClientError(
                "InsufficientFreeAddressesInSubnet",
                f"There are not enough free addresses in subnet '{subnet.id}' "
                "to satisfy the requested number of instances.",
            ) from None

    return get_available_subnet_ip


def local_endpoints(describe: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    def describe_regions(backend: Any, region_names: list[str] | None = None) -> list[Any]:
        regions = [copy.copy(region) for region in describe(backend, region_names)]
        for region in regions:
            # AWS: a region's endpoint ends in amazonaws.com; the lab's must not lead there.
            region.endpoint = f"ec2.{region.name}.localhost"
        return regions

    return describe_regions
