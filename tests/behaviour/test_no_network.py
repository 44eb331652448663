"""No network: a whole walk with every socket but loopback refused, and an AWS account in reach.

The surroundings have real-looking keys, profiles, a proxy and a ``~/.aws``. Whoever is
asked for off this machine, by address or by name, is written down: nobody may be.
"""

import os
from pathlib import Path

import pytest
import surroundings

WALK = """
import sys
import ecs_tutorial

lab = ecs_tutorial.start(chapter=0, keep=True)
sys.path.append(sys.argv[1])
import walk

seen = []
walk.walk(seen.append)
print("walked:", seen[-1], lab.browse(seen[1][0][0]).text)
"""
STRAY = "import socket; socket.create_connection(('203.0.113.1', 80), 1)"


@pytest.fixture
def around(tmp_path):
    return surroundings.make(tmp_path / "home", dict(os.environ))


def walked(around, **environ):
    """What a kernel prints that starts the lab and goes the whole way."""
    tests = str(Path(surroundings.__file__).parent)
    return around.python(WALK, tests, environ=around.environ | environ)


def test_without_the_lab_a_stray_request_is_written_down(around):
    """The surroundings notice who wants to leave, else the other tests would mean nothing."""
    with pytest.raises(AssertionError, match="no network in this test"):
        around.python(STRAY)
    assert around.attempts() == ["203.0.113.1"]


def test_a_whole_walk_in_process_reaches_nobody(around, tmp_path):
    """In the kernel's own process: nothing is sent, not even a name is looked up."""
    home = tmp_path / "lab"
    home.mkdir()
    printed = walked(around, ECS_TUTORIAL_MODE="in-process", ECS_TUTORIAL_HOME=str(home))
    assert "walked: INACTIVE No page from 203." in printed
    assert around.attempts() == []


def test_a_whole_walk_served_reaches_nobody(around, lab_process, served):
    """Neither the kernel nor the lab's own process asks for anyone but each other."""
    printed = walked(around, ECS_TUTORIAL_HOME=str(lab_process.folder))
    assert "walked: INACTIVE No page from 203." in printed
    assert around.attempts() == []
    assert lab_process.around.attempts() == []
