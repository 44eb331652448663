"""A lab in this process, on a manual clock, and how far its tests go."""

import boto3
import labs
import pytest
from surroundings import enter_fence


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """boto3 as in a kernel inside the fence; its service models are read once."""
    with pytest.MonkeyPatch.context() as patch:
        enter_fence(patch, tmp_path_factory.mktemp("fence"))
        patch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
        yield boto3.DEFAULT_SESSION


@pytest.fixture
def lab(session):
    with labs.in_process(session) as lab:
        yield lab


@pytest.fixture
def requests(pytestconfig):
    return pytestconfig.getoption("requests")


@pytest.fixture
def seed(pytestconfig):
    return pytestconfig.getoption("seed")
