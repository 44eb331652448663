"""Account settings: a principal's own, everybody's, and what holds."""

import json

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


TAGGED = (
    f"#!/bin/bash\necho ECS_CLUSTER={walk.CLUSTER} >> /etc/ecs/ecs.config\n"
    'echo \'ECS_CONTAINER_INSTANCE_TAGS={"team": "blog"}\' >> /etc/ecs/ecs.config\n'
)


def only_registers(lab):
    """A role whose agent may do all that it needs but tag."""
    lab.iam.create_role(RoleName="plain", AssumeRolePolicyDocument=json.dumps(walk.TRUST))
    actions = ["ecs:RegisterContainerInstance", "ecs:DiscoverPollEndpoint", "ecs:Poll"]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    lab.iam.put_role_policy(RoleName="plain", PolicyName="agent", PolicyDocument=document)
    lab.iam.create_instance_profile(InstanceProfileName="plain")
    lab.iam.add_role_to_instance_profile(InstanceProfileName="plain", RoleName="plain")
    return "plain"


def registered(lab, role):
    """Whether an instance with this role joins with its tags; if not, what its agent says."""
    [instance] = lab.booted(lab.run(TAGGED, role=role, SecurityGroupIds=[lab.group]))
    if instance in lab.instances():
        arn = lab.instances()[instance]["containerInstanceArn"]
        return lab.ecs.list_tags_for_resource(resourceArn=arn)["tags"], ""
    return None, lab.agent_log(instance)


def test_tagging_wants_a_permission_of_its_own_where_the_account_says_so(in_process):
    """tagResourceAuthorization; AWS's managed policy lets new container instances have tags."""
    lab = in_process
    lab.cluster()
    plain = only_registers(lab)
    assert registered(lab, plain)[0] == [{"key": "team", "value": "blog"}]
    lab.ecs.put_account_setting_default(name="tagResourceAuthorization", value="on")
    found, said = registered(lab, plain)
    assert found is None
    assert "is not authorized to perform: ecs:TagResource" in said
    assert registered(lab, "ecsInstanceRole")[0] == [{"key": "team", "value": "blog"}]
