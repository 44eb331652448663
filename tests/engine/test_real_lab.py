"""The whole walk with real containers, in this process: every call is boto3, every end is seen."""

import json
import statistics
import time
from pathlib import Path

import boto3
import pytest
import walk
from images import stand_ins
from surroundings import enter_fence

from ecs_tutorial.lab import LocalEcs
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.page import look, open_page

pytestmark = pytest.mark.engine

OF_2015 = Path(walk.__file__).parent.parent / "notebooks" / "ecs-wordpress-task-def-2015.json"
INSTALL = "Welcome to the famous five-minute WordPress installation process!"


@pytest.fixture(scope="module")
def walked(engine_url, client, tmp_path_factory):
    """A lab in which the walk has come to its running service, a task on each of two instances."""
    for name in ("busybox", "listens", "mysql", "wordpress"):
        stand_ins.ensure(client, name)
    before = {each["Id"] for each in client.containers(all=True)}
    with pytest.MonkeyPatch.context() as patch:
        enter_fence(patch, tmp_path_factory.mktemp("fence"), engine_url)
        local = LocalEcs(on_engine="walked")
        local.install()
        try:
            with local.patient():
                yield Walked(local)
        finally:
            local.stop()
    assert {each["Id"] for each in client.containers(all=True)} == before
    assert client.volumes(filters={"label": "ecs-tutorial.lab=walked"})["Volumes"] in (None, [])


class Walked:
    """The lab with its clients, and what the walk has made."""

    def __init__(self, local):
        self.local = local
        self.ecs, self.ec2, self.iam, self.ssm = map(boto3.client, ("ecs", "ec2", "iam", "ssm"))
        self.ecs.create_cluster(clusterName=walk.CLUSTER)
        walk.make_role(self.iam)
        self.group = walk.open_port_80(self.ec2)
        self.hosts = walk.launch(self.ec2, self.ssm, self.group)
        walk.run_service(self.ecs, desired=2)

    def page(self, address, port):
        """What ``lab.browse`` gives, once something answers."""
        for _ in range(300):
            try:
                page = open_page(
                    f"{address}:{port}",
                    look(self.local.addresses, address, port),
                    "/user/reader/",
                )
            except LabError:
                page = None
            if page and page.status == 200:
                return page
            time.sleep(0.2)
        raise AssertionError(page)

    def running(self, service):
        arns = self.ecs.list_tasks(cluster=walk.CLUSTER, serviceName=service)["taskArns"]
        found = self.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=arns)["tasks"] if arns else []
        return {each["taskArn"]: each for each in found if each["lastStatus"] == "RUNNING"}

    def until(self, condition, seconds=60):
        """The seconds until ``condition()`` holds."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() < began + seconds
            time.sleep(0.02)
        return time.monotonic() - began


def test_wordpress_asks_to_be_installed_on_both_instances(walked):
    """Both have a port 80 of their own, and each answers with WordPress's real page."""
    addresses = walk.addresses(walked.ecs, walked.ec2)
    assert {port for _, port in addresses} == {80}
    assert len({address for address, _ in addresses}) == 2
    for address, port in addresses:
        page = walked.page(address, port)
        assert INSTALL in repr(page)
        assert page.address == f"{address}/wp-admin/install.php"
        loopback = look(walked.local.addresses, address, port)["loopback_port"]
        assert str(loopback) not in repr(page)
        assert f"/user/reader/proxy/{loopback}/wp-admin/" in page._repr_mimebundle_()["text/html"]


def test_docker_ps_on_an_instance_shows_its_own_containers(walked):
    """Its wordpress and mysql with the instance's own port, and the agent; not the other's."""
    for host in walked.hosts:
        lines = walk.docker_ps(walked.ssm, host).splitlines()
        assert len(lines) == 4
        assert "0.0.0.0:80->80/tcp" in next(line for line in lines if "-wordpress-" in line)


def test_a_port_that_no_container_has_is_refused(walked):
    """As with simulated containers: nothing listens there."""
    rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "0.0.0.0/0"}
    walked.ec2.authorize_security_group_ingress(GroupId=walked.group, **rule)
    address, _ = walk.addresses(walked.ecs, walked.ec2)[0]
    assert look(walked.local.addresses, address, 8080)["reason"] == "refused"


def test_the_definition_of_2015_lands_on_the_set_up_page(walked):
    """It registers and runs as it did; today's image asks its visitor for the database."""
    definition = json.loads(OF_2015.read_text("utf-8"))
    definition["containerDefinitions"][0]["portMappings"][0]["hostPort"] = 2015
    name = walked.ecs.register_task_definition(**definition)["taskDefinition"]["family"]
    rule = {"IpProtocol": "tcp", "FromPort": 2015, "ToPort": 2015, "CidrIp": "0.0.0.0/0"}
    walked.ec2.authorize_security_group_ingress(GroupId=walked.group, **rule)
    [task] = walked.ecs.run_task(cluster=walk.CLUSTER, taskDefinition=name)["tasks"]
    which = {"cluster": walk.CLUSTER, "tasks": [task["taskArn"]]}
    walked.ecs.get_waiter("tasks_running").wait(**which, WaiterConfig=walk.QUICK)
    page = walked.page(walk.address_of(walked.ecs, walked.ec2, task), 2015)
    assert page.address.endswith(":2015/wp-admin/setup-config.php")
    assert "you will need to know the following items" in page.text
    walked.ecs.stop_task(cluster=walk.CLUSTER, task=task["taskArn"])
    walked.ecs.get_waiter("tasks_stopped").wait(**which, WaiterConfig=walk.QUICK)


def test_a_wordpress_killed_by_hand_is_replaced(walked, client):
    """Its task stops with exit code 137, another takes its place and shows the page again."""
    before = walked.running("wordpress")
    victim, task = next(iter(before.items()))
    runtime_id = next(c["runtimeId"] for c in task["containers"] if c["name"] == "wordpress")
    client.kill(runtime_id)
    walked.until(
        lambda: len(set(walked.running("wordpress")) - {victim}) == 2,
    )
    [stopped] = walked.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=[victim])["tasks"]
    codes = {each["name"]: each.get("exitCode") for each in stopped["containers"]}
    assert (codes["wordpress"], stopped["stopCode"]) == (137, "EssentialContainerExited")
    for address, port in walk.addresses(walked.ecs, walked.ec2):
        assert INSTALL in repr(walked.page(address, port))


def test_a_container_killed_by_hand_is_replaced_within_a_second_and_a_half(walked, client):
    """From ``docker kill`` until the next task's container runs; the median of five."""
    definition = {"name": "app", "image": stand_ins.TAGS["listens"], "memory": 32}
    walked.ecs.register_task_definition(family="quick", containerDefinitions=[definition])
    walked.ecs.create_service(
        cluster=walk.CLUSTER, serviceName="quick", taskDefinition="quick", desiredCount=1
    )
    walked.until(lambda: walked.running("quick"))
    took = []
    for _ in range(5):
        time.sleep(1)
        [(victim, task)] = walked.running("quick").items()
        client.kill(task["containers"][0]["runtimeId"])
        took.append(walked.until(lambda gone=victim: set(walked.running("quick")) - {gone}))
    walked.ecs.delete_service(cluster=walk.CLUSTER, service="quick", force=True)
    assert statistics.median(took) < 1.5, took


def test_cleaning_up_leaves_nothing_on_the_engine(walked, client):
    """The walk's own way down removes its containers before the lab's end."""
    walk.clean_up(walked.ecs, walked.ec2, walked.iam, walked.hosts, walked.group)
    marked = {"label": "ecs-tutorial.lab=walked"}
    walked.until(lambda: not client.containers(all=True, filters=marked))
