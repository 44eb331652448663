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
ALL = {book.chapter for book in books()}


def chapters(wanted):
    return {book.chapter: book.path for book in books() if book.chapter in wanted}


@pytest.fixture
def failing(tmp_path):
    """Runs notebooks in a lab broken by some code; returns the failures of each chapter."""

    def run(paths, broken):
        startup = tmp_path / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        broke = tmp_path / "broke"
        ending = f"open({str(broke)!r}, 'w').close()\n"
        (startup / "00-broken.py").write_text(broken + ending, encoding="utf-8")
        report = tmp_path / "report.xml"
        command = [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider"]
        subprocess.run(
            [*command, f"--junitxml={report}", *paths.values()],
            cwd=ROOT,
            env=os.environ | {"IPYTHONDIR": str(tmp_path / "ipython")},
            capture_output=True,
            check=False,
        )
        assert broke.exists(), "the start-up file did not run to its end"
        return failures(ElementTree.parse(report), paths)

    return run


def failures(report, paths):
    """By chapter, what is said of the cells that failed."""
    found = {chapter: [] for chapter in paths}
    for case in report.iter("testcase"):
        chapter = next(n for n, path in paths.items() if path.stem in case.get("classname"))
        found[chapter] += [each.text for each in case.iter("failure")]
    return found


def test_an_unbroken_lab_passes(failing):
    """Run like this, but with nothing broken, a chapter agrees with its outputs."""
    assert failing(chapters({2}), UNBROKEN) == {2: []}


def test_every_chapter_differs_under_another_seed(failing):
    """With other ids, some output of each chapter differs from the kept one."""
    found = failing(chapters(ALL), ANOTHER_SEED)
    assert set(found) == ALL
    same = {n for n, each in found.items() if not any("Cell outputs differ" in t for t in each)}
    assert same == set()


def test_every_chapter_fails_with_the_scheduler_off(failing):
    """Each chapter shows something that a service's scheduler did."""
    found = failing(chapters(ALL), NO_SCHEDULER)
    assert {chapter for chapter, each in found.items() if each} == ALL
