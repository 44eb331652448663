"""What the lab costs the notebooks: their run by nbval against as many kernels without a lab.

A bare kernel imports what every chapter imports (boto3, moto, pandas, ipywidgets) and makes
one call to moto's own ECS. Both sides run in the same way, in turns, and the ratio of the
medians is printed. ``python benchmarks/notebooks.py --help`` says what can be chosen.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import nbformat

ROOT = Path(__file__).resolve().parent.parent
BAR = 1.5
BARE_CELL = """\
import boto3
import ipywidgets
import moto
import pandas

with moto.mock_aws():
    ecs = boto3.client(
        "ecs", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    print(ecs.list_clusters()["clusterArns"])"""


def bare_notebooks(folder: Path, count: int) -> None:
    """Notebooks of one cell each, with the output that it has."""
    printed = nbformat.v4.new_output("stream", name="stdout", text="[]\n")
    cell = nbformat.v4.new_code_cell(BARE_CELL, execution_count=1, outputs=[printed])
    for number in range(count):
        notebook = nbformat.v4.new_notebook(cells=[cell])
        nbformat.write(notebook, folder / f"{number:02}-bare.ipynb")


def seconds(folder: Path, workers: str) -> float:
    """Wall time of comparing a folder's notebooks; they must all agree."""
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "no:cacheprovider"]
    command += [f"-n{workers}", str(folder)]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"The notebooks in {folder} do not pass:\n{done.stdout}")
    return time.perf_counter() - began


def machine() -> str:
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, {platform.python_version()}"


def measure(rounds: int, workers: str) -> float:
    """Print each round and the ratio, which is returned."""
    chapters = ROOT / "notebooks"
    count = len(list(chapters.glob("[0-9][0-9]*-*.ipynb")))
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder)
        bare_notebooks(bare, count)
        pairs = []
        for _ in range(rounds):
            pairs.append((seconds(chapters, workers), seconds(bare, workers)))
            print(f"{count} notebooks {pairs[-1][0]:6.1f} s, bare kernels {pairs[-1][1]:6.1f} s")
    with_lab, without = (median(side) for side in zip(*pairs, strict=True))
    print(f"ratio {with_lab / without:.2f} (bar: {BAR}), workers: {workers}, on {machine()}")
    return with_lab / without


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often both sides run")
    parser.add_argument("--workers", default="auto", help="pytest's -n: auto, 0, 1, 2 …")
    options = parser.parse_args()
    return int(measure(options.rounds, options.workers) > BAR)


if __name__ == "__main__":
    sys.exit(main())
