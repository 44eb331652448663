"""No AWS client inside the fence reaches a real account, whichever way round it is tried."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import surroundings
from hypothesis import given
from hypothesis import strategies as st
from surroundings import Endpoint, Surroundings

from ecs_tutorial import access_key, fence

WAYS = """
import json, os, sys
from pathlib import Path

import boto3
old_client = boto3.client("ecs")
old_session = boto3.Session(profile_name="prod")
cached_session = boto3.DEFAULT_SESSION
no_keys = boto3.client("sts", endpoint_url="https://sts.amazonaws.com")

from ecs_tutorial import fence
gone = fence.close(sys.argv[1], Path(sys.argv[2]))
fence.close(sys.argv[1], Path(sys.argv[2]))

def tried(call):
    try:
        return str(call()["clusterArns"])
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def proxied():
    from botocore.config import Config
    config = Config(proxies={"http": "http://proxy.example:3128"})
    return boto3.client("ecs", config=config).list_clusters()

print(json.dumps({
    "plain client": tried(lambda: boto3.client("ecs").list_clusters()),
    "plain session": tried(lambda: boto3.Session().client("ecs").list_clusters()),
    "other region": tried(lambda: boto3.client("ecs", region_name="eu-west-1").list_clusters()),
    "client made before": tried(lambda: old_client.list_clusters()),
    "other client made before": tried(lambda: no_keys.get_caller_identity()),
    "session made before": tried(lambda: old_session.client("ecs").list_clusters()),
    "cached session": tried(lambda: cached_session.client("ecs").list_clusters()),
    "profile": tried(lambda: boto3.Session(profile_name="prod").client("ecs").list_clusters()),
    "endpoint in the call": tried(lambda: boto3.client(
        "ecs", endpoint_url="https://ecs.us-east-1.amazonaws.com").list_clusters()),
    "proxy in the call": tried(proxied),
    "gone": gone,
    "strays": fence.strays(sys.argv[1]),
    "left": fence.defeating(os.environ),
}))
"""
PLAIN = "import boto3; print(boto3.client('ecs').list_clusters()['clusterArns'])"
NOT_SENT = "OutsideTheLabError: Refused: this request would have gone to "


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    return surroundings.make(tmp_path_factory.mktemp("home"), dict(os.environ))


@pytest.fixture(scope="module")
def lab() -> Iterator[Endpoint]:
    with surroundings.endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def ways(around: Surroundings, lab: Endpoint) -> dict[str, object]:
    """What became of each way, all in one kernel whose fence was closed after some clients."""
    return json.loads(around.python(WAYS, lab.url, str(around.folder)))


@pytest.fixture
def inside(around: Surroundings, lab: Endpoint) -> dict[str, str]:
    """The environment that JupyterLab gives to its kernels and terminals."""
    fence.write_aws_files(around.folder)
    return fence.environment(lab.url, around.folder, around.environ)


def test_without_the_fence_these_surroundings_lead_away(tmp_path: Path) -> None:
    """The tests here can fail: the same client, unfenced, tries to leave the machine."""
    around = surroundings.make(tmp_path / "home", dict(os.environ))
    with pytest.raises(AssertionError):
        around.python(PLAIN)
    assert set(around.attempts()) & {"proxy.example", "ecs.eu-central-1.amazonaws.com"}


@pytest.mark.parametrize("way", ["plain client", "plain session", "other region"])
def test_ordinary_clients_reach_the_lab(ways: dict[str, object], way: str) -> None:
    """Neither a profile, nor service endpoints, nor a proxy keep a new client from the lab."""
    assert ways[way] == "[]"


def test_a_proxy_in_the_call_is_not_used_for_the_lab(ways: dict[str, object]) -> None:
    """A request to loopback goes there, whatever proxy a client was given."""
    assert ways["proxy in the call"] == "[]"


@pytest.mark.parametrize(
    "way", ["client made before", "other client made before", "endpoint in the call"]
)
def test_a_client_that_points_at_aws_is_refused_in_words(ways: dict[str, object], way: str) -> None:
    """A client made before the fence, or with AWS's endpoint, sends nothing and says why."""
    assert str(ways[way]).startswith(NOT_SENT)
    assert "Make the session and the client again" in str(ways[way])


@pytest.mark.parametrize("way", ["session made before", "cached session"])
def test_a_session_made_before_reaches_the_lab_or_nothing(
    ways: dict[str, object], way: str
) -> None:
    """A session remembers its profile; its clients find the lab, no keys, or the guard."""
    assert str(ways[way]).startswith(("[]", "NoCredentialsError", NOT_SENT))


def test_profiles_of_the_home_are_not_there(ways: dict[str, object]) -> None:
    """A ``~/.aws`` does not exist inside the fence."""
    assert str(ways["profile"]).startswith("ProfileNotFound")


def test_the_learner_is_told_what_had_to_go(ways: dict[str, object]) -> None:
    """The names taken out of the environment and the clients made before are known."""
    expected = {name for name in surroundings.SETTINGS if name.startswith("AWS_")}
    assert set(ways["gone"]) == expected - {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert "sts" in ways["strays"]
    assert "ecs" in ways["strays"]
    assert ways["left"] == []


def test_a_cell_before_the_first_is_fenced(
    around: Surroundings, lab: Endpoint, inside: dict[str, str]
) -> None:
    """A kernel of the fenced JupyterLab, also one restarted, needs no ``start`` to be safe."""
    assert around.python(PLAIN, environ=inside) == "[]\n"


def test_a_terminal_is_fenced(around: Surroundings, inside: dict[str, str]) -> None:
    """The aws program in a terminal of the fenced JupyterLab talks to the lab."""
    printed = around.run(sys.executable, "-m", "awscli", "ecs", "list-clusters", environ=inside)
    assert json.loads(printed) == {"clusterArns": []}


def test_only_the_lab_was_asked_and_with_its_own_key(
    ways: dict[str, object], around: Surroundings, lab: Endpoint, inside: dict[str, str]
) -> None:
    """Of all these ways none tried another host; new clients use no key of the learner's."""
    around.python(PLAIN, environ=inside)
    assert around.attempts() == []
    assert "Credential=ecs-tutorial/" in lab.authorizations[-1]
    assert "us-east-1/ecs" in lab.authorizations[-1]


def test_written_aws_files_are_emptied_again(tmp_path: Path) -> None:
    """What ``aws configure`` writes inside the fence does not outlast the next start."""
    fence.write_aws_files(tmp_path)
    config = Path(fence.settings(None, tmp_path)["AWS_CONFIG_FILE"])
    config.write_text("[default]\nendpoint_url = https://example.com\n")
    fence.write_aws_files(tmp_path)
    assert config.read_text() == ""


def test_the_key_is_in_a_private_file_and_in_no_variable(tmp_path: Path) -> None:
    """What a terminal is told and what programs inherit opens no lab."""
    secret = access_key.of(tmp_path).secret
    fence.write_aws_files(tmp_path)
    told = fence.environment("http://127.0.0.1:5000", tmp_path, {"AWS_ACCESS_KEY_ID": "mine"})
    assert secret not in str(told)
    assert "AWS_ACCESS_KEY_ID" not in told
    assert secret in Path(told["AWS_SHARED_CREDENTIALS_FILE"]).read_text()


def test_an_existing_no_proxy_is_kept() -> None:
    """The learner's own exceptions stay, in both spellings."""
    assert fence.not_proxied({"no_proxy": "intra.example, 127.0.0.1"}) == {
        "NO_PROXY": "intra.example,127.0.0.1,localhost,::1",
        "no_proxy": "intra.example,127.0.0.1,localhost,::1",
    }


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("http://127.0.0.1:5000/x", True),
        ("http://localhost", True),
        ("http://[::1]:80/", True),
        ("http://bucket.localhost:5000", True),
        ("http://127.1.2.3", True),
        ("https://ecs.us-east-1.amazonaws.com", False),
        ("http://169.254.169.254/latest/meta-data", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://user:127.0.0.1@example.com", False),
        ("http://0.0.0.0:80", False),
        ("http://evil.example\\@127.0.0.1/", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_what_stays_on_this_machine(url: str, stays: bool) -> None:
    """Loopback is decided by the host alone, and a name only by its reserved suffix."""
    assert fence.is_loopback(url) is stays


NAMES = st.sampled_from(["AWS_", "aws_", "NO_", "HOME_"]).flatmap(
    lambda start: st.sampled_from(["PROFILE", "REGION", "ENDPOINT_URL_EC2", "PROXY", "NEW"]).map(
        lambda end: start + end
    )
)


@given(st.dictionaries(NAMES, st.sampled_from(["a", "b"])))
def test_inside_the_fence_only_the_labs_aws_settings_remain(environ: dict[str, str]) -> None:
    """Whatever the surroundings set, every AWS variable inside has the lab's value."""
    lab = fence.settings("http://127.0.0.1:5000", Path("lab"))
    fenced = fence.environment("http://127.0.0.1:5000", Path("lab"), environ)
    aws = {name: value for name, value in fenced.items() if name.upper().startswith("AWS_")}
    assert aws == {name: value for name, value in lab.items() if name != "TZ"}
    lost = {name for name in environ if name not in fenced}
    assert all(name.upper().startswith("AWS_") for name in lost)
