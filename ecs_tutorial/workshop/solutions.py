"""The solutions of all exercises on a page of their own, and why they are right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecs_tutorial.exercises import blanks
from ecs_tutorial.exercises.model import Exercise
from ecs_tutorial.workshop.lessons import Lesson

OPENING = """\
# Solutions

For the instructor; a learner gets the same from `exercise("2.1").solution()`, one at a time. This
page is made by `ecs-tutorial workshop --solutions`.
"""


def page(lessons: Sequence[Lesson]) -> str:
    return "\n".join([OPENING, *(part for lesson in lessons for part in _chapter(lesson))])


def _chapter(lesson: Lesson) -> Iterator[str]:
    if lesson.exercises:
        yield f"## {lesson.title}\n"
        yield from map(_solution, lesson.exercises)


def _solution(exercise: Exercise) -> str:
    return "\n\n".join(
        (
            f"### Exercise {exercise.key}: {exercise.title}",
            f"**{exercise.kind}.** {exercise.task}",
            _block(blanks.solution(exercise.cell)),
            exercise.because,
            "Also right, in the place of the blank:",
            _block(exercise.second),
            "",
        )
    )


def _block(code: str) -> str:
    return f"```python\n{code}\n```"
