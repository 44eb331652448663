"""The glossary: each term with the sentence of a notebook that says what it is.

A notebook marks a term, in italics or bold, where it says what it is, in one of four forms: *A
**cluster** is …*, *the **agent**, a program …*, *an **IAM role**: a set …*, *is called a **term***.
An acronym stands in brackets behind the words that it is short for. Nothing is typed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ecs_tutorial.workshop.lessons import Lesson, is_code, paragraphs

OPENING = """\
# Glossary

Each term in the words of the chapter that says what it is. This page is made by
`ecs-tutorial workshop --glossary`.

| term | what the chapter says | chapter |
|---|---|---|
"""
MARKED = r"(?P<mark>\*\*|\*)(?P<term>[A-Za-z][\w -]*\w)(?: \([A-Z0-9]+\))?(?P=mark)"
ARTICLE = r"(?:[Aa]n?|[Tt]he|[Yy]our) "
START = rf"(?:^|(?<=; )|(?<=, ))(?:{ARTICLE})?"
FORMS = (
    re.compile(rf"{START}{MARKED} (?:(?:is|are) (?:an?|the|what|one)|means) (?:\S+ ){{2}}"),
    re.compile(rf"{ARTICLE}{MARKED}, (?:an?|the|what) (?:\S+ ){{2}}"),
    re.compile(rf"{ARTICLE}{MARKED}: (?:an?|the|what) (?:\S+ ){{2}}"),
    re.compile(rf"(?:called|calls it) (?:an? |the )?{MARKED}"),
    re.compile(rf"{START}{MARKED} (?!is\b|was\b)[a-z]+s (?:\S+ ){{2}}"),
    re.compile(rf"{ARTICLE}{MARKED}, which (?:\S+ ){{2}}"),
)
"""How a sentence says what a term is; an earlier form says it better."""
SENTENCE = re.compile(r"(?<=[.?!]) (?=[A-Z*`])")
ITEM = re.compile(r"(?:^| )- (?=[A-Za-z*`])|(?<=[.?!]) (?=[A-Z*`])")
ACRONYM = re.compile(r"\((?:Amazon )?(?P<short>[A-Z][A-Z0-9]{1,5})\)")
SMALL = {"and", "of", "the", "for"}


@dataclass(frozen=True)
class Entry:
    term: str
    says: str
    lesson: Lesson


def page(lessons: Sequence[Lesson]) -> str:
    found = [entry for _, entry in sorted(entries(lessons).items())]
    rows = (f"| {each.term} | {whole(each.says)} | {each.lesson.link} |\n" for each in found)
    return OPENING + "".join(rows)


def whole(piece: str) -> str:
    """A piece of a sentence, such as an item of a list, as a sentence of its own.

    >>> whole("a **lamp** is a thing that shines;")
    'A **lamp** is a thing that shines.'
    """
    return piece[0].upper() + piece[1:].removesuffix(";").removesuffix(".") + "."


def entries(lessons: Sequence[Lesson]) -> Mapping[str, Entry]:
    """Each term, in small letters, with the sentence that says it best and first."""
    said = list(_sentences([*lessons[1:], *lessons[:1]]))
    found: dict[str, Entry] = {}
    for form in FORMS:
        for lesson, sentence in said:
            for term in (match["term"] for match in form.finditer(sentence)):
                found.setdefault(key(term), Entry(term[0].upper() + term[1:], sentence, lesson))
    for lesson, sentence in said:
        for short, long in acronyms(sentence):
            known = found.get(key(short))
            if known is None:
                found[key(short)] = Entry(short, f"Short for {long}.", lesson)
            elif not known.says.startswith("Short for"):
                found[key(short)] = Entry(short, f"Short for {long}. {known.says}", known.lesson)
    return found


def key(term: str) -> str:
    """Under which a term is filed: one plural is the same as the other.

    >>> key("Container instances")
    'container instance'
    """
    is_plural = term.endswith("s") and not term.endswith(("ss", "us"))
    return (term[:-1] if is_plural else term).lower()


def _sentences(lessons: Sequence[Lesson]) -> Iterator[tuple[Lesson, str]]:
    for lesson in lessons:
        for cell in lesson.cells:
            if not is_code(cell):
                for paragraph in paragraphs(cell):
                    if not paragraph.startswith(("#", "|", "![")):
                        between = ITEM if paragraph.startswith("- ") else SENTENCE
                        yield from ((lesson, each) for each in between.split(paragraph))


def acronyms(sentence: str) -> Iterator[tuple[str, str]]:
    """Each acronym that a sentence opens, with its words.

    >>> list(acronyms("a part of a virtual private cloud (VPC), and more"))
    [('VPC', 'virtual private cloud')]
    """
    for found in ACRONYM.finditer(sentence):
        before = re.findall(r"[\w-]+", sentence[: found.start()])
        words = _spelled(found["short"], before) or _capitals(before)
        if words:
            yield found["short"], " ".join(words)


def _spelled(short: str, before: Sequence[str]) -> Sequence[str]:
    """The last words whose first letters are the acronym's; a digit repeats its letter."""
    letters = re.sub(r"([A-Z])(\d)", lambda each: each[1] * int(each[2]), short).lower()
    for start in range(len(before) - 1, -1, -1):
        words = before[start:]
        if "".join(word[0] for word in words if word not in SMALL).lower() == letters:
            return words
    return ()


def _capitals(before: Sequence[str]) -> Sequence[str]:
    start = len(before)
    while start and before[start - 1][0].isupper():
        start -= 1
    return before[start:]
