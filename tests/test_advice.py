"""After a failed cell, a sentence says what has become of the lab."""

from types import SimpleNamespace

import pytest

from ecs_tutorial import advice, session
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import journal


class Events:
    """IPython's cell events."""

    def __init__(self):
        self.listeners = []

    def register(self, name, listener):
        assert name == "post_run_cell"
        self.listeners.append(listener)

    def unregister(self, name, listener):
        self.listeners.remove(listener)

    def cell_ran(self, success):
        for listener in list(self.listeners):
            listener(SimpleNamespace(success=success))


@pytest.fixture
def events(monkeypatch):
    cells = Events()
    monkeypatch.setattr(advice, "_cell_events", lambda: cells)
    monkeypatch.setattr(advice, "_listening", [])
    return cells


def test_a_failed_cell_in_another_lab_is_explained(events, capsys):
    """What the question answers is said after a cell that failed, and only then."""
    advice.after_failed_cells(lambda: "The lab was rebuilt.")
    events.cell_ran(success=True)
    assert capsys.readouterr().err == ""
    events.cell_ran(success=False)
    assert capsys.readouterr().err == "The lab was rebuilt.\n"


def test_in_the_same_lab_nothing_is_added(events, capsys):
    """An error of AWS's own stands alone."""
    advice.after_failed_cells(lambda: None)
    events.cell_ran(success=False)
    assert capsys.readouterr() == ("", "")


def test_a_second_start_replaces_the_first(events):
    """However often a notebook is started, one sentence is said."""
    advice.after_failed_cells(lambda: "one")
    advice.after_failed_cells(lambda: "two")
    assert len(events.listeners) == 1


class Lab:
    """A served lab that answers its status, or does not."""

    def __init__(self, builds, folder):
        self.builds = builds
        self.folder = folder

    def status(self):
        if self.builds is None:
            raise LabError("silent")
        return {"builds": self.builds}


@pytest.mark.parametrize(
    ("builds", "words"),
    [(1, None), (2, "The lab was rebuilt"), (None, "The lab no longer answers")],
)
def test_what_became_of_the_lab(tmp_path, builds, words):
    """The same lab, one that was rebuilt, one that is gone: three answers."""
    told = session.what_became_of(Lab(builds, tmp_path), 1)
    assert told == words if words is None else told.startswith(words)


def test_what_a_lab_that_died_has_left_is_worth_a_word(tmp_path):
    """Its journal is there, so nothing has to be done again."""
    journal.in_folder(tmp_path).touch()
    assert "comes back as it was. Then go on." in session.what_became_of(Lab(None, tmp_path), 1)
