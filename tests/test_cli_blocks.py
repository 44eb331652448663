"""Every block "The same with the AWS CLI" does what its cell does, run by the real ``aws``."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from notebook_book import NOTEBOOKS, books

from ecs_tutorial import fence
from ecs_tutorial.served import served_lab

SPEED = 60.0
"""Lab seconds in a second: starting ``aws`` takes most of one."""
QUICK = f"""\
import time

def _sleep(seconds, _real=time.sleep):
    _real(seconds / {SPEED})

time.sleep = _sleep
"""
"""The AWS CLI's waiters sleep 15 seconds between two looks; here these are lab seconds."""
PROLOGUE = """\
set -euo pipefail
refused() { if "$@"; then echo "This was to be refused: $*" >&2; exit 1; fi; }
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A served lab whose time runs fast."""
    folder = tmp_path_factory.mktemp("lab")
    served = served_lab.launch(folder, NOTEBOOKS, speed=SPEED)
    yield served
    served_lab.stop(folder)


@pytest.fixture(scope="module")
def terminal(lab, tmp_path_factory):
    """The environment of a terminal inside the lab's fence."""
    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text(QUICK, encoding="utf-8")
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = fence.environment(lab.endpoint, lab.folder, os.environ)
    return environment | {"PATH": programs, "PYTHONPATH": str(site)}


def script(book):
    """A notebook's blocks as one program; a command after ``!`` has to fail."""
    blocks = [(cell, block) for cell in book.markdown for block in cell.cli_blocks]
    parts = [f"echo '--- {cell}' >&2\n{block}\n" for cell, block in blocks]
    return PROLOGUE + re.sub(r"^! aws ", "refused aws ", "".join(parts), flags=re.M)


def run(program, environment):
    return subprocess.run(
        ["bash", "-c", program],
        cwd=NOTEBOOKS,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.skipif(not shutil.which("bash"), reason="the blocks are written for bash")
@pytest.mark.parametrize("book", books(), ids=str)
def test_the_cli_walks_the_chapter(book, lab, terminal):
    """The blocks alone, top to bottom, bring the lab to where the chapter's cells bring it."""
    lab.reset()
    lab.start(book.chapter, keep=False)
    done = run(script(book), terminal)
    assert done.returncode == 0, done.stderr[-3000:]
    contents = lab.status()["contents"]
    assert {kind: contents[kind] for kind in book.about["leaves"]} == book.about["leaves"]


@pytest.mark.skipif(not shutil.which("bash"), reason="the blocks are written for bash")
@pytest.mark.parametrize(
    "block", ["aws ecs list-cluster", "refused aws ecs list-clusters", 'echo "$unset"']
)
def test_a_wrong_block_is_found(block, terminal):
    """A misspelt command, one that was to be refused and an unset variable end the run."""
    assert run(PROLOGUE + block, terminal).returncode != 0
