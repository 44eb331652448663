"""A day with the AWS CLI: what an operator types, with the CLI's own paging, waiting and errors."""

import json

import pytest
from client_programs import CLUSTER, run

QUICK = """\
import time

def _sleep(seconds, _real=time.sleep):
    _real(min(seconds, 0.25))

time.sleep = _sleep
"""
"""The CLI's waiters look each 6 or 15 seconds."""


@pytest.fixture(scope="module")
def aws(cluster, tmp_path_factory):
    """Runs one command and gives what it prints, as JSON where it is."""
    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text(QUICK, encoding="utf-8")

    def call(words, *more, code=0):
        printed = run("aws", *words.split(), *more, code=code, PYTHONPATH=str(site))
        return json.loads(printed) if printed.lstrip()[:1] in {"{", "["} else printed.strip()

    return call


def test_a_service_is_deployed_watched_and_taken_down(aws, tmp_path):
    """From a file to a stable service, a second revision, and back to nothing."""
    definition = {
        "family": "operated",
        "containerDefinitions": [{"name": "app", "image": "nginx", "memory": 64}],
        "tags": [{"key": "team", "value": "shop"}],
    }
    (tmp_path / "operated.json").write_text(json.dumps(definition))
    file = f"file://{tmp_path / 'operated.json'}"
    first = aws(f"ecs register-task-definition --cli-input-json {file}")
    assert first["taskDefinition"]["revision"] == 1
    assert first["tags"] == [{"key": "team", "value": "shop"}]
    service = f"--cluster {CLUSTER} --service operated"
    aws(
        f"ecs create-service --cluster {CLUSTER} --service-name operated --task-definition "
        "operated --desired-count 2 --deployment-configuration "
        "maximumPercent=200,minimumHealthyPercent=50,"
        "deploymentCircuitBreaker={enable=true,rollback=true} --tags key=team,value=shop "
        "--propagate-tags SERVICE --enable-ecs-managed-tags"
    )
    assert aws(f"ecs wait services-stable --cluster {CLUSTER} --services operated") == ""
    aws(f"ecs register-task-definition --cli-input-json {file}")
    aws(f"ecs update-service {service} --task-definition operated:2 --desired-count 3")
    aws(f"ecs wait services-stable --cluster {CLUSTER} --services operated")
    told = aws(
        f"ecs describe-services --cluster {CLUSTER} --services operated --include TAGS --query",
        "services[0].{run:runningCount,of:taskDefinition,events:length(events)>`3`,tags:tags}",
    )
    assert (told["run"], told["of"][-10:], told["events"]) == (3, "operated:2", True)
    assert {"key": "team", "value": "shop"} in told["tags"]
    assert aws(f"ecs delete-service {service} --force")["service"]["status"] == "DRAINING"
    aws(f"ecs wait services-inactive --cluster {CLUSTER} --services operated")
    for revision in (1, 2):
        aws(f"ecs deregister-task-definition --task-definition operated:{revision}")
    gone = aws("ecs delete-task-definitions --task-definitions operated:1 operated:2")
    assert {each["status"] for each in gone["taskDefinitions"]} == {"DELETE_IN_PROGRESS"}


def test_a_job_runs_with_overrides_and_its_end_is_read(aws):
    """A task is run with another command and environment, waited for, stopped and explained."""
    overrides = {
        "containerOverrides": [{"name": "app", "environment": [{"name": "A", "value": "1"}]}]
    }
    arn = aws(
        f"ecs run-task --cluster {CLUSTER} --task-definition web --started-by operator --tags "
        "key=job,value=nightly --output text --query tasks[0].taskArn --overrides",
        json.dumps(overrides),
    )
    task = f"--cluster {CLUSTER} --tasks {arn}"
    aws(f"ecs wait tasks-running {task}")
    told = aws(f"ecs describe-tasks {task} --include TAGS")["tasks"][0]
    assert told["overrides"]["containerOverrides"] == overrides["containerOverrides"]
    assert told["tags"] == [{"key": "job", "value": "nightly"}]
    aws(f"ecs stop-task --cluster {CLUSTER} --task {arn} --reason", "it was enough")
    aws(f"ecs wait tasks-stopped {task}")
    query = "tasks[0].[stopCode,stoppedReason,lastStatus]"
    told = aws(f"ecs describe-tasks {task} --query {query} --output text")
    assert told.split("\t") == ["UserInitiated", "it was enough", "STOPPED"]


def test_lists_are_paged_and_put_together(aws):
    """The CLI walks through small pages by itself, and goes on where it was told to stop."""
    for number in range(5):
        aws(
            f"ecs register-task-definition --family paged-{number} --container-definitions",
            '[{"name": "app", "image": "nginx", "memory": 64}]',
        )
    listing = "ecs list-task-definition-families --family-prefix paged"
    whole = aws(f"{listing} --page-size 2")["families"]
    assert whole == [f"paged-{number}" for number in range(5)]
    part = aws(f"{listing} --page-size 2 --max-items 3")
    rest = aws(f"{listing} --page-size 2 --starting-token {part['NextToken']}")
    assert (part["families"], rest["families"]) == (whole[:3], whole[3:])


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("ecs describe-tasks --cluster nowhere --tasks a", 255, "ClusterNotFoundException"),
        (f"ecs run-task --cluster {CLUSTER} --task-definition nothing", 255, "ClientException"),
        (f"ecs delete-service --cluster {CLUSTER} --service no", 255, "ServiceNotFoundException"),
        ("ecs create-service --service-name x --desired-count many", 255, "invalid literal"),
    ],
)
def test_what_is_wrong_ends_with_the_clis_own_code(aws, words, code, says):
    """A script is told that it failed, and a person which of AWS's errors it was."""
    assert says in aws(words, code=code)


def test_outputs_of_all_kinds_are_made_of_an_answer(aws):
    """Table, text and YAML stream are made of the same answer."""
    clusters = f"ecs describe-clusters --clusters {CLUSTER} --include STATISTICS SETTINGS"
    assert "registeredContainerInstancesCount" in aws(f"{clusters} --output table")
    assert "runningEC2TasksCount" in aws(f"{clusters} --output text")
