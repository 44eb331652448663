"""What CPU and memory an instance registers by its type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_tutorial.data_plane.host_resources import (
    RECORDED_MEMORY,
    HostResources,
    host_resources,
)


@pytest.mark.parametrize(
    ("instance_type", "vcpus", "mib", "memory"),
    [
        ("t2.micro", 1, 1024, 982),
        ("t3.nano", 2, 512, 459),
        ("m4.large", 2, 8192, 7985),
        ("m6i.large", 2, 8192, 7817),
    ],
)
def test_recorded_types_register_what_was_recorded(instance_type, vcpus, mib, memory):
    """A type that was recorded on AWS has the figure of its newest recording."""
    assert host_resources(instance_type, vcpus, mib) == HostResources(vcpus * 1024, memory)


def test_other_types_register_a_share_of_their_memory():
    """Without a recording it is 95.5 per cent of the type's memory."""
    assert host_resources("t3.medium", 2, 4096) == HostResources(2048, 3911)


def test_two_containers_of_500_mib_do_not_fit_a_t2_micro():
    """Which is why the walk launches t3.medium."""
    assert host_resources("t2.micro", 1, 1024).memory < 2 * 500
    assert host_resources("t3.medium", 2, 4096).memory >= 2 * 500


@given(st.sampled_from(sorted(RECORDED_MEMORY)) | st.just("x9.large"), st.integers(1, 448))
def test_cpu_follows_the_vcpus(instance_type, vcpus):
    """Each vCPU is 1024 CPU units, whatever the type."""
    assert host_resources(instance_type, vcpus, 8192).cpu == 1024 * vcpus


@given(st.integers(512, 25_165_824))
def test_memory_is_less_than_the_type_has(mib):
    """The kernel keeps something, but not much."""
    memory = host_resources("x9.large", 2, mib).memory
    assert 0.95 * mib <= memory < mib
