"""What goes wrong with an engine, named as ECS names it."""

import docker.errors
import pytest
import requests

from ecs_tutorial.data_plane.docker_faults import PullError, fault_of, is_unreachable
from ecs_tutorial.data_plane.docker_pull import PullProgress
from ecs_tutorial.engine import EngineFacts, connect, facts
from ecs_tutorial.lab_error import LabError


def refused(text, status=500):
    response = requests.Response()
    response.status_code = status
    return docker.errors.APIError("refused", response, explanation=text)


def test_a_refusal_has_the_engine_s_words():
    """As the docker command prints them."""
    fault = fault_of(refused("no such image", 404), "CannotCreateContainerError")
    assert str(fault) == ("CannotCreateContainerError: Error response from daemon: no such image")


def test_no_answer_in_time_has_a_name_of_its_own():
    """DockerTimeoutError says which state was not reached."""
    fault = fault_of(requests.exceptions.ReadTimeout(), "CannotStartContainerError")
    assert str(fault) == (
        "DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s"
    )


def test_an_engine_that_is_gone_is_said_so():
    """The step keeps its name, the words are those of the docker command."""
    fault = fault_of(requests.exceptions.ConnectionError("reset"), "CannotStopContainerError")
    assert fault.name == "CannotStopContainerError"
    assert fault.text.startswith("Cannot connect to the Docker daemon.")


@pytest.mark.parametrize(
    ("text", "unreachable"),
    [
        ('Get "https://r.invalid/v2/": dial tcp: lookup r.invalid: no such host', True),
        ("net/http: request canceled while waiting for connection", True),
        ("pull access denied for wordpres, repository does not exist", False),
        ("manifest for mysql:0 not found: manifest unknown: manifest unknown", False),
        ("Head https://r.invalid/v2/shop: no basic auth credentials", False),
    ],
)
def test_an_answer_is_not_a_missing_network(text, unreachable):
    """Only when nobody answered may the engine's own image be taken."""
    assert is_unreachable(refused(text)) is unreachable
    assert is_unreachable(PullError(text)) is unreachable


def test_no_engine_is_a_sentence(tmp_path):
    """Where it was looked for, and what to do."""
    with pytest.raises(LabError, match=r"No Docker Engine answers at unix://.*: start Docker"):
        connect(f"unix://{tmp_path}/nowhere.sock")


class Answering:
    """An engine that says what it is."""

    def __init__(self, component):
        self.component = component

    def version(self):
        return {"Version": "25.0.1", "Components": [{"Name": self.component}]}

    def info(self):
        return {"Name": "laptop", "MemTotal": 8 * 1024**3, "NCPU": 4}


def test_what_an_engine_says_of_itself():
    """Memory in MiB, as the agent counts it."""
    assert facts(Answering("Engine")) == EngineFacts("laptop", "25.0.1", 8192, 4)


def test_podman_is_named():
    """It answers on the same socket and refuses links."""
    with pytest.raises(LabError, match="Podman answers in place of Docker"):
        facts(Answering("Podman Engine"))


def test_progress_adds_up_the_layers():
    """Bytes of all layers that are under way or done."""
    progress = PullProgress()
    for layer, status, current in [
        ("a", "Pulling fs layer", None),
        ("a", "Downloading", 50),
        ("b", "Downloading", 10),
        ("a", "Download complete", None),
    ]:
        detail = {"current": current, "total": 100} if current else {}
        progress.note({"id": layer, "status": status, "progressDetail": detail})
    assert (progress.received, progress.total) == (110, 200)
