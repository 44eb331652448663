"""A Docker Engine of the tests' own, for a Debian machine where none answers.

Packages are installed if they are missing; the engine lives in a folder, listens on a
socket there, and is ended by its process id. ``.ci/run`` uses it as a program:

    python tests/engine/hand_started.py install
    python tests/engine/hand_started.py up FOLDER
    python tests/engine/hand_started.py down FOLDER
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ENGINE = {
    "dockerd": "docker.io",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "zstd": "zstd",
}
"""What an engine and its images need: the package that has each program."""
COMPOSE = {"docker-compose": "docker-compose"}
"""What the benchmark needs."""
APART = ("unshare", "--net", "sh", "-c", 'ip link set lo up; exec "$0" "$@"')
"""In a network of its own, from which nothing but itself is reached."""
APT = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]


class HandStartedEngine:
    """An engine with all that it has in ``folder``.

    Beside another engine it must run ``APART``: two in one network undo each other's bridge
    and port rules.
    """

    def __init__(self, folder: Path, *within: str) -> None:
        self.folder = folder
        self.within = within
        self.url = f"unix://{folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        install(ENGINE)
        options = ["--data-root", self.folder / "data", "--exec-root", self.folder / "exec"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self.within,
                    "dockerd",
                    *options,
                    "-H",
                    self.url,
                    "--pidfile",
                    self.folder / "pid",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait(self._answers)

    def stop(self) -> None:
        """SIGTERM, and wait until it has ended all it started."""
        pid = self.folder / "pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)
            self._wait(lambda: not pid.exists(), 60)
        if self._process:
            self._process.wait(60)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(str(self.folder / "docker.sock"))
                line.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b" 200 " in line.recv(64)
            except OSError:
                return False

    def _wait(self, condition, seconds=30) -> None:
        for _ in range(seconds * 10):
            if condition():
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])

    def remove(self) -> None:
        """Stop and leave nothing on the disk."""
        self.stop()
        for place in self._mounts():
            subprocess.run(["umount", place], check=True)
        shutil.rmtree(self.folder)

    def _mounts(self) -> list[str]:
        """What is still mounted in the folder, the deepest first: its data, a host's network."""
        lines = Path("/proc/self/mounts").read_text().splitlines()
        places = [line.split()[1] for line in lines]
        return [place for place in reversed(places) if place.startswith(f"{self.folder}/")]


def answers(url: str | None) -> bool:
    """Whether an engine answers at an address, or at that of the docker command."""
    from ecs_tutorial.data_plane.docker_engine import connect
    from ecs_tutorial.lab_error import LabError

    try:
        connect(url).close()
    except LabError:
        return False
    return True


def install(programs: Mapping[str, str]) -> None:
    """Install the packages of those programs that are missing."""
    missing = [package for program, package in programs.items() if not shutil.which(program)]
    if not missing:
        return
    if os.geteuid() != 0:
        sys.exit(f"Not here, and only root can install it: {', '.join(missing)}.")
    subprocess.run([*APT, "update"], check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        [*APT, "install", "-y", "--no-install-recommends", *missing],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
    )


def has_compose_plugin() -> bool:
    command = ["docker", "compose", "version"]
    return (
        bool(shutil.which("docker"))
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )


def main(verb: str, folder: str = "") -> None:
    """What ``.ci/run`` asks for; an engine that was brought up goes on without this program."""
    if verb == "install":
        install(ENGINE if has_compose_plugin() else ENGINE | COMPOSE)
    elif verb == "up":
        Path(folder).mkdir(parents=True)
        HandStartedEngine(Path(folder)).start()
    else:
        HandStartedEngine(Path(folder)).remove()


if __name__ == "__main__":
    main(*sys.argv[1:])
