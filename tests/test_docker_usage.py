"""Docker's figures as CPU and memory of a container: differences, and memory without caches."""

import pytest
from docker.errors import APIError

from ecs_tutorial.clock import ManualClock
from ecs_tutorial.data_plane.docker_usage import UsageMeter

MIB = 1024 * 1024


def figure(seconds, memory=100, **details):
    return {
        "cpu_stats": {"cpu_usage": {"total_usage": seconds * 1_000_000_000}},
        "memory_stats": {"usage": memory * MIB, "stats": details},
    }


def look(meter, **figures):
    return meter.usages(figures)


def test_cpu_is_what_was_taken_since_the_last_look():
    """15 seconds of CPU in a minute are 25 percent of one vCPU."""
    clock = ManualClock()
    meter = UsageMeter(lambda runtime_id: {}, clock)
    assert look(meter, a=figure(5))["a"].cpu_percent == 0
    clock.advance(60)
    assert look(meter, a=figure(20))["a"].cpu_percent == pytest.approx(25)


def test_a_new_container_of_an_old_one_s_place_begins_anew():
    """What is no longer asked about is forgotten."""
    clock = ManualClock()
    meter = UsageMeter(lambda runtime_id: {}, clock)
    look(meter, a=figure(50))
    clock.advance(60)
    look(meter, b=figure(1))
    clock.advance(60)
    assert look(meter, a=figure(1))["a"].cpu_percent == 0


@pytest.mark.parametrize("name", ["inactive_file", "total_inactive_file"])
def test_cached_files_are_no_memory(name):
    """Both names that kernels have for them."""
    meter = UsageMeter(lambda runtime_id: {}, ManualClock())
    assert look(meter, a=figure(0, **{name: 30 * MIB}))["a"].memory == pytest.approx(70)


def test_a_container_that_is_gone_is_left_out():
    """Docker's refusal of one does not lose the others."""

    def stats(runtime_id):
        if runtime_id == "gone":
            raise APIError("No such container")
        return figure(1)

    assert set(UsageMeter(stats, ManualClock()).read(["gone", "here"])) == {"here"}
