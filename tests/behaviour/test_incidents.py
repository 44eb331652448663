"""An incident's own cluster is taken down whole, however far it came."""

import pytest

from ecs_tutorial.exercises.trouble import AGENT_NEEDS, TRUST, Site

NAME = "incident-half"


@pytest.fixture
def site(in_process):
    return Site(NAME, in_process.ecs, in_process.ec2, in_process.iam)


def made(iam, steps):
    """The first of the steps that make a role for machines."""
    role, profile = {"RoleName": NAME}, {"InstanceProfileName": NAME}
    each = (
        lambda: iam.create_role(**role, AssumeRolePolicyDocument=TRUST),
        lambda: iam.attach_role_policy(**role, PolicyArn=AGENT_NEEDS),
        lambda: iam.create_instance_profile(**profile),
        lambda: iam.add_role_to_instance_profile(**profile, **role),
    )
    for step in each[:steps]:
        step()


@pytest.mark.parametrize("with_cluster", [True, False])
@pytest.mark.parametrize("steps", range(5))
def test_what_was_interrupted_is_taken_down(site, steps, with_cluster):
    """With its cluster or without, at each step of the role; then it can be put up again."""
    if with_cluster:
        site.ecs.create_cluster(clusterName=NAME)
    made(site.iam, steps)
    gone = list(site.take_down("half"))
    assert len(gone) == bool(with_cluster or steps)
    assert not site.is_there()
    made(site.iam, 4)


def test_where_nothing_was_nothing_is_said_to_be_gone(site):
    """Taken down twice, the second time finds nothing."""
    made(site.iam, 4)
    assert list(site.take_down("half")) == [f"the role {NAME}"]
    assert list(site.take_down("half")) == []
