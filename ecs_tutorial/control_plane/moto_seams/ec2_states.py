"""The states of an EC2 instance, in the order and with the pauses of AWS.

moto starts, stops and terminates in no time: here each passes through its state on
the way, and moto's own method runs when the timer fires.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from moto.core import utils
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Instance, InstanceState, StateReason
from moto.ec2.responses.instances import InstanceResponse

from ecs_tutorial.clock import Clock, Timer
from ecs_tutorial.control_plane.moto_seams.seam import Seam

CODES = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}
# AWS: these take tens of seconds and differ from one instance to the next.
BOOT_SECONDS = 5.0
STOP_SECONDS = 10.0
CHECK_SECONDS = 60.0
"""How long after ``running`` the status checks pass."""

INITIALIZING = {
    "Details": [{"Name": "reachability", "Status": "initializing"}],
    "Status": "initializing",
}


class InstanceStates(Seam):
    """Moves instances from state to state.

    Args:
        changed: called with the instance after each timed step.
        waits: how much of its pauses an instance takes, 1 for all of them.
    """

    def __init__(
        self, clock: Clock, changed: Callable[[Instance], None], waits: float = 1.0
    ) -> None:
        super().__init__()
        self._clock = clock
        self._changed = changed
        self._waits = waits
        self._timers: WeakKeyDictionary[Instance, Timer] = WeakKeyDictionary()
        self._running_since: WeakKeyDictionary[Instance, datetime] = WeakKeyDictionary()

    def _mend(self) -> None:
        self._wrap(Instance, "__init__", self._launching)
        self._wrap(Instance, "start", self._starting)
        self._wrap(Instance, "stop", self._stopping)
        self._wrap(Instance, "terminate", self._terminating)
        self._wrap(Instance, "instance_status", self._checked)
        self._wrap(Instance, "system_status", self._checked)
        for action in ("start_instances", "stop_instances", "terminate_instances"):
            self._wrap(InstanceResponse, action, with_current_states)

    def _launching(self, init: Callable[..., None]) -> Callable[..., None]:
        def launch(instance: Instance, *args: Any, **kwargs: Any) -> None:
            init(instance, *args, **kwargs)
            self._boot(instance)

        return launch

    def _boot(self, instance: Instance) -> None:
        self._enter(instance, "pending", BOOT_SECONDS, lambda: self._run(instance))

    def _starting(self, start: Callable[[Instance], Any]) -> Callable[[Instance], InstanceState]:
        self._moto_start = start

        def pend(instance: Instance) -> InstanceState:
            previous = copy.copy(instance._state)
            if previous.name in ("pending", "running"):
                return previous
            if previous.name != "stopped":
                raise cannot(f"The instance '{instance.id}' is not", "started")
            instance.launch_time = utils.utcnow()
            self._boot(instance)
            return previous

        return pend

    def _stopping(self, stop: Callable[[Instance], Any]) -> Callable[[Instance], InstanceState]:
        def begin_to_stop(instance: Instance) -> InstanceState:
            previous = copy.copy(instance._state)
            if previous.name in ("stopping", "stopped"):
                return previous
            if previous.name != "running":
                raise cannot(f"This instance '{instance.id}' is not", "stopped")
            self._end(instance, "stopping", stop)
            return previous

        return begin_to_stop

    def _terminating(self, end: Callable[[Instance], Any]) -> Callable[[Instance], InstanceState]:
        def begin_to_terminate(instance: Instance) -> InstanceState:
            previous = copy.copy(instance._state)
            if previous.name not in ("shutting-down", "terminated"):
                self._end(instance, "shutting-down", end)
            return previous

        return begin_to_terminate

    def _end(self, instance: Instance, state: str, moto_end: Callable[[Instance], Any]) -> None:
        asked = utils.utcnow()

        def ended() -> None:
            moto_end(instance)
            note_reason(instance, asked)
            self._changed(instance)

        self._enter(instance, state, STOP_SECONDS, ended)
        note_reason(instance, asked)

    def _run(self, instance: Instance) -> None:
        self._moto_start(instance)
        self._running_since[instance] = self._clock.now()
        self._changed(instance)

    def _enter(
        self, instance: Instance, state: str, seconds: float, then: Callable[[], None]
    ) -> None:
        if instance in self._timers:
            self._timers[instance].cancel()
        instance._state = InstanceState(state, CODES[state])
        self._timers[instance] = self._clock.call_later(seconds * self._waits, then)

    def _checked(self, status: property) -> property:
        def current(instance: Instance) -> dict[str, Any]:
            since = self._running_since.get(instance)
            checked = since and since + timedelta(seconds=CHECK_SECONDS * self._waits)
            if checked and self._clock.now() < checked and instance.is_running():
                return INITIALIZING
            return dict(status.__get__(instance))

        return property(current)


def cannot(instance_is_not: str, verb: str) -> EC2ClientError:
    return EC2ClientError(
        "IncorrectInstanceState", f"{instance_is_not} in a state from which it can be {verb}."
    )


def note_reason(instance: Instance, asked: datetime) -> None:
    instance._reason = f"User initiated ({asked:%Y-%m-%d %H:%M:%S} GMT)"
    code = "Client.UserInitiatedShutdown"
    instance.state_reason = StateReason(f"{code}: User initiated shutdown", code)


def with_current_states(action: Callable[..., Any]) -> Callable[..., Any]:
    """Answer with the state that each instance is in; moto has one for all."""

    def answer(response: InstanceResponse) -> Any:
        result = action(response)
        for changes in result.result.values():
            for change in changes:
                instance = response.ec2_backend.get_instance(change["InstanceId"])
                change["CurrentState"] = copy.copy(instance._state)
        return result

    return answer
