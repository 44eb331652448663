"""A stack's resources, made, changed and removed one after the other.

Each piece of work is a generator that yields while it has to wait: for a service to become
stable, for an instance to boot or to end. Who waits, and how long a look is apart, is not known
here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from moto.cloudformation import parsing
from moto.cloudformation.parsing import ResourceMap
from moto.ec2.models import ec2_backends
from moto.ec2.models.core import TaggedEC2Resource

from . import other_resources
from .ecs_resources import EcsResource
from .failures import ResourceFailedError, any_failure

REFUSALS_TAKEN = 120
"""How often a resource refuses to be removed before its deletion has failed."""
# AWS: how often and how long it tries is the affair of each resource type.


class Tell(Protocol):
    """Adds an event of a resource to its stack's."""

    def __call__(
        self, name: str, kind: str, status: str, reason: str | None, physical_id: str
    ) -> None: ...


@dataclass
class Made:
    """A resource that is there, and what it was last made of."""

    name: str
    kind: str
    resource: Any
    properties: dict[str, Any]
    retained: bool = False

    @property
    def physical_id(self) -> str:
        return str(getattr(self.resource, "physical_resource_id", "") or "")


class ResourceWork:
    """``resources`` is moto's map of a template's names; ``made`` what is there."""

    def __init__(self, place: tuple[str, str], tell: Tell) -> None:
        self.place = place
        self.made: dict[str, Made] = {}
        self.resources: ResourceMap
        self._tell = tell

    def take(self, resources: ResourceMap) -> None:
        """From now on work by this template, with what is there already."""
        present = {name: made.resource for name, made in self.made.items()}
        resources._parsed_resources.update(present)
        self.resources = resources

    def template_of(self, name: str) -> dict[str, Any]:
        return dict(self.resources._resource_json_map[name])

    def is_wanted(self, name: str) -> bool:
        """Whether a resource's condition lets it be."""
        template = self.template_of(name)
        condition = template.get("Condition")
        without = other_resources.is_without_effect(template["Type"])
        return not without and (not condition or self.resources.lazy_condition_map[condition])

    # --- make ----------------------------------------------------------------------

    def make(self, name: str) -> Iterator[None]:
        kind = self.template_of(name)["Type"]
        self._tell(name, kind, "CREATE_IN_PROGRESS", None, "")
        with self._failing(name, kind, "CREATE_FAILED"):
            made = self._made(name, kind)
            self._tell(
                name, kind, "CREATE_IN_PROGRESS", "Resource creation Initiated", made.physical_id
            )
            while not other_resources.is_ready(kind, made.resource):
                yield
        self._tell(name, kind, "CREATE_COMPLETE", None, made.physical_id)

    def _made(self, name: str, kind: str) -> Made:
        template = copy.deepcopy(self.template_of(name))
        class_, json, made_up = parsing.parse_resource_and_generate_name(
            name, template, self.resources
        )
        properties = json["Properties"]
        resource = class_.create_from_cloudformation_json(
            made_up,
            {**json, "Properties": other_resources.prepared(kind, properties)},
            *self.place,
            LogicalId=name,
            StackId=self.resources.stack_id,
            ResourceType=kind,
        )
        resource.cf_resource_type, resource.logical_resource_id = kind, name
        retained = template.get("DeletionPolicy") == "Retain"
        made = self.made[name] = Made(name, kind, resource, properties, retained)
        self.resources._parsed_resources[name] = resource
        self._tag(made)
        other_resources.completed(kind, resource, properties, self.place)
        return made

    def _tag(self, made: Made) -> None:
        """EC2's resources bear the names of their stack."""
        # AWS: those of other services do too.
        if isinstance(made.resource, TaggedEC2Resource):
            account_id, region = self.place
            tags = self.resources.tags | {
                "aws:cloudformation:stack-name": self.resources["AWS::StackName"],
                "aws:cloudformation:stack-id": self.resources.stack_id,
                "aws:cloudformation:logical-id": made.name,
            }
            ec2_backends[account_id][region].create_tags([made.physical_id], tags)

    def cancel(self, name: str) -> None:
        """Give up a resource that is being made, as another one has failed."""
        kind = self.template_of(name)["Type"]
        made = self.made.get(name)
        physical_id = made.physical_id if made else ""
        self._tell(name, kind, "CREATE_FAILED", "Resource creation cancelled", physical_id)

    # --- change --------------------------------------------------------------------

    def bring(self, name: str, obsolete: list[Made]) -> Iterator[None]:
        """Make a resource as the template now wants it; what it no longer needs is obsolete."""
        if not self.is_wanted(name):
            if name in self.made:
                obsolete.append(self._forgotten(name))
        elif name not in self.made:
            yield from self.make(name)
        else:
            made = self.made[name]
            with self._failing(name, made.kind, "UPDATE_FAILED"):
                wanted = self._wanted_properties(name)
            if wanted != made.properties:
                yield from self._change(made, wanted, obsolete)

    def _wanted_properties(self, name: str) -> dict[str, Any]:
        template = copy.deepcopy(self.template_of(name))
        _, json, _ = parsing.parse_resource(template, self.resources)
        return dict(json["Properties"])

    def _change(self, made: Made, wanted: dict[str, Any], obsolete: list[Made]) -> Iterator[None]:
        reason = None
        replaces = is_replaced(made, wanted)
        if replaces:
            reason = (
                "Requested update requires the creation of a new physical resource; hence creating "
                "one."
            )
        self._tell(made.name, made.kind, "UPDATE_IN_PROGRESS", reason, made.physical_id)
        with self._failing(made.name, made.kind, "UPDATE_FAILED"):
            if replaces:
                obsolete.append(made)
                made = self._made(made.name, made.kind)
            else:
                self._change_in_place(made, wanted)
            while not other_resources.is_ready(made.kind, made.resource):
                yield
        self._tell(made.name, made.kind, "UPDATE_COMPLETE", None, made.physical_id)

    def _change_in_place(self, made: Made, wanted: dict[str, Any]) -> None:
        account_id, region = self.place
        changed = type(made.resource).update_from_cloudformation_json(
            original_resource=made.resource,
            new_resource_name=made.physical_id,
            cloudformation_json={
                "Type": made.kind,
                "Properties": other_resources.prepared(made.kind, wanted),
            },
            account_id=account_id,
            region_name=region,
        )
        changed.cf_resource_type, changed.logical_resource_id = made.kind, made.name
        other_resources.completed(made.kind, changed, wanted, self.place)
        made.resource, made.properties = changed, wanted
        self.resources._parsed_resources[made.name] = changed

    # --- remove --------------------------------------------------------------------

    def _forgotten(self, name: str) -> Made:
        self.resources._parsed_resources.pop(name, None)
        return self.made.pop(name)

    def restore(self, obsolete: list[Made]) -> list[Made]:
        """Put back what was to go; what took its place is obsolete instead."""
        replaced = [self.made[each.name] for each in obsolete if each.name in self.made]
        self.made |= {each.name: each for each in obsolete}
        return replaced

    def remove(self, made: Made) -> Iterator[None]:
        """Remove a resource, patiently: others may have to let go of it."""
        if made.retained:
            self._tell(made.name, made.kind, "DELETE_SKIPPED", None, made.physical_id)
        else:
            yield from self._remove(made)
        if self.made.get(made.name) is made:
            self._forgotten(made.name)

    def _remove(self, made: Made) -> Iterator[None]:
        self._tell(made.name, made.kind, "DELETE_IN_PROGRESS", None, made.physical_id)
        with self._failing(made.name, made.kind, "DELETE_FAILED"):
            refused = 0
            while True:
                try:
                    self._remove_now(made)
                    break
                except Exception:
                    refused += 1
                    if refused == REFUSALS_TAKEN:
                        raise
                yield
            while not other_resources.is_gone(made.kind, made.resource):
                yield
        self._tell(made.name, made.kind, "DELETE_COMPLETE", None, made.physical_id)

    def _remove_now(self, made: Made) -> None:
        other_resources.let_go(made.kind, made.resource, self.place)
        removal = other_resources.removal(made.kind, made.resource, self.place)
        if removal:
            removal()
        else:
            json = {"Type": made.kind, "Properties": made.properties}
            self.resources._delete_resource(made.resource, json)

    @contextmanager
    def _failing(self, name: str, kind: str, status: str) -> Iterator[None]:
        """Whatever goes wrong with a resource is told as an event, and fails it."""
        try:
            yield
        except GeneratorExit:
            raise
        except Exception as error:
            failed: ResourceFailedError = any_failure(name, error)
            made = self.made.get(name)
            self._tell(name, kind, status, str(failed), made.physical_id if made else "")
            raise failed from error


def is_replaced(made: Made, wanted: dict[str, Any]) -> bool:
    """Whether a change needs another resource in this one's place."""
    if isinstance(made.resource, EcsResource):
        fixed = made.resource.replaced_by
        return not fixed or any(made.properties.get(each) != wanted.get(each) for each in fixed)
    # AWS: many of these change in place; moto makes them anew.
    return hasattr(made.resource.update_from_cloudformation_json, "__isabstractmethod__")
