"""Running other people's programs against the lab, and what their days have in common."""

import os
import subprocess
import sys
from pathlib import Path

import walk

CLUSTER = "shop"
HERE = Path(__file__).parent


def stable(ecs, name):
    ecs.get_waiter("services_stable").wait(
        cluster=CLUSTER, services=[name], WaiterConfig=walk.QUICK
    )


def run(*command, cwd=None, code=0, **more):
    """What a program prints; it has to end with this code."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, "PATH": programs, **more},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + (done.stderr if code else "")
