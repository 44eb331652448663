"""A region that does not exist is answered in words, by every kind of service."""

import pytest
from botocore.exceptions import ClientError


@pytest.mark.parametrize(
    ("service", "call"),
    [("ecs", "list_clusters"), ("ec2", "describe_instances"), ("ssm", "describe_parameters")],
)
def test_a_misspelt_region_is_said(lab, service, call):
    """A typing error in region_name gives one clear error, no page of HTML and no traceback."""
    client = lab.client(service, region_name="us-eest-1")
    with pytest.raises(ClientError, match="There is no region us-eest-1"):
        getattr(client, call)()


def test_another_region_is_empty(lab):
    """A region that exists answers, with nothing in it."""
    elsewhere = lab.client("ecs", region_name="eu-west-1")
    assert elsewhere.list_clusters()["clusterArns"] == []
