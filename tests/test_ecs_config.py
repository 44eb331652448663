"""How the text of /etc/ecs/ecs.config becomes the agent's settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_tutorial.data_plane.agent_settings import AgentSettings
from ecs_tutorial.data_plane.ecs_config import ECS_INIT_LOGGING_DRIVERS, agent_settings


def read(text: str):
    """The settings and what the log says of them."""
    log: list[str] = []
    return agent_settings(text, log.append), log


def test_an_empty_file_gives_the_defaults_of_the_ami():
    """Without a file the agent has its defaults, and ecs-init's logging drivers."""
    assert read("") == (AgentSettings(available_logging_drivers=ECS_INIT_LOGGING_DRIVERS), [])


def test_every_setting_is_read():
    """Each setting that the agent acts on reaches its field."""
    settings, log = read(
        """
ECS_CLUSTER=web
ECS_RESERVED_PORTS=[22, 80]
ECS_RESERVED_PORTS_UDP=[53]
ECS_RESERVED_MEMORY=256
ECS_INSTANCE_ATTRIBUTES={"stack": "prod"}
ECS_CONTAINER_INSTANCE_TAGS={"team": "blue"}
ECS_CONTAINER_STOP_TIMEOUT=1m30s
ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=1h
ECS_IMAGE_PULL_BEHAVIOR=prefer-cached
ECS_AVAILABLE_LOGGING_DRIVERS=["json-file"]
"""
    )
    assert settings == AgentSettings(
        cluster="web",
        reserved_ports=(22, 80),
        reserved_ports_udp=(53,),
        reserved_memory=256,
        instance_attributes={"stack": "prod"},
        tags={"team": "blue"},
        container_stop_timeout=90.0,
        task_cleanup_wait=3600.0,
        image_pull_behavior="prefer-cached",
        available_logging_drivers=("json-file",),
    )
    assert log == []


def test_the_last_line_of_a_name_counts():
    """A second line with `>>` takes the place of the first."""
    assert read("ECS_CLUSTER=a\nECS_CLUSTER=b\n")[0].cluster == "b"


@pytest.mark.parametrize(
    "line", ["#ECS_CLUSTER=web", "ECS_CLUSTER = web", "export ECS_CLUSTER=web", "ecs_cluster=web"]
)
def test_lines_that_the_agent_does_not_understand(line):
    """ecs-init cuts each line at its first `=`: another name is another setting."""
    assert read(line)[0].cluster == ""


def test_quotes_are_part_of_the_value():
    """ecs-init takes no quotes off, so that the cluster's name has them."""
    assert read('ECS_CLUSTER="web"')[0].cluster == '"web"'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ECS_RESERVED_MEMORY=lots", 'Invalid format for "ECS_RESERVED_MEMORY"'),
        ("ECS_RESERVED_MEMORY=-1", "expected unsigned integer."),
        ("ECS_RESERVED_PORTS=22,80", "expected a JSON array like [1,2,3]."),
        ("ECS_RESERVED_PORTS=[99999]", "expected a JSON array like [1,2,3]."),
        ("ECS_INSTANCE_ATTRIBUTES=stack=prod", "expected a json hash"),
        ("ECS_CONTAINER_STOP_TIMEOUT=30", "expected a duration"),
        ("export ECS_CLUSTER=web", "does not know the setting 'export ECS_CLUSTER'"),
        ("ECS_CLUSTER web", "a line without '='"),
    ],
)
def test_what_is_wrong_is_logged_and_passed_over(line, said):
    """A malformed value leaves the default and a line in the log."""
    settings, log = read(line)
    assert settings == read("")[0]
    assert said in "\n".join(log)


def test_values_outside_their_range_give_the_default():
    """Less than a second to stop, or an unknown pull behaviour, is no setting."""
    settings, _ = read("ECS_CONTAINER_STOP_TIMEOUT=10ms\nECS_IMAGE_PULL_BEHAVIOR=sometimes")
    assert (settings.container_stop_timeout, settings.image_pull_behavior) == (30.0, "default")


@given(st.text(max_size=80))
def test_no_text_breaks_the_agent(text):
    """Any file at all gives settings."""
    assert isinstance(read(text)[0], AgentSettings)
