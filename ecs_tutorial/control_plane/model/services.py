"""Services, their deployments and their events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .resources import Json


@dataclass(frozen=True)
class CircuitBreaker:
    """``deploymentCircuitBreaker``: when a deployment is given up, and what becomes of it."""

    enable: bool = False
    rollback: bool = False
    reset_on_healthy_task: bool | None = None
    threshold_configuration: Json | None = None


@dataclass(frozen=True)
class Deployment:
    """One task definition being rolled out for a service; ``id`` is each task's ``startedBy``."""

    id: str
    status: Literal["PRIMARY", "ACTIVE", "INACTIVE"]
    task_definition: str
    desired_count: int
    created_at: datetime
    updated_at: datetime
    failed_tasks: int = 0
    launch_type: str | None = "EC2"
    capacity_provider_strategy: tuple[Json, ...] | None = None
    """In place of a launch type."""
    rollout_state: Literal["IN_PROGRESS", "COMPLETED", "FAILED"] = "IN_PROGRESS"
    rollout_state_reason: str = ""
    failed_starts: int = 0
    """How many tasks in a row stopped without having run; not part of any response."""
    last_failure_at: datetime | None = None
    """When the last of those stopped; not part of any response."""
    finished_at: datetime | None = None
    """When it was COMPLETED or FAILED first; DescribeServiceDeployments tells it."""

    was_rolled_back: bool = False
    """Whether an older deployment took its place again; not part of any response."""

    @property
    def number(self) -> str:
        """What is in its id after ``ecs-svc/``; its service revision has the same."""
        return self.id.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class ServiceEvent:
    id: str
    created_at: datetime
    message: str


@dataclass(frozen=True)
class TaskSet:
    """A part of a service whose deployment controller is EXTERNAL: a deployment with a scale."""

    task_set_arn: str
    deployment: Deployment
    """What it runs; its id is the task set's, and each task's ``startedBy``."""
    status: Literal["PRIMARY", "ACTIVE", "DRAINING"] = "ACTIVE"
    scale: float = 0.0
    """The percentage of the service's desired count that it is to run."""
    computed_desired_count: int = 0
    stability_status: Literal["STABILIZING", "STEADY_STATE"] = "STABILIZING"
    stability_status_at: datetime | None = None
    external_id: str | None = None
    load_balancers: tuple[Json, ...] = ()
    service_registries: tuple[Json, ...] = ()
    tags: tuple[Json, ...] = ()

    @property
    def id(self) -> str:
        return self.deployment.id


@dataclass(frozen=True)
class Service:
    """A service as asked for; its counts are counted from the tasks at each response."""

    service_arn: str
    service_name: str
    cluster_arn: str
    task_definition: str
    """Empty while the controller is EXTERNAL and no task set is PRIMARY."""
    desired_count: int
    created_at: datetime
    created_by: str
    status: Literal["ACTIVE", "DRAINING", "INACTIVE"] = "ACTIVE"
    launch_type: str | None = "EC2"
    capacity_provider_strategy: tuple[Json, ...] | None = None
    """In place of a launch type."""
    scheduling_strategy: Literal["REPLICA", "DAEMON"] = "REPLICA"
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    circuit_breaker: CircuitBreaker = CircuitBreaker()
    placement_constraints: tuple[Json, ...] = ()
    placement_strategy: tuple[Json, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    """Newest first; the first is PRIMARY."""
    past: tuple[Deployment, ...] = ()
    """Those that have been replaced, newest first; not part of any response about services."""
    events: tuple[ServiceEvent, ...] = ()
    """Newest first, at most 100."""
    load_balancers: tuple[Json, ...] = ()
    role_arn: str | None = None
    """Only for a service with load balancers."""
    health_check_grace_period_seconds: int | None = None
    echoed: Json | None = None
    """Other request members that a response repeats as they were given."""
    tags: tuple[Json, ...] = ()
    deployment_controller: Literal["ECS", "EXTERNAL"] = "ECS"
    task_sets: tuple[TaskSet, ...] = ()
    """Oldest first; in place of deployments where the controller is EXTERNAL."""
    as_task_set: TaskSet | None = None
    """For the scheduler: it is one of its task sets alone; not part of any response."""

    @property
    def group(self) -> str:
        return f"service:{self.service_name}"

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    @property
    def is_external(self) -> bool:
        """Whether task sets, which others steer, stand in the place of deployments."""
        return self.deployment_controller == "EXTERNAL"

    @property
    def runs_since(self) -> datetime:
        """When what it runs was asked for."""
        return self.deployments[0].created_at if self.deployments else self.created_at

    @property
    def told_as(self) -> str:
        """How its events name it."""
        if self.as_task_set is None:
            return self.service_name
        return f"{self.service_name}, taskSet {self.as_task_set.id}"
