"""``ecs-tutorial snapshot`` and ``restore``: a lab in a file, and a lab out of one."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import boto3
import pytest
from test_keeper import book

from ecs_tutorial import access_key, cli
from ecs_tutorial.lab import REGION
from ecs_tutorial.served import journal, lab_folder, served_lab
from ecs_tutorial.served.served_lab import ServedLab

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lab folder of the test's own, in a terminal at the notebooks."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "state"))
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(book(tmp_path / "notebooks").folder)
    return lab_folder.state_folder()


def ecs(lab: ServedLab):
    session = boto3.Session(access_key.ID, access_key.of(lab.folder).secret, region_name=REGION)
    return session.client("ecs", endpoint_url=lab.endpoint)


def clusters(lab: ServedLab) -> list[str]:
    return [arn.rpartition("/")[2] for arn in ecs(lab).list_clusters()["clusterArns"]]


def test_a_lab_goes_into_a_file_and_comes_out_of_it(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lab goes on after the one; the other ends it, and kernels find the new one there."""
    file = tmp_path / "my.lab"
    first = served_lab.launch(home, Path.cwd())
    try:
        ecs(first).create_cluster(clusterName="before")
        assert cli.main(["snapshot", str(file)]) == 0
        ecs(first).create_cluster(clusterName="after")
        assert clusters(first) == ["after", "before"]
        assert file.stat().st_mode & 0o777 == 0o600

        torn = tmp_path / "torn.lab"
        torn.write_bytes(file.read_bytes()[:3000])
        assert cli.main(["restore", str(torn)]) == cli.NEEDS_ATTENTION
        assert clusters(first) == ["after", "before"]

        assert cli.main(["restore", str(file)]) == 0
        second, _ = served_lab.find(home)
        assert second
        assert (second.endpoint, clusters(second)) == (first.endpoint, ["before"])
        os.kill(second.record.pid, KILL)
        third, _ = served_lab.find_or_launch(home, Path.cwd())
        assert clusters(third) == ["before"]
        assert "had died" in third.status()["begun"]
    finally:
        assert cli.main(["stop"]) == 0
    said = capsys.readouterr()
    assert "The lab is as my.lab has it (requests played again: 1)." in said.out
    assert "torn.lab is damaged" in said.err
    assert not journal.in_folder(home).exists()


def test_a_lab_that_died_can_be_put_into_a_file_too(home: Path, tmp_path: Path) -> None:
    """Whoever wants to keep it need not start it; and it is still there to come back."""
    lab = served_lab.launch(home, Path.cwd())
    ecs(lab).create_cluster(clusterName="before")
    os.kill(lab.record.pid, KILL)
    assert served_lab._gone(home)
    assert cli.main(["snapshot", str(tmp_path / "my.lab")]) == 0
    content = (tmp_path / "my.lab").read_bytes()
    assert b"before" in content
    assert served_lab.stop(home) == (
        "No lab is running. What the last one held when it died is gone now."
    )
    assert served_lab.stop(home) == "No lab is running."


def test_what_cannot_be_is_said(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No lab, a file that is there already, a folder that is not, no file, a foreign one."""
    mine = tmp_path / "mine.txt"
    mine.write_text("a letter")
    lines = {
        ("snapshot", "new.lab"): (cli.NO_LAB, "No lab is running, and none has left anything."),
        ("snapshot", str(mine)): (cli.NEEDS_ATTENTION, "is there already"),
        ("snapshot", "no/such/file"): (cli.NEEDS_ATTENTION, "There is no folder"),
        ("restore", "no.lab"): (cli.NEEDS_ATTENTION, "There is no file"),
        ("restore", str(mine)): (cli.NEEDS_ATTENTION, "no journal of a lab"),
    }
    for line, (code, words) in lines.items():
        assert cli.main(list(line)) == code
        assert words in capsys.readouterr().err
    assert mine.read_text() == "a letter"
