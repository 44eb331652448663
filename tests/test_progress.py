"""Progress of a learner: kept on disk, whole whatever happens, and never lost."""

import json
import signal
import subprocess
import sys
import time

import pytest

from ecs_tutorial.exercises import exercise, progress
from ecs_tutorial.exercises.outcomes import State
from ecs_tutorial.exercises.progress import Record

KEEP_ON = """
from ecs_tutorial.exercises import progress
from ecs_tutorial.exercises.outcomes import State
while True:
    progress.checked("2.1", State.NOT_YET)
    print("kept", flush=True)
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A learner of the tests' own."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path))
    return tmp_path


def test_what_was_done_is_kept(home):
    """Checks, the highest hint and whether the solution was shown, in plain JSON."""
    progress.checked("2.1", State.NOT_YET)
    exercise("2.1").hint(2)
    exercise("2.1").hint(1)
    exercise("2.1").solution()
    progress.checked("2.1", State.CORRECT)
    kept = json.loads((home / "progress.json").read_text())
    record = {"solved": True, "checks": 2, "hints": 2, "solution": True}
    assert kept == {"version": 1, "exercises": {"2.1": record}}


def test_once_correct_stays_correct(home):
    """The cluster of an exercise is deleted afterwards; what was done stays done."""
    progress.checked("2.1", State.CORRECT)
    progress.checked("2.1", State.NOT_YET)
    assert progress.read(home).of("2.1").state is State.CORRECT


@pytest.mark.parametrize("state", [State.NOT_ATTEMPTED, State.CANNOT_BE_CHECKED])
def test_what_was_not_judged_is_not_kept(home, state):
    """A starter that runs, or a lab that does not answer, is no attempt."""
    assert progress.checked("2.1", state) == ""
    assert not (home / "progress.json").exists()


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "null", '{"version": 2, "exercises": {}}', '{"version": 1}', "\xff"),
        '{"version": 1, "exercises": {"2.1": {"solved": "yes"}}}',
        '{"version": 1, "exercises": []}',
    ],
)
def test_an_unreadable_file_is_set_aside(home, content):
    """Nothing of it is lost, its new name is said, and a new file is begun."""
    (home / "progress.json").write_bytes(content.encode("latin-1"))
    said = progress.checked("2.1", State.CORRECT)
    assert "kept as progress-unreadable-1.json" in said
    assert (home / "progress-unreadable-1.json").read_bytes() == content.encode("latin-1")
    assert progress.read(home).of("2.1") == Record(solved=True, checks=1)


def test_a_second_unreadable_file_gets_a_name_of_its_own(home):
    """What was set aside before stays."""
    for content in ("first", "second"):
        (home / "progress.json").write_text(content)
        progress.read(home)
    aside = sorted(home.glob("progress-unreadable-*"))
    assert [path.read_text() for path in aside] == ["first", "second"]


def test_a_kill_in_mid_write_leaves_a_whole_file(home):
    """However the process ends, what is on disk is one state or the next."""
    for number in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", KEEP_ON], stdout=subprocess.PIPE, text=True
        ) as kernel:
            for _ in range(3 + number):
                kernel.stdout.readline()
            time.sleep(0.0007 * number)  # each time at another point of a write
            kernel.send_signal(signal.SIGKILL)
        assert progress.read(home).note == ""
        assert progress.read(home).of("2.1").checks >= 3 + number


def test_a_write_that_fails_leaves_the_old_file(home, monkeypatch):
    """A full disk is said, and what was kept before is there."""
    progress.checked("2.1", State.NOT_YET)
    before = (home / "progress.json").read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ecs_tutorial.served.lab_folder.os.fsync", full)
    assert "could not be kept" in progress.checked("2.1", State.CORRECT)
    assert (home / "progress.json").read_bytes() == before


def test_a_folder_that_cannot_be_is_said(tmp_path, monkeypatch):
    """An exercise is judged all the same."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "file"))
    assert "could not be kept" in progress.checked("2.1", State.CORRECT)
