"""What keeping a journal costs a call, and how long a lab takes to come back from one.

A lab with a journal answers some hundred writes, in the process that asks. The processor's time
of all that is done for the journal is measured where it is done, since two runs differ by more;
printed is the time of the work with it over the time of the rest. Then a lab comes back from
journals of a thousand writes and more, in a process of its own; printed is the processor's time of
that over the time that the same processor took for the writes.
``python benchmarks/journal.py --help`` says what can be chosen.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import boto3

from ecs_tutorial import fence
from ecs_tutorial.control_plane.moto_seams import requests
from ecs_tutorial.lab import LocalEcs
from ecs_tutorial.served import comeback
from ecs_tutorial.served.dispatcher import Dispatcher
from ecs_tutorial.served.journal import SqliteJournal

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import walk

BAR = 1.1
"""A tenth of the call."""
RESTART_BAR = 0.6
"""Of the time that the writes took."""


@contextmanager
def lab(folder: Path | None) -> Iterator[float]:
    """A lab with a journal in this folder, or with none; gives the CPU seconds it took to begin."""
    local = LocalEcs()
    local.install()
    began = time.process_time()
    begun = comeback.begin(folder, local, Dispatcher()) if folder else None
    if begun and begun.words and not begun.came_back:
        raise SystemExit(begun.words)
    try:
        with local.patient():
            yield time.process_time() - began
    finally:
        local.stop()
        if begun:
            begun.close(forget=False)


def prepare() -> None:
    ecs, ec2, iam, ssm = map(boto3.client, ("ecs", "ec2", "iam", "ssm"))
    ecs.create_cluster(clusterName=walk.CLUSTER)
    walk.make_role(iam)
    walk.launch(ec2, ssm, walk.open_port_80(ec2), count=5)
    app = {"name": "app", "image": "nginx", "memory": 64}
    ecs.register_task_definition(family="app", containerDefinitions=[app])


def work(writes: int) -> None:
    """Tasks are run and stopped, and with each a tag is set."""
    ecs = boto3.client("ecs")
    for number in range(writes // 3):
        task = ecs.run_task(cluster=walk.CLUSTER, taskDefinition="app")["tasks"][0]
        ecs.stop_task(cluster=walk.CLUSTER, task=task["taskArn"])
        tags = [{"key": "round", "value": str(number)}]
        ecs.tag_resource(resourceArn=task["clusterArn"], tags=tags)


class Meter:
    """The processor's time that this thread spends in some functions."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, owner: Any, name: str) -> None:
        inner = getattr(owner, name)

        def measured(*args: Any) -> Any:
            began = time.thread_time()
            try:
                return inner(*args)
            finally:
                self.seconds += time.thread_time() - began

        setattr(owner, name, measured)


def all_that_is_done_for_the_journal() -> Meter:
    meter = Meter()
    for name in ("sent", "outcome", "reported"):
        meter.around(requests, name)
    for name in ("add", "settle"):
        meter.around(SqliteJournal, name)
    return meter


def cost(writes: int, rounds: int) -> float:
    """The time of writes with a journal over that without: the median of some rounds."""
    meter, ratios = all_that_is_done_for_the_journal(), []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder, lab(Path(folder)):
            prepare()
            began, meter.seconds = time.thread_time(), 0.0
            work(writes)
            whole = time.thread_time() - began
        ratios.append(whole / (whole - meter.seconds))
        each = 1000 * meter.seconds / writes
        print(f"round {number + 1}: {writes} writes {whole:.2f} s, {each:.2f} ms each for it")
    return median(ratios)


def come_back(writes: int) -> float:
    """The CPU seconds in which a lab comes back in a new process, over those of its writes."""
    with tempfile.TemporaryDirectory() as folder:
        with lab(Path(folder)):
            prepare()
            began = time.process_time()
            work(writes)
            took = time.process_time() - began
        size = sum(each.stat().st_size for each in Path(folder).iterdir()) / 2**20
        line = [sys.executable, __file__, "--only-come-back", folder]
        said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    back, whole = map(float, said.split())
    print(
        f"{writes} writes took {took:.1f} CPU seconds and are {size:.1f} MiB; the lab is back "
        f"after {back:.1f}, with all imports {whole:.1f}: {back / took:.2f} (bar {RESTART_BAR})",
        flush=True,
    )
    return back / took


def only_come_back(folder: Path) -> None:
    with lab(folder) as seconds:
        print(seconds, time.process_time())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=600, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--come-back", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--only-come-back", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        fence.close(None, Path(home))
        if options.only_come_back:
            only_come_back(options.only_come_back)
            return 0
        ratio = cost(options.writes, options.rounds)
        print(f"a write with a journal over one without: {ratio:.3f} (bar {BAR})")
        restarts = [come_back(writes) for writes in options.come_back]
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.0f}")
    return 0 if ratio <= BAR and max(restarts, default=0.0) <= RESTART_BAR else 1


if __name__ == "__main__":
    sys.exit(main())
