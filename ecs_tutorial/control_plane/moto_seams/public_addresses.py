"""Public addresses and names that lead to nobody.

moto invents addresses that belong to somebody; the lab's come from the ranges that
are reserved for documentation and benchmarks, its names from a reserved domain.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from ipaddress import IPv4Network, ip_address

from moto.ec2.exceptions import EC2ClientError

RESERVED = (
    IPv4Network("203.0.113.0/24"),  # RFC 5737
    IPv4Network("198.51.100.0/24"),  # RFC 5737
    IPv4Network("198.18.0.0/15"),  # RFC 2544
)
COUNT = sum(network.num_addresses - 2 for network in RESERVED)


def is_reserved(address: str) -> bool:
    return any(ip_address(address) in network for network in RESERVED)


def nth_address(index: int) -> str:
    """Number ``index`` of all the addresses there are.

    >>> nth_address(0), nth_address(254), nth_address(508)
    ('203.0.113.1', '198.51.100.1', '198.18.0.1')
    """
    for network in RESERVED:
        hosts = network.num_addresses - 2
        if index < hosts:
            return str(network[index + 1])
        index -= hosts
    raise IndexError("no such address")


def public_dns_name(address: str, region: str) -> str:
    """The public DNS name of an instance with this address.

    >>> public_dns_name("203.0.113.1", "us-east-1")
    'ec2-203-0-113-1.compute-1.amazonaws.example'
    """
    # AWS: the name ends in amazonaws.com; the lab's ends in .example, which RFC 2606 reserves.
    zone = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{address.replace('.', '-')}.{zone}.amazonaws.example"


class PublicAddresses:
    """Hands out addresses in turn; the first time round each of them is new.

    Args:
        held: the addresses in use, asked for once all have been handed out.
    """

    def __init__(self, held: Callable[[], Collection[str]]) -> None:
        self._held = held
        self._handed_out = 0

    def reset(self) -> None:
        self._handed_out = 0

    def take(self) -> str:
        held = self._held() if self._handed_out >= COUNT else ()
        for _ in range(COUNT):
            address = nth_address(self._handed_out % COUNT)
            self._handed_out += 1
            if address not in held:
                return address
        raise EC2ClientError(
            "InsufficientAddressCapacity", "Not enough available addresses to satisfy your request."
        )
