"""The lab's registry: a real docker login and push, ECR's records of it, and the agent's pull."""

import base64
import io
import json
import os
import subprocess
from contextlib import closing

import boto3
import pytest
from docker.errors import APIError
from docker_world import DockerWorld
from images import stand_ins
from surroundings import enter_fence
from task_run import TaskRun

from ecs_tutorial.clock import WallClock
from ecs_tutorial.data_plane import registry as registries
from ecs_tutorial.data_plane.docker_containers import DockerContainers
from ecs_tutorial.data_plane.registry import Registry
from ecs_tutorial.lab import LocalEcs

pytestmark = pytest.mark.engine


@pytest.fixture
def fenced(monkeypatch, tmp_path, engine_url, client):
    """A process that is kept from AWS, on an engine with the images that are needed."""
    for name in ("busybox", "listens", "registry"):
        stand_ins.ensure(client, name)
    enter_fence(monkeypatch, tmp_path, engine_url)


@pytest.fixture
def local(fenced):
    local = LocalEcs(on_engine="registry-test")
    local.install()
    yield local
    local.stop()


@pytest.fixture
def docker(tmp_path):
    """The docker program of somebody whose Docker knows no registry yet."""

    def run(*words, **how):
        environment = {**os.environ, "DOCKER_CONFIG": str(tmp_path / "docker")}
        command = ["docker", *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, **how
        )

    return run


@pytest.fixture
def shop(local):
    """ECR with one repository, and the address to push to."""
    ecr = boto3.client("ecr")
    address = ecr.create_repository(repositoryName="shop")["repository"]["repositoryUri"]
    return ecr, address


def log_in(docker, ecr, password=None):
    [access] = ecr.get_authorization_token()["authorizationData"]
    user, token = base64.b64decode(access["authorizationToken"]).decode().split(":")
    words = ("login", "--username", user, "--password-stdin", access["proxyEndpoint"])
    return docker(*words, input=password or token)


def push(docker, name, image="busybox:latest"):
    docker("tag", image, name)
    return docker("push", name)


def test_an_image_pushed_by_docker_is_told_by_ecr(shop, docker, client):
    """Digest as docker says it, size, tag; and the manifest's own bytes."""
    ecr, address = shop
    assert "Login Succeeded" in log_in(docker, ecr).stdout
    pushed = push(docker, f"{address}:1").stdout
    [image] = ecr.describe_images(repositoryName="shop")["imageDetails"]
    assert f"1: digest: {image['imageDigest']} size: " in pushed
    assert image["imageTags"] == ["1"]
    [got] = ecr.batch_get_image(repositoryName="shop", imageIds=[{"imageTag": "1"}])["images"]
    layers = json.loads(got["imageManifest"])["layers"]
    assert image["imageSizeInBytes"] == sum(layer["size"] for layer in layers) > 500_000
    [digest] = [
        each.partition("@")[2]
        for each in client.inspect_image(f"{address}:1")["RepoDigests"]
        if each.startswith(address)
    ]
    assert digest == image["imageDigest"]


def test_without_the_token_nothing_gets_in(shop, docker):
    """A wrong password is refused, and so is a push of somebody who has not logged in."""
    ecr, address = shop
    refused = log_in(docker, ecr, password="guessed")
    assert refused.returncode != 0
    assert "401 Unauthorized" in refused.stderr
    denied = push(docker, f"{address}:1")
    assert denied.returncode != 0
    assert "no basic auth credentials" in denied.stdout + denied.stderr
    assert ecr.list_images(repositoryName="shop")["imageIds"] == []


def test_what_ecr_deletes_the_registry_no_longer_has(shop, docker):
    """One tag, then the image, then all that is left with its repository."""
    ecr, address = shop
    log_in(docker, ecr)
    for tag in ("1", "2", "3"):
        push(docker, f"{address}:{tag}")
    ecr.batch_delete_image(repositoryName="shop", imageIds=[{"imageTag": "1"}])
    assert "not found" in docker("pull", f"{address}:1").stderr
    assert docker("pull", f"{address}:2").returncode == 0
    ecr.delete_repository(repositoryName="shop", force=True)
    assert "not found" in docker("pull", f"{address}:2").stderr


def test_a_second_tag_by_put_image_can_be_pulled(shop, docker):
    """PutImage with the manifest of BatchGetImage is how AWS tags again."""
    ecr, address = shop
    log_in(docker, ecr)
    push(docker, f"{address}:1")
    [got] = ecr.batch_get_image(repositoryName="shop", imageIds=[{"imageTag": "1"}])["images"]
    ecr.put_image(repositoryName="shop", imageManifest=got["imageManifest"], imageTag="2")
    assert docker("pull", f"{address}:2").returncode == 0


def test_the_lab_leaves_neither_the_registry_nor_names_that_lead_to_it(shop, docker, local, client):
    """Reset and stop remove the container with its data, and what docker knows by its address."""
    ecr, address = shop
    log_in(docker, ecr)
    push(docker, f"{address}:1")
    local.reset()
    marked = {"label": "ecs-tutorial.lab=registry-test"}
    assert client.containers(all=True, filters=marked) == []
    names = [name for image in client.images() for name in image["RepoTags"] or ()]
    assert not [name for name in names if name.startswith(address)]
    assert "busybox:latest" in names


def test_it_listens_on_loopback_and_its_data_is_bounded(new_world, client, monkeypatch):
    """A memory file system of 1 GiB; what is larger than the bound is not taken."""
    for image in ("registry", "debian"):
        stand_ins.ensure(client, image)
    monkeypatch.setattr(registries, "DATA_MIB", 1)
    world = new_world()
    registry = Registry(world.engine.client, world.engine.lab_id)
    marked = {"label": f"ecs-tutorial.registry={registry.address}"}
    [container] = client.containers(filters=marked)
    found = client.inspect_container(container["Id"])
    assert found["HostConfig"]["Tmpfs"] == {"/var/lib/registry": "size=1m"}
    [binding] = found["NetworkSettings"]["Ports"]["5000/tcp"]
    assert f"{binding['HostIp']}:{binding['HostPort']}" == registry.address
    assert [mount for mount in found["Mounts"] if mount["Type"] == "volume"] == []
    assert "error" in str(world_push(world.engine.client, registry, "debian:bookworm-slim"))
    assert registry.tags("shop") == ()


def world_push(client, registry, image):
    client.tag(image, f"{registry.address}/shop", "1")
    return client.push(f"{registry.address}/shop", "1")


@pytest.fixture
def containers(client, engine_url, new_world):
    """A world whose lab has a registry with one image, which the engine has nowhere else."""
    stand_ins.ensure(client, "registry")
    world = new_world()
    registry = Registry(world.engine.client, world.engine.lab_id)
    build = io.BytesIO(b"FROM service.invalid/listens:latest\nENV SHOP=open\n")
    tag = f"{registry.address}/shop:1"
    list(world.engine.client.build(fileobj=build, tag=tag, rm=True))
    assert "error" not in world.engine.client.push(tag)
    client.remove_image(tag)
    return world, registry


def test_an_agent_pulls_and_runs_what_was_pushed(containers):
    """With the lab's token, from the lab's registry alone."""
    world, registry = containers
    run = TaskRun(world, {"image": f"{registry.address}/shop:1"}).until("RUNNING")
    assert "SHOP=open" in run.inspect()["Config"]["Env"]
    digest = registry.manifest("shop", "1").digest
    assert run.reported("app")[-1]["imageDigest"] == digest


@pytest.mark.parametrize(
    ("image", "text"),
    [("shop:2", "manifest unknown"), ("office:1", "not found")],
)
def test_what_was_never_pushed_cannot_be_pulled(containers, image, text):
    """CannotPullContainerError with Docker's words, for a tag as for a repository."""
    world, registry = containers
    run = TaskRun(world, {"image": f"{registry.address}/{image}"}).until("STOPPED")
    reason = run.reported("app")[-1]["reason"]
    assert reason.startswith("CannotPullContainerError: Error response from daemon: ")
    assert text in reason


def test_after_the_engine_s_restart_images_are_there_again(restartable_engine):
    """The registry forgets with the engine; what the engine still has is pushed again."""
    url = restartable_engine.url
    with closing(DockerWorld("again", "i-1", url)) as world:
        stand_ins.ensure(world.engine.client, "registry")
        lab = DockerContainers("again", WallClock(), lambda do: do(), base_url=url)
        with closing(lab):
            name = f"{lab.registry().address}/shop"
            world.engine.client.tag("busybox:latest", name, "1")
            lab._engine.client.push(name, "1")
            restartable_engine.restart()
            world.until(lambda: can_pull(lab._engine.client, name), within=30)


def test_a_registry_that_somebody_removed_is_there_again(engine_url, client):
    """Another container takes its place at the same address, with what the engine still has."""
    for image in ("busybox", "registry"):
        stand_ins.ensure(client, image)
    lab = DockerContainers("removed", WallClock(), lambda do: do(), base_url=engine_url)
    with closing(lab), closing(DockerWorld("other", "i-1", engine_url)) as world:
        registry = lab.registry()
        name, first = f"{registry.address}/shop", registry.container_id
        client.tag("busybox:latest", name, "1")
        lab._engine.client.push(name, "1")
        client.remove_container(first, force=True)
        world.until(lambda: registry.container_id != first and registry.tags("shop"), within=30)
    assert not client.containers(all=True, filters={"label": "ecs-tutorial.lab=removed"})


def can_pull(client, name):
    try:
        return "error" not in client.pull(name, "1")
    except APIError:
        return False
