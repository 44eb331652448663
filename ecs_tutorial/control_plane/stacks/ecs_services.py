"""AWS::ECS::Service: made once its deployment has completed, gone once its tasks are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from ..ecs_backend import EcsBackend
from ..model import Service
from .ecs_resources import EcsResource, Wish, called
from .failures import handler_said
from .properties import members

PATIENCE = timedelta(hours=3)
"""How long CloudFormation waits for a service to become stable."""


class ServiceResource(EcsResource):
    """Ref gives the service's ARN."""

    replaced_by = frozenset(
        {"ServiceName", "Cluster", "LaunchType", "Role", "SchedulingStrategy"}
        | {"DeploymentController"}
    )
    attributes = frozenset({"Name", "ServiceArn"})

    def __init__(self, store: EcsBackend, logical_id: str, arn: str) -> None:
        super().__init__(store, logical_id, arn)
        self._expect()

    def _expect(self) -> None:
        """From now on the rollout of what is wanted now is waited for."""
        self._wanted = self._service().task_definition
        self._given_up_at = self.store.clock.now() + PATIENCE

    def _service(self) -> Service:
        arn = self.physical_resource_id
        return next(s.services[arn] for s in self.store.stores.values() if arn in s.services)

    @classmethod
    def make(cls, store: EcsBackend, wish: Wish) -> Self:
        request = wish.request("CreateService", ServiceName=wish.name)
        if request.get("schedulingStrategy") != "DAEMON":
            request.setdefault("desiredCount", 1)
        answer = called(store, wish.logical_id, "CreateService", request)
        arn: str = answer["service"]["serviceArn"]
        return cls(store, wish.logical_id, arn)

    def change(self, wish: Wish) -> None:
        request = wish.request("CreateService", ServiceName=wish.name)
        known = {each: request[each] for each in members("UpdateService") & set(request)}
        self.call("UpdateService", {**known, **self._named()})
        self._expect()

    def _named(self) -> dict[str, Any]:
        return {"cluster": self._service().cluster_arn, "service": self.physical_resource_id}

    def remove(self) -> None:
        if self._service().status == "ACTIVE":
            self.call("DeleteService", {**self._named(), "force": True})

    def attribute(self, name: str) -> str:
        return self._service().service_name if name == "Name" else self.physical_resource_id

    def is_ready(self) -> bool:
        """Whether the rollout has completed; one that was given up has failed."""
        service = self._service()
        if service.is_external:
            return True
        state = service.primary.rollout_state
        if state == "FAILED" or service.task_definition != self._wanted:
            raise handler_said(
                self.logical_resource_id,
                "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.",
                "GeneralServiceException",
            )
        if self.store.clock.now() > self._given_up_at:
            raise handler_said(
                self.logical_resource_id, "Exceeded attempts to wait", "NotStabilized"
            )
        return state == "COMPLETED"

    def is_gone(self) -> bool:
        return self._service().status == "INACTIVE"
