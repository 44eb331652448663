"""What labs leave on an engine, with an engine that is only played: found, removed, or said."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecs_tutorial import cli, engine
from ecs_tutorial.data_plane import docker_containers
from ecs_tutorial.lab import LocalEcs
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder, leftovers, served_lab, server
from ecs_tutorial.served.lab_folder import FolderLock, LabRecord
from ecs_tutorial.served.served_lab import ServedLab


class PlayedEngine:
    """How many containers each lab has left, and whether it answers."""

    def __init__(self) -> None:
        self.left: dict[str, int] = {}
        self.answers = True

    def usable(self) -> None:
        if not self.answers:
            raise LabError("No Docker Engine answers")

    def remove_leftovers(self, lab_id: str) -> int:
        return self.left.pop(lab_id, 0)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> PlayedEngine:
    played = PlayedEngine()
    monkeypatch.setattr(engine, "usable", played.usable)
    monkeypatch.setattr(engine, "remove_leftovers", played.remove_leftovers)
    return played


@pytest.fixture
def folder(tmp_path: Path, played: PlayedEngine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a lab was killed that had three real containers."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path))
    lab_folder.write_record(tmp_path, record(engine.DOCKER))
    played.left[lab_folder.name_on_engine(tmp_path)] = 3
    return tmp_path


def record(containers: str, *allow: str) -> LabRecord:
    return LabRecord(os.getpid(), 1, server.version(), containers, allow)


def launching(monkeypatch: pytest.MonkeyPatch, containers: str, *allow: str) -> None:
    """Let the lab that comes of a launch be of this kind."""

    def launch(folder: Path, *_: object, **__: object) -> ServedLab:
        lab_folder.write_record(folder, record(containers, *allow))
        return ServedLab(folder, record(containers, *allow))

    monkeypatch.setattr(served_lab, "launch", launch)


def test_a_simulated_lab_after_a_killed_real_one_removes_what_that_left(
    folder: Path, played: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new lab's record tells of no engine; what was there is gone before, and it is said."""
    launching(monkeypatch, engine.SIMULATED)
    _, note = served_lab.find_or_launch(folder, folder)
    assert played.left == {}
    assert "The lab had stopped" in (note or "")
    assert "Containers that it had left, now removed: 3." in (note or "")


def test_no_engine_does_not_keep_a_simulated_lab_from_starting(
    folder: Path, played: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said what to do; a stop once the engine is there finds them, whatever ran since."""
    launching(monkeypatch, engine.SIMULATED)
    played.answers = False
    _, note = served_lab.find_or_launch(folder, folder)
    assert "containers may be left; start Docker and run `ecs-tutorial stop` again" in (note or "")
    assert served_lab.stop(folder) == "No lab is running."
    played.answers = True
    assert served_lab.stop(folder).endswith("Containers that it had left, now removed: 3.")


def test_a_reset_without_a_lab_removes_what_was_left(
    folder: Path, played: PlayedEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is no lab to empty; its containers are no reason to start one."""
    assert cli.main(["reset"]) == cli.NO_LAB
    assert "Containers that it had left, now removed: 3." in capsys.readouterr().err
    assert played.left == {}


@pytest.mark.parametrize("command", ["stop", "reset"])
def test_without_an_engine_the_command_needs_attention(
    folder: Path, played: PlayedEngine, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Neither success nor silence where containers may run on."""
    played.answers = False
    assert cli.main([command]) == cli.NEEDS_ATTENTION
    assert "containers may be left" in capsys.readouterr().err


def test_a_lab_that_ended_without_its_engine_is_not_said_to_be_gone(
    folder: Path, played: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did as it was asked and stopped; its containers could not be removed."""
    monkeypatch.setattr(lab_folder, "holder", lambda _: os.getpid())
    monkeypatch.setattr(served_lab, "_asked_to_stop", lambda _: True)
    monkeypatch.setattr(served_lab, "_gone", lambda *_: True)
    played.answers = False
    with pytest.raises(LabError, match=r"The lab has stopped\. .* containers may be left") as said:
        served_lab.stop(folder)
    assert "What was in it is gone" not in str(said.value)


def test_what_a_living_lab_has_is_not_left_over(folder: Path, played: PlayedEngine) -> None:
    """Two kernels that start at once: one's containers are not the other's to remove."""
    lock = FolderLock(folder)
    assert lock.take()
    assert leftovers.swept(folder, "So.") == "So."
    lock.release()
    assert list(played.left.values()) == [3]


def test_who_removes_leftovers_is_taken_for_no_lab(folder: Path) -> None:
    """It keeps labs away for a moment; nobody must end its process for that."""
    with lab_folder.vacant(folder) as is_vacant:
        assert is_vacant
        assert not FolderLock(folder).take()
        assert lab_folder.holder(folder) is None
    assert FolderLock(folder).take()


@pytest.mark.parametrize(
    ("asked", "allow", "kind"),
    [(engine.SIMULATED, None, engine.DOCKER), (engine.DOCKER, (), engine.DOCKER)],
)
def test_the_lab_of_another_who_began_at_once_must_be_as_asked(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    allow: tuple[str, ...] | None,
    kind: str,
) -> None:
    """The kind and what is allowed are asked for: another lab is refused, and named."""
    launching(monkeypatch, kind, "devices")
    with pytest.raises(LabError, match=r"real ones on .* Docker Engine \(allowed: devices\)"):
        served_lab.find_or_launch(folder, folder, containers=asked, allow=allow)


def test_the_lab_of_another_will_do_for_who_asked_for_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two kernels that say nothing of containers share what comes first."""
    launching(monkeypatch, engine.DOCKER, "devices")
    lab, _ = served_lab.find_or_launch(folder, folder)
    assert lab.record.containers == engine.DOCKER


class PlayedContainers:
    """Of a lab: it was closed so many times."""

    closed = 0

    def __init__(self, *_: object, **__: object) -> None: ...

    def close(self) -> None:
        type(self).closed += 1


@pytest.fixture
def real(played: PlayedEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalEcs]:
    monkeypatch.setattr(docker_containers, "DockerContainers", PlayedContainers)
    monkeypatch.setattr(PlayedContainers, "closed", 0)
    local = LocalEcs(on_engine="played")
    local.install()
    yield local
    local.stop()


def test_a_reset_without_an_engine_leaves_the_lab_as_it_is(
    real: LocalEcs, played: PlayedEngine
) -> None:
    """Half emptied it would go on with simulated containers; it can be reset later."""
    hosts = real.hosts
    played.answers = False
    with pytest.raises(LabError, match="No Docker Engine answers"):
        real.reset()
    assert (real.hosts is hosts, PlayedContainers.closed) == (True, 0)
    played.answers = True
    real.reset()
    assert (real.hosts is hosts, PlayedContainers.closed) == (False, 1)


def test_a_real_lab_never_simulates(real: LocalEcs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an engine went away in the midst of a reset, an instance has no containers."""
    monkeypatch.setattr(real, "_containers", None)
    with pytest.raises(LabError, match="has no Docker Engine"):
        real._runtime_for(None, None)  # type: ignore[arg-type]
