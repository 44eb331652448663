"""A newcomer who copies README's first line into a terminal and looks at what opens.

It knows README, the browser that a line opens, and Jupyter's own API; nothing of the
library. What it starts it ends.
"""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import websocket
from readme_commands import ROOT, command

SET_UP_PATIENCE = 900.0
STOP_PATIENCE = 60.0
CELL_PATIENCE = 180.0


def copy_of_the_tree(to: Path) -> Path:
    """What a clone would hold, uncommitted work included."""
    listed = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def recording_browser(folder: Path) -> tuple[Path, Path]:
    """A program that stands for the learner's browser, and the file that says what it was shown."""
    program, shown = folder / "browser", folder / "shown"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{shown}"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program, shown


class JupyterLab:
    """The JupyterLab that the line opened, by its address and token."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self.base = f"{parts.scheme}://{parts.netloc}"
        self.token = parse_qs(parts.query)["token"][0]

    def api(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """What Jupyter's REST API answers."""
        request = Request(
            f"{self.base}/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
            method=method,
        )
        with urlopen(request, timeout=30) as response:
            content = response.read()
        return json.loads(content) if content else None

    def run(self, notebook: str) -> Iterator[dict[str, Any]]:
        """Run a notebook's code cells in a kernel of this server; what each sent, one by one."""
        cells = self.api(f"contents/{notebook}")["content"]["cells"]
        session = {"path": notebook, "name": notebook, "type": "notebook"}
        started = self.api("sessions", session | {"kernel": {"name": "python3"}})
        try:
            with self._channels(f"api/kernels/{started['kernel']['id']}/channels") as channels:
                for cell in cells:
                    if cell["cell_type"] == "code":
                        yield _execute(channels, "".join(cell["source"]))
        finally:
            self.api(f"sessions/{started['id']}", method="DELETE")

    def kernel_of(self, notebook: str) -> str:
        """The id of the kernel that a notebook has open."""
        (found,) = (s["kernel"]["id"] for s in self.api("sessions") if s["path"] == notebook)
        return str(found)

    def shut_down(self, notebook: str) -> None:
        """End the kernel of a notebook, if it has one."""
        for session in self.api("sessions"):
            if session["path"] == notebook:
                self.api(f"sessions/{session['id']}", method="DELETE")

    def ask(self, kernel: str, code: str) -> str:
        """What a piece of code shows in a running kernel."""
        with self._channels(f"api/kernels/{kernel}/channels") as channels:
            told = _execute(channels, code)
        assert told["error"] is None, told["error"]
        return str(told["text"])

    def type_in_a_terminal(self, line: str, until: str) -> str:
        """What a terminal of JupyterLab shows after a line, up to what the pattern matches."""
        name = self.api("terminals", {})["name"]
        shown = ""
        with self._channels(f"terminals/websocket/{name}") as terminal:
            terminal.send(json.dumps(["stdin", f"{line}\r"]))
            while not re.search(until, shown):
                kind, *words = json.loads(terminal.recv())
                shown += "".join(words) if kind == "stdout" else ""
        self.api(f"terminals/{name}", method="DELETE")
        return shown

    @contextmanager
    def _channels(self, path: str) -> Iterator[websocket.WebSocket]:
        address = f"{self.base.replace('http', 'ws', 1)}/{path}"
        header = {"Authorization": f"token {self.token}"}
        channels = websocket.create_connection(address, timeout=CELL_PATIENCE, header=header)
        try:
            yield channels
        finally:
            channels.close()


def _execute(channels: websocket.WebSocket, code: str) -> dict[str, Any]:
    """Run one cell: its source, what it showed, and its error if it ended in one."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "learner"}
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    request = {"header": {**header, "username": "", "version": "5.3"}, "parent_header": {}}
    channels.send(json.dumps({**request, "metadata": {}, "content": content, "channel": "shell"}))
    told: dict[str, Any] = {"source": code, "text": "", "html": "", "error": None}
    while True:
        message = json.loads(channels.recv())
        if message["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        kind, content = message["msg_type"], message["content"]
        told["text"] += content.get("text", "") + content.get("data", {}).get("text/plain", "")
        told["html"] += content.get("data", {}).get("text/html", "")
        if kind == "error":
            told["error"] = f"{content['ename']}: {content['evalue']}"
        if kind == "status" and content["execution_state"] == "idle":
            return told


class Learner:
    """README's first line, running in a fresh copy of the tree."""

    def __init__(self, tool: str, folder: Path, programs: Path | None = None) -> None:
        self.tree = copy_of_the_tree(folder / "ecs-tutorial")
        self.state = folder / "state"
        self.log = folder / "terminal.log"
        browser, self._shown = recording_browser(folder)
        surroundings = {
            "BROWSER": f"{browser} %s",
            "ECS_TUTORIAL_HOME": str(self.state),
            # Nobody's theme, nobody's open tabs.
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        }
        path = os.pathsep.join([*([str(programs)] if programs else []), os.environ["PATH"]])
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", command(tool, "lab")],
                cwd=self.tree,
                env={**_without_this_environment(), **surroundings, "PATH": path},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def jupyterlab(self) -> JupyterLab:
        """Wait until the line has opened the browser, and follow it there."""
        end = time.monotonic() + SET_UP_PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if self._shown.exists() and (shown := self._shown.read_text(encoding="utf-8")):
                return JupyterLab(_redirected(shown))
            time.sleep(0.2)
        raise AssertionError(f"no browser was opened:\n{self.words()[-2000:]}")

    def words(self) -> str:
        """What stands in the terminal."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def press_ctrl_c(self) -> int:
        """End it as the terminal does, all its programs at once; returns the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(STOP_PATIENCE)

    def end(self) -> None:
        """Leave nothing running, however it went."""
        try:
            self.press_ctrl_c()
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _without_this_environment() -> dict[str, str]:
    """This process's variables but for those of its own virtual environment, and its shell.

    Without ``SHELL`` a terminal is the system's own shell, whose start-up files set ``PATH`` anew.
    """
    ours = ("VIRTUAL_ENV", "PYTEST_", "PYTHONPATH", "ECS_TUTORIAL_", "COVERAGE_", "SHELL")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _redirected(shown: str) -> str:
    """Jupyter shows the browser a file of its own, which leads on to the address with the token."""
    page = Path(urlsplit(shown).path).read_text(encoding="utf-8")
    (address,) = set(re.findall(r'href="(http[^"]+)"', page))
    return address.replace("&amp;", "&")
