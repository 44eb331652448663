"""What a template says, before anything is made of it: names, order, types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError

NAMED_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9:]+)(?:\.[^}]*)?\}")
WITHOUT_EFFECT = ("AWS::CDK::Metadata",)
"""Types of which nothing is made, here and on AWS."""
IAM_TYPES = tuple(
    f"AWS::IAM::{each}"
    for each in ("AccessKey", "Group", "InstanceProfile", "ManagedPolicy", "Policy", "Role", "User")
)
OWN_NAMES = {"GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName"}
Template = Mapping[str, Any]


def checked(template: Template) -> Template:
    """The template; refused if it cannot be made: unknown types, unknown names, circles."""
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise ValidationError(
            message="Template format error: At least one Resources member must be defined."
        )
    for name, resource in resources.items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if not kind:
            raise ValidationError(
                message=f"Template format error: [/Resources/{name}] Every Resources object must "
                "contain a Type member."
            )
        refuse_unsupported(str(kind))
    for block in ("Resources", "Outputs"):
        refuse_unknown_names(template, block)
    order(template)
    return template


def refuse_unsupported(kind: str) -> None:
    if kind in WITHOUT_EFFECT or kind in parsing.NULL_MODELS or kind.startswith("Custom::"):
        return
    if parsing.resource_class_from_type(kind) is None:
        # AWS: CloudFormation creates hundreds of types; the lab's stacks have some of them.
        raise ValidationError(
            message=f"This lab does not create {kind} from a template. Make it with its own API."
        )


def refuse_unknown_names(template: Template, block: str) -> None:
    known = {*template["Resources"], *(template.get("Parameters") or ())}
    named = references(template.get(block) or {})
    unknown = sorted({n for n in named if n not in known and not n.startswith("AWS::")})
    if unknown:
        raise ValidationError(
            message="Template format error: Unresolved resource dependencies "
            f"[{', '.join(unknown)}] in the {block} block of the template"
        )


def references(value: Any) -> Iterator[str]:
    """The names that a part of a template refers to, by Ref, Fn::GetAtt or Fn::Sub.

    >>> sorted(references({"A": {"Ref": "Group"}, "B": {"Fn::Sub": "${Web.Arn}/${!x}"}}))
    ['Group', 'Web']
    """
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        for key, given in value.items():
            if key == "Ref":
                yield str(given)
            elif key == "Fn::GetAtt":
                yield str(given[0] if isinstance(given, list) else given).split(".")[0]
            elif key == "Fn::Sub":
                yield from named_in(given)
            else:
                yield from references(given)


def named_in(sub: Any) -> Iterator[str]:
    text, own = sub if isinstance(sub, list) else (sub, {})
    yield from (name for name in NAMED_IN_TEXT.findall(str(text)) if name not in own)
    yield from references(own)


def order(template: Template) -> list[str]:
    """The resources, each after those that it needs, and otherwise as they stand."""
    try:
        return list(sorter(template).static_order())
    except CycleError as error:
        circle = ", ".join(dict.fromkeys(error.args[1]))
        raise ValidationError(
            message=f"Circular dependency between resources: [{circle}]"
        ) from error


def sorter(template: Template) -> TopologicalSorter[str]:
    """Gives out each resource as soon as those that it needs are there."""
    resources = template["Resources"]
    return TopologicalSorter({name: needed(each, resources) for name, each in resources.items()})


def needed(resource: Any, resources: Iterable[str]) -> list[str]:
    after = resource.get("DependsOn") or []
    after = [after] if isinstance(after, str) else list(after)
    names = dict.fromkeys([*after, *references(resource.get("Properties") or {})])
    return [name for name in names if name in resources]


def parameter(
    name: str, declared: Mapping[str, Any], given: Mapping[str, Any], resolved: Mapping[str, Any]
) -> dict[str, Any]:
    value = "****" if declared.get("NoEcho") else str(given.get(name, declared.get("Default")))
    described = {"ParameterKey": name, "ParameterValue": value}
    if str(declared.get("Type")).startswith("AWS::SSM::Parameter::"):
        described["ResolvedValue"] = resolved[name]
    return described


def capabilities(template: Template) -> list[str]:
    """What whoever hands in a template has to acknowledge: that it makes roles and their like."""
    of_iam = [
        each.get("Properties") or {}
        for each in template["Resources"].values()
        if str(each.get("Type")) in IAM_TYPES
    ]
    if not of_iam:
        return []
    named = any(set(properties) & OWN_NAMES for properties in of_iam)
    return ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"]
