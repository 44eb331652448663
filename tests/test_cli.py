"""The command ``ecs-tutorial``: its words, its exit codes, and that it ends only what it began."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import surroundings
from test_keeper import book

from ecs_tutorial import cli, jupyter
from ecs_tutorial.doctor import Finding
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder, served_lab

JUPYTERLAB = """
import json, os, sys
import boto3
names = [name for name in os.environ if name.startswith(("AWS_", "ECS_TUTORIAL"))]
print(json.dumps({
    "arguments": sys.argv[1:],
    "environment": {name: os.environ[name] for name in names},
    "clusters": boto3.client("ecs").list_clusters()["clusterArns"],
    "folder": os.path.basename(os.getcwd()),
}))
sys.exit(5)
"""
"""Stands for JupyterLab: says how it was started, asks the lab something, and ends."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lab folder of the test's own."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "state"))
    return lab_folder.state_folder()


@pytest.mark.parametrize("command", list(cli.EXAMPLES), ids=lambda command: command.__name__)
def test_every_command_has_help_and_an_example_that_parses(
    command: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--help`` shows what a command does and an example, which the parser understands."""
    name, example = command.__name__, cli.EXAMPLES[command]
    with pytest.raises(SystemExit) as end:
        cli.main([name, "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert end.value.code == 0
    assert example in printed
    assert command.__doc__ in printed
    assert cli.parser().parse_args(example.split()[1:]).run is command


@pytest.mark.parametrize("line", [[], ["fly"], ["status", "--shell", "fish"], ["lab", "--port"]])
def test_what_is_not_understood_is_exit_code_2(line: list[str]) -> None:
    """The code that argparse gives, for a wrong command as for a wrong option."""
    with pytest.raises(SystemExit) as end:
        cli.main(line)
    assert end.value.code == 2


@pytest.mark.parametrize("command", ["status", "reset"])
def test_without_a_lab_the_code_is_3(
    home: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A script can tell that no lab runs, and a person what starts one."""
    assert cli.main([command]) == cli.NO_LAB
    said = capsys.readouterr()
    assert said.err.startswith("No lab is running")
    # A shell evaluates what ``status`` writes to standard output.
    assert said.out == ""


def test_stop_without_a_lab_is_no_failure(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is to be stopped does not run: that is as it should be."""
    assert cli.main(["stop"]) == 0
    assert capsys.readouterr().out == "No lab is running.\n"


@pytest.mark.parametrize(("state", "code"), [("works", 0), ("note", 0), ("problem", 1)])
def test_the_doctor_fails_only_for_a_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: str, code: int
) -> None:
    """A note is something to know, not a failure."""
    monkeypatch.setattr("ecs_tutorial.doctor.report", lambda: [Finding("Sea", state, "calm.")])
    assert cli.main(["doctor"]) == code
    assert "Sea: calm." in capsys.readouterr().out


def test_a_lab_error_is_a_sentence_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong with the surroundings needs attention and shows no traceback."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "file"))
    assert cli.main(["status"]) == cli.NEEDS_ATTENTION
    assert "name another one in ECS_TUTORIAL_HOME" in capsys.readouterr().err


def test_help_works_where_packages_are_missing() -> None:
    """The command line imports only the standard library until a command runs."""
    program = (
        "import sys\n"
        "from ecs_tutorial import cli\n"
        "cli.parser().format_help()\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(names & {'moto', 'boto3', 'werkzeug', 'platformdirs', 'pandas'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n"


def test_lab_runs_jupyterlab_in_the_fence_and_ends_what_it_began(tmp_path: Path) -> None:
    """JupyterLab opens at the start notebook, fenced; afterwards the lab is gone again."""
    around = surroundings.make(tmp_path / "home", dict(os.environ))
    notebooks = book(make(tmp_path / "notebooks")).folder
    (tmp_path / "home" / "site" / "jupyterlab.py").write_text(JUPYTERLAB)
    environ = around.environ | {"ECS_TUTORIAL_HOME": str(tmp_path / "state")}
    line = [sys.executable, "-m", "ecs_tutorial", "lab", "--no-browser", "--", "--allow-root"]
    done = subprocess.run(
        line, env=environ, cwd=notebooks, capture_output=True, text=True, check=False
    )
    first, told, last = done.stdout.splitlines()
    seen = json.loads(told)
    assert done.returncode == 5
    assert first.startswith(f"The lab answers at {seen['environment']['AWS_ENDPOINT_URL']}.")
    assert last.startswith("The lab has stopped.")
    assert (seen["clusters"], seen["folder"]) == ([], "notebooks")
    assert "--LabApp.default_url=/lab/tree/00-start-here.ipynb" in seen["arguments"]
    assert seen["arguments"][-2:] == ["--no-browser", "--allow-root"]
    assert seen["environment"]["ECS_TUTORIAL_JUPYTER_BASE"] == "/"
    assert "AWS_PROFILE" not in seen["environment"]
    assert around.attempts() == []


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_reader_that_leaves_early_is_no_traceback() -> None:
    """``ecs-tutorial … | head -1``: what is left unread is thrown away."""
    command = [sys.executable, "-m", "ecs_tutorial", "doctor"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == cli.NEEDS_ATTENTION


def test_lab_leaves_a_lab_that_ran_before(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two commands share one lab, and the second to begin is not the one to end it."""
    notebooks = book(make(tmp_path / "notebooks")).folder
    running = served_lab.launch(home, notebooks)
    monkeypatch.chdir(notebooks)
    monkeypatch.setattr(jupyter, "_until_it_ends", lambda *_: 0)
    try:
        assert cli.main(["lab"]) == 0
        assert served_lab.find(home) == (running, None)
        assert cli.main(["status"]) == 0
        assert "containers are simulated." in capsys.readouterr().out
        assert cli.main(["reset"]) == 0
        assert "The lab is empty again. Gone: nothing yet." in capsys.readouterr().out
    finally:
        assert cli.main(["stop"]) == 0
    assert "The lab has stopped." in capsys.readouterr().out


def test_a_jupyter_port_that_is_not_free_is_said() -> None:
    """A wanted port is taken or refused; without a wish any free one will do."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        with pytest.raises(LabError, match=f"Port {taken} on 127.0.0.1 is not free"):
            jupyter.must_be_free(taken)
    assert jupyter.must_be_free(None) is None


def test_jupyterlab_listens_on_loopback_only(tmp_path: Path) -> None:
    """Neither the address nor the folder is left to the surroundings' configuration."""
    line = jupyter.command(tmp_path, 8888, browser=True)
    assert "--ServerApp.ip=127.0.0.1" in line
    assert f"--ServerApp.root_dir={tmp_path}" in line
    assert "--no-browser" not in line


def test_a_terminal_of_jupyterlab_is_no_login_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shell is named where JupyterLab would add ``-l``: that one may forget the ``aws``."""
    monkeypatch.setattr(jupyter.os, "name", "posix")
    monkeypatch.setenv("SHELL", "/bin/a shell")
    monkeypatch.setattr(jupyter.sys.stdout, "isatty", lambda: False, raising=False)
    named = "--ServerApp.terminado_settings=shell_command='/bin/a shell'"
    assert named in jupyter.command(tmp_path, 8888, browser=True)
    monkeypatch.setattr(jupyter.sys.stdout, "isatty", lambda: True, raising=False)
    assert named not in jupyter.command(tmp_path, 8888, browser=True)
