"""The log driver awslogs: what containers write, sent to CloudWatch Logs.

It stands between an agent and its runtime, as the driver stands inside an engine: a
container whose log stream cannot be made does not start. It knows a client of the service
by its methods, and nothing of what is behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from ecs_tutorial.clock import Clock
from ecs_tutorial.data_plane.api_errors import api_error
from ecs_tutorial.data_plane.runtime import (
    ContainerExit,
    ContainerRecord,
    ContainerRuntime,
    ContainerSpec,
    RuntimeFault,
)

SHIP_SECONDS = 5.0
"""How often lines are sent, as the driver's own batches (moby, daemon/logger/awslogs)."""
EVENTS_AT_ONCE = 10_000


class LogsClient(Protocol):
    """The calls of CloudWatch Logs that the driver makes, as boto3 names them."""

    def create_log_group(self, **parameters: Any) -> dict[str, Any]: ...

    def create_log_stream(self, **parameters: Any) -> dict[str, Any]: ...

    def put_log_events(self, **parameters: Any) -> dict[str, Any]: ...


@dataclass
class _Stream:
    """Where the lines of one container go, and how far its log has been read."""

    client: LogsClient
    group: str
    name: str
    runtime_id: str
    position: str = ""
    is_reading: bool = False
    is_over: bool = False


class AwsLogs:
    """A container runtime that has this log driver.

    Args:
        logs_in: a client of CloudWatch Logs in a region, with the rights of the instance.
    """

    def __init__(
        self, runtime: ContainerRuntime, clock: Clock, logs_in: Callable[[str], LogsClient]
    ) -> None:
        self.version = runtime.version
        self.on_exit: Callable[[ContainerExit], None] = lambda end: None
        self.pull = runtime.pull
        self.create = runtime.create
        self.stop = runtime.stop
        self.remove = runtime.remove
        self.containers = runtime.containers
        self.container = runtime.container
        self.usage = runtime.usage
        self.logs = runtime.logs
        self.log_after = runtime.log_after
        self._runtime = runtime
        self._clock = clock
        self._logs_in = logs_in
        self._streams: dict[str, _Stream] = {}
        runtime.on_exit = self._exited

    @property
    def on_health(self) -> Callable[[str, str], None]:
        return self._runtime.on_health

    @on_health.setter
    def on_health(self, hear: Callable[[str, str], None]) -> None:
        self._runtime.on_health = hear

    def start(
        self, runtime_id: str, done: Callable[[ContainerRecord | RuntimeFault], None]
    ) -> None:
        record = self.container(runtime_id)
        options = awslogs_options(record.spec) if record else None
        if record is None or options is None:
            return self._runtime.start(runtime_id, done)
        try:
            stream = self._open(record, options)
        except Exception as error:
            fault = RuntimeFault("CannotStartContainerError", _refusal(error))
            self._clock.call_later(0, partial(done, fault))
            return None
        self._streams[runtime_id] = stream
        self._clock.call_later(SHIP_SECONDS, partial(self._ship, stream))
        return self._runtime.start(runtime_id, done)

    def _open(self, record: ContainerRecord, options: Mapping[str, str]) -> _Stream:
        """Make the container's stream, and its group if that is asked for."""
        client = self._logs_in(options["awslogs-region"])
        group, name = options["awslogs-group"], stream_name(record, options)
        if options.get("awslogs-create-group") == "true":
            _make(client.create_log_group, logGroupName=group)
        _make(client.create_log_stream, logGroupName=group, logStreamName=name)
        return _Stream(client, group, name, record.runtime_id)

    def _exited(self, end: ContainerExit) -> None:
        self.on_exit(end)
        if stream := self._streams.get(end.runtime_id):
            self._read(stream)

    def _ship(self, stream: _Stream) -> None:
        """Send what is new, and again after a while, as long as the container is there."""
        if not stream.is_over:
            self._read(stream)
            self._clock.call_later(SHIP_SECONDS, partial(self._ship, stream))

    def _read(self, stream: _Stream) -> None:
        if stream.is_reading:
            return
        stream.is_reading = True
        record = self.container(stream.runtime_id)
        has_ended = record is None or record.state == "exited"
        self._runtime.log_after(
            stream.runtime_id, stream.position, partial(self._send, stream, has_ended)
        )

    def _send(self, stream: _Stream, has_ended: bool, lines: tuple[str, ...], at: str) -> None:
        stream.is_reading = False
        stream.position = at
        # AWS: each line has the time at which it was written; here that at which it was read.
        moment = int(self._clock.now().timestamp() * 1000)
        events = [{"timestamp": moment, "message": line} for line in lines if line]
        for first in range(0, len(events), EVENTS_AT_ONCE):
            # Lines that cannot be delivered are lost, as with the driver itself.
            with suppress(Exception):
                stream.client.put_log_events(
                    logGroupName=stream.group,
                    logStreamName=stream.name,
                    logEvents=events[first : first + EVENTS_AT_ONCE],
                )
        if has_ended:
            stream.is_over = True
            self._streams.pop(stream.runtime_id, None)


def awslogs_options(spec: ContainerSpec) -> Mapping[str, str] | None:
    """The driver's options if the container has this driver."""
    config = spec.host_config.get("LogConfig") or {}
    return (config.get("Config") or {}) if config.get("Type") == "awslogs" else None


def stream_name(record: ContainerRecord, options: Mapping[str, str]) -> str:
    """``prefix/container/task-id``; without a prefix the container's id."""
    prefix = options.get("awslogs-stream-prefix")
    labels = record.spec.labels
    name = labels.get("com.amazonaws.ecs.container-name", record.spec.name)
    task_id = labels.get("com.amazonaws.ecs.task-arn", "").rpartition("/")[2]
    return f"{prefix}/{name}/{task_id}" if prefix else record.runtime_id


def _make(call: Callable[..., dict[str, Any]], **parameters: str) -> None:
    """What is there already need not be made."""
    try:
        call(**parameters)
    except Exception as error:
        if api_error(error).code != "ResourceAlreadyExistsException":
            raise


def _refusal(error: Exception) -> str:
    # AWS: newer versions of Docker's driver add the request's id to this sentence.
    problem = api_error(error)
    return (
        "Error response from daemon: failed to initialize logging driver: failed to create "
        f"Cloudwatch log stream: {problem.code}: {problem.message}"
    )
