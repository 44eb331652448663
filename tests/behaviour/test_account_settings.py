"""Account settings: a principal's own, everybody's, and what holds."""

import pytest
import walk
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from ecs_tutorial.control_plane.account_settings import DEFAULTS

SOMEBODY = "arn:aws:iam::123456789012:user/somebody"


@pytest.fixture
def ecs(in_process):
    return in_process.ecs


def holds(ecs, name, **who):
    settings = ecs.list_account_settings(name=name, effectiveSettings=True, **who)["settings"]
    return settings[0]["value"]


def test_what_is_set_is_listed_and_holds(ecs):
    """Only what was set is a principal's own; the rest are defaults."""
    assert ecs.list_account_settings()["settings"] == []
    made = ecs.put_account_setting(name="awsvpcTrunking", value="enabled")["setting"]
    assert made["principalArn"].endswith(":root")
    assert ecs.list_account_settings()["settings"] == [made]
    assert holds(ecs, "awsvpcTrunking") == "enabled"
    assert holds(ecs, "taskLongArnFormat") == "enabled"


def test_a_default_holds_for_who_has_none_of_his_own(ecs):
    """One's own goes before everybody's, until it is deleted."""
    name = "containerInsights"
    ecs.put_account_setting(name=name, value="disabled", principalArn=SOMEBODY)
    ecs.put_account_setting_default(name=name, value="enhanced")
    assert (holds(ecs, name), holds(ecs, name, principalArn=SOMEBODY)) == ("enhanced", "disabled")
    left = ecs.delete_account_setting(name=name, principalArn=SOMEBODY)["setting"]
    assert left["value"] == holds(ecs, name, principalArn=SOMEBODY) == "enhanced"


def test_a_new_cluster_has_container_insights_as_set(ecs):
    """The one setting that shows in the lab."""
    ecs.put_account_setting(name="containerInsights", value="enabled")
    cluster = ecs.create_cluster(clusterName=walk.CLUSTER)["cluster"]
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enabled"}]


def test_pages_lead_through_all_that_hold(ecs):
    """A page at a time, with the token of the page before."""
    pages = ecs.get_paginator("list_account_settings").paginate(
        effectiveSettings=True, PaginationConfig={"PageSize": 3}
    )
    found = [[each["name"] for each in page["settings"]] for page in pages]
    assert [len(page) for page in found] == [3, 3, 3, 2]
    assert len({name for page in found for name in page}) == 11


def test_what_is_refused(ecs):
    """A value that a setting cannot have."""
    with pytest.raises(ClientError, match="cannot be set to disabled"):
        ecs.put_account_setting(name="taskLongArnFormat", value="disabled")


def test_every_setting_of_the_model_has_a_default():
    """A setting that botocore's model gains is given one here."""
    names = get_service_model("ecs").shape_for("SettingName").enum
    assert set(names) == set(DEFAULTS)
