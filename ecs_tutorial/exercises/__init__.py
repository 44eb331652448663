"""Exercises that answer: ``exercise("2.1").check()``, ``.hint(1)``, ``.solution()``.

An exercise is declared in ``chapters/``, one module a chapter. Its check is a plain function
of boto3 clients that looks at the cluster and not at the learner's variables, so it runs
unchanged against real AWS. The notebooks' cells are written from it.
"""

from ecs_tutorial.exercises.attempt import Attempt, exercise
from ecs_tutorial.exercises.report import how_far

__all__ = ["Attempt", "exercise", "how_far"]
