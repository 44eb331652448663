"""The command ``ecs-tutorial``: lab, doctor, status, progress, reset, stop, snapshot and more.

Exit codes: 0 it went well, 1 something needs your attention (it is said what), 2 the
command was not understood, 3 no lab is running. It imports what a command needs when
it runs, so that ``--help`` and ``doctor`` work in a broken environment.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ecs_tutorial.lab_error import LabError

NEEDS_ATTENTION, NO_LAB = 1, 3


def lab(options: argparse.Namespace) -> int:
    """Start the lab and JupyterLab inside the lab's fence."""
    from ecs_tutorial import jupyter

    return jupyter.run(
        port=options.port, browser=options.browser, speed=options.speed, more=options.jupyter
    )


def doctor(options: argparse.Namespace) -> int:
    """Say what works on this machine and what to do about what does not."""
    from ecs_tutorial.doctor import report

    findings = report()
    print(*findings, sep="\n")
    troubled = any(finding.state == "problem" for finding in findings)
    print("Something has to be done first." if troubled else "The tutorial can run here.")
    return NEEDS_ATTENTION if troubled else 0


def status(options: argparse.Namespace) -> int:
    """Say what the lab holds, and the settings with which a terminal reaches it."""
    from ecs_tutorial import banner, session
    from ecs_tutorial.served import lab_folder, served_lab

    running, _ = served_lab.find(lab_folder.state_folder())
    if running is None:
        # Not on standard output, which a shell evaluates.
        print(
            "No lab is running. `ecs-tutorial lab` or a notebook's first cell starts one.",
            file=sys.stderr,
        )
        return NO_LAB
    answer = running.status()
    if not options.settings:
        real = banner.containers(running.record.containers, running.record.allow)
        print(f"# The lab answers at {running.endpoint} (process {answer['pid']}); {real}.")
        print(f"# In it now: {answer['busy'] or banner.contents(answer['contents'])}.")
        for warning in banner.memory(answer["memory"]):
            print(f"# {warning}")
        print("# A terminal reaches it after these lines:")
    print(session.terminal_settings(running.endpoint, options.shell))
    return 0


def progress(options: argparse.Namespace) -> int:
    """Say how far you are with the exercises."""
    import json

    from ecs_tutorial.exercises import progress as kept
    from ecs_tutorial.exercises import report
    from ecs_tutorial.served import lab_folder

    found = kept.read(lab_folder.state_folder())
    if options.json:
        print(json.dumps(report.as_json(found), indent=1))
    else:
        print(*report.lines(found), sep="\n")
    return NEEDS_ATTENTION if found.note else 0


def reset(options: argparse.Namespace) -> int:
    """Empty the lab."""
    from ecs_tutorial import banner
    from ecs_tutorial.served import lab_folder, leftovers, served_lab

    folder = lab_folder.state_folder()
    running, _ = served_lab.find(folder)
    if running is None:
        words = "No lab is running, so there is nothing to reset."
        print(leftovers.swept(folder, words), file=sys.stderr)
        return NO_LAB
    print(f"The lab is empty again. Gone: {banner.contents(running.reset()['gone'])}.")
    return 0


def stop(options: argparse.Namespace) -> int:
    """End the lab."""
    from ecs_tutorial.served import lab_folder, served_lab

    print(served_lab.stop(lab_folder.state_folder()))
    return 0


def snapshot(options: argparse.Namespace) -> int:
    """Write what the lab holds into a file."""
    from ecs_tutorial.served import lab_folder, snapshots

    try:
        snapshots.snapshot(lab_folder.state_folder(), options.file)
    except snapshots.NoLabError as error:
        print(error, file=sys.stderr)
        return NO_LAB
    print(f"The lab is in {options.file}, as it was just now; it goes on.")
    return 0


def restore(options: argparse.Namespace) -> int:
    """Put the lab of such a file in place of the one that is there."""
    from ecs_tutorial import chapters
    from ecs_tutorial.served import lab_folder, snapshots

    folder = lab_folder.state_folder()
    print(snapshots.restore(folder, options.file, chapters.find().folder))
    return 0


def workshop(options: argparse.Namespace) -> int:
    """Print a page for an instructor, made from the notebooks as they are now."""
    from ecs_tutorial.workshop import pages

    print(pages.page(options.page), end="")
    return 0


EXAMPLES = {
    lab: "ecs-tutorial lab --no-browser",
    doctor: "ecs-tutorial doctor",
    status: "ecs-tutorial status",
    progress: "ecs-tutorial progress --json",
    reset: "ecs-tutorial reset",
    stop: "ecs-tutorial stop",
    snapshot: "ecs-tutorial snapshot before-the-update.lab",
    restore: "ecs-tutorial restore before-the-update.lab",
    workshop: "ecs-tutorial workshop --plan",
}
"""Every command with an example of it."""
WORKSHOP_PAGES = {
    "plan": "timetables for half a day and a day, and notes on each chapter",
    "card": "the calls of each chapter, for learners to keep",
    "card-to-print": "the same as a page of HTML, which a browser prints on one page of paper",
    "solutions": "the solutions of all exercises",
    "glossary": "each term in the words of the chapter that says what it is",
    "errors": "every error text of the lab: its meaning, what to do, and where to read on",
}
"""What ``workshop`` can print."""


def parser() -> argparse.ArgumentParser:
    """The command line, each command with its help and its example."""
    whole = argparse.ArgumentParser(
        prog="ecs-tutorial",
        description="Amazon ECS, step by step, on a local ECS: no account, no bill.",
        epilog="example: ecs-tutorial lab",
    )
    commands = whole.add_subparsers(dest="command", required=True)
    by_name = {run.__name__: _command(commands, run, text) for run, text in EXAMPLES.items()}
    _lab_options(by_name["lab"])
    _status_options(by_name["status"])
    by_name["progress"].add_argument(
        "--json", action="store_true", help="print each exercise as JSON, for an instructor"
    )
    for name, text in (("snapshot", "a new file"), ("restore", "a file that snapshot wrote")):
        by_name[name].add_argument("file", type=Path, help=text)
    _workshop_options(by_name["workshop"])
    return whole


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    run: Callable[[argparse.Namespace], int],
    example: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        run.__name__, help=run.__doc__, description=run.__doc__, epilog=f"example: {example}"
    )
    command.set_defaults(run=run)
    return command


def _lab_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--no-browser", dest="browser", action="store_false", help="do not open a browser"
    )
    command.add_argument("jupyter", nargs="*", help="after --: options for JupyterLab itself")
    command.add_argument("--port", type=int, help="JupyterLab's port (default: a free one)")
    command.add_argument("--speed", type=float, help="lab seconds in one second (default: 10)")


def _status_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--settings", action="store_true", help="print the settings alone")
    command.add_argument(
        "--shell", choices=["posix", "powershell"], help="whose lines (default: this system's)"
    )


def _workshop_options(command: argparse.ArgumentParser) -> None:
    pages = command.add_mutually_exclusive_group(required=True)
    for page, text in WORKSHOP_PAGES.items():
        pages.add_argument(f"--{page}", dest="page", action="store_const", const=page, help=text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    options = parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except LabError as error:
        print(error, file=sys.stderr)
        return NEEDS_ATTENTION
    except BrokenPipeError:
        # Whoever read the output has gone, as in `ecs-tutorial status | head -1`; the rest is
        # thrown away, or the interpreter would complain when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NEEDS_ATTENTION
    except KeyboardInterrupt:
        return NEEDS_ATTENTION
