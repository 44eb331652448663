"""Application Auto Scaling: what moto only keeps really changes a service's desired count.

Scheduled actions become due on the lab's clock, scaling policies are triggered by
CloudWatch alarms; both end in ECS's own UpdateService. Where the numbers of a policy lead
is ``scaling_policies``' affair.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import moto.applicationautoscaling.urls
from moto.applicationautoscaling import models
from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
    FakeScheduledAction,
    applicationautoscaling_backends,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from ecs_tutorial.clock import Clock, ManualClock, Timer
from ecs_tutorial.control_plane import ecs_api
from ecs_tutorial.control_plane.errors import EcsError
from ecs_tutorial.control_plane.model import Service
from ecs_tutorial.control_plane.moto_seams.policy_watch import (
    PolicyWatch,
    refuse_unknown_metric,
    with_thresholds,
)
from ecs_tutorial.control_plane.moto_seams.scaling_activities import (
    DIMENSION,
    Activity,
    limits_in_words,
)
from ecs_tutorial.control_plane.moto_seams.seam import Seam
from ecs_tutorial.control_plane.schedules import Schedule, ScheduleError

FULFILLED_LOOK = 5.0
"""Lab seconds between two looks whether a service runs what it was told to."""


class ScalingBackend(ApplicationAutoscalingBackend):
    """Scalable targets of one account and region, those of ECS at work."""

    clock: ClassVar[Clock] = ManualClock()
    seed: ClassVar[str] = "ecs-tutorial"

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.activities: list[Activity] = []
        self._ids = random.Random(f"{self.seed}:scaling:{region_name}")
        self._due: dict[str, Timer] = {}
        self._watch = PolicyWatch(self)

    @property
    def _url_module(self) -> ModuleType:
        return moto.applicationautoscaling.urls

    def _ecs_service_exists_for_target(self, r_id: str) -> bool:
        if self.service(r_id) is None:
            raise AWSValidationException(f"ECS service doesn't exist: {r_id}")
        return True

    # --- the service behind a target ------------------------------------------

    def service(self, resource_id: str) -> Service | None:
        """The ACTIVE service that ``service/CLUSTER/NAME`` names."""
        cluster, name = resource_id.split("/")[1:3]
        ecs = ecs_api.backend(self.account_id, self.region_name)
        store = ecs.stores.get(ecs.arn(f"cluster/{cluster}"))
        found = store.services.get(ecs.arn(f"service/{cluster}/{name}")) if store else None
        return found if found and found.status == "ACTIVE" else None

    def target(self, resource_id: str) -> FakeScalableTarget | None:
        return self.targets.get(DIMENSION, {}).get(resource_id)

    # --- limits ---------------------------------------------------------------

    def register_scalable_target(self, namespace: str, r_id: str, *given: Any, **named: Any) -> Any:
        target = super().register_scalable_target(namespace, r_id, *given, **named)
        if namespace == "ecs":
            self._keep_within(target)
        return target

    def _keep_within(self, target: FakeScalableTarget) -> None:
        """Bring a service that has left its limits back to the nearer one."""
        service = self.service(target.resource_id)
        if service is None:
            return
        least, most = target.min_capacity or 0, target.max_capacity
        if service.desired_count < least:
            self.scale(target, least, f"minimum capacity was set to {least}")
        elif most is not None and service.desired_count > most:
            self.scale(target, most, f"maximum capacity was set to {most}")

    def scale(self, target: FakeScalableTarget, count: int, cause: str) -> None:
        """Set a service's desired count, and tell of it until the service runs as many."""
        _, cluster, name = target.resource_id.split("/")
        ecs = ecs_api.backend(self.account_id, self.region_name)
        request = {"cluster": cluster, "service": name, "desiredCount": count}
        try:
            ecs_api.OPERATIONS["update_service"](ecs, request)
        except EcsError as error:
            self._failed(target.resource_id, count, cause, error.message)
            return
        done = f"Successfully set desired count to {count}."
        activity = self._note(
            target.resource_id,
            f"Setting desired count to {count}.",
            cause,
            f"{done} Waiting for change to be fulfilled by ecs.",
        )
        activity.status_code = "InProgress"
        self._await(activity, count)

    def _failed(self, resource_id: str, count: int, cause: str, reason: str) -> None:
        # AWS: the text of an activity that failed is not confirmed.
        message = f"Failed to set desired count to {count}. Reason: {reason}"
        activity = self._note(resource_id, f"Setting desired count to {count}.", cause, message)
        activity.status_code, activity.end = "Failed", self.clock.now()

    def _await(self, activity: Activity, count: int) -> None:
        def look() -> None:
            service = self.service(activity.resource_id)
            if service is None or service.desired_count != count:
                # AWS: the text for a change that another one has overtaken is not confirmed.
                end("Overridden", f"Desired count is no longer {count}.")
            elif self._running(service) == count:
                message = f"Successfully set desired count to {count}. "
                end("Successful", f"{message}Change successfully fulfilled by ecs.")
            else:
                self.clock.call_later(FULFILLED_LOOK, look)

        def end(code: str, message: str) -> None:
            activity.status_code, activity.status_message = code, message
            activity.end = self.clock.now()

        self.clock.call_later(FULFILLED_LOOK, look)

    def _running(self, service: Service) -> int:
        ecs = ecs_api.backend(self.account_id, self.region_name)
        tasks = ecs.stores[service.cluster_arn].tasks_of(service.group)
        return sum(task.last_status == "RUNNING" for task in tasks)

    def _note(self, resource_id: str, description: str, cause: str, message: str) -> Activity:
        value = f"{self._ids.getrandbits(128):032x}"
        parts = (value[:8], value[8:12], value[12:16], value[16:20], value[20:])
        now = self.clock.now()
        activity = Activity("-".join(parts), resource_id, description, cause, now, message)
        self.activities.insert(0, activity)
        return activity

    def deregister_scalable_target(self, namespace: str, r_id: str, dimension: str) -> None:
        """Its policies and scheduled actions go with it (API text of the operation)."""
        super().deregister_scalable_target(namespace, r_id, dimension)
        for policy in [each for each in self.policies.values() if each.resource_id == r_id]:
            self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)
        for action in [each for each in self.scheduled_actions if each.resource_id == r_id]:
            name = action.scheduled_action_name
            self.delete_scheduled_action(namespace, name, r_id, dimension)

    # --- policies ---------------------------------------------------------------

    def put_scaling_policy(self, **given: Any) -> Any:  # type: ignore[override]
        refuse_unknown_metric(given["policy_type"], given["policy_body"])
        where = ("service_namespace", "resource_id", "scalable_dimension", "policy_name")
        key = FakeApplicationAutoscalingPolicy.formulate_key(*(given[name] for name in where))
        if before := self.policies.get(key):
            before.delete_alarms(self.account_id, self.region_name)
        policy = super().put_scaling_policy(**given)
        self._watch.begin()
        return policy

    # --- schedules --------------------------------------------------------------

    def put_scheduled_action(self, **given: Any) -> None:  # type: ignore[override]
        """Keep the action, and put its next time on the clock's agenda."""
        self._refuse_unregistered(given)
        try:
            if given.get("schedule"):
                Schedule.of(given["schedule"], given.get("timezone"))
        except ScheduleError as error:
            raise AWSValidationException(str(error)) from error
        super().put_scheduled_action(**given)
        name, resource_id = given["scheduled_action_name"], given["resource_id"]
        [action] = self.describe_scheduled_actions(
            [name],  # type: ignore[arg-type]
            given["service_namespace"],
            resource_id,
            given["scalable_dimension"],
        )
        if given["service_namespace"] == "ecs":
            self._plan(action, self.clock.now())

    def _refuse_unregistered(self, given: dict[str, Any]) -> None:
        if given["service_namespace"] == "ecs" and self.target(given["resource_id"]) is None:
            # AWS: ObjectNotFoundException; that the sentence is exactly this one is not confirmed.
            raise AWSValidationException(
                f"No scalable target registered for service namespace: ecs, resource ID: "
                f"{given['resource_id']}, scalable dimension: {given['scalable_dimension']}"
            )

    def delete_scheduled_action(
        self,
        service_namespace: str,
        scheduled_action_name: str,
        resource_id: str,
        scalable_dimension: str,
    ) -> None:
        super().delete_scheduled_action(
            service_namespace, scheduled_action_name, resource_id, scalable_dimension
        )
        if timer := self._due.pop(f"{resource_id} {scheduled_action_name}", None):
            timer.cancel()

    def _plan(self, action: FakeScheduledAction, since: datetime) -> None:
        key = f"{action.resource_id} {action.scheduled_action_name}"
        if timer := self._due.pop(key, None):
            timer.cancel()
        begin, end = moment(action.start_time), moment(action.end_time)
        if begin and begin > since:
            since = begin - timedelta(seconds=1)
        due = Schedule.of(action.schedule, action.timezone).after(since)
        if due and not (end and due > end):
            self._due[key] = self.clock.call_at(due, partial(self._run, action, due))

    def _run(self, action: FakeScheduledAction, due: datetime) -> None:
        target = self.target(action.resource_id)
        if target is None:
            return
        limits: Any = action.scalable_target_action or {}
        suspended: Any = target.suspended_state or {}
        if not suspended.get("ScheduledScalingSuspended"):
            target.update(limits.get("MinCapacity"), limits.get("MaxCapacity"), None)  # type: ignore[arg-type]
            words = limits_in_words(limits)
            self._note(
                action.resource_id,
                f"Setting {words}",
                f"scheduled action name {action.scheduled_action_name} was triggered",
                f"Successfully set {words}",
            )
            self._keep_within(target)
        self._plan(action, due)


def moment(given: Any) -> datetime | None:
    """A time of a request: seconds since 1970, or their text."""
    if given in (None, ""):
        return None
    try:
        return datetime.fromtimestamp(float(given), UTC)
    except ValueError:
        found = datetime.fromisoformat(str(given))
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def describe_scaling_activities(response: ApplicationAutoScalingResponse) -> str:
    """The activities of a namespace or of one target, newest first."""
    given = json.loads(response.body)
    backend: Any = response.applicationautoscaling_backend
    found = [
        each.described()
        for each in backend.activities
        if given.get("ServiceNamespace") == "ecs"
        and given.get("ResourceId") in (None, each.resource_id)
    ]
    return json.dumps({"ScalingActivities": found[: given.get("MaxResults") or 50]})


class ScalingSeam(Seam):
    """Puts the backend at work in moto's place."""

    def __init__(self, clock: Clock, seed: str) -> None:
        super().__init__()
        self._clock = clock
        self._seed = seed

    def _mend(self) -> None:
        ScalingBackend.clock, ScalingBackend.seed = self._clock, self._seed
        self._wrap(FakeApplicationAutoscalingPolicy, "_generate_ecs_alarms", with_thresholds)
        lab_time = SimpleNamespace(time=lambda: self._clock.now().timestamp())
        self._replace(models, "time", lab_time)
        self._replace(applicationautoscaling_backends, "backend", ScalingBackend)
        self._undo.append(applicationautoscaling_backends.clear)
        applicationautoscaling_backends.clear()
        self._add(
            ApplicationAutoScalingResponse,
            "describe_scaling_activities",
            describe_scaling_activities,
        )
