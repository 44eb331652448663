"""CloudFormation: stacks that take lab time, with ECS resources that the lab's own ECS makes.

moto makes a whole stack within one request, and what it calls a service of ECS starts nothing.
Here a stack is a ``LabStack``; moto keeps the stacks, their change sets and the API. Types of
which nothing would be made are refused in words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse, StackResourceDTO

from ecs_tutorial.clock import Clock

from ..stacks import template
from ..stacks.ecs_resources import (
    AssociationsResource,
    CapacityProviderResource,
    ClusterResource,
    EcsResource,
    TaskDefinitionResource,
)
from ..stacks.ecs_services import ServiceResource
from ..stacks.lab_stack import LabStack
from . import safe_templates
from .seam import Seam

OF_ECS: dict[str, type[EcsResource]] = {
    "AWS::ECS::Cluster": ClusterResource,
    "AWS::ECS::TaskDefinition": TaskDefinitionResource,
    "AWS::ECS::Service": ServiceResource,
    "AWS::ECS::CapacityProvider": CapacityProviderResource,
    "AWS::ECS::ClusterCapacityProviderAssociations": AssociationsResource,
}
Call = Callable[..., Any]


class CloudFormationSeam(Seam):
    """``changed`` is called when a stack's work went on without a request."""

    def __init__(self, clock: Clock, seed: str, changed: Callable[[], None]) -> None:
        super().__init__()
        self._clock = clock
        self._seed = seed
        self._changed = changed

    def _mend(self) -> None:
        LabStack.clock, LabStack.seed = self._clock, self._seed
        LabStack.changed = staticmethod(self._changed)
        self._replace(models, "Stack", LabStack)
        self._wrap(parsing, "resource_class_from_type", ours_or_moto_s)
        for action in ("create_stack", "update_stack", "create_change_set"):
            self._wrap(CloudFormationResponse, action, if_acknowledged)
        self._wrap(CloudFormationBackend, "update_stack", if_something_changes)
        self._wrap(CloudFormationBackend, "create_change_set", if_it_can_be_made)
        self._replace(CloudFormationBackend, "execute_change_set", execute_change_set)
        self._replace(CloudFormationBackend, "delete_stack", delete_stack)
        self._wrap(StackResourceDTO, "__init__", with_its_own_status)
        self._wrap(CloudFormationResponse, "list_stack_resources", listed_with_their_status)


def ours_or_moto_s(class_of: Call) -> Call:
    def resource_class_from_type(resource_type: str) -> Any:
        if resource_type.startswith("AWS::ECS::"):
            return OF_ECS.get(resource_type)
        known = resource_type in parsing.get_model_map()
        return class_of(resource_type) if known or "Custom::" in resource_type else None

    return resource_class_from_type


class InsufficientCapabilitiesError(CloudFormationError):
    code = "InsufficientCapabilitiesException"


def if_acknowledged(act: Call) -> Call:
    """A template that makes roles wants to be acknowledged as one."""

    def acted(response: CloudFormationResponse) -> Any:
        text = response._get_param("TemplateBody")
        needed = template.capabilities(template.checked(safe_templates.load(text))) if text else []
        given = response._get_param("Capabilities", [])
        # The one for roles with names of their own covers those without.
        if needed and not {*needed, "CAPABILITY_NAMED_IAM"} & set(given):
            raise InsufficientCapabilitiesError(f"Requires capabilities : [{needed[0]}]")
        return act(response)

    return acted


def if_something_changes(update: Call) -> Call:
    def update_stack(backend: CloudFormationBackend, **wanted: Any) -> Any:
        stack = lab_stack(backend, wanted["name"])
        stack.refuse_update()
        parameters = backend._resolve_update_parameters(stack, wanted["parameters"])
        same = stack.has_template(wanted["template"]) and stack.has_parameters(parameters)
        if same and wanted["tags"] is None:
            raise ValidationError(message="No updates are to be performed.")
        return update(backend, **wanted)

    return update_stack


def lab_stack(backend: CloudFormationBackend, name_or_id: str) -> LabStack:
    stack = backend.get_stack(name_or_id)
    assert isinstance(stack, LabStack)
    return stack


def if_it_can_be_made(create: Call) -> Call:
    def create_change_set(
        backend: CloudFormationBackend,
        stack_name: str,
        change_set_name: str,
        *given: Any,
        **named: Any,
    ) -> Any:
        text = named.get("template") or (given[0] if given else "")
        template.checked(safe_templates.load(text))
        return create(backend, stack_name, change_set_name, *given, **named)

    return create_change_set


def execute_change_set(
    backend: CloudFormationBackend, change_set_name: str, stack_name: str | None = None
) -> None:
    """Do what a change set says, as CreateStack or UpdateStack would."""
    change_set = change_set_of(backend, change_set_name, stack_name)
    if change_set.execution_status != "AVAILABLE":
        raise ValidationError(
            message=f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current "
            f"status of [{change_set.status}]"
        )
    stack = lab_stack(backend, change_set.stack_id)
    if change_set.change_set_type == "CREATE":
        stack.take(change_set.template, change_set.parameters)
        stack._add_stack_event("CREATE_IN_PROGRESS", resource_status_reason="User Initiated")
        stack.create_resources()
    else:
        stack.update(change_set.template, None, change_set.parameters, change_set.tags)
    change_set.execution_status = "EXECUTE_COMPLETE"


def change_set_of(backend: CloudFormationBackend, name: str, stack_name: str | None) -> ChangeSet:
    named = [
        each
        for each in backend.change_sets.values()
        if name in (each.change_set_id, each.change_set_name)
        and stack_name in (None, each.stack_name, each.stack_id)
    ]
    if not named:
        raise ValidationError(message=f"ChangeSet [{name}] does not exist")
    return named[-1]


def delete_stack(backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    """Begin to delete a stack; one that is not there is gone already."""
    for stack in list(backend.stacks.values()):
        if name_or_stack_id in (stack.name, stack.stack_id):
            if stack.enable_termination_protection is True:
                raise ValidationError(
                    message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection "
                    "is enabled"
                )
            stack.delete()


def with_its_own_status(init: Call) -> Call:
    """A resource's status and time; moto gives the stack's, and an invented time."""

    def described(answer: StackResourceDTO, stack: Any, resource: Any) -> None:
        init(answer, stack, resource)
        event = stack.last_events.get(answer.logical_resource_id)
        if event:
            vars(answer).update(
                resource_status=event.resource_status,
                resource_status_reason=event.resource_status_reason,
                timestamp=event.timestamp,
                last_updated_timestamp=event.timestamp,
            )

    return described


def listed_with_their_status(listed: Call) -> Call:
    def list_stack_resources(response: CloudFormationResponse) -> Any:
        answer = listed(response)
        stack = lab_stack(response.cloudformation_backend, response._get_param("StackName"))
        for each in answer.result["StackResourceSummaries"]:
            event = stack.last_events.get(each["LogicalResourceId"])
            if event:
                each["ResourceStatus"] = event.resource_status
                each["LastUpdatedTimestamp"] = event.timestamp
        return answer

    return list_stack_resources
