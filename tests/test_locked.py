"""A served lab is its user's alone: what others on the machine, or a web page, try fails.

Everything here goes over the lab's own socket, against a lab as ``ecs-tutorial lab`` starts it.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import pickle
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import botocore.auth
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from surroundings import enter_fence
from test_keeper import book

from ecs_tutorial import access_key, fence, session
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.served import lab_folder, served_lab
from ecs_tutorial.served.door import LARGEST_BODY
from ecs_tutorial.served.served_lab import ServedLab

INVALID = "The security token included in the request is invalid."
LIST = b"{}"
TARGET = "AmazonEC2ContainerServiceV20141113.ListClusters"
JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGET}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLab]:
    folder = tmp_path_factory.mktemp("locked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECS_TUTORIAL_HOME", str(folder / "home"))
        home = lab_folder.state_folder()
        enter_fence(patch, home)
        notebooks = book(tmp_path_factory.mktemp("notebooks")).folder
        yield served_lab.launch(home, notebooks)
        served_lab.stop(home)


@dataclass(frozen=True)
class Owner:
    """Makes clients for the lab; by default with its own key."""

    lab: ServedLab
    key_id: str = access_key.ID
    secret: str = ""
    token: str | None = None

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.lab.endpoint,
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
            aws_session_token=self.token,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )


@pytest.fixture(scope="module")
def owner(lab: ServedLab) -> Owner:
    return Owner(lab, secret=access_key.of(lab.folder).secret)


def ask(lab: ServedLab, *request: Any, **settings: Any) -> tuple[int, bytes]:
    """What a program that has no key is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", lab.record.port, timeout=20)
    connection.request(*request, **settings)
    answer = connection.getresponse()
    return answer.status, answer.read()


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


# --- where it listens -------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["127.0.0.2", "::1"])
def test_it_listens_at_one_loopback_address(lab: ServedLab, address: str) -> None:
    """At no other address of the machine is anybody: a server for all of them would answer."""
    with pytest.raises(OSError, match=r"refused|assign|unreachable|timed out"):
        socket.create_connection((address, lab.record.port), timeout=2).close()


# --- who may call ------------------------------------------------------------------------------


def test_its_owner_may_call(owner: Owner) -> None:
    """The key opens services of every protocol, with a query, a form, JSON and a path."""
    assert owner.client("ecs").list_clusters()["clusterArns"] == []
    assert owner.client("ec2").describe_instances()["Reservations"] == []
    assert owner.client("sts").get_caller_identity()["Account"] == "123456789012"
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="a b/ü+c.json", Body=b"{}")
    assert s3.get_object(Bucket="templates", Key="a b/ü+c.json")["Body"].read() == b"{}"
    keys = s3.list_objects_v2(Bucket="templates", Prefix="a b/", StartAfter="a !&=+")["Contents"]
    assert [each["Key"] for each in keys] == ["a b/ü+c.json"]
    assert owner.client("lambda").list_functions()["Functions"] == []


ANYBODY = {"key_id": "AKIAIOSFODNN7EXAMPLE", "secret": "guess"}
GUESS = {"secret": "not-a-secret"}


@pytest.mark.parametrize(
    ("service", "operation", "unknown", "wrong"),
    [
        ("ecs", "list_clusters", "UnrecognizedClientException", "InvalidSignatureException"),
        ("logs", "describe_log_groups", "UnrecognizedClientException", "InvalidSignatureException"),
        ("sts", "get_caller_identity", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("elbv2", "describe_load_balancers", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("ec2", "describe_vpcs", "AuthFailure", "AuthFailure"),
        ("s3", "list_buckets", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
        ("lambda", "list_functions", "UnrecognizedClientException", "InvalidSignatureException"),
    ],
)
def test_nobody_else_may(
    owner: Owner, service: str, operation: str, unknown: str, wrong: str
) -> None:
    """Another key, and a guess at the secret, get AWS's own errors in the service's form."""
    code, text = refused(getattr(replace(owner, **ANYBODY).client(service), operation))
    assert code == unknown
    assert text == INVALID or service == "ec2"
    code, _ = refused(getattr(replace(owner, **GUESS).client(service), operation))
    assert code == wrong


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        (JSON, LIST, 400, b"MissingAuthenticationTokenException"),
        (JSON | {"Authorization": "Bearer x"}, LIST, 400, b"IncompleteSignatureException"),
        (JSON | {"Authorization": "AWS4-HMAC-SHA256"}, LIST, 400, b"IncompleteSignatureException"),
        (
            {"Content-Type": "application/x-www-form-urlencoded"},
            b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15",
            403,
            b"<Code>MissingAuthenticationToken</Code>",
        ),
        ({}, b"", 403, b"Missing Authentication Token"),
    ],
)
def test_who_signs_nothing_stays_outside(
    lab: ServedLab, headers: dict[str, str], body: bytes, status: int, code: bytes
) -> None:
    """A request without a signature, or with something else in its place, is turned away."""
    answer = ask(lab, "POST", "/", body, headers)
    assert (answer[0], code in answer[1]) == (status, True)


@pytest.mark.parametrize("verb", ["status", "start", "reset", "stop", "browse"])
def test_the_labs_own_pages_want_its_key_too(lab: ServedLab, verb: str) -> None:
    """Another user of the machine can neither look into a lab nor end it."""
    method = "GET" if verb == "status" else "POST"
    for headers in (
        {},
        {
            "Authorization": access_key.AccessKey("guess").authorization(
                method, f"127.0.0.1:{lab.record.port}", f"/_lab/{verb}", b"{}"
            )
        },
    ):
        answer = ask(lab, method, f"/_lab/{verb}", b"{}", {**headers, "Content-Type": "text/json"})
        assert answer[0] == 401
    assert lab.status()["pid"] == lab.record.pid


def changed(owner: Owner, change: Any) -> str:
    """The code with which a request is refused that was changed after it was signed."""
    ecs = owner.client("ecs")
    ecs.meta.events.register("before-send.ecs.*", lambda request, **_: change(request))
    return refused(ecs.create_cluster, clusterName="mine")[0]


def test_a_changed_request_is_no_longer_signed(owner: Owner) -> None:
    """Neither body, nor target, nor address can be exchanged behind a signature."""

    def body(request: Any) -> None:
        request.body = request.body.replace(b"mine", b"evil")

    def target(request: Any) -> None:
        request.headers["X-Amz-Target"] = TARGET

    def path(request: Any) -> None:
        request.url += "?x=y"

    for change in (body, target, path):
        assert changed(owner, change) == "InvalidSignatureException"
    assert owner.client("ecs").list_clusters()["clusterArns"] == []


def test_an_old_signature_has_expired(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was signed an hour ago, and heard by somebody, opens nothing."""
    now = botocore.auth.get_current_datetime

    def an_hour_ago(*given: Any, **named: Any) -> datetime:
        return now(*given, **named) - timedelta(hours=1)

    monkeypatch.setattr(botocore.auth, "get_current_datetime", an_hour_ago)
    code, text = refused(owner.client("ecs").list_clusters)
    assert (code, text.partition(":")[0]) == ("InvalidSignatureException", "Signature expired")


# --- keys that the lab itself gives out ---------------------------------------------------------


def assumed(owner: Owner) -> Owner:
    role = owner.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/deployer", RoleSessionName="learner"
    )["Credentials"]
    return Owner(owner.lab, role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"])


def test_roles_users_and_sessions_have_keys_of_their_own(owner: Owner) -> None:
    """Who switches roles by STS, or has a user's key, goes on with that one."""
    role = assumed(owner)
    arn = role.client("sts").get_caller_identity()["Arn"]
    assert arn.endswith("assumed-role/deployer/learner")
    iam, sts = owner.client("iam"), owner.client("sts")
    iam.create_user(UserName="ana")
    users = iam.create_access_key(UserName="ana")["AccessKey"]
    session = sts.get_session_token()["Credentials"]
    federated = sts.get_federation_token(Name="ben")["Credentials"]
    for each in (users, session, federated):
        key = Owner(owner.lab, each["AccessKeyId"], each["SecretAccessKey"])
        assert key.client("ecs").list_clusters()["clusterArns"] == []
    iam.update_access_key(UserName="ana", AccessKeyId=users["AccessKeyId"], Status="Inactive")
    key = Owner(owner.lab, users["AccessKeyId"], users["SecretAccessKey"])
    assert refused(key.client("ecs").list_clusters)[0] == "UnrecognizedClientException"


def test_nobody_can_reckon_the_secrets_that_a_lab_gives_out(
    owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All labs draw the same ids; another lab's secret for the same id opens nothing here."""
    from ecs_tutorial.control_plane.moto_seams.access_keys import derived

    role = assumed(owner)
    assert role.secret == derived(owner.secret, role.key_id)
    stranger = replace(role, secret=derived(access_key.of(tmp_path).secret, role.key_id))
    assert refused(stranger.client("ecs").list_clusters)[0] == "InvalidSignatureException"


# --- web pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/_lab/stop", "/_lab/status"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_a_web_page_stays_outside(lab: ServedLab, path: str, headers: dict[str, str]) -> None:
    """Neither a form that posts across sites nor a name that was made to point here comes in."""
    form = {"Content-Type": "text/plain", **headers}
    for method in ("GET", "POST", "OPTIONS"):
        assert ask(lab, method, path, b"{}", form)[0] == 403


# --- what is sent --------------------------------------------------------------------------------


def test_bodies_are_bounded(lab: ServedLab) -> None:
    """More than the largest body is refused before it is read, whoever sends it."""
    headers = JSON | {"Content-Length": str(LARGEST_BODY + 1)}
    assert ask(lab, "POST", "/", b"", headers)[0] == 413
    chunked = JSON | {"Transfer-Encoding": "chunked"}
    assert ask(lab, "POST", "/", b"0\r\n\r\n", chunked)[0] == 411


def test_a_packed_body_is_bounded_by_what_is_in_it(owner: Owner) -> None:
    """Some kilobytes of gzip that would fill the memory are refused; honest ones are read."""

    def packed(content: bytes) -> Any:
        def send(params: dict[str, Any], **_: Any) -> None:
            params["body"] = gzip.compress(content)
            params["headers"]["Content-Encoding"] = "gzip"

        ecs = owner.client("ecs")
        ecs.meta.events.register("before-call.ecs.*", send)
        return ecs

    with pytest.raises(ClientError) as error:
        packed(b" " * (LARGEST_BODY + 1)).list_clusters()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert packed(b'{"maxResults": 1}').list_clusters()["clusterArns"] == []


class Attack:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def attempts(folder: Path) -> list[Any]:
    """Texts and bytes that would make the folder if they were run, loaded or expanded."""
    return [
        f"#!/bin/bash\nmkdir {folder}\n$(mkdir {folder}) `mkdir {folder}`\n",
        f"__import__('os').mkdir({str(folder)!r})",
        pickle.dumps(Attack(folder)).decode("latin-1"),
        f"Resources: !!python/object/apply:os.mkdir [{str(folder)!r}]",
        f"{{{{ ''.__class__.__mro__[1].__subclasses__() }}}} ${{jndi:mkdir {folder}}}",
    ]


def test_what_comes_in_is_data(owner: Owner, tmp_path: Path) -> None:
    """Scripts, expressions, pickles and YAML's tags are kept or refused, and nothing is run."""
    proof = tmp_path / "proof"
    ecs, ec2, ssm = owner.client("ecs"), owner.client("ec2"), owner.client("ssm")
    cloudformation = owner.client("cloudformation")
    ami = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    image = ssm.get_parameter(Name=ami)["Parameter"]["Value"]
    instances = []
    for number, text in enumerate(attempts(proof)):
        launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, UserData=text)
        instances.append(launched["Instances"][0]["InstanceId"])
        ecs.register_task_definition(
            family=f"family-{number}",
            containerDefinitions=[
                {"name": "app", "image": "nginx", "memory": 64, "command": ["sh", "-c", text]}
            ],
        )
        ssm.put_parameter(Name=f"/text/{number}", Value=text, Type="String")
        for call in (cloudformation.create_stack, cloudformation.validate_template):
            name = {"StackName": f"stack-{number}"} if call == cloudformation.create_stack else {}
            with pytest.raises(ClientError):
                call(**name, TemplateBody=text)
    ec2.get_waiter("instance_status_ok").wait(
        InstanceIds=instances, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert not proof.exists()


def test_the_attempts_would_be_noticed(tmp_path: Path) -> None:
    """The pickle among them does what it says where somebody loads it."""
    pickle.loads(attempts(tmp_path / "proof")[2].encode("latin-1"))
    assert (tmp_path / "proof").exists()


# --- what lies on disk and is shown ---------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="on Windows a user's profile keeps others out")
def test_all_files_are_their_users_alone(lab: ServedLab) -> None:
    """Nobody else can read the folder, nor any file in it, had the folder been open."""
    modes = {path.name: path.stat().st_mode & 0o777 for path in lab.folder.rglob("*")}
    assert lab.folder.stat().st_mode & 0o777 == 0o700
    assert {access_key.FILE, "lab.json", "lab.log", "lab.lock"} <= set(modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


@pytest.mark.skipif(os.name != "posix", reason="on Windows a user's profile keeps others out")
def test_a_folder_in_which_others_may_write_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where others could exchange the key no lab is kept, and it is said what to do."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "shared"))
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    with pytest.raises(LabError, match="others can write there"):
        lab_folder.state_folder()
    (tmp_path / "shared").chmod(0o755)
    assert lab_folder.state_folder().stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.name != "posix", reason="on Windows a user's profile keeps others out")
def test_the_usual_folder_is_closed_if_it_was_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of an earlier version, which others could look into, becomes private."""
    monkeypatch.delenv("ECS_TUTORIAL_HOME", raising=False)
    monkeypatch.setattr(lab_folder, "_default_folder", lambda: str(tmp_path / "state"))
    (tmp_path / "state").mkdir(mode=0o755)
    assert lab_folder.state_folder().stat().st_mode & 0o777 == 0o700


def test_nothing_that_is_shown_has_the_key(
    lab: ServedLab, owner: Owner, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither what a terminal is told, nor the lab's record and log, nor an answer of the lab."""
    with mock.patch.dict(os.environ, {"ECS_TUTORIAL_HOME": str(lab.folder)}):
        told = session.terminal_settings(lab.endpoint, "posix")
    told += json.dumps(lab.status()) + repr(lab) + str(fence.settings(lab.endpoint, lab.folder))
    told += "".join((lab.folder / name).read_text() for name in ("lab.json", "lab.log", "lab.lock"))
    told += str(owner.client("sts").get_caller_identity())
    assert owner.secret not in told


def test_a_lab_whose_key_was_lost_can_be_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever removed the file of the key finds the lab silent, and stop ends it all the same."""
    served_lab.launch(tmp_path, book(tmp_path).folder)
    (tmp_path / access_key.FILE).unlink()
    with pytest.raises(served_lab.SilentLabError):
        served_lab.find(tmp_path)
    assert served_lab.stop(tmp_path) == "The lab did not answer and was ended."
    assert lab_folder.holder(tmp_path) is None
