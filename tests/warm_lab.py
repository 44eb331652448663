"""Imported once by a process from which labs are forked: all that a lab imports and reads."""

from moto.core.utils import get_service_model

import ecs_tutorial.lab
import ecs_tutorial.served.dispatcher  # noqa: F401
from ecs_tutorial import service_models

service_models.read_once()
for name in ("autoscaling", "ec2", "ecr", "ecs", "elbv2", "iam", "ssm"):
    get_service_model(name)
