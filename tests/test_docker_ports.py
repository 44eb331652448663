"""Host ports are counted by instance; loopback ports stand for them."""

from hypothesis import given
from hypothesis import strategies as st

from ecs_tutorial.data_plane.docker_ports import by_host_port, taken_port
from ecs_tutorial.data_plane.runtime import ContainerSpec, PublishedPort

PORTS = st.lists(
    st.builds(
        PublishedPort,
        st.integers(1, 3),
        st.integers(1, 60_000),
        st.sampled_from(["tcp", "udp"]),
    ),
    unique_by=lambda port: (port.host_port, port.protocol),
    max_size=6,
)


def spec(*ports):
    return ContainerSpec("ecs-shop-1-app-00", "nginx", ports=ports)


def test_a_taken_port_is_named_in_docker_s_words():
    """Address and port of the instance, not those of this machine."""
    fault = taken_port(spec(PublishedPort(80, 8080)), [spec(PublishedPort(90, 8080))])
    assert str(fault) == (
        "CannotStartContainerError: Error response from daemon: driver failed programming "
        "external connectivity on endpoint ecs-shop-1-app-00: Bind for 0.0.0.0:8080 failed: "
        "port is already allocated"
    )


def test_protocols_have_ports_of_their_own():
    """53/udp and 53/tcp may both be had."""
    assert taken_port(spec(PublishedPort(53, 53, "udp")), [spec(PublishedPort(53, 53))]) is None


@given(PORTS)
def test_each_host_port_gets_a_loopback_port_of_its_own(ports):
    """Whatever the order, none is lost and none stands for two."""
    loopback = iter(range(40_000, 50_000))
    bound = {}
    for port in ports:
        bound.setdefault((port.container_port, port.protocol), []).append(next(loopback))
    found = by_host_port(spec(*ports), bound)
    assert set(found) == {(port.host_port, port.protocol) for port in ports}
    assert len(set(found.values())) == len(ports)
    for port in ports:
        real = found[port.host_port, port.protocol]
        assert real in bound[port.container_port, port.protocol]


def test_a_container_that_ended_at_once_has_no_loopback_port():
    """The engine has none for it any more."""
    assert by_host_port(spec(PublishedPort(80, 80)), {}) == {}
    assert by_host_port(spec(PublishedPort(80, 80)), {(80, "tcp"): []}) == {}
