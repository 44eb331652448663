"""Answers in the form of botocore's shapes, as odd as moto's own serializer takes them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum


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

    float = double

    def blob(self, shape):
        return self.rng.choice(["text", b"bytes \xff"])
