"""A day with ``ecs-deploy``, the deploy script of many CI pipelines."""

from client_programs import CLUSTER, run


def ecs_deploy(verb, *words, code=0):
    return run("ecs", verb, CLUSTER, *words, code=code)


def described(ecs, name):
    return ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]


def image_of(ecs, name):
    definition = ecs.describe_task_definition(taskDefinition=described(ecs, name)["taskDefinition"])
    return definition["taskDefinition"]["containerDefinitions"][0]["image"]


def test_ecs_deploy_deploys(ecs, web):
    """A new tag and variable make a revision, the service gets it, the old one is deregistered."""
    before = described(ecs, web)["taskDefinition"]
    printed = ecs_deploy("deploy", web, "-t", "1.29", "-e", "app", "COLOUR", "blue")
    assert "Deployment successful" in printed
    assert 'Changed image of container "app" to: "nginx:1.29"' in printed
    service = described(ecs, web)
    assert (image_of(ecs, web), service["runningCount"]) == ("nginx:1.29", 2)
    assert len(service["deployments"]) == 1
    old = ecs.describe_task_definition(taskDefinition=before)["taskDefinition"]
    assert old["status"] == "INACTIVE"
    ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 64}]
    )


def test_ecs_deploy_scales(ecs, web):
    """It waits until as many tasks run as were asked for, up and down."""
    for count in ("3", "1"):
        assert "Scaling successful" in ecs_deploy("scale", web, count)
        assert described(ecs, web)["runningCount"] == int(count)


def test_ecs_deploy_runs_a_task(ecs):
    """A task is run once with a command and a variable of its own."""
    words = ["web", "2", "-c", "app", "date", "-e", "app", "A", "1"]
    assert "Successfully started 2 instances of task: web:" in ecs_deploy("run", *words)
    arns = ecs.list_tasks(cluster=CLUSTER, family="web", startedBy="ecs-deploy")["taskArns"]
    assert arns == [] or len(arns) == 2


def test_ecs_deploy_rolls_back(ecs, web):
    """An image that is not there never runs; when its patience ends the old revision is back."""
    before = described(ecs, web)["taskDefinition"]
    words = ["-i", "app", "no-such-image:1", "--timeout", "10", "--rollback"]
    printed = ecs_deploy("deploy", web, *words, code=1)
    assert "service has been rolled back" in printed
    service = described(ecs, web)
    assert service["taskDefinition"] == before
    assert (service["runningCount"], image_of(ecs, web)) == (2, "nginx")


def test_ecs_deploy_tells_what_two_revisions_differ_in(ecs):
    """Its ``diff`` reads two revisions and says what was changed."""
    for image in ("nginx:1", "nginx:2"):
        ecs.register_task_definition(
            family="compared", containerDefinitions=[{"name": "a", "image": image, "memory": 64}]
        )
    printed = run("ecs", "diff", "compared", "1", "2")
    assert "nginx:1" in printed
    assert "nginx:2" in printed
