"""The index of errors has every text that the lab can give and no other, and each row helps."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ecs_tutorial.chapters import Chapters
from ecs_tutorial.workshop import error_index, error_texts
from ecs_tutorial.workshop.error_texts import Kind, Module
from ecs_tutorial.workshop.lessons import lessons

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = lessons(Chapters(ROOT / "notebooks"))
PASSED_ON = {"objection", "str(error)", "message", "error.message", "text", "''"}
"""Arguments that are another place's text, or none."""


def test_every_text_is_explained_and_none_that_is_not_given() -> None:
    """``workshop/errors.toml`` is about the texts in the code: after a change of one, of both."""
    assert set(error_index.advice()) == {each.text for each in error_texts.error_texts()}


def test_every_entry_says_what_it_means_and_what_to_do() -> None:
    """A meaning and an advice are sentences, and the chapter to read on exists."""
    chapters = {lesson.chapter for lesson in TUTORIAL}
    for text, said in error_index.advice().items():
        assert said.means.endswith("."), text
        assert said.do.endswith("."), text
        assert said.chapter in chapters, text


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_each_kind_has_texts(kind: Kind) -> None:
    """A place in the code that lost its texts would be noticed."""
    assert [each for each in error_texts.error_texts() if each.kind is kind]


def test_no_error_of_the_api_is_missed() -> None:
    """Wherever the control plane makes an error, its text was read, or is passed on from there."""
    missed = []
    for path in sorted((error_texts.PACKAGE / "control_plane").rglob("*.py")):
        module = Module(path.read_text(encoding="utf-8"))
        read = {text for _, text in error_texts.raised(module)}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and node.args:
                name = ast.unparse(node.func).rpartition(".")[2]
                is_error = name in {*error_texts.CODES, *error_texts.CODED}
                given = ast.unparse(node.args[-1])
                if is_error and module.text(node.args[-1]) not in read and given not in PASSED_ON:
                    missed.append(f"{path.name}:{node.lineno}: {given}")
    assert missed == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            "raise invalid_parameter(f'No {what} here.')",
            ("InvalidParameterException", "No … here."),
        ),
        (
            "GONE = 'It is gone.'\nraise EcsError('GoneException', GONE)",
            ("GoneException", "It is gone."),
        ),
    ],
)
def test_an_error_is_read_where_it_is_made(source: str, found: tuple[str, str]) -> None:
    """What a call fills in is left open; a constant's text is the constant's."""
    assert list(error_texts.raised(Module(source))) == [found]


def test_sentences_are_read_without_names_and_docstrings() -> None:
    """Only what somebody is told counts, once and whole."""
    source = 'def told(name):\n    """It tells of a task."""\n    return f"a task {name} ended"'
    module = Module(source)
    assert list(error_texts.said_in("told")(module)) == [("", "a task … ended")]


def test_a_text_leads_to_the_first_chapter_that_shows_it() -> None:
    """What is fixed in the text is looked for, word for word."""
    shown = {1: "A cluster is named.", 2: "It says: the cluster demo is gone."}
    assert error_index.chapter_of("the cluster … is gone", shown) == 2
    assert error_index.chapter_of("the clusters … are lost", shown) is None
