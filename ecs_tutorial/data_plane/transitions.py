"""The life of a task and of its containers as a table, and who waits for whom.

Pure: a container's state goes in, the step to take comes out. Diagrams are drawn from
the same table. Nothing here knows a runtime, a clock or how states are reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal["NONE", "PULLED", "CREATED", "RUNNING", "STOPPED"]
Step = Literal["pull", "create", "start", "stop", "exit", "give up"]
Condition = Literal["CREATE", "START", "COMPLETE", "SUCCESS", "HEALTHY"]

ORDER: tuple[Status, ...] = ("NONE", "PULLED", "CREATED", "RUNNING", "STOPPED")


@dataclass(frozen=True)
class Transition:
    """One arrow of the diagram: ``step`` leads from ``source`` to ``target``."""

    source: str
    target: str
    step: str
    when: str
    """In plain words, for whoever reads the diagram."""


CONTAINER_TRANSITIONS = (
    Transition("NONE", "PULLED", "pull", "what it depends on is there"),
    Transition("PULLED", "CREATED", "create", "its image is on the instance"),
    Transition("CREATED", "RUNNING", "start", "its container has been created"),
    Transition("RUNNING", "STOPPED", "exit", "its process ends by itself"),
    Transition("RUNNING", "STOPPED", "stop", "its task stops: SIGTERM, 30 seconds later SIGKILL"),
    Transition("NONE", "STOPPED", "give up", "the pull fails or its task stops"),
    Transition("PULLED", "STOPPED", "give up", "it cannot be created or its task stops"),
    Transition("CREATED", "STOPPED", "give up", "it cannot be started or its task stops"),
)
"""The life of one container inside the agent (names as in aws/amazon-ecs-agent)."""

TASK_TRANSITIONS = (
    Transition("PENDING", "RUNNING", "run", "every container has started"),
    Transition("PENDING", "STOPPED", "fail", "an essential container cannot start"),
    Transition("PENDING", "STOPPED", "stop", "StopTask, or its service no longer wants it"),
    Transition("RUNNING", "STOPPED", "exit", "an essential container has ended"),
    Transition("RUNNING", "STOPPED", "stop", "StopTask, or its service no longer wants it"),
)
"""The life of one task as ``lastStatus`` shows it, on EC2 in bridge mode."""

REPORTED_AS: Mapping[str, str] = {
    "NONE": "PENDING",
    "PULLED": "PENDING",
    "CREATED": "PENDING",
    "RUNNING": "RUNNING",
    "STOPPED": "STOPPED",
}
"""What the agent's states are called in the ECS API."""

_FORWARD = {t.source: t for t in CONTAINER_TRANSITIONS if t.step in ("pull", "create", "start")}
_BACKWARD = {t.source: t for t in CONTAINER_TRANSITIONS if t.step in ("stop", "give up")}


@dataclass(frozen=True)
class Dependency:
    """``container`` must have come as far as ``condition`` says."""

    container: str
    condition: Condition = "START"


@dataclass(frozen=True)
class ContainerState:
    """What the table needs to know of one container of a task."""

    name: str
    essential: bool = True
    depends_on: tuple[Dependency, ...] = ()
    known: Status = "NONE"
    desired: Literal["RUNNING", "STOPPED"] = "RUNNING"
    has_run: bool = False
    exit_code: int | None = None
    health: Literal["UNKNOWN", "HEALTHY", "UNHEALTHY"] | None = None
    """``None``: it has no health check, so nothing can wait for its health."""
    start_timed_out: bool = False
    """Its ``startTimeout`` has passed since it started."""

    @property
    def has_stopped(self) -> bool:
        return self.known == "STOPPED"


States = Mapping[str, ContainerState]


def next_step(container: ContainerState, task: States) -> Transition | None:
    """The step that is open to ``container`` now, if any.

    >>> db, web = ContainerState("db"), ContainerState("web", depends_on=(Dependency("db"),))
    >>> next_step(db, {"db": db, "web": web}).step
    'pull'
    >>> next_step(web, {"db": db, "web": web}) is None
    True
    """
    if container.desired == "STOPPED":
        may_go = container.known != "RUNNING" or may_stop(container, task)
        return _BACKWARD.get(container.known) if may_go else None
    may_go = all(is_met(need, task[need.container]) for need in container.depends_on)
    return _FORWARD.get(container.known) if may_go else None


def is_met(need: Dependency, other: ContainerState) -> bool:
    """Whether the container that ``need`` names has come far enough.

    A container that has already ended counts as having been created and started.
    """
    if need.condition == "CREATE":
        return other.has_run or other.known in ("CREATED", "RUNNING")
    if need.condition == "START":
        return other.has_run
    if need.condition == "HEALTHY":
        return other.known == "RUNNING" and other.health == "HEALTHY"
    ended = other.has_stopped and other.exit_code is not None
    return ended and (need.condition == "COMPLETE" or other.exit_code == 0)


def never_starts(container: ContainerState, task: States) -> str | None:
    """Why ``container`` can no longer start, or ``None`` while it still may."""
    if container.desired == "STOPPED" or container.known in ("CREATED", "RUNNING", "STOPPED"):
        return None
    for need in container.depends_on:
        if fault := _fault(need, task[need.container]):
            # The wording is that of agent/engine/dependencygraph/graph.go.
            return (
                f"dependency graph: failed to resolve container ordering dependency "
                f"[{need.container}] for target [{container.name}] {fault}"
            )
    return None


def _fault(need: Dependency, other: ContainerState) -> str | None:
    if is_met(need, other):
        return None
    if other.has_stopped:
        return "as dependency did not exit successfully."
    if other.start_timed_out and need.condition in ("COMPLETE", "SUCCESS", "HEALTHY"):
        return "has timed out."
    return None


def may_stop(container: ContainerState, task: States) -> bool:
    """Whether everything that needs ``container`` has stopped: the reverse of the start order."""
    return all(
        other.has_stopped
        for other in task.values()
        if any(need.container == container.name for need in other.depends_on)
    )


def can_be_ordered(containers: Iterable[ContainerState]) -> bool:
    """Whether the containers can start in some order: no circle, nothing missing."""
    left = {container.name: container for container in containers}
    known: dict[str, ContainerState] = {}
    while left:
        ready = [c for c in left.values() if all(_possible(n, known) for n in c.depends_on)]
        if not ready:
            return False
        known |= {container.name: left.pop(container.name) for container in ready}
    return True


def _possible(need: Dependency, known: States) -> bool:
    other = known.get(need.container)
    return other is not None and (need.condition != "HEALTHY" or other.health is not None)


def task_status(containers: Iterable[ContainerState]) -> Status:
    """A task is where the last of its containers is; one that has ended counts as having run.

    >>> task_status([ContainerState("a", known="RUNNING"), ContainerState("b", known="CREATED")])
    'CREATED'
    """
    states = [container.known for container in containers]
    if all(state == "STOPPED" for state in states):
        return "STOPPED"
    return min(("RUNNING" if s == "STOPPED" else s for s in states), key=ORDER.index)
