"""A template's properties as the request of an ECS operation, by botocore's model of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.utils import get_service_model

from .failures import invalid_properties

SPELLED_OTHERWISE = {
    "efsVolumeConfiguration": "EFSVolumeConfiguration",
    "fileSystemId": "FilesystemId",
    "fsxWindowsFileServerVolumeConfiguration": "FSxWindowsFileServerVolumeConfiguration",
    "iam": "IAM",
    "placementStrategy": "PlacementStrategies",
    "settings": "ClusterSettings",
}
"""Members whose name in a template is another one than the API's with a capital letter."""
FOUND = {dict: "JSONObject", list: "JSONArray", bool: "Boolean", int: "Integer", float: "Number"}
EXPECTED = {
    **{"structure": "JSONObject", "map": "JSONObject", "list": "JSONArray", "string": "String"},
    **{"integer": "Integer", "long": "Integer", "double": "Number", "boolean": "Boolean"},
}


def request_of(operation: str, properties: Mapping[str, Any], logical_id: str) -> dict[str, Any]:
    """The request; what does not fit into it is objected to, all of it at once."""
    shape = get_service_model("ecs").operation_model(operation).input_shape
    objections: list[str] = []
    request = converted(shape, dict(properties), "#", objections)
    if objections:
        raise invalid_properties(logical_id, objections)
    return dict(request)


def members(operation: str) -> frozenset[str]:
    """The names of what an operation's request may have."""
    return frozenset(get_service_model("ecs").operation_model(operation).input_shape.members)


def template_name(member: str) -> str:
    """What a member of the API is called in a template.

    >>> template_name("containerDefinitions"), template_name("placementStrategy")
    ('ContainerDefinitions', 'PlacementStrategies')
    """
    return SPELLED_OTHERWISE.get(member, member[0].upper() + member[1:])


def converted(shape: Shape, given: Any, where: str, objections: list[str]) -> Any:
    if isinstance(shape, StructureShape) and isinstance(given, dict):
        return structure(shape, given, where, objections)
    if isinstance(shape, ListShape) and isinstance(given, list):
        return [
            converted(shape.member, each, f"{where}/{index}", objections)
            for index, each in enumerate(given)
        ]
    if isinstance(shape, MapShape) and isinstance(given, dict):
        return {
            str(key): converted(shape.value, value, f"{where}/{key}", objections)
            for key, value in given.items()
        }
    try:
        return scalar(shape.type_name, given)
    except ValueError:
        found = FOUND.get(type(given), "String")
        objections.append(f"{where}: expected type: {EXPECTED[shape.type_name]}, found: {found}")
        return None


def structure(
    shape: StructureShape, given: dict[str, Any], where: str, objections: list[str]
) -> dict[str, Any]:
    names = {template_name(member): member for member in shape.members}
    missing = [template_name(each) for each in shape.required_members]
    objections += [f"{where}: required key [{n}] not found" for n in missing if n not in given]
    unknown = [name for name in given if name not in names]
    objections += [f"{where}: extraneous key [{name}] is not permitted" for name in unknown]
    return {
        names[name]: converted(shape.members[names[name]], value, f"{where}/{name}", objections)
        for name, value in given.items()
        if name in names
    }


def scalar(kind: str, given: Any) -> Any:
    """A template may give numbers and truth values as text, and text as numbers."""
    if isinstance(given, dict | list) or kind not in EXPECTED:
        raise ValueError(given)
    if kind == "string":
        return str(given).lower() if isinstance(given, bool) else str(given)
    if kind == "boolean":
        return {"true": True, "false": False}[lower(given)]
    return float(given) if kind == "double" else int(given)


def lower(given: Any) -> str:
    text = str(given).lower()
    if text not in ("true", "false"):
        raise ValueError(given)
    return text
