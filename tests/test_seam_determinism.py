"""The same requests with the same seed give the same bytes, in whatever process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("seam_requests_run.py")


def start(seed: str, hash_seed: str) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(SCRIPT.parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths}
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), seed], env=environment, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def outputs() -> list[list[str]]:
    """Two runs with one seed and different hash seeds, and a third with another seed."""
    runs = [start("one", "1"), start("one", "2"), start("two", "1")]
    told = [run.communicate()[0].splitlines() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    return told


def test_two_processes_answer_the_same_requests_with_the_same_bytes(outputs):
    """Headers, bodies and records, whatever the order of Python's sets."""
    first, second, _ = outputs
    assert len(first) > 60
    for here, there in zip(first, second, strict=True):
        assert here == there


def test_another_seed_changes_the_answers(outputs):
    """Else the comparison above would mean nothing."""
    first, _, other = outputs
    assert sum(here != there for here, there in zip(first, other, strict=True)) > 40
