"""JupyterLab with the lab beside it, from this environment, on a copy of the notebooks."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.error import URLError

import nbformat
from learner import STOP_PATIENCE, JupyterLab
from readme_commands import ROOT

from ecs_tutorial.served.server import free_port

PATIENCE = 60.0
SPEED = 40
"""Lab seconds in one second: a learner's ten let the tests wait for nothing but the clock."""
WHOLE_NOTEBOOKS = '{"windowingMode": "none"}'
"""What is scrolled out of sight stays on the page, where it can be looked at."""
PYTHON = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class OpenLab:
    """`ecs-tutorial lab` in a folder of its own; ``end`` it."""

    def __init__(self, folder: Path) -> None:
        self.notebooks = folder / "notebooks"
        shutil.copytree(ROOT / "notebooks", self.notebooks)
        port, token = free_port([0]), secrets.token_hex(8)
        whole = folder / "settings" / "@jupyterlab" / "notebook-extension"
        whole.mkdir(parents=True)
        (whole / "tracker.jupyterlab-settings").write_text(WHOLE_NOTEBOOKS, encoding="utf-8")
        own = {
            "ECS_TUTORIAL_HOME": str(folder / "state"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        }
        command = [sys.executable, "-m", "ecs_tutorial", "lab", "--no-browser", "--port", str(port)]
        command += ["--speed", str(SPEED)]
        with (folder / "lab.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--", f"--ServerApp.token={token}"],
                cwd=self.notebooks,
                env=os.environ | own,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.jupyter = JupyterLab(f"http://127.0.0.1:{port}/lab?token={token}")
        self._until_it_answers()

    def _until_it_answers(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self.jupyter.api("status")
            except URLError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError("JupyterLab does not answer")

    def notebook(self, name: str, cells: Sequence[str]) -> str:
        """Write a notebook of these code cells; gives the address at which it opens."""
        made = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(cells)]
        about = {"kernelspec": PYTHON, "language_info": {"name": "python"}}
        node = nbformat.v4.new_notebook(cells=made, metadata=about)
        nbformat.write(node, self.notebooks / name)
        return self.address(name)

    def address(self, name: str) -> str:
        return f"{self.jupyter.base}/lab/tree/{name}?token={self.jupyter.token}&reset"

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(STOP_PATIENCE)
