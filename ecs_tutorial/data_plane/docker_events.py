"""What containers do by themselves, as an engine tells of it.

A thread reads the engine's stream of events and hands on what an agent must know. When
the stream ends, as it silently does with the engine, it is opened again where it stopped,
and the containers are looked over, as an engine that restarts forgets its past events.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from docker import APIClient
from docker.types import CancellableStream

from ecs_tutorial.data_plane.docker_faults import EngineError, is_gone
from ecs_tutorial.engine import LAB_LABEL

INSTANCE_LABEL = "ecs-tutorial.instance"
_RETRY_SECONDS = 0.25
EVENTS = ["die", "destroy", "health_status", "pause", "unpause"]
Kind = Literal["ended", "gone", "healthy", "unhealthy", "paused", "resumed", "looked over"]
_PAUSES: Mapping[str, Kind] = {"pause": "paused", "unpause": "resumed"}


@dataclass(frozen=True)
class ContainerEvent:
    """One thing that happened to a container of the lab.

    ``looked over`` is about none: the stream was cut, and what an instance has is ``present``.
    """

    kind: Kind
    runtime_id: str = ""
    instance_id: str = ""
    exit_code: int | None = None
    oom_killed: bool = False
    present: frozenset[str] = frozenset()


class ContainerEvents:
    """The events of one lab's containers; ``hear`` is called in a thread of its own."""

    def __init__(
        self, client: APIClient, lab_id: str, hear: Callable[[ContainerEvent], None]
    ) -> None:
        self._client = client
        self._filters = {"type": "container", "label": f"{LAB_LABEL}={lab_id}"}
        self._hear = hear
        self._closed = threading.Event()
        self._since: str | None = None
        self._seen: set[tuple[str, str]] = set()
        self._stream: CancellableStream = self._open()
        self._thread = threading.Thread(target=self._listen, name="docker events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the stream and wait for the thread."""
        self._closed.set()
        self._stream.close()
        self._thread.join()
        self._client.close()

    def _open(self) -> CancellableStream:
        filters = {**self._filters, "event": EVENTS}
        return self._client.events(since=self._since, filters=filters, decode=True)

    def _listen(self) -> None:
        while not self._closed.is_set():
            self._read()
            while not self._closed.wait(_RETRY_SECONDS) and not self._reconnect():
                pass

    def _read(self) -> None:
        """Hear events until the stream ends or breaks."""
        try:
            for message in self._stream:
                if self._is_new(message):
                    for event in self._events_of(message):
                        self._hear(event)
        except (*EngineError, ValueError):
            return

    def _reconnect(self) -> bool:
        """Open the stream again, then look: what happens while looking comes by the stream."""
        try:
            self._stream = self._open()
            self._look_over()
        except EngineError:
            return False
        if self._closed.is_set():
            self._stream.close()
        return True

    def _is_new(self, message: Mapping[str, Any]) -> bool:
        """``since`` includes its own moment, so its events come again."""
        seconds, nanoseconds = divmod(message["timeNano"], 1_000_000_000)
        moment = f"{seconds}.{nanoseconds:09d}"
        known = (message["id"], message["Action"])
        if moment != self._since:
            self._since, self._seen = moment, set()
        elif known in self._seen:
            return False
        self._seen.add(known)
        return True

    def _events_of(self, message: Mapping[str, Any]) -> Iterator[ContainerEvent]:
        runtime_id, action = message["id"], message["Action"]
        instance_id = message["Actor"]["Attributes"].get(INSTANCE_LABEL, "")
        if action == "die":
            code = int(message["Actor"]["Attributes"].get("exitCode", 0))
            yield self._end(runtime_id, instance_id, code)
        elif action == "destroy":
            yield ContainerEvent("gone", runtime_id, instance_id)
        elif action in _PAUSES:
            yield ContainerEvent(_PAUSES[action], runtime_id, instance_id)
        elif action.startswith("health_status: "):
            yield from _health(runtime_id, instance_id, action.removeprefix("health_status: "))

    def _end(self, runtime_id: str, instance_id: str, exit_code: int) -> ContainerEvent:
        """An end, with what only the engine's record of it tells: whether memory ran out."""
        try:
            state = self._client.inspect_container(runtime_id)["State"]
        except EngineError:
            state = {}
        return ContainerEvent(
            "ended", runtime_id, instance_id, exit_code, bool(state.get("OOMKilled"))
        )

    def _look_over(self) -> None:
        listed = self._client.containers(all=True, filters={"label": self._filters["label"]})
        for entry in listed:
            for event in self._state_of(entry):
                self._hear(event)
        present = frozenset(entry["Id"] for entry in listed)
        self._hear(ContainerEvent("looked over", present=present))

    def _state_of(self, entry: Mapping[str, Any]) -> Iterator[ContainerEvent]:
        runtime_id, instance_id = entry["Id"], entry["Labels"].get(INSTANCE_LABEL, "")
        try:
            state = self._client.inspect_container(runtime_id)["State"]
        except EngineError as error:
            if not is_gone(error):
                raise
            return
        if state["Status"] in ("exited", "dead"):
            yield ContainerEvent(
                "ended", runtime_id, instance_id, state["ExitCode"], state["OOMKilled"]
            )
        elif state["Status"] in ("running", "paused"):
            kind: Kind = "paused" if state["Status"] == "paused" else "resumed"
            yield ContainerEvent(kind, runtime_id, instance_id)
            yield from _health(runtime_id, instance_id, state.get("Health", {}).get("Status"))


def _health(runtime_id: str, instance_id: str, health: str | None) -> Iterator[ContainerEvent]:
    if health == "healthy":
        yield ContainerEvent("healthy", runtime_id, instance_id)
    elif health == "unhealthy":
        yield ContainerEvent("unhealthy", runtime_id, instance_id)
