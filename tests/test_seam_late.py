"""A seam of a service that few use is put in with the service, and not before."""

from __future__ import annotations

import subprocess
import sys

import boto3
import moto.backends
import pytest
from botocore.exceptions import ClientError
from moto.sqs.models import SQSBackend
from seams import assert_leaves_no_trace, assert_notices_change
from surroundings import enter_fence

from ecs_tutorial.control_plane.moto_seams.late import LateSeams
from ecs_tutorial.control_plane.moto_seams.seam import Seam
from ecs_tutorial.lab import LocalEcs

UNTOUCHED = """
import sys
import boto3
from ecs_tutorial.lab import LocalEcs
local = LocalEcs()
local.install()
keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
boto3.client("ecs", region_name="us-east-1", **keys).list_clusters()
print(*(name for name in ("moto.cloudformation", "bashlex", "pandas") if name in sys.modules))
"""


class Renamed(Seam):
    """Stands for a seam of SQS."""

    def _mend(self):
        self._replace(SQSBackend, "list_queues", lambda backend, prefix: [])


@pytest.fixture
def made():
    return []


@pytest.fixture
def late(made):
    seams = LateSeams("sqs", lambda: [made.append("made") or Renamed()])
    yield seams
    seams.uninstall()


@pytest.fixture
def unknown(monkeypatch):
    """moto has not been asked for the service yet."""
    monkeypatch.delitem(sys.modules, "moto.sqs.models")


def test_nothing_is_made_before_moto_needs_the_service(late, made, unknown):
    late.install()
    moto.backends.get_backend("sns")
    assert made == []
    moto.backends.get_backend("sqs")
    moto.backends.get_backend("sqs")
    assert made == ["made"]


def test_a_service_that_is_there_is_mended_at_once(late, made):
    late.install()
    assert made == ["made"]


def test_what_was_put_in_late_is_taken_out_again(late, unknown):
    theirs = SQSBackend.list_queues
    late.install()
    moto.backends.get_backend("sqs")
    assert SQSBackend.list_queues is not theirs
    late.uninstall()
    assert SQSBackend.list_queues is theirs


def test_leaves_no_trace():
    assert_leaves_no_trace(LateSeams("sqs", lambda: [Renamed()]))


def test_notices_when_moto_changes(monkeypatch, late):
    assert_notices_change(monkeypatch, late, moto.backends, "_import_backend")


def test_a_lab_starts_without_what_takes_long_to_import():
    """CloudFormation would bring most of moto with it."""
    done = subprocess.run(
        [sys.executable, "-c", UNTOUCHED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_the_first_call_of_cloudformation_finds_the_lab_s_own(monkeypatch, tmp_path):
    enter_fence(monkeypatch, tmp_path)
    monkeypatch.delitem(sys.modules, "moto.cloudformation.models", raising=False)
    local = LocalEcs()
    local.install()
    try:
        text = "Resources: !!python/object/apply:os.getcwd []"
        with pytest.raises(ClientError, match="YAML not well-formed"):
            boto3.client("cloudformation").create_stack(StackName="s", TemplateBody=text)
    finally:
        local.stop()
