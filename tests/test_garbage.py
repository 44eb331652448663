"""Python does not look for garbage while a lab comes, and seldom after."""

import gc
import os
import subprocess
import sys

import pytest

from ecs_tutorial import garbage
from ecs_tutorial.refresh import kernel_environment

PROGRAM = """
import gc, sys
import ecs_tutorial
from ecs_tutorial.in_process import InProcess

searched, fresh = [], InProcess.fresh
gc.callbacks.append(lambda phase, found: phase == "start" and searched.append(found))

def counted(*chapter):
    searched.clear()
    lab = fresh(*chapter)
    print(len(searched), gc.isenabled(), gc.get_freeze_count() > 100_000, file=sys.stderr)
    return lab

InProcess.fresh = counted
ecs_tutorial.start(chapter=3)
"""


def test_a_lab_comes_to_its_chapter_with_one_search_at_its_end(tmp_path):
    """A start reads and makes what stays, in hundreds of searches otherwise; it is put aside."""
    surroundings = os.environ | kernel_environment(tmp_path)
    program = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(program, env=surroundings, capture_output=True, text=True, check=True)
    searches, goes_on, is_aside = done.stderr.split()
    assert int(searches) <= 1
    assert (goes_on, is_aside) == ("True", "True")


def fail_unsearched():
    with garbage.not_searched():
        assert not gc.isenabled()
        raise LookupError


@pytest.mark.parametrize("searches", [True, False])
def test_what_fails_leaves_the_searches_as_they_were(searches):
    """Whoever had them off has them off again, and an error does not keep them off."""
    before = gc.isenabled()
    (gc.enable if searches else gc.disable)()
    try:
        with pytest.raises(LookupError):
            fail_unsearched()
        assert gc.isenabled() == searches
    finally:
        (gc.enable if before else gc.disable)()
