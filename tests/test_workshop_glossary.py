"""The glossary says of each term what a notebook says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from notebook_language import ACRONYMS

from ecs_tutorial.chapters import Chapters
from ecs_tutorial.workshop import glossary
from ecs_tutorial.workshop.lessons import lessons

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = lessons(Chapters(ROOT / "notebooks"))
ENTRIES = glossary.entries(TUTORIAL)


def test_what_chapters_are_about_is_explained() -> None:
    """A chapter called by a thing, as *A task definition*, says somewhere what that is."""
    titles = [lesson.title.partition(": ")[2] for lesson in TUTORIAL]
    things = [found[1] for found in map(re.compile(r"An? ([\w ]+)$").match, titles) if found]
    assert len(things) >= 4
    assert [each for each in things if glossary.key(each) not in ENTRIES] == []


@pytest.mark.parametrize("short", ACRONYMS)
def test_each_acronym_is_there_with_its_words(short: str) -> None:
    """What the chapters open once, the glossary opens again."""
    used = any(
        re.search(rf"\b{short}\b", cell["source"]) for each in TUTORIAL for cell in each.cells
    )
    assert not used or ACRONYMS[short].lower() in ENTRIES[glossary.key(short)].says.lower()


def test_each_sentence_stands_in_its_chapter() -> None:
    """Nothing is typed for the glossary: a sentence is the notebook's, word for word."""
    texts = {
        lesson.chapter: " ".join(
            re.sub(r"^> ?", "", cell["source"], flags=re.M) for cell in lesson.cells
        )
        for lesson in TUTORIAL
    }
    for entry in ENTRIES.values():
        sentence = re.sub(r"^Short for .*?\.(?: |$)", "", entry.says)
        assert sentence in " ".join(texts[entry.lesson.chapter].split()), entry.term


@pytest.mark.parametrize(
    "sentence",
    [
        "A **lamp** is a thing that shines.",
        "It needs the *lamp*, a thing that shines.",
        "It needs a *lamp*: a thing that shines in the dark.",
        "A thing that shines is called a *lamp*.",
        "A *lamp* makes light in the dark.",
    ],
)
def test_each_form_of_saying_what_a_term_is_is_found(sentence: str) -> None:
    """The forms that CONTRIBUTING names, and a verb of the term's own."""
    assert [each for form in glossary.FORMS for each in form.findall(sentence)]


@pytest.mark.parametrize(
    "sentence", ["A *digest* is not.", "It is *not* a lamp.", "Read *In* here."]
)
def test_what_says_nothing_of_a_word_is_not_taken(sentence: str) -> None:
    """A word that is only stressed is no term."""
    assert not [each for form in glossary.FORMS for each in form.findall(sentence)]
