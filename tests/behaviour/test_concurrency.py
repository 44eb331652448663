"""Sixteen clients at once, four threads in each of four processes, on one served lab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import concurrent_clients
import labs
import pytest
from concurrent_clients import CLUSTER, ROUNDS

CLIENTS, PROCESSES = 16, 4
INSTANCES = 2
"""An instance takes ten attributes of its users."""
DOCUMENT = json.dumps({"instanceId": "i-0123456789abcdef0", "region": "us-east-1"})
PROGRAM = Path(concurrent_clients.__file__)


@pytest.fixture(scope="module")
def days(session, lab_process):
    """What each client saw, and the lab that they leave."""
    with labs.served(session, lab_process.endpoint, lab_process.folder) as lab:
        lab.ecs.create_cluster(clusterName=CLUSTER)
        instances = [_instance(lab.ecs) for _ in range(INSTANCES)]
        yield (
            lab,
            instances,
            [day for text in _at_once(lab, ",".join(instances)) for day in json.loads(text)],
        )


def _instance(ecs):
    registered = ecs.register_container_instance(cluster=CLUSTER, instanceIdentityDocument=DOCUMENT)
    return registered["containerInstance"]["containerInstanceArn"]


def _at_once(lab, instances):
    """What the processes print that run at the same time."""
    environ = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": lab.key["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": lab.key["aws_secret_access_key"],
    }
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        environ[name] = os.devnull
    numbers = [str(each) for each in range(CLIENTS)]
    started = [
        subprocess.Popen(
            [sys.executable, PROGRAM, lab.endpoint, instances, *numbers[at::PROCESSES]],
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        for at in range(PROCESSES)
    ]
    printed = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0] * PROCESSES
    return printed


def test_every_client_reads_what_it_wrote(days):
    """Its own words, and its service's counts in the order in which it gave them."""
    _, _, seen = days
    assert sorted(each["number"] for each in seen) == list(range(CLIENTS))
    assert all(each["own"] for each in seen)
    assert {tuple(each["counts"]) for each in seen} == {tuple(range(1, ROUNDS + 1))}


def test_no_two_clients_get_the_same_revision(days):
    """Numbers are given once, none is left out, and each client's go up."""
    _, _, seen = days
    given = [revision for each in seen for revision in each["revisions"]]
    assert sorted(given) == list(range(1, CLIENTS * ROUNDS + 1))
    assert all(each["revisions"] == sorted(each["revisions"]) for each in seen)


def test_no_update_is_lost(days):
    """Tags of one cluster, attributes of instances, services: each client's are there."""
    lab, instances, _ = days
    names = {f"client-{number}" for number in range(CLIENTS)}
    cluster = lab.ecs.describe_clusters(clusters=[CLUSTER], include=["TAGS"])["clusters"][0]
    assert {tag["key"] for tag in cluster["tags"]} == names
    found = lab.ecs.describe_container_instances(cluster=CLUSTER, containerInstances=instances)
    attributes = [each["name"] for one in found["containerInstances"] for each in one["attributes"]]
    assert sorted(attributes) == sorted(names)
    pages = lab.ecs.get_paginator("list_services").paginate(cluster=CLUSTER)
    services = [arn.rsplit("/")[-1] for page in pages for arn in page["serviceArns"]]
    assert sorted(services) == sorted(names)
