"""The Application Auto Scaling seam: put in, taken out, and loud when moto has changed."""

from moto.applicationautoscaling import models
from seams import assert_leaves_no_trace, assert_notices_change

from ecs_tutorial.clock import ManualClock
from ecs_tutorial.control_plane.moto_seams.application_autoscaling import ScalingSeam


def seam():
    return ScalingSeam(ManualClock(), "seed")


def test_leaves_no_trace():
    """Installed and uninstalled, moto is as it was."""
    assert_leaves_no_trace(seam())


def test_notices_when_moto_changes(monkeypatch):
    """A clock that moto no longer asks is an error, not a wrong time."""
    assert_notices_change(monkeypatch, seam(), models, "time")
