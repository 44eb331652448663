"""Images built, run once and told of on a real engine, and the tutorial's own image at work."""

from pathlib import Path

import pytest
from images import stand_ins
from task_run import TaskRun
from test_wordpress import where_it_leads

from ecs_tutorial import engine
from ecs_tutorial.notebook import image, image_run

pytestmark = pytest.mark.engine

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
TAG = "ecs-tutorial-test:build"


@pytest.fixture
def folder(tmp_path, monkeypatch, engine_url, client):
    stand_ins.ensure(client, "busybox")
    monkeypatch.setenv(engine.OF_LAB, "docker")
    if engine_url:
        monkeypatch.setenv("DOCKER_HOST", engine_url)
    before = {each["Id"] for each in client.images(all=True)}
    yield tmp_path
    for each in client.images(filters={"reference": TAG.partition(":")[0]}):
        client.remove_image(each["Id"], force=True)
    for each in client.images(filters={"dangling": True}):
        if each["Id"] not in before:
            client.remove_image(each["Id"], force=True)


def write(folder, *lines):
    (folder / "Dockerfile").write_text("\n".join(["FROM busybox:latest", *lines]) + "\n")


def test_a_build_with_its_steps_and_sizes(folder, capsys):
    """The table has the Dockerfile's lines with what they weigh; a second build says the same."""
    write(folder, "RUN head -c 100000 /dev/zero > /zeros", "EXPOSE 80")
    told = image.build(folder, TAG)
    printed = capsys.readouterr().out
    assert printed.splitlines()[-4:] == [
        "Step 1 of 3: FROM busybox:latest",
        "Step 2 of 3: RUN head -c 100000 /dev/zero > /zeros",
        "Step 3 of 3: EXPOSE 80",
        f"Built: {TAG}.",
    ]
    assert list(told["size"].str.strip())[1:] == ["100.0 kB", "0 B"]
    image.build(folder, TAG)
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("RUN echo before && exit 7",), r"Step 2 of 2 failed: RUN echo.*exit code 7.*\nbefore$"),
        (("COPY missing /",), r"Step 2 of 2 failed: COPY missing /\n.*missing"),
        (("RUNN true",), r"^Docker cannot read line 2 of the Dockerfile: unknown instruction"),
    ],
)
def test_a_build_that_fails_leaves_no_container(folder, client, lines, sentence):
    """And each failure has its words."""
    before = {each["Id"] for each in client.containers(all=True)}
    write(folder, *lines)
    with pytest.raises(RuntimeError, match=f"(?s){sentence}"):
        image.build(folder, TAG)
    assert {each["Id"] for each in client.containers(all=True)} == before


@pytest.mark.parametrize("base", ["nowhere.invalid/base:1", "127.0.0.1:1/base:1"])
def test_a_base_image_that_cannot_be_reached(folder, base):
    """Said as a missing network, with the image's name."""
    (folder / "Dockerfile").write_text(f"FROM {base}\n")
    with pytest.raises(RuntimeError, match=f"{base} is not on this machine.*is there a network"):
        image.build(folder, TAG)


def test_what_dockerignore_names_is_not_in_the_image(folder, capsys):
    write(folder, "COPY . /all")
    (folder / "kept").touch()
    (folder / "secret.txt").touch()
    (folder / ".dockerignore").write_text("*.txt\n")
    image.build(folder, TAG)
    image.run_once(TAG, "ls /all")
    assert "Printed by ls /all: Dockerfile / kept\n" in capsys.readouterr().out


def test_an_image_is_run_once(folder, client, capsys):
    """The container is gone afterwards; a command that is not there is said."""
    before = {each["Id"] for each in client.containers(all=True)}
    image.run_once("busybox:latest", "echo it runs")
    assert capsys.readouterr().out == "Printed by echo it runs: it runs\n"
    with pytest.raises(RuntimeError, match="wordpress cannot be run in busybox:latest"):
        image.run_once("busybox:latest", "wordpress")
    with pytest.raises(RuntimeError, match="no image nothing:built here"):
        image.run_once("nothing:built", "true")
    assert {each["Id"] for each in client.containers(all=True)} == before


def test_a_run_without_end_is_stopped(folder, client, monkeypatch):
    """At the limit, in words; and the container is gone."""
    before = {each["Id"] for each in client.containers(all=True)}
    monkeypatch.setattr(image_run, "SECONDS", 2)
    with pytest.raises(RuntimeError, match="sleep 60 had not ended in busybox:latest after 2 sec"):
        image.run_once("busybox:latest", "sleep 60")
    assert {each["Id"] for each in client.containers(all=True)} == before


def test_the_tutorial_s_own_image_shows_the_install_page(folder, world, client):
    """Built from the Dockerfile of chapter 1, beside a MySQL; and it stops when it is asked to."""
    for name in ("debian", "mysql"):
        stand_ins.ensure(client, name)
    image.build(NOTEBOOKS / "wordpress", TAG)
    password = {"name": "WORDPRESS_DB_PASSWORD", "value": "password"}
    mysql = {
        "name": "mysql",
        "image": stand_ins.TAGS["mysql"],
        "memory": 500,
        "environment": [
            {"name": "MYSQL_ROOT_PASSWORD", "value": "password"},
            {"name": "MYSQL_DATABASE", "value": "wordpress"},
        ],
    }
    wordpress = {
        "name": "wordpress",
        "image": TAG,
        "memory": 500,
        "links": ["mysql"],
        "environment": [password],
        "portMappings": [{"containerPort": 80, "hostPort": 80}],
    }
    run = TaskRun(world, mysql, wordpress).until("RUNNING", within=60)
    assert where_it_leads(world).endswith("/wp-admin/install.php")
    run.stop()
    assert run.reported("wordpress")[-1]["exitCode"] == 0


def test_a_proxy_of_the_learner_s_docker_counts(folder, tmp_path, monkeypatch, capsys):
    """As with the docker program: what its config.json says of proxies reaches the steps."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "config.json").write_text(
        '{"proxies": {"default": {"httpProxy": "http://proxy.invalid:3128"}}}'
    )
    monkeypatch.setenv("DOCKER_CONFIG", str(config))
    write(folder, "RUN echo $HTTP_PROXY > /proxy")
    image.build(folder, TAG)
    image.run_once(TAG, "cat /proxy")
    assert "cat /proxy: http://proxy.invalid:3128" in capsys.readouterr().out
