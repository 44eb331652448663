"""The lab at AWS's own quotas: 5,000 container instances, 5,000 tasks in each of 20 services.

Each part runs in a process of its own (``scale_parts.py``). Times in ratios are processor time,
so that other programs on the machine show as little as they can. ``--quick`` is the same in small.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

PARTS = Path(__file__).parent / "scale_parts.py"
STARTS = 5
Answer = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How large the large lab is, and the small one beside it."""

    instances: int
    services: int
    tasks: int
    """Of each service."""
    few_instances: int
    few_tasks: int
    """Of each service in the small lab."""
    calls: int
    """RunTask, ten tasks each."""


FULL = Size(5_000, 20, 5_000, 50, 50, 1_000)
QUICK = Size(500, 20, 500, 50, 50, 100)


@dataclass(frozen=True)
class Line:
    """What was found beside the bar that it has to keep; without one it is only told."""

    what: str
    found: float
    bar: float | None = None
    unit: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        if self.bar is None:
            return True
        return self.found >= self.bar if self.at_least else self.found <= self.bar

    def __str__(self) -> str:
        word = "at least" if self.at_least else "at most"
        bar = "" if self.bar is None else f" (bar: {word} {self.bar:g})"
        return f"{self.what}: {self.found:.2f}{self.unit}{bar}{'' if self.is_met else '  MISSED'}"


def part(name: str, *sizes: int) -> Answer:
    """What one part tells; it ends the benchmark if it fails."""
    command = [sys.executable, str(PARTS), name, *map(str, sizes)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed.")
    return dict(json.loads(done.stdout))


class Scale:
    """The rows of the table, each found when it is asked for."""

    def __init__(self, size: Size) -> None:
        self.size = size

    @cached_property
    def large(self) -> Answer:
        return part("steady", self.size.instances, self.size.services, self.size.tasks)

    @cached_property
    def small(self) -> Answer:
        return part("steady", self.size.few_instances, self.size.services, self.size.few_tasks)

    def ratio(self, *path: str) -> float:
        """A figure of the large lab over the same of the small one."""
        large, small = self.large, self.small
        for name in path:
            large, small = large[name], small[name]
        return float(large) / float(small)  # type: ignore[arg-type]

    def steady(self) -> Iterator[Line]:
        size = self.size
        what = f"{size.instances:,} instances, {size.services * size.tasks:,} tasks RUNNING"
        yield Line(what, self.large["seconds"], 300, " s")
        yield Line("… of which the processor worked", self.large["worked"], None, " s")
        yield Line("… and the most memory", self.large["peak"], 2048, " MiB")

    def placement(self) -> Iterator[Line]:
        over = f"{self.size.instances:,} instances over {self.size.few_instances}"
        for number, strategy in enumerate(self.large["placement"]):
            bar = 1.5 if number < 2 else None
            for way in ("alone", "in a look"):
                found = self.ratio("placement", strategy, way)
                yield Line(f"one placement {way}, {strategy}, {over}", found, bar)

    def looks(self) -> Iterator[Line]:
        size = self.size
        over = f"with {size.services * size.tasks:,} tasks over {size.services * size.few_tasks:,}"
        yield Line(f"describe 100 tasks, {over}", self.ratio("describe"), 1.5)
        yield Line(f"one page of one service's tasks, {over}", self.ratio("page"), 1.5)

    def idle(self) -> Iterator[Line]:
        found = part("idle", self.size.instances)
        yield Line(
            f"idle lab of {self.size.instances:,} instances", found["percent of a core"], 2, " %"
        )
        yield Line("… objects more after an hour of lab time", found["more objects"], 0)

    def run_task(self) -> Iterator[Line]:
        size = self.size
        instances = max(size.calls * 10 // 20, size.few_instances)
        theirs = part("run_task_in_moto", instances, size.calls)["worked"]
        ours = part("run_task_in_lab", instances, size.calls)["worked"]
        what = f"RunTask for {size.calls * 10:,} tasks, plain moto ({theirs:.1f} s) over this lab"
        yield Line(what, theirs / ours, 0.8, at_least=True)

    def start(self) -> Iterator[Line]:
        ways = ("first_answer_of_lab", "first_answer_of_moto")
        pairs = [[part(way)["worked"] for way in ways] for _ in range(STARTS)]
        ours, theirs = (median(side) for side in zip(*pairs, strict=True))
        what = f"start to first answer, this lab over moto ({theirs:.2f} s)"
        yield Line(what, ours / theirs, 1.3)


ROWS = ("steady", "placement", "looks", "idle", "run_task", "start")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same in small")
    parser.add_argument("--only", choices=ROWS, nargs="+", default=ROWS, help="these rows")
    options = parser.parse_args()
    scale = Scale(QUICK if options.quick else FULL)
    lines = []
    for name in options.only:
        for line in getattr(scale, name)():
            lines.append(line)
            print(line, flush=True)
    cores = os.cpu_count()
    where = f"{platform.system()} {platform.machine()}, {cores} cores"
    print(f"on {where}, Python {platform.python_version()}{', --quick' if options.quick else ''}")
    return int(not all(line.is_met for line in lines))


if __name__ == "__main__":
    sys.exit(main())
