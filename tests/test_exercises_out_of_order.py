"""Exercises whose chapter was not gone through, or was cleaned up, and answers of any kind."""

import inspect
import math
from functools import cache

import boto3
import pytest
from surroundings import enter_fence

from ecs_tutorial import chapters
from ecs_tutorial.exercises import catalogue, exercise
from ecs_tutorial.exercises.outcomes import State
from ecs_tutorial.fast_forward import fast_forward
from ecs_tutorial.lab import LocalEcs

ODD = (4711, -1, math.nan, math.inf, "x", b"x", [], [None], {1: 2}, object())
PLANS = ({"minimumHealthyPercent": least, "maximumPercent": 125} for least in ("a", None, math.nan))
ANSWERS = (*ODD, *PLANS)
EVERY = list(catalogue.exercises().values())
ASKED = [each for each in EVERY if "answer" in inspect.signature(each.check).parameters]
MADE = [each for each in EVERY if each.tidy]


def key(exercise):
    return exercise.key


class Session:
    """Gives the same client each time: what a check makes anew is not what is tested."""

    def __init__(self):
        self._made = cache(boto3.client)

    def client(self, service, **_):
        return self._made(service)


@pytest.fixture(scope="module", params=[0, 3])
def session(request, tmp_path_factory):
    """A lab at the start of a chapter: empty, and with a cluster in which nothing runs."""
    with pytest.MonkeyPatch.context() as patch:
        enter_fence(patch, tmp_path_factory.mktemp("fence"))
        patch.setenv("ECS_TUTORIAL_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
        local = LocalEcs()
        local.install()
        fast_forward(local, request.param, chapters.find())
        yield Session()
        local.stop()


@pytest.mark.parametrize("asked", ASKED, ids=key)
def test_any_answer_is_judged_in_words(asked, session):
    """An answer of any kind, at any time, has an outcome: a check raises nothing."""
    outcomes = [exercise(asked.key, session).outcome(answer) for answer in ANSWERS]
    assert {each.state for each in outcomes} <= {State.NOT_YET, State.CANNOT_BE_CHECKED}
    assert all(each.words for each in outcomes)


@pytest.mark.parametrize("made", MADE, ids=key)
def test_tidying_where_nothing_was_made_says_so(made, session):
    """There is nothing to delete, or it cannot be looked for: both are said, neither raised."""
    (line,) = exercise(made.key, session).tidy().lines
    assert "there is nothing to delete" in line or "could not look for it" in line
