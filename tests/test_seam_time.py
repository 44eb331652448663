"""moto's clock is the lab's clock."""

from __future__ import annotations

import importlib
import sys

import moto.core.utils
import moto.ec2.models.instances
import moto.iam.models
from seams import assert_leaves_no_trace, assert_notices_change, client, installed

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.control_plane.moto_seams.moto_clock import MotoClock

LATE = "moto.mq.models"  # a module that no other test needs
NAIVE_EPOCH = LAB_EPOCH.replace(tzinfo=None)


def test_each_module_of_moto_reads_the_lab_clock():
    """Also those that imported utcnow by name before the clock was installed."""
    clock = ManualClock()
    with installed(MotoClock(clock.now)):
        for module in (moto.core.utils, moto.iam.models, moto.ec2.models.instances):
            assert module.utcnow() == NAIVE_EPOCH
        clock.advance(60)
        assert moto.iam.models.utcnow().minute == NAIVE_EPOCH.minute + 1
        assert moto.core.utils.unix_time() == clock.now().timestamp()


def test_a_module_loaded_later_reads_the_lab_clock_and_gets_its_own_back():
    seam = MotoClock(lambda: LAB_EPOCH)
    sys.modules.pop(LATE, None)
    seam.install()
    try:
        late = importlib.import_module(LATE)
        assert late.utcnow() == NAIVE_EPOCH
    finally:
        seam.uninstall()
    assert late.utcnow is moto.core.utils.utcnow
    assert late.utcnow() != NAIVE_EPOCH


def test_responses_carry_lab_time():
    """The creation date of a role and the Date header are the lab's."""
    with installed(MotoClock(lambda: LAB_EPOCH)):
        answer = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    assert answer["Role"]["CreateDate"] == LAB_EPOCH
    assert answer["ResponseMetadata"]["HTTPHeaders"]["date"] == "Mon, 05 Oct 2026 09:00:00 GMT"


def test_the_clock_leaves_no_trace():
    assert_leaves_no_trace(MotoClock(lambda: LAB_EPOCH))


def test_a_moto_without_utcnow_is_noticed(monkeypatch):
    assert_notices_change(monkeypatch, MotoClock(lambda: LAB_EPOCH), moto.core.utils, "utcnow")
