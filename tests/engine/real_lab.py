"""A lab in this process whose containers are real, as tests of its edges hold it.

Its instances boot at once: how long a boot takes is no matter of containers.
"""

from __future__ import annotations

import time
from contextlib import contextmanager

import boto3
import labs
import pytest
import walk
from surroundings import enter_fence

from ecs_tutorial.data_plane import ec2_host
from ecs_tutorial.lab import LocalEcs

LOOK_EVERY = 0.05


class RealLab(labs.InProcessLab):
    """The lab with its clients; ``engine`` is the tests' own way to its containers."""

    way = "real"

    def __init__(self, session, local, engine):
        self.engine = engine
        super().__init__(session, local)

    def pass_time(self, seconds):
        self.local.pass_time(seconds)

    def until(self, holds, lab_seconds=60, step=None):
        """Look often until ``holds()``; what it gave. The machine may be busy."""
        end = time.monotonic() + lab_seconds
        while time.monotonic() < end:
            if found := holds():
                return found
            time.sleep(LOOK_EVERY)
        raise AssertionError(f"not within {lab_seconds} seconds")

    def fleet(self, count=1, **wish):
        """The article's cluster with container instances; their EC2 ids."""
        self.cluster()
        data = f"#!/bin/bash\necho ECS_CLUSTER={walk.CLUSTER} >> /etc/ecs/ecs.config\n"
        ids = self.run(data, count=count, SecurityGroupIds=[self.group], **wish)
        self.until(lambda: len(self.instances()) == count)
        return ids

    def marked(self, **labels):
        """The lab's containers on the engine, those alone that also have ECS's ``labels``."""
        marks = [f"com.amazonaws.ecs.{k.replace('_', '-')}={v}" for k, v in labels.items()]
        filters = {"label": [f"ecs-tutorial.lab={self.local.on_engine}", *marks]}
        return self.engine.containers(all=True, filters=filters)

    def inspect(self, task, name="app"):
        """``docker inspect`` of a container of a task, by what DescribeTasks says of it."""
        [runtime_id] = [c["runtimeId"] for c in task["containers"] if c["name"] == name]
        return self.engine.inspect_container(runtime_id)

    def steady(self, service, running):
        """Wait until a service has that many tasks RUNNING and no other; their ARNs."""

        def is_steady():
            found = self.service(service)
            done = (found["runningCount"], found["pendingCount"]) == (running, 0)
            tasks = self.tasks(service)
            return done and len(tasks) == running and [task["taskArn"] for task in tasks]

        return self.until(is_steady, 120) if running else self.until(lambda: is_steady() == [])


@contextmanager
def real_lab(name, engine_url, engine, folder, allow=()):
    """A lab on an engine; afterwards nothing of it is there."""
    with pytest.MonkeyPatch.context() as patch:
        enter_fence(patch, folder, engine_url)
        patch.setattr(ec2_host, "CLOUD_INIT_SECONDS", 0.1)
        patch.setattr(ec2_host, "AGENT_SECONDS", 0.2)
        local = LocalEcs(on_engine=name, allow=allow)
        local.install()
        lab = RealLab(boto3.Session(), local, engine)
        try:
            with local.patient():
                yield lab
        finally:
            local.stop()
    assert lab.marked() == []
