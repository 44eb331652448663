"""What ECS answers is on the wire as moto's own serializer would put it, member by member."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum

import pytest
from botocore.parsers import create_parser
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model

from ecs_tutorial.control_plane import ecs_json
from ecs_tutorial.control_plane.ecs_json import CONTENT_TYPE, on_the_wire

MODEL = get_service_model("ecs")
SAMPLES = 3


class Word(Enum):
    ACTIVE = "ACTIVE"


class Answers:
    """Made-up answers in the form of a shape, with gaps, nothings and the odd strange value."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def value(self, shape):
        if shape.type_name == "structure" and shape.is_document_type:
            return {"any": ["document", 1, None]}
        return getattr(self, shape.type_name)(shape)

    def structure(self, shape):
        names = [*shape.members, "unknownMember"]
        filled = {name: self.member(shape, name) for name in names if self.rng.random() < 0.8}
        shuffled = list(filled.items())
        self.rng.shuffle(shuffled)
        return dict(shuffled)

    def member(self, shape, name):
        if name not in shape.members or self.rng.random() < 0.1:
            return None
        return self.value(shape.members[name])

    def list(self, shape):
        return [self.value(shape.member) for _ in range(self.rng.randrange(3))]

    def map(self, shape):
        return {key: self.value(shape.value) for key in ("b", "a")[: self.rng.randrange(3)]}

    def string(self, shape):
        return self.rng.choice(["", "text", "ü ☃ \"'\\ <RequestId>", Word.ACTIVE, 5, True])

    def integer(self, shape):
        return self.rng.choice([0, 7, 7.0, "8", True])

    long = integer

    def double(self, shape):
        return self.rng.choice([0, 0.25, "2.5"])

    def boolean(self, shape):
        return self.rng.choice([True, False])

    def timestamp(self, shape):
        moment = datetime(2026, 10, 5, 9, 0, 1, tzinfo=UTC)
        finer = timedelta(microseconds=self.rng.choice([0, 999, 1000, 123456, 999999]))
        elsewhere = moment.astimezone(timezone(timedelta(hours=2)))
        return self.rng.choice([moment + finer, elsewhere, moment.isoformat(), 1759654801])


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
