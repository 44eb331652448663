"""What ECS answers is on the wire as moto's own serializer would put it, member by member."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from botocore.parsers import create_parser
from made_up_answers import Answers
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model

from ecs_tutorial.control_plane import ecs_json
from ecs_tutorial.control_plane.ecs_json import CONTENT_TYPE, on_the_wire

MODEL = get_service_model("ecs")
SAMPLES = 3


def by_moto(operation, answer):
    model = MODEL.operation_model(operation)
    serializer = get_serializer_class("ecs", "json")(
        operation_model=model, value_picker=XFormedAttributePicker()
    )
    return serializer.serialize(answer)


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_an_answer_has_the_bytes_that_moto_would_send(operation):
    shape = MODEL.operation_model(operation).output_shape
    for seed in range(SAMPLES):
        answer = Answers(seed).value(shape)
        expected = by_moto(operation, answer)
        assert on_the_wire(operation, answer) == expected["body"]
        assert expected["headers"]["Content-Type"] == CONTENT_TYPE


def test_botocore_reads_what_is_sent():
    shape = MODEL.operation_model("DescribeTasks").output_shape
    began = datetime(2026, 10, 5, 9, 0, 1, 500_000, tzinfo=UTC)
    task = {"taskArn": "arn", "startedAt": began, "version": 2, "tags": [], "unknown": 1}
    body = on_the_wire("DescribeTasks", {"tasks": [task], "failures": []})
    sent = {"body": body.encode(), "headers": {}, "status_code": 200}
    read = create_parser("json").parse(sent, shape)["tasks"][0]
    assert read == {"taskArn": "arn", "startedAt": began, "version": 2, "tags": []}


def test_what_is_no_structure_is_sent_as_an_empty_one():
    body = on_the_wire("ListTagsForResource", {"tags": ["no tag", None, {"key": "a"}]})
    assert json.loads(body) == {"tags": [{}, None, {"key": "a"}]}


def test_a_writer_is_made_once_for_each_operation():
    first = ecs_json.writer_of_operation("ListTasks")
    assert ecs_json.writer_of_operation("ListTasks") is first
