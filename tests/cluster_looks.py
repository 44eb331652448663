"""Looks at a cluster as ECS would answer them, for the tests of what is drawn from one."""

from datetime import UTC, datetime, timedelta

from test_diagrams import ECS, instance, task

from ecs_tutorial.notebook.cluster_look import Look

NINE = datetime(2026, 10, 5, 9, 0, 0, tzinfo=UTC)
NOTHING = Look("Wordpress")


def at(seconds):
    return NINE + timedelta(seconds=seconds)


def service(name="web", *, desired=2, running=1, pending=1, least=50, most=200, **changes):
    events = [(12, "has reached a steady state."), (1, "has started 2 tasks.")]
    deployment = {"id": f"ecs-svc/{name}", "status": "PRIMARY", "createdAt": at(0)}
    return {
        "serviceName": name,
        "status": "ACTIVE",
        "taskDefinition": f"{ECS}task-definition/{name}:1",
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": pending,
        "deployments": [deployment],
        "deploymentConfiguration": {"minimumHealthyPercent": least, "maximumPercent": most},
        "events": [
            {"id": f"{name}-{s}", "createdAt": at(s), "message": f"(service {name}) {words}"}
            for s, words in events
        ],
        **changes,
    }


def task_of(name, number, on, status="RUNNING", **changes):
    """A task of a service, or of none if ``name`` is empty; created at nine."""
    record = task(number, on, status)
    group = f"service:{name}" if name else "family:alone"
    times = {"createdAt": at(number), "pullStartedAt": at(number + 1)}
    if status in ("RUNNING", "STOPPED"):
        times |= {"pullStoppedAt": at(number + 3), "startedAt": at(number + 4)}
    if status == "STOPPED":
        times |= {"stoppingAt": at(number + 9), "stoppedAt": at(number + 11)}
        times |= {"stoppedReason": "Essential container in task exited"}
        record["containers"][0] |= {"exitCode": 3, "reason": "it <failed>"}
    desired = "STOPPED" if status == "STOPPED" else "RUNNING"
    return record | {"group": group, "desiredStatus": desired} | times | changes


BUSY = Look(
    "Wordpress",
    [
        instance(1, "us-east-1a", cpu=20, memory=1000),
        instance(2, "us-east-1b", cpu=20, memory=1000),
        instance(3, "us-east-1b", status="DRAINING", agentConnected=False),
    ],
    [
        task_of("web", 1, on=1),
        task_of("web", 2, on=2, status="PENDING"),
        task_of("jobs", 3, on=1, desiredStatus="STOPPED", lastStatus="DEACTIVATING"),
        task_of("", 4, on=2),
        task_of("web", 5, on=2, status="STOPPED"),
    ],
    [service("web"), service("jobs", desired=0, running=1, pending=0)],
)


def large(instances=100, tasks=1000):
    """A look at a cluster of this size, its tasks spread over it."""
    zones = ("us-east-1a", "us-east-1b", "us-east-1c")
    hosts = [instance(n, zones[n % 3], cpu=20, memory=1000) for n in range(instances)]
    work = [task_of(f"web-{n % 7}", n, on=n % instances) for n in range(tasks)]
    return Look("Large", hosts, work, [service(f"web-{n}") for n in range(7)])
