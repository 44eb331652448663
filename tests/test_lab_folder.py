"""The lab's folder: an address that is whole or absent, and a lock that dies with its holder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder
from ecs_tutorial.served.lab_folder import CorruptRecordError, FolderLock, LabRecord

HOLD = """
import sys
from pathlib import Path
from ecs_tutorial.served.lab_folder import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The address survives the way through the file, and a second one replaces it."""
    assert lab_folder.read_record(tmp_path) is None
    for port in (5000, 5001):
        lab_folder.write_record(tmp_path, LabRecord(7, port, "0.1.0"))
        assert lab_folder.read_record(tmp_path) == LabRecord(7, port, "0.1.0")
    assert [path.name for path in tmp_path.iterdir()] == ["lab.json"]


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "{}", "\xff", '{"pid": 1}', '{"pid": "x", "port": 1, "version": 1}'),
        *('{"pid": 7, "port": 99999, "version": "1"}', '{"pid": 1e999, "port": 1, "version": "1"}'),
    ],
)
def test_a_corrupt_record_is_told_from_none(tmp_path: Path, content: str) -> None:
    """Half a file is no lab and no crash."""
    (tmp_path / "lab.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(CorruptRecordError):
        lab_folder.read_record(tmp_path)


def test_the_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ECS_TUTORIAL_HOME moves the lab, for a second one or a home that cannot be written."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "a" / "b"))
    assert lab_folder.state_folder() == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()


def test_a_relative_name_is_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever moves on, as a kernel does, and whoever is started later has the same."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", "a/b")
    monkeypatch.chdir(tmp_path)
    assert lab_folder.state_folder() == tmp_path / "a" / "b"
    monkeypatch.chdir(tmp_path / "a")
    assert lab_folder.state_folder() == tmp_path / "a" / "b"
    assert os.environ["ECS_TUTORIAL_HOME"] == str(tmp_path / "a" / "b")


def test_a_folder_that_is_a_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place where no folder can be is answered with what to do."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "file"))
    with pytest.raises(LabError, match="name another one in ECS_TUTORIAL_HOME"):
        lab_folder.state_folder()


@pytest.mark.parametrize("name", ["lab.json", "lab.lock"])
def test_a_folder_in_a_files_place_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What stands where a file should be is named, with what to do."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path))
    (tmp_path / name).mkdir()
    with pytest.raises(LabError, match=f"{name} in it is a folder"):
        lab_folder.state_folder()


def test_two_cannot_hold_one_folder(tmp_path: Path) -> None:
    """The second to ask is told no, and the first one's process is known."""
    assert lab_folder.holder(tmp_path) is None
    lock = FolderLock(tmp_path)
    assert lock.take()
    assert not FolderLock(tmp_path).take()
    assert lab_folder.holder(tmp_path) == os.getpid()
    lock.release()
    assert lab_folder.holder(tmp_path) is None


def test_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    """A lab that was killed leaves a folder in which another one can live."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == b"True"
        assert lab_folder.holder(tmp_path) == process.pid
        process.kill()
    assert lab_folder.holder(tmp_path) is None
