"""A request's body against botocore's model."""

import json
from datetime import UTC, datetime

import pytest
from moto.core.utils import get_service_model

from ecs_tutorial.control_plane.errors import EcsError
from ecs_tutorial.control_plane.request_shapes import parameters


def read(operation, body):
    model = get_service_model("ecs").operation_model(operation)
    return parameters(model, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_what_the_model_names_comes_out_with_its_type():
    """Numbers, lists and moments; nulls and unknown members are left out."""
    assert read("RunTask", {"taskDefinition": "a", "count": 2, "group": None, "colour": 1}) == {
        "taskDefinition": "a",
        "count": 2,
    }
    report = read("SubmitTaskStateChange", {"pullStartedAt": 1.5})
    assert report == {"pullStartedAt": datetime(1970, 1, 1, 0, 0, 1, 500000, UTC)}
    assert read("ListClusters", b"") == {}


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"count": NaN}'),
        *({"count": "2"}, {"count": 2.5}, {"count": True}, {"count": 2**31}),
        *({"tags": {}}, {"tags": [None]}, {"overrides": []}, {"cluster": "\ud800"}),
    ],
)
def test_other_types_are_refused(body):
    """As a SerializationException, whatever is wrong with them."""
    with pytest.raises(EcsError) as refused:
        read("RunTask", body)
    assert refused.value.code == "SerializationException"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "taskDefinition can not be blank."),
        ({"taskDefinition": "a", "tags": [{"value": "b"}]}, "Tag key cannot be null or empty."),
        (
            {"taskDefinition": "a", "propagateTags": "ALL"},
            "propagateTags should be one of [TASK_DEFINITION,SERVICE,NONE]",
        ),
    ],
)
def test_what_is_missing_or_no_value_is_named(body, text):
    with pytest.raises(EcsError) as refused:
        read("RunTask", body)
    assert (refused.value.code, refused.value.message) == ("InvalidParameterException", text)
