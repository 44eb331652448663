"""A Docker runtime with its clock, as the runtime contract asks for one."""

from __future__ import annotations

import threading
import time

from runtime_contract import World

from ecs_tutorial.clock import WallClock
from ecs_tutorial.data_plane.docker_engine import DockerEngine
from ecs_tutorial.data_plane.docker_runtime import DockerRuntime


class DockerWorld(World):
    """One lab with one instance on an engine; time is the machine's."""

    shell = "busybox"
    service = "service.invalid/listens"

    def __init__(self, lab_id, instance_id, engine_url, allowed=frozenset()):
        self.lock = threading.RLock()
        self.clock = WallClock()
        self.engine = DockerEngine(lab_id, self.hand_back, engine_url)
        super().__init__(DockerRuntime(self.engine, instance_id, self.clock, allowed))

    def hand_back(self, action):
        with self.lock:
            self.clock.call_later(0, action)

    def wait(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()

    def until(self, condition, within=20):
        end = time.monotonic() + within
        while not condition() and time.monotonic() < end:
            self.look()
        assert condition()

    def look(self):
        time.sleep(0.01)
        with self.lock:
            self.clock.run_due()

    def inspect(self, runtime_id):
        return self.engine.client.inspect_container(runtime_id)

    def close(self):
        self.engine.close()
