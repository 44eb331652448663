"""A call for more memory than the engine has is done as on AWS, and a sentence warns of it."""

import boto3
import labs
import pytest
import walk
from botocore.exceptions import ClientError
from labs import container

from ecs_tutorial.control_plane.contents import memory_of_tasks
from ecs_tutorial.memory_warning import HEADER, say_in_cells

ENGINE_MIB = 1000
ROOMY = {"memory": 400, "memoryReservation": 16}
"""Instances have room for many of it; the engine has for two, should they take what they may."""


@pytest.fixture(scope="module")
def lab(session):
    """An instance whose containers' engine has 1000 MiB; so much only is pretended."""
    with labs.in_process(session) as lab, pytest.MonkeyPatch.context() as patch:
        lab.cluster_with_instances(1)
        patch.setattr(
            lab.local, "memory", lambda: {"engine": ENGINE_MIB, "tasks": memory_of_tasks()}
        )
        yield lab


@pytest.fixture(autouse=True)
def cleared(lab):
    yield
    lab.clear()
    assert memory_of_tasks() == 0


def warned(answer):
    return answer["ResponseMetadata"]["HTTPHeaders"].get(HEADER, "")


def run(lab, count, **settings):
    definition = lab.register("app", container(**{**ROOMY, **settings}))
    return lab.ecs.run_task(cluster=walk.CLUSTER, taskDefinition=definition, count=count)


def update(lab, service, **changes):
    return lab.ecs.update_service(cluster=walk.CLUSTER, service=service, **changes)


def test_tasks_that_may_take_more_are_warned_of_and_started(lab):
    """Their hard limits count, not what they reserve; the call itself goes on."""
    answer = run(lab, 3)
    assert "may take 1200 MiB of memory, more than the 1000 MiB" in warned(answer)
    assert len(answer["tasks"]) == 3


def test_what_fits_is_not_warned_of(lab):
    """Two have room, and a call that asks for none says nothing, whatever runs."""
    assert warned(run(lab, 2)) == ""
    assert warned(run(lab, 1)) != ""
    assert warned(lab.ecs.list_tasks(cluster=walk.CLUSTER)) == ""


def test_a_reservation_counts_where_there_is_no_limit(lab):
    definition = container(memoryReservation=600)
    del definition["memory"]
    answer = lab.run_task(definition, count=2)
    assert "may take 1200 MiB" in warned(answer)


def test_an_override_counts(lab):
    override = {"containerOverrides": [{"name": "app", "memory": 1100}]}
    assert "may take 1100 MiB" in warned(lab.run_task(container(**ROOMY), overrides=override))


def test_start_task_is_warned_of(lab):
    definition = lab.register("app", container(memory=1100, memoryReservation=16))
    [instance] = lab.instances().values()
    where = [instance["containerInstanceArn"]]
    answer = lab.ecs.start_task(
        cluster=walk.CLUSTER, taskDefinition=definition, containerInstances=where
    )
    assert "may take 1100 MiB" in warned(answer)


def test_a_service_is_warned_of_before_its_tasks_are_placed(lab):
    """What it wants counts at once; a service made smaller is no longer warned of."""
    definition = lab.register("app", container(**ROOMY))
    create = {"cluster": walk.CLUSTER, "serviceName": "app", "taskDefinition": definition}
    answer = lab.ecs.create_service(**create, desiredCount=3)
    assert "may take 1200 MiB" in warned(answer)
    assert "may take 1600 MiB" in warned(update(lab, "app", desiredCount=4))
    lab.until(lambda: len(lab.tasks("app")) == 4)
    assert warned(update(lab, "app", desiredCount=1)) == ""


def test_a_deployment_counts_old_and_new_tasks(lab):
    """While it goes on both are there, as far as maximumPercent lets them."""
    definition = lab.register("app", container(**ROOMY))
    lab.create_service("app", definition, 2)
    lab.until(lambda: len(lab.tasks("app")) == 2)
    rollout = {"taskDefinition": lab.register("app", container(**ROOMY))}
    assert "may take 1600 MiB" in warned(update(lab, "app", **rollout))


def test_a_deployment_that_must_wait_for_room_counts(lab):
    """Two others hold all places that maximumPercent gives; its tasks come when they have gone."""
    lab.create_service("app", lab.register("app", container()))
    lab.until(lambda: len(lab.tasks("app")) == 1)
    update(lab, "app", taskDefinition=lab.register("app", container()))
    rollout = {"taskDefinition": lab.register("app", container(memory=1000, memoryReservation=16))}
    assert "may take 1064 MiB" in warned(update(lab, "app", **rollout))


def test_task_sets_count_by_their_scale(lab):
    """As soon as they are asked for, each for itself."""
    lab.register("roomy", container(**ROOMY))
    lab.ecs.create_service(
        cluster=walk.CLUSTER,
        serviceName="steered",
        desiredCount=4,
        deploymentController={"type": "EXTERNAL"},
    )
    wish = {"cluster": walk.CLUSTER, "service": "steered", "taskDefinition": "roomy"}
    scale = {"value": 50.0, "unit": "PERCENT"}
    assert warned(lab.ecs.create_task_set(**wish, scale=scale)) == ""
    assert "1600 MiB" in warned(lab.ecs.create_task_set(**wish, scale=scale))


def test_a_cell_says_each_sentence_once(lab, capsys, monkeypatch):
    """On its error output, whatever client of ``boto3.client`` asked; another sum is said anew."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    say_in_cells()
    said = []
    lab.create_service("app", lab.register("app", container(**ROOMY)))
    for desired in (2, 3, 3, 4):
        boto3.client("ecs").update_service(
            cluster=walk.CLUSTER, service="app", desiredCount=desired
        )
        printed = capsys.readouterr()
        assert printed.out == ""
        said.append([word for word in printed.err.split() if word.isdecimal()])
    assert said == [[], ["1200", "1000"], [], ["1600", "1000"]]


def test_an_error_is_an_error_alone(lab, capsys, monkeypatch):
    """A call that is refused asked for nothing."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    say_in_cells()
    run(lab, 3)
    wrong = {"cluster": walk.CLUSTER, "taskDefinition": "none"}
    with pytest.raises(ClientError) as refused:
        boto3.client("ecs").run_task(**wrong)
    assert warned(refused.value.response) == capsys.readouterr().err == ""


def test_simulated_containers_take_no_memory(lab, monkeypatch):
    """Nothing is warned of, whatever is asked for."""
    monkeypatch.delattr(lab.local, "memory")
    assert warned(run(lab, 3)) == ""
