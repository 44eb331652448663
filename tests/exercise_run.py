"""A program: goes through one notebook, tries every answer of its exercises, prints what came.

``python exercise_run.py NOTEBOOK`` runs the cells in their order, in a lab of its own. At each
starter it also runs the listed wrong answers, the solution and the second right way, and after
each what tidies up. On standard output it leaves one JSON object.
"""

import ast
import contextlib
import io
import json
import os
import sys
from pathlib import Path

import botocore.client
import nbformat

from ecs_tutorial import in_process, session
from ecs_tutorial.exercises import blanks, cells


class Learner:
    """A kernel's namespace, and what the exercises said in it."""

    def __init__(self):
        self.names = {"__name__": "__main__"}
        self.calls = []
        self.began = None
        """Lab time before a cell's last line, which is the check, and what it called since."""
        self.tried = {}

    def run(self, source):
        """Run a cell; returns what its last line gives."""
        *body, last = ast.parse(source).body
        expression = isinstance(last, ast.Expr)
        with contextlib.redirect_stdout(io.StringIO()):
            code = ast.Module(body if expression else [*body, last], [])
            exec(compile(code, "cell", "exec"), self.names)
            return self._value(last) if expression else None

    def _value(self, last):
        self.calls.clear()
        self.began = lab().clock.now() if in_process.InProcess.current else None
        return eval(compile(ast.Expression(last.value), "cell", "eval"), self.names)

    def attempt(self, exercise, source):
        """Run a filled cell, then what tidies up; what is told about both."""
        before = contents()
        if exercise.begin:
            self.run(cells.beginning(exercise))
        found = self.checked(source)
        if exercise.tidy:
            found["tidied"] = repr(self.run(cells.tidying(exercise)))
        return found | {"left": contents() != before}

    def checked(self, source):
        words = self.run(source)
        return {
            "said": repr(words),
            "state": words.state,
            "html": words._repr_html_(),
            "calls": list(self.calls),
            "seconds": (lab().clock.now() - self.began).total_seconds(),
        }

    def try_all(self, exercise):
        ways = {"starter": cells.starter(exercise), "solution": blanks.solution(exercise.cell)}
        answers = {"second": exercise.second}
        answers |= {f"wrong {n}": wrong.code for n, wrong in enumerate(exercise.wrong)}
        ways |= {name: blanks.filled(exercise.cell, code) for name, code in answers.items()}
        self.tried[exercise.key] = {n: self.attempt(exercise, s) for n, s in ways.items()}


def lab():
    return in_process.InProcess.current.local


def contents():
    return lab().contents()


def watch(learner):
    """From now on the learner's calls are noted."""
    call = botocore.client.BaseClient._make_api_call

    def noted(client, operation, parameters):
        learner.calls.append(operation)
        return call(client, operation, parameters)

    botocore.client.BaseClient._make_api_call = noted


def main(path):
    os.environ["ECS_TUTORIAL_MODE"] = session.IN_PROCESS
    os.chdir(path.parent)
    learner = Learner()
    watch(learner)
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        failing = "raises-exception" in cell.metadata.get("tags", ())
        with contextlib.suppress(Exception) if failing else contextlib.nullcontext():
            learner.run(cell.source)
        exercise, part = cells.of_cell(cell) or (None, None)
        if part == ("tidy" if exercise and exercise.begin else "try"):
            learner.try_all(exercise)
    left = {kind: count for kind, count in vars(contents()).items() if count}
    print(json.dumps({"tried": learner.tried, "left": left}))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
