"""The Docker Engine behind a lab: one connection, its worker threads, its events.

Calls to an engine take time, the planes never wait: work goes to a thread, and what comes
of it is handed back. It knows instances only as those who listen for their containers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from ecs_tutorial.data_plane.docker_calls import InstanceCalls
from ecs_tutorial.data_plane.docker_events import ContainerEvent, ContainerEvents
from ecs_tutorial.data_plane.docker_faults import EngineError, fault_of
from ecs_tutorial.data_plane.docker_pull import PullProgress, pull
from ecs_tutorial.data_plane.runtime import Fault, RuntimeFault
from ecs_tutorial.engine import CONNECTIONS, LAB_LABEL, connect, facts, remove_marked
from ecs_tutorial.lab_error import LabError

Result = TypeVar("Result")
HandBack = Callable[[Callable[[], None]], None]
Pulled = Callable[[str | RuntimeFault], None]

WORKERS = CONNECTIONS
PULL_WORKERS = 4


class DockerEngine:
    """One lab's way to an engine.

    Args:
        lab_id: marks what belongs to the lab; the same after the lab's process died.
        hand_back: puts something on the lab's agenda, from any thread, under its lock.
    """

    def __init__(self, lab_id: str, hand_back: HandBack, base_url: str | None = None) -> None:
        self.lab_id = lab_id
        self.client = connect(base_url)
        self.facts = facts(self.client)
        self.progress: dict[str, PullProgress] = {}
        """The pulls that are under way, by image."""
        self.longest_stop = math.inf
        """Seconds after which a container is killed, whatever longer time it may stop in."""
        self._hand_back = hand_back
        self._is_open = True
        self._pulls: dict[str, list[Pulled]] = {}
        self._listeners: dict[str, Callable[[ContainerEvent], None]] = {}
        self._workers = ThreadPoolExecutor(WORKERS, "docker engine")
        self._pullers = ThreadPoolExecutor(PULL_WORKERS, "docker pull")
        self._events = ContainerEvents(
            connect(base_url), lab_id, lambda event: hand_back(partial(self._hear, event))
        )

    def calls(self, instance_id: str) -> InstanceCalls:
        return InstanceCalls(self.client, self.lab_id, instance_id)

    def listen(self, instance_id: str, hear: Callable[[ContainerEvent], None]) -> None:
        """Let ``hear`` have the events of an instance's containers."""
        self._listeners[instance_id] = hear

    def submit(
        self, step: Fault, work: Callable[[], Result], done: Callable[[Result | RuntimeFault], None]
    ) -> None:
        """Have ``work`` done; ``done`` gets what it returns, or the fault of this step."""
        if self._is_open:
            self._workers.submit(self._do, step, work, done)

    def pull(self, image: str, done: Pulled) -> None:
        """Pull an image; two who want the same one at one time share the pull."""
        self._pulls.setdefault(image, []).append(done)
        if len(self._pulls[image]) > 1 or not self._is_open:
            return
        progress = self.progress[image] = PullProgress()
        work = partial(pull, self.client, image, progress)
        self._pullers.submit(
            self._do, "CannotPullContainerError", work, partial(self._pulled, image)
        )

    def remove_leftovers(self) -> int:
        """Remove what a lab of this id has left behind; how many containers it were. Waits."""
        return remove_marked(self.client, [f"{LAB_LABEL}={self.lab_id}"])

    def close(self) -> None:
        """End all work and leave nothing of the lab behind.

        Waits for the threads, which hand back under the lab's lock: not to be held here.
        """
        self._is_open = False
        self._events.close()
        self._workers.shutdown(cancel_futures=True)
        self._pullers.shutdown(wait=False, cancel_futures=True)
        try:
            self.remove_leftovers()
        except EngineError as error:
            raise LabError(
                f"The engine no longer answers, containers may be left: {error}"
            ) from error
        finally:
            self.client.close()

    def _do(
        self, step: Fault, work: Callable[[], Result], done: Callable[[Result | RuntimeFault], None]
    ) -> None:
        result: Result | RuntimeFault
        try:
            result = work()
        except EngineError as error:
            result = fault_of(error, step)
        self._hand_back(partial(done, result))

    def _pulled(self, image: str, result: str | RuntimeFault) -> None:
        self.progress.pop(image, None)
        for done in self._pulls.pop(image, []):
            done(result)

    def _hear(self, event: ContainerEvent) -> None:
        """An event to its instance; one that is about none to all."""
        if event.instance_id:
            listeners = [self._listeners.get(event.instance_id)]
        else:
            listeners = list(self._listeners.values())
        for hear in listeners:
            if hear:
                hear(event)
