"""A day with the AWS SDK for JavaScript, at the version of ``javascript/package-lock.json``."""

import json
import shutil

import pytest
from client_programs import CLUSTER, HERE, run

PROGRAM = HERE / "javascript"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The program with its packages, in a folder of its own."""
    folder = tmp_path_factory.mktemp("javascript")
    for name in ("package.json", "package-lock.json", "day.mjs"):
        shutil.copy(PROGRAM / name, folder)
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
    return folder


def test_the_sdk_for_javascript_does_a_days_work(cluster, program):
    """Clusters, definitions, tasks, services, pages, waiters, dates and errors, from Node.js."""
    told = json.loads(run("node", "day.mjs", CLUSTER, cwd=program))
    assert told == {
        "cluster": "ACTIVE",
        "registeredAt": True,
        "revisions": [["3", "2"], ["1"]],
        "running": "SUCCESS",
        "binding": 80,
        "startedAfterCreated": True,
        "stopped": "SUCCESS",
        "stable": "SUCCESS",
        "deployed": "javascript:3",
        "tasks": 2,
        "memory": [True, True, True],
        "error": [True, "Cluster not found."],
        "stranger": "UnrecognizedClientException",
        "inactive": "SUCCESS",
    }
