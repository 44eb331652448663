"""The host ports of one instance, and the loopback ports that stand for them.

The machine is several instances, each with a port 80 of its own: which ports are taken is
counted by instance, and the engine publishes each on a free loopback port. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ecs_tutorial.data_plane.runtime import ContainerSpec, PublishedPort, RuntimeFault

Place = tuple[int, str]
"""A port and its protocol."""


def place(port: PublishedPort) -> Place:
    return port.host_port, port.protocol


def taken_port(spec: ContainerSpec, holders: Iterable[ContainerSpec]) -> RuntimeFault | None:
    """Docker's own words if another container of the instance has a host port."""
    taken = {place(port) for other in holders for port in other.ports}
    for port in spec.ports:
        if place(port) in taken:
            text = (
                "Error response from daemon: driver failed programming external connectivity "
                f"on endpoint {spec.name}: Bind for {port.host_ip}:{port.host_port} failed: "
                "port is already allocated"
            )
            return RuntimeFault("CannotStartContainerError", text)
    return None


def by_host_port(spec: ContainerSpec, bound: Mapping[Place, Iterable[int]]) -> dict[Place, int]:
    """The engine's loopback ports, told by container port, under the instance's host ports."""
    if spec.host_config.get("NetworkMode") == "host":
        return {place(port): port.host_port for port in spec.ports}
    left = {container_place: list(ports) for container_place, ports in bound.items()}
    found = {}
    for port in spec.ports:
        if ports := left.get((port.container_port, port.protocol)):
            found[place(port)] = ports.pop(0)
    return found
