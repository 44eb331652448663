"""Learners' calls and misfortunes in random order; at the end all is as it was asked for."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from lab_machine import LabMachine, unexplained

from ecs_tutorial.control_plane import ecs_backend


def test_whatever_happens_the_lab_comes_to_rest(session, pytestconfig):
    """Books true at each step; in the end services run what they ask for or say why not."""
    walks, steps, start = map(pytestconfig.getoption, ("walks", "steps", "seed"))
    run_state_machine_as_test(
        seed(start)(LabMachine),
        settings=settings(
            max_examples=walks,
            stateful_step_count=steps,
            derandomize=False,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )
    print(f"{walks} walks of up to {steps} steps, seed {start}")


def test_a_lab_that_forgets_what_was_on_a_lost_machine_is_found(session, monkeypatch):
    """The books can fail: here the tasks of an instance that goes are left as they were."""
    monkeypatch.setattr(ecs_backend, "stopped_with_host", lambda task, *_: task)
    machine = LabMachine()
    machine.begin()
    with machine.close:
        machine.run_task("app", 3)
        machine.the_books_add_up()
        machine.machine_is_lost(0)
        machine.machine_is_lost(0)
        machine.time_passes(300)
        with pytest.raises(AssertionError, match="which is not there"):
            machine.the_books_add_up()


@pytest.mark.parametrize(
    ("running", "message", "found"),
    [(2, "", 0), (1, "has started 1 tasks", 1), (1, "was unable to place a task", 0)],
)
def test_a_service_that_lacks_tasks_is_found_unless_it_says_why(running, message, found):
    """The check can fail."""
    service = {
        "serviceName": "web",
        "status": "ACTIVE",
        "desiredCount": 2,
        "runningCount": running,
        "pendingCount": 0,
        "deployments": [{"status": "PRIMARY", "rolloutState": "COMPLETED", "runningCount": 1}],
        "events": [{"message": message}],
    }
    assert len(unexplained(service)) == found
