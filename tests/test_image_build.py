"""A build told in words: its steps and sizes, and why it failed; an engine plays along."""

from __future__ import annotations

import pytest
import requests
from docker.errors import APIError

from ecs_tutorial import engine
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.notebook import image, image_build, image_run
from ecs_tutorial.notebook.build_log import BuildLog
from ecs_tutorial.served import lab_folder

DOCKERFILE = "FROM debian:12\nRUN apt-get install less\nEXPOSE 80\n"
STEPS = (
    {"stream": "Step 1/3 : FROM debian:12"},
    {"stream": "\n"},
    {"stream": "Step 2/3 : RUN apt-get install\n    less"},
    {"stream": " ---> Running in 1"},
    {"stream": "Get:1 less\n"},
    {"stream": "\x1b[91mE: Unable to locate package less\n\x1b[0m"},
    {"stream": "Removing intermediate container 1"},
)
DONE = ({"stream": "Step 3/3 : EXPOSE 80"}, {"aux": {"ID": "sha256:1"}})
FAILED = {"error": "The command '/bin/sh -c apt-get …' returned a non-zero code: 100"}


class FakeEngine:
    """An engine that says what it was told to say."""

    def __init__(self, *messages):
        self.messages = messages
        self.asked = {}
        self.removed = []
        self.exit_code = 0
        self.never_ends = None

    def build(self, **how):
        self.asked = how
        for message in self.messages:
            if isinstance(message, Exception):
                raise message
            yield message

    def history(self, tag):
        sizes = [("EXPOSE", 0), ("apt-get", 2_000_000), ("CMD", 0), ("ADD", 74_999_999)]
        return [{"CreatedBy": word, "Size": size} for word, size in sizes]

    def create_host_config(self, **limits):
        return limits

    def create_container(self, tag, command, name, labels, host_config):
        self.asked = {"name": name, "labels": labels}
        return {"Id": command}

    def start(self, made):
        pass

    def wait(self, made, timeout):
        if self.never_ends:
            raise self.never_ends
        return {"StatusCode": self.exit_code}

    def logs(self, made):
        return b"Server version: 1\nServer built: today\n"

    def remove_container(self, made, **how):
        self.removed.append(made)

    def close(self):
        pass


def refusal(text):
    return APIError("400", explanation=text)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    return tmp_path


@pytest.fixture
def real(monkeypatch, tmp_path_factory):
    """Have an engine that plays along in the place of the machine's."""
    monkeypatch.setenv(engine.OF_LAB, "docker")
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path_factory.mktemp("home")))

    def use(*messages):
        client = FakeEngine(*messages)
        monkeypatch.setattr(engine, "connect", lambda *_, **__: client)
        return client

    return use


@pytest.fixture
def simulated(monkeypatch):
    monkeypatch.setenv(engine.OF_LAB, "simulated")
    monkeypatch.setattr(engine, "connect", None)


def test_a_build_tells_its_steps_and_then_their_sizes(real, folder, capsys):
    """What lies below the Dockerfile's own layers is the base image's."""
    client = real(*STEPS, *DONE)
    told = image.build(folder, "wordpress:tutorial")
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "Step 1 of 3: FROM debian:12",
        "Step 2 of 3: RUN apt-get install less",
        "Step 3 of 3: EXPOSE 80",
        "Built: wordpress:tutorial.",
    ]
    assert list(told["instruction"]) == list(DOCKERFILE.splitlines())
    assert list(told["size"].str.strip()) == ["75.0 MB", "2.0 MB", "0 B"]
    assert client.asked["tag"] == "wordpress:tutorial"
    assert client.asked["rm"]
    assert client.asked["forcerm"]


def test_a_build_on_several_images_shows_the_image_s_own_layers(real, folder):
    """Which steps are in the last image the plan cannot tell; the engine's history can."""
    (folder / "Dockerfile").write_text("FROM debian:12 AS made\nFROM debian:12\nEXPOSE 80\n")
    real(*DONE)
    told = image.build(folder, "two:1")
    assert list(told["made by"]) == ["ADD", "CMD", "apt-get", "EXPOSE"]


def test_without_an_engine_the_plan_is_told_in_the_same_lines(simulated, folder, capsys):
    """Nothing pretends to have been built, and the sentence says how to get it."""
    told = image.build(folder, "wordpress:tutorial")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4] == "Step 1 of 3: FROM debian:12"
    assert lines[-1].startswith("Built: nothing, containers are simulated.")
    assert 'containers="docker"' in lines[-1]
    assert set(told["size"]) == {"not built"}


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        (
            (*STEPS, FAILED),
            "Step 2 of 3 failed: RUN apt-get install less\n"
            "The command ended with exit code 100. Its last lines:\n"
            "Get:1 less\nE: Unable to locate package less",
        ),
        (
            ({"stream": "Step 3/4 : COPY nothing /"}, {"error": "COPY failed: file not found"}),
            "Step 3 of 4 failed: COPY nothing /\nCOPY failed: file not found",
        ),
        (
            (refusal("dockerfile parse error line 2: unknown instruction: RUNN"),),
            "Docker cannot read line 2 of the Dockerfile: unknown instruction: RUNN.",
        ),
        (
            (refusal("dockerfile parse error on line 2: unknown instruction: RUNN"),),
            "Docker cannot read line 2 of the Dockerfile: unknown instruction: RUNN.",
        ),
        (
            (STEPS[0], {"error": "pull access denied for debain, repository does not exist"}),
            "The base image debian:12 does not exist, or may not be fetched. Docker says: "
            "pull access denied for debain, repository does not exist",
        ),
        (
            (STEPS[0], {"error": "manifest for debian:99 not found: manifest unknown"}),
            "The base image debian:12 does not exist, or may not be fetched. Docker says: "
            "manifest for debian:99 not found: manifest unknown",
        ),
        (
            (STEPS[0], refusal("Get https://registry: dial tcp: lookup registry: no such host")),
            "The base image debian:12 is not on this machine, and its registry cannot be reached: "
            "is there a network? Docker says: "
            "Get https://registry: dial tcp: lookup registry: no such host",
        ),
    ],
)
def test_each_way_to_fail_has_its_words(real, folder, messages, sentence):
    """A failed command, a missing file, a line Docker cannot read, a base image, no network."""
    real(*messages)
    with pytest.raises(LabError) as failed:
        image.build(folder, "wordpress:tutorial")
    assert str(failed.value) == sentence


def test_a_line_that_comes_in_pieces_is_one_line():
    """What a program writes piece by piece, in colours, is told as the line that it makes."""
    log = BuildLog()
    for piece in ("Hit:1 main\n", "\x1b[91mW\x1b[0m", "\x1b[91m: \x1b[0m", "\x1b[91mold\n\x1b[0m"):
        log.note({"stream": piece})
    assert list(log.last_lines) == ["Hit:1 main", "W: old"]


def test_a_folder_that_is_too_large_is_not_sent(real, folder, monkeypatch):
    """The sentence names the size and .dockerignore, which lets it through."""
    monkeypatch.setattr(image_build, "CONTEXT_MIB", 1)
    with (folder / "film.bin").open("wb") as film:
        film.truncate(3 * 1024 * 1024)
    client = real(*DONE)
    with pytest.raises(RuntimeError, match=r"3 MiB.*at most 1 MiB.*\.dockerignore"):
        image.build(folder, "wordpress:tutorial")
    assert client.asked == {}
    (folder / ".dockerignore").write_text("# large\n\n*.bin\n")
    image.build(folder, "wordpress:tutorial")
    assert client.asked["path"] == str(folder)


def test_a_folder_without_a_dockerfile(simulated, tmp_path):
    """The missing file is named, engine or not."""
    with pytest.raises(FileNotFoundError, match="Dockerfile"):
        image.build(tmp_path, "wordpress:tutorial")


def test_the_last_line_of_a_long_step_is_known():
    """It is what stands under the bar while a step takes its time."""
    log = BuildLog()
    began = [log.note(message) for message in STEPS]
    assert began == [True, False, True, False, False, False, False]
    assert log.last_line == "E: Unable to locate package less"
    log.note(DONE[0])
    assert log.last_line == ""


def test_a_build_s_bar_is_a_line_of_text_where_no_widgets_are(simulated, folder, capsys):
    """The kept notebook and a terminal say the same."""
    image.build(folder, "wordpress:tutorial")
    assert capsys.readouterr().out.splitlines()[0] == "Building wordpress:tutorial in 3 steps"


def test_an_image_is_run_once_and_removed(real, capsys):
    """What it printed is one line."""
    client = real()
    image.run_once("wordpress:tutorial", "apachectl -v")
    printed = "Printed by apachectl -v: Server version: 1 / Server built: today\n"
    assert capsys.readouterr().out == printed
    assert client.removed == ["apachectl -v"]


def test_a_command_that_fails_is_told_with_what_it_printed(real):
    client = real()
    client.exit_code = 3
    with pytest.raises(RuntimeError, match=r"(?s)apachectl ended with exit code 3.*built: today"):
        image.run_once("wordpress:tutorial", "apachectl")
    assert client.removed == ["apachectl"]


def test_a_run_that_outlives_its_notebook_is_the_lab_s_to_remove(real):
    """The container has the lab's mark and, as every container of a lab, its own name."""
    client = real()
    image.run_once("wordpress:tutorial", "apachectl -v")
    lab_id = lab_folder.name_on_engine(lab_folder.state_folder())
    assert client.asked["labels"][engine.LAB_LABEL] == lab_id
    assert client.asked["labels"][engine.NAME_LABEL] == client.asked["name"]


@pytest.mark.parametrize("limit", [requests.ReadTimeout, requests.ConnectionError])
def test_a_run_without_end_is_told_in_words(real, limit):
    """However the transport says that its time was up; the container is removed."""
    client = real()
    client.never_ends = limit("UnixHTTPConnectionPool: Read timed out.")
    with pytest.raises(RuntimeError, match=r"sleep had not ended in .* after 60 seconds"):
        image.run_once("wordpress:tutorial", "sleep")
    assert client.removed == ["sleep"]


def test_without_an_engine_nothing_is_run(simulated, capsys):
    image.run_once("wordpress:tutorial", "apachectl -v")
    assert "Printed by apachectl -v: nothing, containers are simulated." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environ", "used"),
    [
        ({}, False),
        ({engine.VARIABLE: "docker"}, True),
        ({engine.VARIABLE: "simulated"}, False),
        ({engine.VARIABLE: "docker", engine.OF_LAB: "simulated"}, False),
        ({engine.VARIABLE: "simulated", engine.OF_LAB: "docker"}, True),
    ],
)
def test_the_lab_says_whether_the_engine_is_used(environ, used):
    """Before there is one the variable does."""
    assert engine.is_used(environ) is used


def test_a_run_is_bounded():
    """Of memory and of time, and without a network."""
    assert (image_run.MEMORY, image_run.SECONDS) == ("256m", 60)
