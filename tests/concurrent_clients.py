"""Several clients of one lab at once: threads of this program, which runs several times.

Each changes things that all of them change, reads back what it wrote, and tells what it
saw as JSON. It knows the lab by its endpoint alone.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3

CLUSTER, FAMILY = "shared", "shared"
ROUNDS = 5


def day(number: int, ecs: Any, instance: str) -> dict[str, Any]:
    """One client's day; what it saw."""
    name = f"client-{number}"
    cluster = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["clusterArn"]
    ecs.tag_resource(resourceArn=cluster, tags=[{"key": name, "value": name}])
    ecs.put_attributes(
        cluster=CLUSTER, attributes=[{"name": name, "value": name, "targetId": instance}]
    )
    revisions = [_revision(ecs, f"{name}-{each}") for each in range(ROUNDS)]
    ecs.create_service(
        cluster=CLUSTER, serviceName=name, taskDefinition=revisions[0][0], desiredCount=0
    )
    return {
        "number": number,
        "revisions": [revision for _, revision, _ in revisions],
        "own": all(own for _, _, own in revisions),
        "counts": [_scaled(ecs, name, each) for each in range(1, ROUNDS + 1)],
    }


def _revision(ecs: Any, word: str) -> tuple[str, int, bool]:
    """A revision with a word in it: its ARN, its number, and whether it is read as written."""
    environment = [{"name": "WORD", "value": word}]
    container = {"name": "app", "image": "nginx", "memory": 64, "environment": environment}
    made = ecs.register_task_definition(family=FAMILY, containerDefinitions=[container])
    arn = made["taskDefinition"]["taskDefinitionArn"]
    read = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    own = read["containerDefinitions"][0]["environment"] == environment
    return arn, read["revision"], own


def _scaled(ecs: Any, name: str, desired: int) -> int:
    """What a service is read to want after it was told."""
    ecs.update_service(cluster=CLUSTER, service=name, desiredCount=desired)
    found = ecs.describe_services(cluster=CLUSTER, services=[name])["services"]
    return int(found[0]["desiredCount"])


def main() -> None:
    """Arguments: the lab's endpoint, its instances, and the clients' numbers."""
    endpoint, text, *numbers = sys.argv[1:]
    instances = text.split(",")
    shared = [instances[int(number) % len(instances)] for number in numbers]
    session = boto3.Session()
    clients = [session.client("ecs", endpoint_url=endpoint) for _ in numbers]
    with ThreadPoolExecutor(len(numbers)) as threads:
        days = list(threads.map(day, map(int, numbers), clients, shared))
    json.dump(days, sys.stdout)


if __name__ == "__main__":
    main()
