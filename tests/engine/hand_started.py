"""A Docker Engine of the tests' own, for a Debian machine where none answers.

Packages are installed if they are missing; the engine lives in a folder, listens on a
socket there, and is ended by its process id.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

PACKAGES = ["docker.io", "iptables", "mmdebstrap", "zstd"]
PROGRAMS = ["dockerd", "iptables", "mmdebstrap", "zstd"]
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
        install_packages()
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
        self._wait(lambda: (self.folder / "docker.sock").exists() and self._answers())

    def stop(self) -> None:
        """SIGTERM, and wait until it has ended all it started."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def _answers(self) -> bool:
        return answers(self.url)

    def _wait(self, condition, seconds=30) -> None:
        for _ in range(seconds * 10):
            if condition():
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])

    def remove(self) -> None:
        """Stop and leave nothing on the disk."""
        self.stop()
        data = self.folder / "data"
        subprocess.run(["umount", data], check=False, capture_output=True)
        shutil.rmtree(self.folder)


def answers(url: str | None) -> bool:
    """Whether an engine answers at an address, or at that of the docker command."""
    from ecs_tutorial.data_plane.docker_engine import connect
    from ecs_tutorial.lab_error import LabError

    try:
        connect(url).close()
    except LabError:
        return False
    return True


def install_packages() -> None:
    if all(map(shutil.which, PROGRAMS)):
        return
    subprocess.run([*APT, "update"], check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        [*APT, "install", "-y", "--no-install-recommends", *PACKAGES],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
    )
