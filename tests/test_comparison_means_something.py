"""The comparison of the notebooks' outputs notices when the lab is no longer the same lab.

Each test breaks the lab in one way, through a start-up file of the kernels' IPython, runs
the notebooks as ``pytest`` does, and wants every chapter that shows the broken part to fail.
"""

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from notebook_book import NOTEBOOKS, ROOT

ANOTHER_SEED = """\
from ecs_tutorial.lab import LocalEcs

LocalEcs.__init__.__defaults__ = ("another seed",)
"""
NO_SCHEDULER = """\
from ecs_tutorial.control_plane import ecs_backend
from ecs_tutorial.control_plane.model import Plan

ecs_backend.schedule = lambda *_: Plan()
"""
NO_CHANGE = "unbroken = True\n"


@pytest.fixture
def failed_cells(tmp_path):
    """Runs the notebooks in a broken lab; returns how each of their failing cells failed."""

    def run(broken):
        startup = tmp_path / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        (startup / "00-broken.py").write_text(broken, encoding="utf-8")
        report = tmp_path / "report.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "notebooks", "-n0", "-p", "no:cacheprovider"]
            + [f"--junitxml={report}"],
            cwd=ROOT,
            env=os.environ | {"IPYTHONDIR": str(tmp_path / "ipython")},
            capture_output=True,
            check=False,
        )
        return failures(ElementTree.parse(report))

    return run


def failures(report):
    """By chapter, the messages of the cells that failed."""
    found = {path.stem[:2]: [] for path in NOTEBOOKS.glob("[0-9][0-9]-*.ipynb")}
    for case in report.iter("testcase"):
        chapter = case.get("classname").rpartition(".")[0].rpartition(".")[2][:2]
        found[chapter] += [each.text for each in case.iter("failure")]
    return found
