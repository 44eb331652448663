"""The chapters before one, run on the way to it: what is said if one of them cannot run."""

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from ecs_tutorial.chapters import Chapters
from ecs_tutorial.fast_forward import fast_forward
from ecs_tutorial.lab_error import LabError

NO_NETWORK = """
from ecs_tutorial.lab_error import LabError
raise LabError("The base image is not on this machine.")
"""


def test_a_chapter_that_cannot_run_is_named(tmp_path):
    """Whoever opens a later chapter reads which earlier one failed, and why."""
    cell = {"cell_type": "code", "metadata": {"tags": ["walk"]}, "source": [NO_NETWORK]}
    for name in ("00-start.ipynb", "01-image.ipynb", "02-cluster.ipynb"):
        (tmp_path / name).write_text(json.dumps({"metadata": {}, "cells": [cell]}))
    lab = SimpleNamespace(hurried=nullcontext)
    with pytest.raises(LabError, match=r"^01-image\.ipynb comes before.*: The base image is not"):
        fast_forward(lab, 2, Chapters(tmp_path))
