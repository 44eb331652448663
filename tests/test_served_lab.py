"""The served lab as a process: found, launched once, ended, and every way it can be missing."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from test_keeper import book

from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder, served_lab
from ecs_tutorial.served.lab_folder import FolderLock, LabRecord
from ecs_tutorial.served.served_lab import ServedLab, SilentLabError

LAUNCH = """
import sys
from pathlib import Path
from ecs_tutorial.served import served_lab
lab, note = served_lab.find_or_launch(Path(sys.argv[1]), Path(sys.argv[2]))
print(lab.record.pid, note)
"""


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return book(tmp_path_factory.mktemp("notebooks")).folder


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, notebooks: Path) -> Iterator[ServedLab]:
    folder = tmp_path_factory.mktemp("lab")
    launched_by(folder, notebooks)
    found, _ = served_lab.find(folder)
    assert found
    yield found
    served_lab.stop(folder)


def launcher(folder: Path, notebooks: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LAUNCH, str(folder), str(notebooks)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def launched_by(folder: Path, notebooks: Path) -> str:
    """Launch a lab from a process that ends at once, as a kernel that is shut down."""
    printed, _ = launcher(folder, notebooks).communicate(timeout=60)
    return printed


@contextmanager
def listening() -> Iterator[int]:
    """A program that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_the_lab_outlives_who_launched_it(lab: ServedLab) -> None:
    """The process that launched it has ended; the lab answers, and on loopback only."""
    status = lab.status()
    assert (status["pid"], status["busy"]) == (lab.record.pid, None)
    assert lab.endpoint.startswith("http://127.0.0.1:")
    assert not any(status["contents"].values())


def test_a_running_lab_is_used_again(lab: ServedLab, notebooks: Path) -> None:
    """Who asks for a lab where one runs gets that one and no word about it."""
    assert served_lab.find_or_launch(lab.folder, notebooks) == (lab, None)


def test_the_log_of_a_healthy_lab_is_empty(lab: ServedLab) -> None:
    """Requests are not logged, so that what stands there is worth reading."""
    lab.status()
    assert (lab.folder / "lab.log").read_text() == ""


def test_answers_other_than_200_are_sentences(lab: ServedLab) -> None:
    """What the lab refuses arrives as the lab's own sentence."""
    with pytest.raises(LabError, match="There is no chapter 99"):
        lab.start(99, keep=False)


def test_an_address_that_nobody_has_times_out_in_words(lab: ServedLab) -> None:
    """Browse says what a browser would have met."""
    answer = lab.browse("203.0.113.250", 80)
    assert (answer["reason"], "203.0.113.250" in answer["hint"]) == ("timeout", True)


def test_two_at_once_get_one_lab_and_a_corrupt_folder_is_mended(
    tmp_path: Path, notebooks: Path
) -> None:
    """Two notebooks opened together share a lab; a damaged lab.json is replaced and said."""
    (tmp_path / "lab.json").write_text("{damaged")
    both = [launcher(tmp_path, notebooks) for _ in range(2)]
    first, second = (process.communicate(timeout=60)[0].split(" ", 1) for process in both)
    try:
        assert first[0] == second[0]
        assert "could not be read, so the lab was started anew" in first[1] + second[1]
    finally:
        assert served_lab.stop(tmp_path).startswith("The lab has stopped.")
    assert served_lab.stop(tmp_path) == "No lab is running."


def test_of_another_version_then_hung_then_dead(
    tmp_path: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab that cannot be used is replaced where kernels already look for one, or ended."""
    old, _ = served_lab.find_or_launch(tmp_path, notebooks)
    lab_folder.write_record(tmp_path, replace(old.record, version="0.0.1"))
    new, note = served_lab.find_or_launch(tmp_path, notebooks)
    assert "of version 0.0.1" in (note or "")
    assert new.endpoint == old.endpoint

    monkeypatch.setattr(served_lab, "PATIENCE", 0.2)
    monkeypatch.setattr(served_lab, "TRY_EVERY", 0.01)
    hang(new.record.pid)
    with pytest.raises(SilentLabError, match="is running but does not answer"):
        new.status()
    assert served_lab.stop(tmp_path) == "The lab did not answer and was ended."
    with pytest.raises(SilentLabError, match=r"has ended\. This notebook's first cell starts it"):
        new.status()
    lab, note = served_lab.find(tmp_path)
    assert lab is None
    assert "The lab had stopped" in (note or "")


def hang(pid: int) -> None:
    """Make a process answer nobody, where the system can."""
    os.kill(pid, getattr(signal, "SIGSTOP", signal.SIGTERM))


def test_a_port_that_another_program_has_is_said(tmp_path: Path) -> None:
    """Something else that answers where the lab was is not taken for it."""

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"pid": 1}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.handle_request, daemon=True).start()
        lab_folder.write_record(tmp_path, LabRecord(os.getpid(), other.server_port, "0.1.0"))
        lab, note = served_lab.find(tmp_path)
    assert lab is None
    assert "is used by another program now" in (note or "")


def test_a_mute_program_is_a_lab_only_if_it_holds_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer from a living lab is told from no answer from a stranger."""
    monkeypatch.setattr(served_lab, "PATIENCE", 0.1)
    lock = FolderLock(tmp_path)
    with listening() as port:
        lab_folder.write_record(tmp_path, LabRecord(os.getpid(), port, "0.1.0"))
        assert "another program" in (served_lab.find(tmp_path)[1] or "")
        assert lock.take()
        with pytest.raises(SilentLabError):
            served_lab.find(tmp_path)
    lock.release()


def test_a_port_that_is_not_free_is_said(tmp_path: Path, notebooks: Path) -> None:
    """Who asks for a taken port is told so, at once."""
    with listening() as port, pytest.raises(LabError, match=f"Port {port} on 127.0.0.1 is not"):
        served_lab.launch(tmp_path, notebooks, port=port)


def test_a_lab_that_cannot_start_names_its_log(tmp_path: Path, notebooks: Path) -> None:
    """A process that ends in a failure is noticed, and its log says why."""
    with pytest.raises(LabError, match=r"exit code 2.*lab\.log"):
        served_lab.launch(tmp_path, notebooks, speed="fast")  # what argparse refuses
    assert "invalid float value" in (tmp_path / "lab.log").read_text()


def test_no_lab_was_ever_here(tmp_path: Path) -> None:
    """An empty folder is nothing to speak of."""
    assert served_lab.find(tmp_path) == (None, None)
