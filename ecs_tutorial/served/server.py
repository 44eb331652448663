"""The served lab: one process on loopback that outlives kernels.

``python -m ecs_tutorial.served.server`` wires a local ECS, moto's dispatcher, the admin
pages and the door, and leaves its address in the lab's folder. It reads no AWS
setting of its surroundings and listens on 127.0.0.1 alone.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecs_tutorial import access_key, engine, fence, garbage, service_models
from ecs_tutorial.allowances import ALLOWANCES
from ecs_tutorial.chapters import Chapter, Chapters
from ecs_tutorial.engine import DOCKER, SIMULATED
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.page import look
from ecs_tutorial.served import comeback, lab_folder

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from werkzeug.serving import BaseWSGIServer

    from ecs_tutorial.access_key import AccessKey
    from ecs_tutorial.lab import LocalEcs
    from ecs_tutorial.served.comeback import Begun
    from ecs_tutorial.served.journal import SqliteJournal

ANOTHER_LAB = 3
"""Exit code: a lab lives in this folder already."""
NO_PORT = 4
"""Exit code: none of the ports asked for is free."""
IN_WORDS = 5
"""Exit code: the last line of the log says in a sentence why there is no lab."""
SPEED = 10.0
"""Lab seconds in one second: an instance boots in a few, a service is stable in two.

Real containers live in the machine's time; with them it is always 1.
"""


class RunningLab:
    """A local ECS whose time runs, as a keeper wants it."""

    def __init__(
        self, local: LocalEcs, chapters: Chapters, speed: float, journal: SqliteJournal | None
    ) -> None:
        self.local = local
        self.chapters = chapters
        self._speed = speed
        self._journal = journal

    def counts(self) -> dict[str, int]:
        return asdict(self.local.contents())

    def rebuild(self, chapter: Chapter) -> None:
        from ecs_tutorial.fast_forward import fast_forward

        self.remember("building", chapter)
        try:
            self.local.reset()
            fast_forward(self.local, chapter, self.chapters)
            if not self.local.clock.speed:
                self.local.run_in_wall_time(self._speed)
        finally:
            self.remember("building", None)

    def remember(self, key: str, value: Any) -> None:
        if self._journal:
            with self.local.lock:
                self._journal.remember(key, value)

    def snapshot(self, file: str) -> None:
        """The journal as it is now, in another file."""
        if self._journal is None:
            raise LabError(comeback.REAL)
        with self.local.lock:
            self._journal.copy_to(Path(file))

    def browse(self, public_ip: str, port: int) -> dict[str, Any]:
        return look(self.local.addresses, public_ip, port)


def free_port(wanted: Sequence[int]) -> int | None:
    """The first of these ports that is free; 0 stands for any."""
    for port in wanted:
        try:
            with socket.create_server(("127.0.0.1", port)) as listener:
                return int(listener.getsockname()[1])
        except OSError:
            continue
    return None


def version() -> str:
    return metadata.version("ecs-tutorial")


def serve(
    folder: Path,
    chapters: Chapters,
    port: int,
    *,
    speed: float,
    containers: str,
    allow: Sequence[str],
) -> None:
    """Run the lab until it is asked to stop."""
    service_models.read_once()
    with garbage.not_searched():
        from werkzeug.serving import make_server

        from ecs_tutorial.lab import LocalEcs
        from ecs_tutorial.served.dispatcher import Dispatcher

    real = containers == DOCKER
    key = access_key.of(folder)
    name = lab_folder.name_on_engine(folder) if real else None
    local = LocalEcs(on_engine=name, allow=allow, secret=key.secret)
    local.install()
    aws = Dispatcher()
    begun = comeback.begin_real(folder) if real else comeback.begin(folder, local, aws)
    if not real:
        local.run_in_wall_time(speed)
    server = make_server("127.0.0.1", port, _nothing, threaded=True, request_handler=_handler())
    lab = RunningLab(local, chapters, speed, begun.journal)
    record = lab_folder.LabRecord(os.getpid(), port, version(), containers, tuple(allow))
    asked = threading.Event()
    about = _about(record, local)
    server.app = _application(aws, lab, begun, about, stop=_stopper(server, asked), key=key)
    _stop_on_sigterm(server)
    lab_folder.write_record(folder, record)
    try:
        server.serve_forever()
    finally:
        local.stop()
        begun.close(forget=asked.is_set())
        if asked.is_set():
            lab_folder.write_record(folder, replace(record, stopped=True))


def _about(record: lab_folder.LabRecord, local: LocalEcs) -> dict[str, Any]:
    return {
        "pid": record.pid,
        "version": record.version,
        "speed": local.clock.speed,
        "containers": record.containers,
        "allow": list(record.allow),
    }


def _stopper(server: BaseWSGIServer, asked: threading.Event) -> Callable[[], None]:
    def stop() -> None:
        asked.set()
        threading.Thread(target=server.shutdown).start()

    return stop


def _application(
    aws: WSGIApplication,
    lab: RunningLab,
    begun: Begun,
    about: dict[str, Any],
    *,
    stop: Callable[[], None],
    key: AccessKey,
) -> Any:
    from ecs_tutorial.served.admin import Admin
    from ecs_tutorial.served.door import Door, Unpacked
    from ecs_tutorial.served.keeper import Keeper
    from ecs_tutorial.served.signatures import SignedOnly, admits

    keeper = Keeper(
        lab,
        lab.chapters,
        begun=begun.words,
        before=begun.remembered("keeper") or ({} if begun.came_back else None),
        remember=partial(lab.remember, "keeper"),
    )
    secrets = {access_key.ID: key.secret}
    signed = SignedOnly(Unpacked(aws), lambda name: secrets.get(name) or lab.local.secret_of(name))
    inside = Admin(
        signed,
        keeper,
        about=about,
        browse=lab.browse,
        allows=partial(admits, key),
        memory=lab.local.memory,
        stop=stop,
        snapshot=lab.snapshot,
    )
    return Door(inside)


def _nothing(environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []


def _handler() -> Any:
    from moto.moto_server.werkzeug_app import MotoRequestHandler

    return MotoRequestHandler


def _stop_on_sigterm(server: BaseWSGIServer) -> None:
    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    os.umask(0o077)  # whatever is written in this process is its user's alone
    lock = lab_folder.FolderLock(options.folder)
    if not lock.take():
        return ANOTHER_LAB
    port = free_port(options.port)
    if port is None:
        return NO_PORT
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    fence.close(None, options.folder)
    os.environ[engine.OF_LAB] = options.containers
    try:
        serve(
            options.folder,
            Chapters(options.notebooks),
            port,
            speed=options.speed,
            containers=options.containers,
            allow=options.allow,
        )
    except LabError as error:
        print(error, file=sys.stderr)
        return IN_WORDS
    finally:
        lock.release()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ecs_tutorial.served.server", description=__doc__
    )
    parser.add_argument("--folder", type=Path, required=True, help="where lab.json goes")
    parser.add_argument("--notebooks", type=Path, required=True, help="the chapters' folder")
    parser.add_argument("--port", type=int, nargs="+", default=[0], help="to be tried in order")
    parser.add_argument("--speed", type=float, default=SPEED, help="lab seconds in a second")
    parser.add_argument("--containers", choices=[SIMULATED, DOCKER], default=SIMULATED)
    parser.add_argument("--allow", choices=list(ALLOWANCES), nargs="*", default=[])
    return parser


if __name__ == "__main__":
    sys.exit(main())
