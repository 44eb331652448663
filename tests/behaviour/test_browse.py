"""Browse: what listens on a mapped port answers real HTTP, and never off this machine."""

import ipaddress
import re
import time
import urllib.request

import pytest
import walk
from labs import container, in_process_only

from ecs_tutorial.page import open_page

MAPPED = [{"containerPort": 80, "hostPort": 80}]
RESERVED = [
    ipaddress.ip_network(each)
    for each in (
        *("203.0.113.0/24", "198.51.100.0/24", "198.18.0.0/15"),
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "0.0.0.0/8"),
    )
]
ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]|/tcp)")
AWS_NAME = re.compile(r"[\w.-]+\.(?:amazonaws\.com|amazonaws\.com\.cn|aws\.amazon\.com|api\.aws)\b")


def address_of(lab, instance_id):
    return lab.host(instance_id)["PublicIpAddress"]


def get(lab, address, port=80):
    """The page's status and body, fetched as a browser would over loopback."""
    answer = lab.browse(address, port)
    url = f"http://127.0.0.1:{answer['loopback_port']}/"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=20) as response:
        return response.status, response.read().decode()


def on(lab, instance_id, *containers, family="page"):
    """Start a task on one instance; gives it when it is RUNNING."""
    [task] = lab.ecs.start_task(
        cluster=walk.CLUSTER,
        taskDefinition=lab.register(family, *containers),
        containerInstances=[lab.instances()[instance_id]["containerInstanceArn"]],
    )["tasks"]
    return lab.until(lambda: lab.task_if(task["taskArn"], "RUNNING"))


def test_the_page_says_what_it_stands_for(fleet):
    """Simulated; task, container, image, environment with its secrets masked, and the links."""
    web, db = walk.TASK_DEFINITION["containerDefinitions"]
    environment = [
        {"name": "WORDPRESS_DB_HOST", "value": "mysql"},
        {"name": "WORDPRESS_DB_PASSWORD", "value": "hunter2"},
    ]
    task = on(fleet, fleet.hosts[0], web | {"environment": environment}, db)
    address = address_of(fleet, fleet.hosts[0])
    status, html = get(fleet, address)
    text = fleet.browse(address, 80)["text"]
    assert status == 200
    for said in (
        *("SIMULATED", "WordPress would show its installation page here", task["taskArn"]),
        *("Image: wordpress", "WORDPRESS_DB_HOST: mysql", "WORDPRESS_DB_PASSWORD: (hidden)"),
        "mysql: the container mysql",
    ):
        assert said in text
    assert task["taskArn"] in html
    assert "SIMULATED" in html
    assert "hunter2" not in html + text


def test_lab_browse_shows_it_in_the_notebook(fleet):
    """The page comes as text and as a frame, and what a notebook keeps names no loopback port."""
    on(fleet, fleet.hosts[0], container(portMappings=MAPPED))
    address = address_of(fleet, fleet.hosts[0])
    answer = fleet.browse(address, 80)
    page = open_page(f"http://{address}:80/", answer, None)
    bundle = page._repr_mimebundle_()
    assert page.status == 200
    assert bundle["text/plain"].startswith(f"HTTP 200 from http://{address}:80/")
    assert "<iframe" in bundle["text/html"]
    assert not any(str(answer["loopback_port"]) in shown for shown in bundle.values())


def test_two_instances_can_both_have_host_port_80(fleet):
    """Each address answers for its own task, on a loopback port of its own."""
    tasks = {host: on(fleet, host, container(portMappings=MAPPED)) for host in fleet.hosts}
    ports = set()
    for host, task in tasks.items():
        address = address_of(fleet, host)
        assert task["taskArn"] in get(fleet, address)[1]
        ports.add(fleet.browse(address, 80)["loopback_port"])
    assert len(ports) == 2


def test_a_closed_security_group_makes_it_time_out_with_a_hint(fleet):
    """No rule, no answer: it is said at once, with what to check; a rule added opens the port."""
    fixed = [{"containerPort": 80, "hostPort": 8080}]
    on(fleet, fleet.hosts[0], container(portMappings=fixed))
    address = address_of(fleet, fleet.hosts[0])
    begin = time.monotonic()
    answer = fleet.browse(address, 8080)
    page = open_page(f"http://{address}:8080/", answer, None)
    assert time.monotonic() - begin < 5
    assert answer["reason"] == "timeout"
    assert page.status is None
    assert "timed out" in repr(page)
    assert f"No security group of {fleet.hosts[0]} ({fleet.group}) lets TCP port 8080 in" in repr(
        page
    )
    rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "0.0.0.0/0"}
    fleet.ec2.authorize_security_group_ingress(GroupId=fleet.group, **rule)
    assert get(fleet, address, 8080)[0] == 200
    fleet.ec2.revoke_security_group_ingress(GroupId=fleet.group, **rule)
    assert fleet.browse(address, 8080)["reason"] == "timeout"


def test_what_does_not_listen_refuses(fleet):
    """An open port without a container is refused; an address that nobody has times out."""
    answer = fleet.browse(address_of(fleet, fleet.hosts[1]), 80)
    assert answer["reason"] == "refused"
    assert "hostPort" in answer["hint"]
    assert fleet.browse("203.0.113.254", 80)["reason"] == "timeout"


@in_process_only
def test_a_page_lives_as_long_as_its_task(fleet):
    """A stopped task's port refuses."""
    task = on(fleet, fleet.hosts[0], container(portMappings=MAPPED))
    address = address_of(fleet, fleet.hosts[0])
    assert get(fleet, address)[0] == 200
    fleet.ecs.stop_task(cluster=walk.CLUSTER, task=task["taskArn"])
    fleet.stopped(task["taskArn"])
    assert fleet.browse(address, 80)["reason"] == "refused"


@in_process_only
def test_a_dynamic_port_answers_where_its_binding_says(fleet):
    """The port is the one that the task's networkBindings name."""
    task = on(fleet, fleet.hosts[0], container(portMappings=[{"containerPort": 80}]))
    port = task["containers"][0]["networkBindings"][0]["hostPort"]
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "0.0.0.0/0"}
    fleet.ec2.authorize_security_group_ingress(GroupId=fleet.group, **rule)
    assert task["taskArn"] in get(fleet, address_of(fleet, fleet.hosts[0]), port)[1]


def strings(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def answers(lab):
    """What the lab hands out of addresses and names, service by service."""
    ecr = lab.client("ecr")
    repository = "names"
    ecr.create_repository(repositoryName=repository)
    yield ecr.describe_repositories()
    yield ecr.get_authorization_token()
    ecr.delete_repository(repositoryName=repository)
    yield lab.ec2.allocate_address(Domain="vpc")
    for call in (
        *(lab.ec2.describe_instances, lab.ec2.describe_network_interfaces),
        *(lab.ec2.describe_addresses, lab.ec2.describe_regions, lab.ec2.describe_subnets),
        lab.ssm.describe_instance_information,
        lambda: lab.ecs.discover_poll_endpoint(cluster=walk.CLUSTER),
        lambda: {"tasks": lab.tasks("names"), "instances": list(lab.instances().values())},
    ):
        yield call()


@pytest.mark.parametrize("kind", ["addresses", "names"])
def test_nothing_the_lab_hands_out_leads_off_the_machine(fleet, kind):
    """Every address is private or reserved, and no name lies in a domain of AWS's."""
    fleet.create_service("names", fleet.register("names", container(portMappings=MAPPED)))
    fleet.stable("names")
    said = [text for answer in answers(fleet) for text in strings(answer)]
    if kind == "names":
        assert [name for text in said for name in AWS_NAME.findall(text)] == []
        return
    found = {ipaddress.ip_address(each) for text in said for each in ADDRESS.findall(text)}
    assert len(found) > 4
    assert [each for each in found if not any(each in network for network in RESERVED)] == []
