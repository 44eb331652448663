"""Starters come out of solved cells, and answers go into them."""

import pytest

from ecs_tutorial.exercises import blanks

CELL = """\
# What is there?
answer = ecs.list_clusters()  # blank
names = answer["clusterArns"]  # blank: one line a step
exercise("2.9").check(names)"""


def test_a_name_that_is_used_later_stays():
    """The rest of the cell finds the name; what it does not need is not given away."""
    assert blanks.starter(CELL).splitlines() == [
        "# What is there?",
        "names = ...  # one line a step",
        'exercise("2.9").check(names)',
    ]


def test_a_statement_over_several_lines_is_one_blank():
    """The mark stands at the end of its last line."""
    cell = "ecs.create_cluster(\n    clusterName='a',\n)  # blank\nprint(1)"
    assert blanks.starter(cell) == "...\nprint(1)"
    assert blanks.blank(cell) == "ecs.create_cluster(\n    clusterName='a',\n)"


def test_an_answer_fills_the_blank():
    """All marked lines give way to it, the others stay."""
    assert blanks.filled(CELL, "names = []").splitlines() == [
        "# What is there?",
        "names = []",
        'exercise("2.9").check(names)',
    ]


def test_filled_with_what_was_blank_it_is_the_solution():
    """Starter and solution differ in the blank alone."""
    assert blanks.filled(CELL, blanks.blank(CELL)) == blanks.solution(CELL)


@pytest.mark.parametrize("cell", ["a = 1", "a = 1  # blank\nb = 2\nc = 3  # blank"])
def test_marked_lines_stand_together(cell):
    """No mark, or marks apart, is an author's mistake and said."""
    with pytest.raises(ValueError, match="have to stand together"):
        blanks.starter(cell)
