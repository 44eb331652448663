"""The comparison of the notebooks' outputs notices when the lab is no longer the same lab.

Each test breaks the lab in one way, through a start-up file of the kernels' IPython, runs
notebooks as ``pytest`` does, and wants each of them to fail.
"""

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from notebook_book import ROOT, books

UNBROKEN = ""
ANOTHER_SEED = """\
from ecs_tutorial.lab import LocalEcs

LocalEcs.__init__.__defaults__ = ("another seed", *LocalEcs.__init__.__defaults__[1:])
"""
NO_SCHEDULER = """\
from ecs_tutorial.control_plane import ecs_backend
from ecs_tutorial.control_plane.plan import Plan

ecs_backend.schedule = lambda *_: Plan()
"""


@pytest.fixture
def failures(tmp_path):
    """Runs a notebook in a lab broken by some code, until its first failure; what that says."""

    def run(book, broken):
        startup = tmp_path / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        broke = tmp_path / "broke"
        ending = f"open({str(broke)!r}, 'w').close()\n"
        (startup / "00-broken.py").write_text(broken + ending, encoding="utf-8")
        report = tmp_path / "report.xml"
        command = [sys.executable, "-m", "pytest", "-n0", "-x", "-p", "no:cacheprovider"]
        subprocess.run(
            [*command, f"--junitxml={report}", book.path],
            cwd=ROOT,
            env=os.environ | {"IPYTHONDIR": str(tmp_path / "ipython")},
            capture_output=True,
            check=False,
        )
        assert broke.exists(), "the start-up file did not run to its end"
        return [each.text for each in ElementTree.parse(report).iter("failure")]

    return run


def test_an_unbroken_lab_passes(failures):
    """Run like this, but with nothing broken, a chapter agrees with its outputs."""
    assert failures(books()[2], UNBROKEN) == []


@pytest.mark.parametrize("book", books(), ids=str)
def test_every_chapter_differs_under_another_seed(failures, book):
    """With other ids, some output of each chapter differs from the kept one."""
    assert any("Cell outputs differ" in text for text in failures(book, ANOTHER_SEED))


@pytest.mark.parametrize("book", books(), ids=str)
def test_every_chapter_fails_with_the_scheduler_off(failures, book):
    """Each chapter shows something that a service's scheduler did."""
    assert failures(book, NO_SCHEDULER)
