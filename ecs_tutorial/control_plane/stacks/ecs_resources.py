"""The ECS resources of a stack, made, changed and removed by the lab's own ECS operations.

The class methods have the names by which moto's CloudFormation calls a resource; what Ref and
Fn::GetAtt give is AWS's documentation's.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.core.exceptions import ServiceException
from moto.core.utils import get_service_model

from ..ecs_api import OPERATIONS, backend
from ..ecs_backend import EcsBackend
from ..request_shapes import parameters
from .failures import refused
from .properties import members, request_of

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What a template wants of one resource."""

    logical_id: str
    name: str
    """The name that CloudFormation makes up; a resource may have one of its own."""
    properties: Properties

    def request(self, operation: str, **more: Any) -> dict[str, Any]:
        return request_of(operation, {**more, **self.properties}, self.logical_id)


class EcsResource(ABC):
    """One resource; ``replaced_by`` are the properties that cannot change in place."""

    replaced_by: ClassVar[frozenset[str]] = frozenset()
    attributes: ClassVar[frozenset[str]] = frozenset()
    cf_resource_type = ""

    def __init__(self, store: EcsBackend, logical_id: str, physical_id: str) -> None:
        self.store = store
        self.logical_resource_id = logical_id
        self.physical_resource_id = physical_id
        """What Ref gives."""

    # --- as moto's CloudFormation calls it ----------------------------------------

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
        **of_stack: Any,
    ) -> Self:
        properties = cloudformation_json.get("Properties") or {}
        wish = Wish(of_stack["LogicalId"], resource_name, properties)
        return cls.make(backend(account_id, region_name), wish)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        properties = cloudformation_json.get("Properties") or {}
        wish = Wish(original_resource.logical_resource_id, new_resource_name, properties)
        original_resource.change(wish)
        return original_resource

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.attributes

    def get_cfn_attribute(self, attribute_name: str) -> str:
        if attribute_name not in self.attributes:
            raise UnformattedGetAttTemplateException
        return self.attribute(attribute_name)

    # --- what each does in its own way ---------------------------------------------

    @classmethod
    @abstractmethod
    def make(cls, store: EcsBackend, wish: Wish) -> Self: ...

    @abstractmethod
    def change(self, wish: Wish) -> None: ...

    @abstractmethod
    def remove(self) -> None: ...

    def attribute(self, name: str) -> str:
        return self.physical_resource_id

    def is_ready(self) -> bool:
        return True

    def is_gone(self) -> bool:
        return True

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return called(self.store, self.logical_resource_id, operation, request)


def called(
    store: EcsBackend, logical_id: str, operation: str, request: Mapping[str, Any]
) -> dict[str, Any]:
    """An operation of the lab's ECS; its error is the reason why the resource failed."""
    function: Callable[..., dict[str, Any]] = OPERATIONS[snake_case(operation)]
    model = get_service_model("ecs").operation_model(operation)
    try:
        # Its form is held against the API's model, as that of any other request.
        return function(store, parameters(model, json.dumps(request).encode()))
    except ServiceException as error:
        raise refused(logical_id, operation, error) from error


def snake_case(operation: str) -> str:
    """
    >>> snake_case("RegisterTaskDefinition")
    'register_task_definition'
    """
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in operation)[1:]


class ClusterResource(EcsResource):
    """AWS::ECS::Cluster; Ref gives its name."""

    replaced_by = frozenset({"ClusterName"})
    attributes = frozenset({"Arn"})
    providers = frozenset({"CapacityProviders", "DefaultCapacityProviderStrategy"})

    @classmethod
    def make(cls, store: EcsBackend, wish: Wish) -> Self:
        request = wish.request("CreateCluster", ClusterName=wish.name)
        called(store, wish.logical_id, "CreateCluster", request)
        return cls(store, wish.logical_id, request["clusterName"])

    def change(self, wish: Wish) -> None:
        request = wish.request("CreateCluster")
        named = {"cluster": self.physical_resource_id}
        known = {each: request[each] for each in members("UpdateCluster") & set(request)}
        self.call("UpdateCluster", named | known)
        providers = {
            "capacityProviders": request.get("capacityProviders") or [],
            "defaultCapacityProviderStrategy": request.get("defaultCapacityProviderStrategy") or [],
        }
        self.call("PutClusterCapacityProviders", named | providers)

    def remove(self) -> None:
        self.call("DeleteCluster", {"cluster": self.physical_resource_id})

    def attribute(self, name: str) -> str:
        return self.store.arn(f"cluster/{self.physical_resource_id}")


class TaskDefinitionResource(EcsResource):
    """AWS::ECS::TaskDefinition; Ref gives the ARN of the revision, any change the next one."""

    attributes = frozenset({"TaskDefinitionArn"})

    @classmethod
    def make(cls, store: EcsBackend, wish: Wish) -> Self:
        request = wish.request("RegisterTaskDefinition", Family=wish.name)
        answer = called(store, wish.logical_id, "RegisterTaskDefinition", request)
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return cls(store, wish.logical_id, arn)

    def change(self, wish: Wish) -> None:
        """Never called: a revision does not change, it is replaced."""
        raise NotImplementedError

    def remove(self) -> None:
        self.call("DeregisterTaskDefinition", {"taskDefinition": self.physical_resource_id})


class CapacityProviderResource(EcsResource):
    """AWS::ECS::CapacityProvider; Ref gives its name."""

    replaced_by = frozenset({"Name"})
    # AWS: another Auto Scaling group needs another provider; here the first one stays.

    @classmethod
    def make(cls, store: EcsBackend, wish: Wish) -> Self:
        request = wish.request("CreateCapacityProvider", Name=wish.name)
        called(store, wish.logical_id, "CreateCapacityProvider", request)
        return cls(store, wish.logical_id, request["name"])

    def change(self, wish: Wish) -> None:
        request = wish.request("CreateCapacityProvider", Name=self.physical_resource_id)
        given = request.get("autoScalingGroupProvider") or {}
        known = {key: value for key, value in given.items() if key != "autoScalingGroupArn"}
        named = {"name": self.physical_resource_id}
        self.call("UpdateCapacityProvider", {**named, "autoScalingGroupProvider": known})

    def remove(self) -> None:
        self.call("DeleteCapacityProvider", {"capacityProvider": self.physical_resource_id})


class AssociationsResource(EcsResource):
    """AWS::ECS::ClusterCapacityProviderAssociations; Ref gives the name of the cluster."""

    replaced_by = frozenset({"Cluster"})

    @classmethod
    def make(cls, store: EcsBackend, wish: Wish) -> Self:
        request = wish.request("PutClusterCapacityProviders")
        called(store, wish.logical_id, "PutClusterCapacityProviders", request)
        return cls(store, wish.logical_id, request["cluster"])

    def change(self, wish: Wish) -> None:
        self.call("PutClusterCapacityProviders", wish.request("PutClusterCapacityProviders"))

    def remove(self) -> None:
        nothing: dict[str, Any] = {"capacityProviders": [], "defaultCapacityProviderStrategy": []}
        self.call("PutClusterCapacityProviders", {"cluster": self.physical_resource_id, **nothing})
