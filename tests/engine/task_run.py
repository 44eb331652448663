"""A task that an agent's task engine runs on a Docker Engine, and what becomes of it."""

from __future__ import annotations

import random

from hosts import host_facts

from ecs_tutorial.control_plane.payloads import container_payload
from ecs_tutorial.data_plane.agent_log import AgentLog
from ecs_tutorial.data_plane.agent_settings import AgentSettings
from ecs_tutorial.data_plane.task_engine import TaskEngine

ARN = "arn:aws:ecs:us-east-1:123456789012:task/walk/0123456789abcdef0123456789abcdef"
HOST = host_facts()


class TaskRun:
    """One task in a world; containers are given as a task definition gives them."""

    def __init__(self, world, *definitions, volumes=()):
        self.world = world
        self.reports = []
        self.health = []
        self.engine = TaskEngine(
            runtime=world.runtime,
            clock=world.clock,
            settings=AgentSettings(),
            host=HOST,
            rng=random.Random(1),
            log=AgentLog(world.clock, lambda line: None),
            report=self.reports.append,
            report_health=lambda task: self.health.append(task.health(world.clock.now())),
        )
        self.payload = {
            "arn": ARN,
            "family": "shop",
            "version": "3",
            "desiredStatus": "RUNNING",
            "containers": [
                container_payload(complete(each), {}, "us-east-1") for each in definitions
            ],
            "volumes": list(volumes),
        }
        self.engine.accept(self.payload, "walk")

    @property
    def task(self):
        return self.engine.tasks[ARN]

    def until(self, status, within=20):
        self.world.until(lambda: self.task.status == status, within)
        return self

    def stop(self):
        self.engine.accept({**self.payload, "desiredStatus": "STOPPED"}, "walk")
        return self.until("STOPPED")

    def container(self, name):
        return self.task.containers[name]

    def inspect(self, name="app"):
        return self.world.inspect(self.container(name).runtime_id)

    def reported(self, name):
        """The reports about one container, in order."""
        entries = (entry for report in self.reports for entry in report["containers"])
        return [entry for entry in entries if entry["containerName"] == name]


def complete(definition):
    """A container definition as registration leaves it: with what every one has."""
    return {
        "name": "app",
        "image": "service.invalid/listens",
        "memory": 64,
        **definition,
        "portMappings": [
            {"hostPort": 0, "protocol": "tcp", **mapping}
            for mapping in definition.get("portMappings", ())
        ],
    }
