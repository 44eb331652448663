"""Every request passes one gate: one at a time, with its own random stream, numbered."""

from __future__ import annotations

import threading

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.core.base_backend import AccountSpecificBackend
from moto.core.responses import BaseResponse
from moto.moto_api._internal import mock_random
from seams import (
    ACCOUNT,
    REGION,
    assert_leaves_no_trace,
    assert_notices_change,
    client,
    installed,
)

from ecs_tutorial.control_plane.moto_seams.amis import AmiCatalogue
from ecs_tutorial.control_plane.moto_seams.requests import RequestGate, is_read
from ecs_tutorial.control_plane.moto_seams.seeds import SeededDraws, drawing_from, seed_moto
from ecs_tutorial.observer import OBSERVER


class Desk:
    """A gate and what it was called with."""

    def __init__(self, seed: str = "seed") -> None:
        self.lock = threading.RLock()
        self.writes: list = []
        self.ticks = 0
        self.gate = RequestGate(self.lock, seed, self.tick, self.writes.append)
        self.seams = (SeededDraws(seed), self.gate, AmiCatalogue())

    def tick(self) -> None:
        self.ticks += 1


def create_key(name: str = "k") -> str:
    return client("ec2").create_key_pair(KeyName=name)["KeyPairId"]


def test_a_successful_write_is_recorded_with_its_numbers():
    desk = Desk()
    with installed(*desk.seams):
        ec2 = client("ec2")
        ec2.create_key_pair(KeyName="a")
        ec2.describe_key_pairs()
        client("ecr", "eu-west-1").create_repository(repositoryName="web")
        ec2.create_key_pair(KeyName="b")
    assert [(w.number, w.service, w.action, w.ordinal) for w in desk.writes] == [
        (1, "ec2", "CreateKeyPair", 1),
        (2, "ecr", "CreateRepository", 1),
        (3, "ec2", "CreateKeyPair", 2),
    ]
    assert [(w.account_id, w.region) for w in desk.writes[:2]] == [
        (ACCOUNT, REGION),
        (ACCOUNT, "eu-west-1"),
    ]
    assert desk.writes[0].parameters["KeyName"] == "a"
    assert desk.writes[1].parameters == {"repositoryName": "web"}


def test_a_failed_write_is_no_record_and_takes_no_ids():
    """After a typing error the right call gives what it would have given at once."""
    ids = []
    for stumbles in (0, 3):
        desk = Desk()
        with installed(*desk.seams):
            create_key("a")
            for _ in range(stumbles):
                with pytest.raises(ClientError, match="Duplicate"):
                    create_key("a")
            ids.append(create_key("b"))
            assert [write.ordinal for write in desk.writes] == [1, 2]
    assert ids[0] == ids[1]


def test_extra_reads_and_other_services_change_no_id():
    ids = []
    for busy in (False, True):
        with installed(*Desk().seams):
            if busy:
                client("iam").create_user(UserName="somebody")
                client("ec2").describe_vpcs()
                client("ec2").create_volume(Size=1, AvailabilityZone="us-east-1a")
            ids.append((create_key("a"), create_key("b")))
    assert ids[0] == ids[1]
    assert ids[0][0] != ids[0][1]


def test_another_seed_gives_other_ids():
    seen = set()
    for seed in ("one", "two"):
        with installed(*Desk(seed).seams):
            vpc = client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
            seen |= {create_key(), vpc}
    assert len(seen) == 4


def test_the_default_vpc_does_not_depend_on_what_came_before():
    """It is made while moto looks for the service, before any request is seeded."""
    seen = []
    for before in ("one", "two"):
        with installed(*Desk().seams):
            mock_random.seed(before)
            seen.append(client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"])
    assert seen[0] == seen[1]


def test_reset_begins_the_same_ids_again():
    desk = Desk()
    with installed(*desk.seams):
        first = create_key("a")
        desk.gate.reset()
        client("ec2").delete_key_pair(KeyName="a")
        desk.gate.reset()
        assert create_key("a") == first
    assert desk.writes[-1].number == 1


def test_time_moves_with_each_request_but_an_observers():
    """A dashboard's reads never move time and draw from a stream of their own."""
    desk = Desk()
    with installed(*desk.seams):
        client("ec2").describe_vpcs()
        assert desk.ticks == 1
        watching = boto3.client(
            "ec2",
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(user_agent_extra=OBSERVER),
        )
        first = watching.describe_vpcs()["ResponseMetadata"]["RequestId"]
        assert first == watching.describe_vpcs()["ResponseMetadata"]["RequestId"]
        assert desk.ticks == 1


def test_the_clock_moves_before_the_action_and_the_record_comes_after():
    order = []
    gate = RequestGate(
        threading.RLock(),
        "seed",
        lambda: order.append(len(client_keys())),
        lambda write: order.append(write.action),
    )

    def client_keys() -> list:
        return client("ec2").describe_key_pairs()["KeyPairs"]

    with installed(gate):
        create_key()
    assert order == [0, "CreateKeyPair"]


def test_a_request_made_inside_a_request_passes_through():
    """Else a timer that calls AWS would move the clock that is calling it."""
    ticks = []

    def before() -> None:
        ticks.append("tick")
        client("ec2").describe_vpcs()

    with installed(RequestGate(threading.RLock(), "seed", before, lambda write: None)):
        create_key()
    assert ticks == ["tick"]


def test_requests_wait_for_the_lock():
    desk = Desk()
    with installed(*desk.seams):
        worker = threading.Thread(target=create_key)
        with desk.lock:
            worker.start()
            worker.join(timeout=0.3)
            assert worker.is_alive()
            assert desk.writes == []
        worker.join(timeout=10)
        assert len(desk.writes) == 1


def test_the_gate_opens_again_after_an_error_in_moto():
    """An action that moto has not is an error, and the next request passes as usual."""
    desk = Desk()
    with installed(*desk.seams):
        with pytest.raises(NotImplementedError):
            client("ec2").create_ipam()
        create_key()
    assert desk.ticks == 2
    assert len(desk.writes) == 1


def test_the_token_that_boto3_invents_is_not_in_the_record():
    """It is random; one that the learner gives is kept."""
    desk = Desk()
    with installed(*desk.seams):
        ec2 = client("ec2")
        for token in ({}, {"ClientToken": "mine"}):
            ec2.create_launch_template(
                LaunchTemplateName=f"t{len(token)}", LaunchTemplateData={}, **token
            )
            ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, **token)
    tokens = [write.parameters.get("ClientToken") for write in desk.writes]
    assert tokens == [None, None, "mine", "mine"]


def test_session_tokens_come_from_the_seed():
    seen = []
    for _ in range(2):
        with installed(*Desk().seams):
            assumed = client("sts").assume_role(
                RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="session"
            )
            seen.append(assumed["Credentials"]["SessionToken"])
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("action", "read"),
    [
        ("DescribeTasks", True),
        ("GetParameter", True),
        ("BatchGetImage", True),
        ("BatchCheckLayerAvailability", True),
        ("DiscoverPollEndpoint", True),
        ("BatchDeleteImage", False),
        ("PutImage", False),
        ("SendCommand", False),
        ("RegisterTaskDefinition", False),
    ],
)
def test_reads_are_told_from_writes_by_their_names(action, read):
    assert is_read(action) is read


@settings(max_examples=30)
@given(before=st.text(max_size=8), inside=st.integers(min_value=0, max_value=5))
def test_drawing_from_another_stream_leaves_the_first_where_it_was(before, inside):
    seed_moto(before)
    undisturbed = [mock_random.random() for _ in range(2)]
    seed_moto(before)
    first = mock_random.random()
    with drawing_from("another", before):
        for _ in range(inside):
            mock_random.random()
    assert [first, mock_random.random()] == undisturbed


def test_the_gate_and_the_seeds_leave_no_trace():
    for seam in Desk().seams:
        assert_leaves_no_trace(seam)


@pytest.mark.parametrize(
    ("seam", "owner", "name"),
    [(1, BaseResponse, "call_action"), (0, AccountSpecificBackend, "__getitem__")],
)
def test_a_changed_moto_is_noticed(monkeypatch, seam, owner, name):
    assert_notices_change(monkeypatch, Desk().seams[seam], owner, name)
