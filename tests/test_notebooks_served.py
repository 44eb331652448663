"""The notebooks as a learner runs them: kernel after kernel on one served lab."""

import os
from itertools import pairwise

import pytest
from nbclient import NotebookClient
from notebook_book import NOTEBOOKS, Book, books

from ecs_tutorial.served import served_lab

SPEED = 60.0
"""Lab seconds in a second; a learner's lab runs at 10."""
REBUILT = "rebuilt"


@pytest.fixture
def lab(tmp_path):
    """An empty served lab, which kernels find in its folder."""
    served = served_lab.launch(tmp_path, NOTEBOOKS, speed=SPEED)
    yield served
    served_lab.stop(tmp_path)


def run(path, lab):
    """Run a notebook from its top in a kernel of its own; returns it with its new outputs."""
    book = Book(path)
    client = NotebookClient(book.node, timeout=120, kernel_name="python3", record_timing=False)
    here = {"ECS_TUTORIAL_MODE": "served", "ECS_TUTORIAL_HOME": str(lab.folder)}
    client.execute(cwd=str(NOTEBOOKS), env=os.environ | here)
    return Book(path, book.node)


def banner(book):
    return book.tagged("start")[0].printed


def test_the_walk_in_order_on_one_lab(lab):
    """Each chapter runs on what the one before it left, and leaves what its metadata says."""
    for path in [book.path for book in books()]:
        book = run(path, lab)
        assert REBUILT not in banner(book), f"{book} did not find what the chapter before left"
        contents = lab.status()["contents"]
        leaves = book.about["leaves"]
        assert {kind: contents[kind] for kind in leaves} == leaves, str(book)


def test_the_walk_cells_make_what_a_chapter_leaves(lab):
    """Brought to a chapter by the walk cells alone, the lab holds what the one before leaves."""
    for before, book in pairwise(books()[1:]):
        lab.reset()
        contents = lab.start(book.chapter, keep=False)["contents"]
        assert {kind: count for kind, count in contents.items() if count} == before.about["leaves"]


def test_chapters_out_of_order(lab):
    """A chapter opened too early, or again, gets its beginning; one opened later runs as well."""
    banners = [banner(run(books()[chapter].path, lab)) for chapter in (6, 2, 6)]
    assert REBUILT in banners[0]
    assert REBUILT in banners[2]
