"""How a service stands: which of its tasks stay, and what its deployment allows.

Counts and limits only, all of them read from one snapshot. What is done about them is
decided in ``scheduler``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from .load_balancing import passes_checks
from .model import ClusterState, ContainerInstance, Deployment, Service, Task, TaskDefinition

# AWS: when back-off begins and how it grows is not published, only that it ends at 27
# minutes; here three rounds fail at full speed, then 15 s, doubled with each round.
ROUNDS_BEFORE_BACK_OFF = 3
FIRST_BACK_OFF = timedelta(seconds=15)
LONGEST_BACK_OFF = timedelta(minutes=27)


def healthy_floor(service: Service) -> int:
    """The healthy tasks a deployment must leave: minimumHealthyPercent, rounded up."""
    return -(-service.desired_count * service.minimum_healthy_percent // 100)


def task_ceiling(service: Service) -> int:
    """The tasks a deployment may have at once: maximumPercent, rounded down."""
    return service.desired_count * service.maximum_percent // 100


def backs_off_until(deployment: Deployment, desired_count: int) -> datetime | None:
    """When a deployment whose tasks never reach RUNNING may try again."""
    rounds = deployment.failed_starts // max(desired_count, 1)
    if rounds < ROUNDS_BEFORE_BACK_OFF or deployment.last_failure_at is None:
        return None
    doublings = min(rounds - ROUNDS_BEFORE_BACK_OFF, 10)
    return deployment.last_failure_at + min(FIRST_BACK_OFF * 2**doublings, LONGEST_BACK_OFF)


@dataclass(frozen=True)
class Standing:
    """The tasks of one service that have not stopped, by what is to become of them."""

    service: Service
    staying: tuple[Task, ...] = ()
    """Of the primary deployment, where they may stay."""
    unhealthy: tuple[Task, ...] = ()
    """Of the primary deployment too, but UNHEALTHY: they stay until others have their place."""
    leaving: tuple[Task, ...] = ()
    """To be replaced: of an older deployment, or on a DRAINING instance."""
    stopping: tuple[Task, ...] = ()
    """Told to stop; they hold their place until they have."""
    healthy: frozenset[str] = frozenset()
    """ARNs of those that serve and have not been told to stop."""
    protected: frozenset[str] = frozenset()
    """ARNs of those that no scale-in and no deployment stops."""

    @classmethod
    def of(
        cls, service: Service, state: ClusterState, places: Collection[str] | None = None
    ) -> Standing:
        """Where ``places`` are given, a task elsewhere may not stay."""
        tasks = tasks_of(service, state)
        wanted = [task for task in tasks if task.desired_status == "RUNNING"]
        kept = tuple(
            task
            for task in wanted
            if may_stay(task, service, state)
            and (places is None or task.container_instance_arn in places)
        )
        arns = {task.task_arn for task in kept}
        return cls(
            service=service,
            staying=tuple(task for task in kept if task.health_status != "UNHEALTHY"),
            unhealthy=tuple(task for task in kept if task.health_status == "UNHEALTHY"),
            leaving=tuple(task for task in wanted if task.task_arn not in arns),
            stopping=tuple(task for task in tasks if task.desired_status == "STOPPED"),
            healthy=frozenset(
                task.task_arn
                for task in wanted
                if is_healthy(task, state) and passes_checks(task, service, state)
            ),
        )

    @property
    def lacking(self) -> int:
        return max(self.service.desired_count - len(self.staying), 0)

    @property
    def missing(self) -> int:
        """How many tasks may be started now: those that lack, as far as the ceiling lets."""
        groups = (self.staying, self.unhealthy, self.leaving, self.stopping)
        present = sum(len(tasks) for tasks in groups)
        return max(min(self.lacking, task_ceiling(self.service) - present), 0)

    @property
    def surplus(self) -> int:
        return max(len(self.staying) - self.service.desired_count, 0)

    @property
    def spare_healthy(self) -> int:
        """How many healthy tasks may be stopped now."""
        return max(len(self.healthy) - healthy_floor(self.service), 0)

    @property
    def is_steady(self) -> bool:
        """Exactly the tasks wanted, all of them healthy, and none other left."""
        return (
            not self.leaving
            and not self.unhealthy
            and not self.stopping
            and len(self.staying) == len(self.healthy) == self.service.desired_count
        )

    @property
    def replaced_unhealthy(self) -> tuple[Task, ...]:
        """The UNHEALTHY tasks whose place healthy ones have taken, or more than are wanted."""
        serving = sum(task.task_arn in self.healthy for task in self.staying)
        needed = max(self.service.desired_count - serving, 0)
        return self.unhealthy[: max(len(self.unhealthy) - needed, 0)]

    @property
    def awaits_agents(self) -> bool:
        """Some task is still on its way up or down."""
        return bool(self.stopping) or any(
            task.task_arn not in self.healthy for task in (*self.staying, *self.leaving)
        )


def tasks_of(service: Service, state: ClusterState) -> list[Task]:
    """The service's tasks that have not stopped, oldest first.

    A task whose container instance was deregistered runs on unmanaged: ECS replaces it
    and counts it no more (API text of DeregisterContainerInstance).
    """
    tasks = (state.tasks[arn] for arn in state.tasks_of.get(service.group, frozenset()))
    managed = [task for task in tasks if waits(task) or instance_of(task, state)]
    if service.as_task_set:
        managed = [task for task in managed if task.started_by == service.as_task_set.id]
    return sorted(managed, key=lambda task: (task.created_at, task.task_arn))


def waits(task: Task) -> bool:
    """Whether it has no container instance yet and waits for its capacity provider's."""
    return task.last_status == "PROVISIONING"


def may_stay(task: Task, service: Service, state: ClusterState) -> bool:
    instance = instance_of(task, state)
    stands = waits(task) or (instance is not None and instance.status != "DRAINING")
    return stands and task.started_by == service.primary.id


def is_healthy(task: Task, state: ClusterState) -> bool:
    return serves(task, state.task_definitions[task.task_definition_arn])


def serves(task: Task, definition: TaskDefinition) -> bool:
    """RUNNING, and HEALTHY where an essential container has a health check."""
    # AWS: the API's text also speaks of 40 s RUNNING before a task without a health
    # check counts; the developer guide of RUNNING alone, as here.
    good = ("HEALTHY",) if _has_health_check(definition) else ("HEALTHY", "UNKNOWN")
    return task.last_status == "RUNNING" and task.health_status in good


def instance_of(task: Task, state: ClusterState) -> ContainerInstance | None:
    """The task's container instance while that is registered."""
    instance = state.instances.get(task.container_instance_arn or "")
    return instance if instance and instance.status != "INACTIVE" else None


def _has_health_check(definition: TaskDefinition) -> bool:
    return any(
        container.get("healthCheck") and container.get("essential", True)
        for container in definition.container_definitions
    )
