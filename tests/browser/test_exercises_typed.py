"""Exercises as a learner answers them: typed into JupyterLab, first wrong and then right."""

import pytest
from notebook_book import books
from playwright.sync_api import expect
from reading import Reading

from ecs_tutorial.exercises import blanks, catalogue
from ecs_tutorial.exercises.model import Kind

pytestmark = pytest.mark.browser

TUTORIAL = {str(book.chapter): book for book in books()}
ANSWERED = {"2": ("2.1", "2.3"), "4": ("4.2",), "5": ("5.2", "5.3")}
"""Exercises of three chapters, in the order in which a learner meets them."""


def test_every_kind_is_answered():
    """Completed, predicted, read, designed, and a fault found; incidents and the test run whole."""
    kinds = {catalogue.find(key).kind for keys in ANSWERED.values() for key in keys}
    assert kinds == set(Kind) - {Kind.INCIDENT, Kind.TEST}


@pytest.mark.parametrize("chapter", ANSWERED)
def test_a_wrong_answer_and_then_a_right_one(chapter, desk, open_lab):
    """What was wrong is said as a status, in its own words; then that it is correct."""
    book = TUTORIAL[chapter]
    reading = Reading(desk, open_lab, book.path.name)
    places = {cell.node["id"]: cell.place for cell in book.cells}
    asked = {places[f"{ident(key)}-try"]: catalogue.find(key) for key in ANSWERED[chapter]}
    for cell in book.code:
        if cell.place > max(asked):
            break
        if cell.place in asked:
            answer(reading, places, asked[cell.place])
        else:
            run(reading, cell.place)
    reading.close()


def ident(key):
    return f"exercise-{key.replace('.', '-')}"


def run(reading, place):
    reading.go_to(place)
    reading.step(place)


def answer(reading, places, exercise):
    """Type the first wrong answer in the place of the starter, then the solution."""
    place = places[f"{ident(exercise.key)}-try"]
    said = reading.cell(place).get_by_role("status")
    wrong = exercise.wrong[0]
    reading.write(place, blanks.filled(exercise.cell, wrong.code))
    for words in (f"Exercise {exercise.key}", "not yet", "Expected: ", wrong.says):
        expect(said).to_contain_text(words)
    if exercise.tidy:
        run(reading, places[f"{ident(exercise.key)}-tidy"])
    reading.write(place, blanks.solution(exercise.cell))
    for words in (f"Exercise {exercise.key}", ": correct."):
        expect(said).to_contain_text(words)
