"""The doctor says what works and what to do about what does not, and touches nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from ecs_tutorial import doctor, engine
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder


@pytest.fixture(autouse=True)
def _lab_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab folder of the test's own."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "state"))


def test_this_machine_can_run_the_tutorial(tmp_path: Path) -> None:
    """Where the tests pass the doctor finds no problem, and looks at everything."""
    findings = doctor.report({}, tmp_path)
    assert [finding for finding in findings if finding.state == "problem"] == []
    assert [finding.subject for finding in findings] == [
        "Python",
        "Packages",
        "Ports",
        "Lab folder",
        "Docker Engine",
        "AWS settings",
    ]


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 10, 14), "problem"), ((3, 11, 0), "works"), ((3, 14, 1), "works"), ((2, 7), "problem")],
)
def test_an_old_python_is_a_problem(version: tuple[int, ...], state: str) -> None:
    """3.11 is the oldest that will do."""
    finding = doctor.python(version)
    assert finding.state == state
    assert ("needs 3.11" in finding.text) is (state == "problem")


@pytest.mark.parametrize(
    ("installed", "said"),
    [
        ("5.2.4", "5.2.4 is installed"),
        ("5.3.0", "5.3.0 is installed"),
        ("4.0", "4.0 is installed"),
        (None, "it is missing"),
    ],
)
def test_moto_outside_its_pin_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, installed: str | None, said: str
) -> None:
    """The seams in moto are tried with some versions only; others are said with the remedy."""
    real = metadata.version

    def version(name: str) -> str:
        if name != "moto":
            return real(name)
        if installed is None:
            raise metadata.PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(metadata, "version", version)
    (finding,) = doctor.packages()
    assert (finding.state, said in finding.text) == ("problem", True)
    assert 'python -m pip install "moto<5.3,>=5.2.5"' in finding.text


def test_extras_are_not_asked_for() -> None:
    """A learner needs nothing of what only the tests need."""
    assert doctor.package('nothing-of-that-name>=1; extra == "test"') is None
    assert doctor.package("nothing-of-that-name>=1") is not None


def test_a_package_that_was_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run from the clone's files alone, the doctor says how to install it."""

    def requires(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    (finding,) = doctor.packages()
    assert "pip install -e ." in finding.text


def test_no_port_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that lets nothing listen on loopback cannot run a lab."""

    def create_server(address: tuple[str, int]) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.socket, "create_server", create_server)
    assert doctor.port().state == "problem"
    assert "Permission denied" in doctor.port().text


def test_a_folder_that_cannot_be_written_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lab must have somewhere to live; a damaged address is only a note."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path))
    assert doctor.folder().text == "no lab yet."
    (tmp_path / "lab.json").write_text("{")
    assert doctor.folder().state == "note"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "file"))
    assert doctor.folder().state == "problem"


def test_the_doctor_tells_a_lab_that_runs_from_one_that_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab holds its lock as long as it lives; the address that it left tells nothing of that."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path))
    lab_folder.write_record(tmp_path, lab_folder.LabRecord(os.getpid(), 1, "0.1.0"))
    lock = lab_folder.FolderLock(tmp_path)
    assert lock.take()
    assert doctor.folder().text == "a lab runs."
    (tmp_path / "lab.json").write_text("{")
    assert "`ecs-tutorial stop` ends it" in doctor.folder().text
    lock.release()
    assert doctor.folder().text.endswith("the next start replaces it.")
    lab_folder.write_record(tmp_path, lab_folder.LabRecord(os.getpid(), 1, "0.1.0"))
    assert doctor.folder().text == "no lab runs now."


def docker_program(monkeypatch: pytest.MonkeyPatch, *, answers: bool) -> None:
    """A docker program, with or without an engine behind it."""

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if not answers:
            raise subprocess.TimeoutExpired(command, 10)
        return subprocess.CompletedProcess(command, 0, "25.0.5\n", "")

    monkeypatch.setattr(engine.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(engine.subprocess, "run", run)


def test_an_engine_is_named_with_how_to_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has, and the call that starts real containers on it."""
    docker_program(monkeypatch, answers=True)
    facts = engine.EngineFacts("laptop", "25.0.5", 8192, 4)
    monkeypatch.setattr(engine, "usable", lambda: facts)
    finding = doctor.docker_engine()
    assert finding.state == "works"
    assert finding.text.startswith("25.0.5, 8192 MiB, 4 CPUs.")
    assert 'containers="docker"' in finding.text


def test_an_engine_that_is_no_use_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """Podman, for one: said in the words that a start would say."""
    docker_program(monkeypatch, answers=True)

    def usable() -> None:
        raise LabError("Podman answers in place of Docker.")

    monkeypatch.setattr(engine, "usable", usable)
    assert doctor.docker_engine().state == "note"
    assert "Podman answers" in doctor.docker_engine().text


def test_an_engine_that_does_not_answer_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker is never a problem: it is not needed."""
    docker_program(monkeypatch, answers=False)
    assert doctor.docker_engine().state == "note"
    assert "installed and does not answer; not needed" in doctor.docker_engine().text


def test_no_docker_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Docker the tutorial runs, and the doctor says what differs."""
    monkeypatch.setattr(engine.shutil, "which", lambda name: None)
    assert doctor.docker_engine().state == "note"
    assert "not needed" in doctor.docker_engine().text


def test_ambient_aws_settings_are_named_not_shown(tmp_path: Path) -> None:
    """The doctor names what belongs to a real account and prints none of its values."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\n")
    environ = {"AWS_PROFILE": "secret-project", "AWS_ENDPOINT_URL_ECS": "https://x.example"}
    finding = doctor.ambient_settings(environ, tmp_path)
    assert finding.state == "note"
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL_ECS", "~/.aws/credentials"):
        assert name in finding.text
    assert "secret-project" not in finding.text
    assert doctor.ambient_settings({}, tmp_path / "none").state == "works"


def test_the_doctor_needs_neither_moto_nor_boto3() -> None:
    """It also works where they are missing or broken, which is when it is needed."""
    program = (
        "import sys\n"
        "from ecs_tutorial.doctor import report\n"
        "report()\n"
        "print(sorted({'moto', 'boto3', 'botocore'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
