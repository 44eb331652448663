"""The page of differences is what the marks in the code say."""

from pathlib import Path

from ecs_tutorial import differences

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_is_the_marks():
    """docs/where-the-lab-differs.md is what the command prints; run it again after a change."""
    kept = (ROOT / "docs" / "where-the-lab-differs.md").read_text(encoding="utf-8")
    assert kept == differences.page()


def test_every_mark_says_something():
    """A mark is a sentence: it has words enough to say how AWS does it."""
    found = list(differences.differences())
    assert len(found) > 50
    assert [each for each in found if len(each.text.split()) < 4] == []


def test_a_mark_knows_its_function():
    """A mark inside a function bears the function's name."""
    source = (
        "def outer():\n    def inner():\n        # AWS: it is otherwise there.\n        return 1\n"
    )
    assert list(differences.marks(source)) == [(3, "it is otherwise there.")]
    assert differences.place_of(3, source) == "inner"
