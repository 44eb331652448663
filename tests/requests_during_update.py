"""Many requests to a load balancer while the service behind it is updated, and how they went."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import walk

from ecs_tutorial.control_plane import load_balancing
from ecs_tutorial.control_plane.service_targets import RegionalTargets

REQUESTS = 2_000
VISITORS = 4
ANSWERS_BETWEEN = 40


def without_draining(monkeypatch):
    """Tasks are stopped at once; their targets go when somebody notices that the tasks have."""
    monkeypatch.setattr(load_balancing, "takes_requests", lambda *_: False)
    monkeypatch.setattr(RegionalTargets, "has", lambda *_: False)


class Answers(Counter):
    """Statuses as they come in from several visitors at once."""

    def __init__(self):
        super().__init__()
        self._changed = threading.Condition()

    def add(self, status):
        with self._changed:
            self[status] += 1
            self._changed.notify_all()

    def await_more(self, count):
        """Wait for that many answers more."""
        with self._changed:
            wanted = self.total() + count
            assert self._changed.wait_for(lambda: self.total() >= wanted, timeout=60)


def serve_during_update(front, visitor):
    """The statuses of at least 2,000 requests, from before a rolling update until after it.

    Time moves on only when there were answers in between, so that no moment goes unvisited.
    """
    answers, over = Answers(), threading.Event()

    def visit():
        while not over.is_set() or answers.total() < REQUESTS:
            answers.add(visitor.get()[0])

    def is_done():
        answers.await_more(ANSWERS_BETWEEN)
        return is_over(front)

    with ThreadPoolExecutor(VISITORS) as pool:
        visits = [pool.submit(visit) for _ in range(VISITORS)]
        try:
            front.lab.ecs.update_service(
                cluster=walk.CLUSTER, service="web", forceNewDeployment=True
            )
            front.lab.until(is_done, step=0.25)
        finally:
            over.set()
    for each in visits:
        each.result()
    return answers


def is_over(front):
    service = front.lab.service("web")
    return len(service["deployments"]) == 1 and "steady state" in service["events"][0]["message"]
