"""Every operation of botocore's ECS model is the lab's own or refused in words."""

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from ecs_tutorial.control_plane.ecs_api import OPERATIONS, OWN, REFUSED

ECS = get_service_model("ecs")
VALUES = {"string": "x", "integer": 1, "long": 1, "double": 1.0, "boolean": True}
ABOUT_OTHER_THINGS = ("Daemon", "ExpressGateway", "Gateway", "ContinueServiceDeployment")


def least(shape):
    """The smallest value of a shape: required members only."""
    if shape.type_name == "structure":
        union = list(shape.members)[:1] if shape.is_tagged_union else []
        return {name: least(shape.members[name]) for name in shape.required_members or union}
    if shape.type_name == "list":
        return [least(shape.member)]
    return (shape.enum or [None])[0] if getattr(shape, "enum", None) else VALUES[shape.type_name]


def test_none_is_left_to_moto():
    """Moto's answers know neither the lab's clusters nor its tasks."""
    names = {xform_name(name) for name in ECS.operation_names}
    assert OPERATIONS.keys() == names
    assert not OWN.keys() & REFUSED.keys()


def test_only_what_is_no_part_of_ecs_on_ec2_is_refused():
    """Managed Instances, Express Mode, gateways, lifecycle hooks."""
    refused = {name for name in ECS.operation_names if xform_name(name) in REFUSED}
    assert refused == {
        n for n in ECS.operation_names if any(part in n for part in ABOUT_OTHER_THINGS)
    }


@pytest.mark.parametrize("name", ECS.operation_names)
def test_the_least_request_is_answered_or_refused_as_modelled(in_process, name):
    """Whatever the operation, the answer is one of its model's."""
    model = ECS.operation_model(name)
    call = getattr(in_process.ecs, xform_name(name))
    try:
        call(**least(model.input_shape))
    except ClientError as refused:
        answer = refused.response
        known = {shape.name for shape in model.error_shapes}
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert answer["Error"]["Code"] in known
        assert answer["Error"]["Message"]
