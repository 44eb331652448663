"""What a task definition's volumes are on an instance, and how containers get at them."""

import random

import pytest

from ecs_tutorial.data_plane.agent_task import AgentTask
from ecs_tutorial.data_plane.container_spec import container_spec, volumes
from ecs_tutorial.data_plane.runtime import Mount

DATA = {"name": "my_data", "host": {}}


def task(*volumes_given, **container):
    payload = {
        "arn": "arn:aws:ecs:us-east-1:123456789012:task/walk/0123",
        "family": "shop",
        "version": "3",
        "desiredStatus": "RUNNING",
        "containers": [
            {"name": "db", "image": "mysql", "cpu": 0, "essential": True},
            {"name": "app", "image": "nginx", "cpu": 0, "essential": True, **container},
        ],
        "volumes": list(volumes_given),
    }
    task = AgentTask.of(payload, "walk")
    task.volumes = volumes(task, random.Random(1))
    task.containers["db"].runtime_id = "d" * 64
    return task


def spec(task):
    return container_spec(task, task.containers["app"], "us-east-1")


def test_a_volume_of_the_task_s_own_has_a_name_like_its_containers():
    """``ecs-FAMILY-REVISION-VOLUME-`` and twenty hex digits."""
    mounted = volumes(task(DATA), random.Random(1))["my_data"]
    head, _, digits = mounted.source.rpartition("-")
    assert head == "ecs-shop-3-mydata"
    assert len(digits) == 20
    assert not mounted.is_host_path
    assert not mounted.outlives_task


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        ({"name": "v", "host": {"sourcePath": "/srv"}}, Mount("/srv", "", is_host_path=True)),
        (
            {"name": "v", "dockerVolumeConfiguration": {"scope": "shared"}},
            Mount("v", "", outlives_task=True),
        ),
    ],
)
def test_folders_of_the_host_and_shared_volumes_keep_their_names(volume, expected):
    """They are there before the task and after it."""
    assert volumes(task(volume), random.Random(1)) == {"v": expected}


def test_mount_points_name_volumes():
    """Where it appears in the container, and whether it is only read."""
    point = {"sourceVolume": "my_data", "containerPath": "/data", "readOnly": True}
    shop = task(DATA, mountPoints=[point])
    [mount] = spec(shop).mounts
    assert (mount.target, mount.is_read_only) == ("/data", True)
    assert mount.source == shop.volumes["my_data"].source


@pytest.mark.parametrize(("read_only", "expected"), [(False, "d" * 64), (True, "d" * 64 + ":ro")])
def test_volumes_from_another_container(read_only, expected):
    """By its runtime id, as Docker takes it."""
    shop = task(volumesFrom=[{"sourceContainer": "db", "readOnly": read_only}])
    assert spec(shop).volumes_from == (expected,)


def test_what_has_no_field_of_its_own_is_carried_in_docker_s_form():
    """Nothing of ``dockerConfig`` is said twice and nothing is lost."""
    config = {"config": '{"User":"me","Tty":true}', "hostConfig": '{"Privileged":true}'}
    shop = spec(task(dockerConfig={**config, "version": "1.25"}))
    assert (shop.user, shop.config, shop.host_config) == ("me", {"Tty": True}, {"Privileged": True})
