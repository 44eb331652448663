"""EC2 hosts boot, run their user data once, and get and lose their agents."""

import pytest
from hosts import PLAIN_AMI, Region, ec2_instance, mysql, walk_region, wordpress

from ecs_tutorial.clock import ManualClock
from ecs_tutorial.data_plane.ec2_host import AGENT_LOG, CLOUD_INIT_LOG

CONFIG = "/etc/ecs/ecs.config"


def resources(registration):
    return {
        resource["name"]: resource["integerValue"] for resource in registration["totalResources"]
    }


def test_a_running_instance_joins_the_cluster_of_its_user_data():
    """Boot, user data, agent: it registers where ECS_CLUSTER says, with its type's resources."""
    region = Region()
    region.boot(ec2_instance())
    (registration,) = region.ecs.registrations()
    assert registration["cluster"] == "web"
    assert resources(registration)["CPU"] == 2048
    assert resources(registration)["MEMORY"] == 3911
    (session,) = region.acs.sessions
    assert session.parameters["cluster"] == "web"
    assert session.parameters["agent_version"] == "1.107.0"


def test_a_pending_instance_does_nothing():
    """Nothing boots before EC2 says running, and a boot takes its time."""
    region = Region()
    assert region.boot(ec2_instance(state="pending")) is None
    host = region.boot(ec2_instance(), seconds=10)
    assert not host.has_booted
    assert region.hosts.managed_instances() == ()
    region.clock.advance(30)
    assert region.hosts.managed_instances() == (ec2_instance(),)


def test_a_boot_can_be_cut_short_and_an_agent_takes_its_time():
    """Of the boot's twenty seconds a part is left; the agent begins as long after as ever."""
    region = Region(waits=0.05)
    assert not region.boot(ec2_instance(), seconds=0.9).has_booted
    region.clock.advance(0.2)
    assert region.hosts.managed_instances() == (ec2_instance(),)
    assert region.ecs.registrations() == []
    region.clock.advance(1.0)
    assert len(region.ecs.registrations()) == 1


def test_observing_twice_changes_nothing():
    """EC2's states may be told again and again."""
    region = Region()
    for _ in range(5):
        region.boot(ec2_instance(), seconds=15)
    assert len(region.ecs.registrations()) == 1


def test_what_is_not_told_goes_on():
    """Hearing of one instance says nothing about the others."""
    region = Region()
    region.boot(ec2_instance(1))
    region.boot(ec2_instance(2))
    assert len(region.acs.open_sessions()) == 2


def test_the_order_of_boots_is_that_of_the_launches():
    """Instances told in any order boot in the order of launch."""
    region = Region()
    region.boot(ec2_instance(3), ec2_instance(1), ec2_instance(2))
    order = [instance.instance_id for instance in region.hosts.managed_instances()]
    assert order == ["i-1", "i-2", "i-3"]


def test_another_ami_has_no_agent():
    """An instance of a plain AMI boots, but it never registers and has no Docker."""
    region = Region()
    host = region.boot(ec2_instance(image_id=PLAIN_AMI.image_id))
    assert host.has_booted
    assert region.ecs.requests == []
    assert host.files.read(CONFIG) is None
    assert region.shell("docker ps").exit_code == 127


def test_without_permission_the_log_says_so():
    """An agent whose role allows nothing never joins; its log on the instance tells why."""
    region = Region()
    region.ecs.allowed = False
    host = region.boot(ec2_instance(role_name=None))
    assert region.acs.sessions == []
    assert "AccessDenied" in host.files.read(AGENT_LOG)


def test_an_agent_that_gave_up_is_no_container_any_more():
    """After a refusal for good the log says so and docker ps no longer lists the agent."""
    region = Region()
    region.ecs.allowed, region.ecs.refusal = False, "ClusterNotFoundException"
    host = region.boot(ec2_instance())
    assert "terminally exit" in host.files.read(AGENT_LOG)
    assert "ecs-agent" not in region.shell("docker ps").stdout
    assert "Connection refused" in region.shell("curl http://localhost:51678/v1/metadata").stderr


def test_no_cluster_named():
    """Without ECS_CLUSTER the agent asks for the default cluster."""
    region = Region()
    region.boot(ec2_instance(user_data=b""))
    assert region.ecs.registrations()[0]["cluster"] == "default"


def test_a_typing_error_in_user_data():
    """A misspelt command leaves the instance in the default cluster and a line in its log."""
    region = Region()
    host = region.boot(
        ec2_instance(user_data=b"#!/bin/bash\nehco ECS_CLUSTER=web >> /etc/ecs/ecs.config\n")
    )
    assert region.ecs.registrations()[0]["cluster"] == "default"
    assert "line 2: ehco: command not found" in host.files.read(CLOUD_INIT_LOG)


def test_a_malformed_setting_is_in_the_agents_log():
    """What the agent could not read of its file stands in its own log."""
    region = Region()
    text = b"#!/bin/bash\necho ECS_RESERVED_MEMORY=lots >> /etc/ecs/ecs.config\n"
    host = region.boot(ec2_instance(user_data=text))
    assert "level=warn" in host.files.read(AGENT_LOG)
    assert "ECS_RESERVED_MEMORY" in host.files.read(AGENT_LOG)


@pytest.mark.parametrize("state", ["stopping", "stopped", "shutting-down", "terminated"])
def test_an_instance_that_ends_falls_silent(state):
    """Its session closes, its containers end, and nothing more is reported."""
    region = walk_region()
    host = region.hosts.host("i-1")
    reports = len(region.ecs.requests)
    region.boot(ec2_instance(state=state, public_ip=None))
    assert region.acs.open_sessions() == []
    assert {record.state for record in host.runtime.containers()} <= {"exited"}
    assert len(region.ecs.requests) == reports
    assert region.hosts.managed_instances() == ()
    assert (region.hosts.host("i-1") is None) == (state == "terminated")


def test_a_stop_in_the_middle_of_a_boot():
    """An instance stopped while it boots never gets its agent."""
    region = Region()
    region.boot(ec2_instance(), seconds=5)
    region.boot(ec2_instance(state="stopped"))
    assert region.ecs.requests == []


def test_a_start_reconnects_the_same_container_instance():
    """After stop and start the agent registers with the ARN that it had, and joins again."""
    region = walk_region()
    region.boot(ec2_instance(state="stopped", public_ip=None))
    region.boot(ec2_instance(public_ip="203.0.113.99"))
    first, second = region.ecs.registrations()
    assert second["containerInstanceArn"] == "arn:instance/1"
    assert first["cluster"] == second["cluster"]
    assert len(region.acs.open_sessions()) == 1


def test_user_data_runs_on_the_first_boot_only():
    """cloud-init runs user data once for an instance, not at every start."""
    region = Region()
    host = region.boot(ec2_instance())
    region.boot(ec2_instance(state="stopped"))
    region.boot(ec2_instance())
    assert host.files.read(CONFIG) == "ECS_CLUSTER=web\n"
    assert host.files.read(CLOUD_INIT_LOG).count("Cloud-init v.") == 4


def test_a_public_address_leads_to_its_host_while_it_has_it():
    """A new public address after a start replaces the old one."""
    region = Region()
    host = region.boot(ec2_instance())
    assert region.hosts.at("203.0.113.1") is host
    region.boot(ec2_instance(state="stopped", public_ip=None))
    assert region.hosts.at("203.0.113.1") is None
    region.boot(ec2_instance(public_ip="203.0.113.99"))
    assert region.hosts.at("203.0.113.99") is host


def test_a_listener_is_a_running_container_with_a_mapped_port():
    """Port 80 is WordPress; MySQL listens, but no port of the host is mapped to it."""
    region = walk_region()
    host = region.hosts.host("i-1")
    assert host.listener(80).spec.image == "wordpress"
    assert host.listener(3306) is None
    region.hosts.observe([ec2_instance(state="stopped")])
    assert host.listener(80) is None


def test_two_hosts_have_their_own_ports():
    """The same host port can be used once on each instance."""
    region = Region()
    region.boot(ec2_instance(1), ec2_instance(2))
    region.acs.run(wordpress(), mysql(), session=0)
    region.acs.run(wordpress(), mysql(), session=1)
    region.clock.advance(60)
    assert region.hosts.host("i-1").listener(80)
    assert region.hosts.host("i-2").listener(80)


def test_close_ends_everything():
    """After close no timer does anything and no host is left."""
    region = walk_region()
    reports = len(region.ecs.requests)
    region.hosts.close()
    region.clock.advance(600)
    assert region.acs.open_sessions() == []
    assert region.hosts.host("i-1") is None
    assert len(region.ecs.requests) == reports


def test_two_runs_are_the_same():
    """With the manual clock the same boots give the same requests and the same logs."""
    first, second = walk_region(), walk_region(clock=ManualClock())
    assert first.ecs.requests == second.ecs.requests
    assert first.shell("docker ps -a").stdout == second.shell("docker ps -a").stdout


def test_a_shell_on_a_host_that_is_not_there():
    """Nothing answers before the boot has ended, or on an instance never seen."""
    region = Region()
    with pytest.raises(LookupError):
        region.shell("docker ps")
    region.boot(ec2_instance(), seconds=1)
    with pytest.raises(LookupError):
        region.shell("docker ps")
