"""What the lab costs a real container: its ECS against ``docker compose`` and ``docker run``.

Both sides run the same images on the same engine, in turns, so that a busy machine hurts
both, and the median of the ratios is printed. A Docker Engine must answer to ``docker``;
images that it lacks are pulled, or made from Debian's packages.
``python benchmarks/real_containers.py --help`` says what can be chosen.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from by_hand import ByHand, compose_command
from in_the_lab import InTheLab, a_lab
from the_work import MANY, have_images

COMPOSE_BAR, RUN_BAR, REPLACED_BAR = 1.15, 1.1, 1.5
AT_ONCE_BAR = 0.5
"""Seconds that a call may take which returns at once."""
Measure = Callable[[], float]


class Report:
    """What was measured, printed as it comes; ``missed`` names what is over its bar."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def pair(self, what: str, pair: tuple[float, float]) -> None:
        lab, by_hand = pair
        print(
            f"  {what}: lab {lab:6.2f} s, by hand {by_hand:6.2f} s, {lab / by_hand:.2f}", flush=True
        )

    def ratio(self, what: str, pairs: list[tuple[float, float]], bar: float) -> None:
        self._judge(what, median(lab / by_hand for lab, by_hand in pairs), bar, "")

    def seconds(self, what: str, took: list[float], bar: float) -> None:
        print(f"  {what}:", ", ".join(f"{each:.2f}" for each in took))
        self._judge(what, median(took), bar, " s")

    def _judge(self, what: str, found: float, bar: float, unit: str) -> None:
        print(f"{what}: {found:.2f}{unit} (bar: {bar}{unit})", flush=True)
        if found > bar:
            self.missed.append(what)


def in_turns(report: Report, what: str, rounds: int, lab: Measure, by_hand: Measure) -> None:
    """Both sides once to warm up, then again and again, two pairs a round.

    The second pair begins with the other side: what one leaves to the kernel, files that
    are gone and memory that is free again, the next one pays for.
    """
    lab()
    by_hand()
    pairs = []
    for _ in range(rounds):
        pairs += [(lab(), by_hand()), (by_hand(), lab())[::-1]]
        for pair in pairs[-2:]:
            report.pair(what, pair)
    report.ratio(what, pairs, COMPOSE_BAR)


def many_in_turns(report: Report, rounds: int, lab: InTheLab, by_hand: ByHand) -> None:
    started, stopped, answered = [], [], []
    for _ in range(rounds):
        (lab_up, answer, lab_down), (hand_up, hand_down) = lab.many(), by_hand.many()
        started.append((lab_up, hand_up))
        stopped.append((lab_down, hand_down))
        answered.append(answer)
        report.pair(f"{MANY} tasks", started[-1])
        report.pair(f"{MANY} tasks to 0", stopped[-1])
    report.ratio(f"{MANY} tasks over {MANY} docker run", started, RUN_BAR)
    report.ratio(f"scaled to 0 over {MANY} docker stop", stopped, RUN_BAR)
    report.seconds("the call that scales to 0", answered, AT_ONCE_BAR)


def answer(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def machine(compose: list[str]) -> str:
    engine = answer("docker", "version", "--format", "{{.Server.Version}}")
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        f"engine {engine}, {' '.join(compose)} {answer(*compose, 'version', '--short')}"
    )


def measure(rounds: int, compose: list[str]) -> list[str]:
    """Print all of it; what missed its bar."""
    report = Report()
    print(machine(compose), flush=True)
    have_images()
    with tempfile.TemporaryDirectory() as folder, a_lab() as lab:
        by_hand = ByHand(Path(folder), compose)
        blog = "WordPress over docker compose"
        in_turns(report, blog, rounds, lab.wordpress, by_hand.wordpress)
        one = "one container over docker run"
        in_turns(report, one, rounds, lab.one, by_hand.one)
        many_in_turns(report, rounds, lab, by_hand)
        report.seconds("a killed container replaced", lab.replaced(rounds), REPLACED_BAR)
    return report.missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often both sides run")
    parser.add_argument("--compose", help="the command; else docker's plugin, or docker-compose")
    parser.add_argument("--only-tell", action="store_true", help="exit code 0 also over a bar")
    options = parser.parse_args()
    missed = measure(options.rounds, compose_command(options.compose))
    print("Missed:", ", ".join(missed) if missed else "nothing")
    return int(bool(missed) and not options.only_tell)


if __name__ == "__main__":
    sys.exit(main())
