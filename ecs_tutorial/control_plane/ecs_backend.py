"""The store behind the ECS API, on moto's ECS backend: it keeps and decides nothing.

It hands the scheduler a snapshot, carries out the Plan that comes back, and takes
what agents report. All else that moto's backend offers stays moto's own.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from moto.ecs.models import EC2ContainerServiceBackend

from ..clock import Clock, ManualClock, Timer
from .account_settings import AccountSettings
from .capacity import Capacity
from .client_tokens import ClientTokens
from .failed_tasks import TaskChange, after_change
from .model import Cluster, ContainerInstance, Json, ServiceEvent, Task, TaskDefinition
from .plan import (
    Action,
    AddEvent,
    DeregisterTargets,
    DrainTask,
    Plan,
    RegisterTargets,
    StartTask,
    StopTask,
)
from .scale_in import ScaleIn
from .scheduler import schedule
from .service_metrics import ServiceMetrics
from .service_records import after, with_event
from .service_targets import RegionalTargets, TargetGroups
from .sessions import AgentSessions
from .store import ClusterStore
from .task_records import new_task, stopped_with_host, with_health
from .task_sets import behind_load_balancers, in_place_of
from .task_starts import request_of
from .task_tags import tags_of_service_task

STOPPED_TASKS_SHOWN = 3600.0
"""Lab seconds that a stopped task stays describable (API text of DescribeTasks)."""


class EcsBackend(EC2ContainerServiceBackend):
    """Clusters by ARN and task definitions of one account and region."""

    clock: ClassVar[Clock] = ManualClock()
    seed: ClassVar[str] = "ecs-tutorial"
    target_groups: ClassVar[TargetGroups]
    scheduler_period: ClassVar[float] = 1.0
    """Seconds until the scheduler looks at what has changed."""
    # AWS: the scheduler looks again after a few seconds, not always the same.

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.stores: dict[str, ClusterStore] = {}
        self.definitions: dict[str, TaskDefinition] = {}
        self.sessions = AgentSessions(self)
        self.metrics = ServiceMetrics(self)
        self.capacity = Capacity(self, self.seed)
        self.scale_in = ScaleIn(self, self.capacity)
        self.principal_settings = AccountSettings()
        self.client_tokens = ClientTokens()
        self._ids = random.Random(f"{self.seed}:ids:{region_name}")
        self._scheduler_random = random.Random(f"{self.seed}:scheduler:{region_name}")
        self._looks: dict[str, Timer] = {}
        self.targets = RegionalTargets(self.target_groups, account_id, region_name)

    @property
    def _url_module(self) -> Any:
        # moto derives the module from this class's module name, which is not moto's.
        from . import ecs_api

        return ecs_api.URLS

    # --- names -------------------------------------------------------------

    def arn(self, resource: str) -> str:
        return f"arn:aws:ecs:{self.region_name}:{self.account_id}:{resource}"

    def new_id(self) -> str:
        """An id of the UUID form, from the lab's seed."""
        value = f"{self._ids.getrandbits(128):032x}"
        return "-".join((value[:8], value[8:12], value[12:16], value[16:20], value[20:]))

    def new_number(self, digits: int = 19) -> str:
        return str(self._ids.randrange(10 ** (digits - 1), 10**digits))

    # --- what is kept --------------------------------------------------------

    def put_cluster(self, cluster: Cluster) -> ClusterStore:
        store = ClusterStore(cluster, self.definitions)
        # A cluster made again under its old name must not wait for the old one's look.
        if planned := self._looks.pop(cluster.cluster_arn, None):
            planned.cancel()
        self.stores[cluster.cluster_arn] = store
        return store

    def store_of_instance(self, instance_arn: str) -> ClusterStore | None:
        return next((s for s in self.stores.values() if instance_arn in s.instances), None)

    def store_of_task(self, task_arn: str) -> ClusterStore | None:
        return next((s for s in self.stores.values() if s.task(task_arn)), None)

    def put_task(self, store: ClusterStore, task: Task) -> None:
        """Keep a task; one that has just stopped is forgotten an hour later."""
        just_stopped = task.last_status == "STOPPED" and task.task_arn in store.live
        store.put_task(task)
        if just_stopped:
            self.clock.call_later(STOPPED_TASKS_SHOWN, lambda: store.forget_task(task.task_arn))

    def add_event(self, store: ClusterStore, service_arn: str, message: str) -> None:
        event = ServiceEvent(self.new_id(), self.clock.now(), message)
        store.put_service(with_event(store.services[service_arn], event))

    # --- the scheduler -------------------------------------------------------

    def look_soon(self, store: ClusterStore, seconds: float | None = None) -> None:
        """Let the scheduler look at a cluster once, ``seconds`` from now or after its period."""
        if seconds is None:
            seconds = self.scheduler_period
        arn = store.cluster.cluster_arn
        due = self.clock.now().timestamp() + seconds
        planned = self._looks.get(arn)
        if planned and not planned.cancelled and planned.due.timestamp() <= due:
            return
        if planned:
            planned.cancel()
        self._looks[arn] = self.clock.call_later(seconds, lambda: self._look(store))

    def _look(self, store: ClusterStore) -> None:
        self._looks.pop(store.cluster.cluster_arn, None)
        now = self.clock.now()
        state = replace(
            store.snapshot(),
            targets=self.targets.snapshot(),
            target_groups=self.targets.groups(),
            managed_providers=self.capacity.managed(),
            provisioning_left=self.capacity.provisioning_left(store),
        )
        plan = schedule(state, now, self._scheduler_random)
        self.apply(store, plan, now)
        self.capacity.place_waiting(store)
        self.scale_in.watch(store)
        if plan.look_again_at:
            self.look_soon(store, max((plan.look_again_at - now).total_seconds(), 0.0))

    def apply(self, store: ClusterStore, plan: Plan, now: datetime) -> None:
        """Carry a plan out, action by action, and tell the agents concerned."""
        changed = [self._carry_out(store, action, now) for action in plan.actions]
        self.sessions.push([task for task in changed if task])

    def _carry_out(self, store: ClusterStore, action: Action, now: datetime) -> Task | None:
        match action:
            case StartTask():
                return self._start_for_service(store, action, now)
            case StopTask(task_arn, reason, stop_code):
                return self.stop(store, store.live[task_arn], reason, stop_code)
            case DrainTask(task_arn, reason, stop_code):
                self.stop(store, store.live[task_arn], reason, stop_code)
            case RegisterTargets():
                self.targets.register(action)
            case DeregisterTargets():
                self.targets.deregister(action)
            case AddEvent(service_arn, message):
                self.add_event(store, service_arn, message)
            case _:
                store.put_service(after(store.services[action.service_arn], action, now))
        return None

    def _start_for_service(
        self, store: ClusterStore, start: StartTask, now: datetime
    ) -> Task | None:
        """Tasks of one plan are of one age, however time runs meanwhile."""
        service = store.services[start.service_arn]
        arn = start.container_instance_arn
        definition = self.definitions[start.task_definition_arn]
        task = new_task(
            self,
            store,
            definition=definition,
            instance=store.instances[arn] if arn else None,
            task_id=start.task_id,
            group=service.group,
            started_by=start.deployment_id,
            enable_execute_command=bool((service.echoed or {}).get("enableExecuteCommand")),
            tags=tags_of_service_task(store.cluster, service, definition),
        )
        provider = start.capacity_provider
        task = replace(task, created_at=now, capacity_provider_name=provider)
        if arn is None:
            asked = in_place_of(service, start.deployment_id)
            self.capacity.wait(store, task, request_of(asked, store.snapshot(), provider))
            return None
        store.put_task(task)
        return task

    def stop(self, store: ClusterStore, task: Task, reason: str, stop_code: Any) -> Task:
        """Wish a task stopped; its agent does it and reports.

        One that load balancers send requests to is DEACTIVATING until they have let go of it.
        """
        if task.last_status == "DEACTIVATING" and not self.targets.has(task.task_arn):
            task = replace(task, last_status="STOPPING", version=task.version + 1)
            store.put_task(task)
        if task.desired_status == "STOPPED":
            return task
        balanced = self.targets.has(task.task_arn)
        stopping = replace(
            task,
            last_status="DEACTIVATING" if balanced else task.last_status,
            desired_status="STOPPED",
            stopping_at=self.clock.now(),
            stopped_reason=reason,
            stop_code=stop_code,
            version=task.version + 1,
        )
        store.put_task(stopping)
        self.capacity.give_up(store, stopping)
        return stopping

    # --- what agents and hosts do ---------------------------------------------

    def agent_connected(self, instance_arn: str, version_info: Json) -> None:
        self._show_agent(instance_arn, connected=True, version_info=version_info)

    def agent_disconnected(self, instance_arn: str) -> None:
        self._show_agent(instance_arn, connected=False)

    def _show_agent(
        self, instance_arn: str, *, connected: bool, version_info: Json | None = None
    ) -> None:
        store = self.store_of_instance(instance_arn)
        if store is None:
            return
        instance = store.instances[instance_arn]
        shown = replace(
            instance,
            agent_connected=connected,
            version_info=version_info or instance.version_info,
            version=instance.version + 1,
        )
        store.put_instance(shown)
        self.look_soon(store)

    def health_reported(self, report: Json) -> None:
        """Keep what health checks found of a task's containers."""
        store = self.store_of_task(report["taskArn"])
        task = store.live.get(report["taskArn"]) if store else None
        if store and task:
            changed = with_health(task, report["containers"])
            store.put_task(changed)
            self.count_failures(store, task, changed)
            self.look_soon(store)

    def count_failures(self, store: ClusterStore, before: Task, after: Task) -> None:
        """Keep what a task's change means for its deployment's failedTasks."""
        if service := store.service_of(after.group):
            definition = self.definitions[after.task_definition_arn]
            change = TaskChange(before, after, definition, self.clock.now())
            store.put_service(after_change(service, change))

    def host_terminated(self, ec2_instance_id: str) -> None:
        """An EC2 instance has ended: its container instance goes, its tasks have stopped."""
        # AWS: an instance that was stopped before, or whose agent was disconnected, stays
        # registered until DeregisterContainerInstance (API text of that operation).
        for store in self.stores.values():
            for instance in _instances_on(store, ec2_instance_id):
                self.deregister(
                    store, instance, f"Host EC2 (instance {ec2_instance_id}) terminated."
                )

    def targets_changed(self) -> None:
        """Let the scheduler look at each cluster with a service behind a load balancer."""
        for store in self.stores.values():
            if any(map(behind_load_balancers, store.services.values())):
                self.look_soon(store)

    def deregister(self, store: ClusterStore, instance: ContainerInstance, reason: str) -> None:
        for task in store.tasks_on(instance.container_instance_arn):
            self.put_task(store, stopped_with_host(task, reason, self.clock.now()))
        store.remove_instance(instance.container_instance_arn)
        self.look_soon(store)


def _instances_on(store: ClusterStore, ec2_instance_id: str) -> Iterable[ContainerInstance]:
    return [each for each in store.instances.values() if each.ec2_instance_id == ec2_instance_id]
