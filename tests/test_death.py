"""The lab's process is killed at chosen moments of a walk, and nothing that it answered is lost.

The long form, at random moments, is ``python tests/deaths.py``.
"""

from __future__ import annotations

import pytest
from deaths import (
    STEPS,
    LostError,
    Walk,
    create_cluster,
    create_service,
    lost,
    run_instances,
    run_task,
    stop_task,
    tag_cluster,
    update_service,
    walking,
)

MOMENTS = (create_cluster, run_instances, create_service, run_task, update_service, stop_task)


def taken(going: Walk, turn: int = 1) -> None:
    """The whole walk; right after the answer to some of its writes the lab is killed."""
    for step in STEPS:
        going.known.update(step(going.aws, turn))
        if step in MOMENTS:
            going.lab.kill()
            going.come_back()


def test_nothing_that_was_answered_is_lost() -> None:
    """Six deaths in one walk, each right after an answer; after each the walk goes on."""
    with walking() as going:
        taken(going)
        assert going.deaths == len(MOMENTS)
        assert lost(going.known, {}) != []


def test_a_lab_that_lost_one_write_is_found_out() -> None:
    """Else the test above would mean nothing: here the journal drops the second write."""
    with walking(forgets=2) as going:
        for step in (create_cluster, tag_cluster):
            going.known.update(step(going.aws, 1))
        going.lab.kill()
        with pytest.raises(LostError, match=r"cluster .*after \('ACTIVE', \[\('turn', '1'\)\]\)"):
            going.come_back()
