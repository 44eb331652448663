"""A service behind a load balancer: targets, their health, drains, and real HTTP in front."""

import contextlib
import itertools
import re

import botocore.exceptions
import load_balanced
import pytest
import walk
from labs import container, in_process_only
from load_balanced import DYNAMIC

NAMES = itertools.count(1)
TASK = re.compile(r"task/Wordpress/[0-9a-f]{32}")


@pytest.fixture
def front(fleet):
    """The module's cluster, with a load balancer that its instances let in."""
    made = load_balanced.front(fleet, f"web-{next(NAMES)}")
    load_balanced.let_in(fleet, made.security_group)
    fleet.register("web", container(portMappings=DYNAMIC))
    yield made
    fleet.clear()
    with contextlib.suppress(fleet.elbv2.exceptions.TargetGroupNotFoundException):
        made.delete()


def all_healthy(front, count):
    return lambda: front.states() == {"healthy": count}


def registrations(lab):
    """The events in which the service says that it registered targets."""
    return [text for text in lab.messages("web") if ") registered" in text]


def served_by(visitor, count):
    """The tasks whose containers answered."""
    answers = [visitor.get() for _ in range(count)]
    assert {status for status, _ in answers} == {200}
    return [TASK.search(body)[0] for _, body in answers]


def refused(call, **request):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**request)
    return error.value.response["Error"]


def test_the_name_leads_nowhere(front):
    """It has AWS's form and ends in .localhost."""
    assert re.fullmatch(r"web-\d+-\d+\.us-east-1\.elb\.localhost", front.name)


def test_the_service_answers_with_its_load_balancer(front):
    """And with the service-linked role and a grace period of 0; without one it has neither."""
    service = front.create_service(0)
    assert service["loadBalancers"] == front.load_balancers
    assert service["roleArn"].endswith(
        ":role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    )
    assert service["healthCheckGracePeriodSeconds"] == 0
    alone = front.create_service(0, "alone", loadBalancers=[])
    assert alone["loadBalancers"] == []
    assert not {"roleArn", "healthCheckGracePeriodSeconds"} & alone.keys()


def test_tasks_are_registered_with_their_dynamic_ports(front):
    """Each target is a task's instance and host port, initial first and then healthy."""
    front.create_service(3)
    front.lab.until(lambda: front.states().total() == 3)
    front.lab.until(all_healthy(front, 3))
    arns = front.lab.ecs.list_tasks(cluster=walk.CLUSTER, serviceName="web")["taskArns"]
    tasks = front.lab.ecs.describe_tasks(cluster=walk.CLUSTER, tasks=arns)["tasks"]
    on = {each["containerInstanceArn"]: i for i, each in front.lab.instances().items()}
    expected = {
        (on[task["containerInstanceArn"]], task["containers"][0]["networkBindings"][0]["hostPort"])
        for task in tasks
    }
    assert front.health().keys() == expected


def test_requests_alternate(front):
    """Round robin: as many answers from the one task as from the other, in turn."""
    front.create_service(2)
    front.lab.until(all_healthy(front, 2))
    tasks = served_by(front.visitor(), 6)
    assert len(set(tasks)) == 2
    assert tasks == tasks[:2] * 3


@in_process_only
def test_the_events_of_a_first_deployment(front):
    """Started, registered, completed, steady: in this order."""
    front.create_service(2)
    front.lab.until(lambda: "steady state" in "".join(front.lab.messages("web")[:1]))
    words = [re.sub(r"\(.*?\) ?", "", each) for each in reversed(front.lab.messages("web"))]
    assert words == [
        "has started 2 tasks: .",
        "registered 2 targets in ",
        "deployment completed.",
        "has reached a steady state.",
    ]


@in_process_only
def test_a_rolling_update_drains_the_old_tasks(front):
    """Deregistered, draining, stopped; the deregistration delay lies between the last two."""
    front.create_service(2)
    front.lab.until(all_healthy(front, 2))
    front.lab.until(lambda: "steady state" in "".join(front.lab.messages("web")[:1]))
    front.lab.ecs.update_service(cluster=walk.CLUSTER, service="web", forceNewDeployment=True)
    front.lab.until(lambda: front.states()["draining"])
    reason = next(each for each in front.health().values() if each["State"] == "draining")
    assert reason["Reason"] == "Target.DeregistrationInProgress"
    front.lab.stable("web")
    events = front.lab.service("web")["events"]
    when = {}
    for event in reversed(events):
        words = ("deregistered", "begun draining", "stopped")
        when |= {word: event["createdAt"] for word in words if word in event["message"]}
    assert list(when) == ["deregistered", "begun draining", "stopped"]
    assert 10 <= (when["stopped"] - when["deregistered"]).total_seconds() <= 20


def test_a_task_deactivates_while_it_drains(front):
    """StopTask too waits for the load balancer; meanwhile its container runs."""
    front.create_service(1)
    front.lab.until(all_healthy(front, 1))
    [arn] = front.lab.ecs.list_tasks(cluster=walk.CLUSTER, serviceName="web")["taskArns"]
    task = front.lab.ecs.stop_task(cluster=walk.CLUSTER, task=arn)["task"]
    assert (task["desiredStatus"], task["lastStatus"]) == ("STOPPED", "DEACTIVATING")
    assert task["containers"][0]["lastStatus"] == "RUNNING"
    front.lab.until(lambda: front.lab.task_if(arn, "STOPPED"))
    stopped = front.lab.task_if(arn, "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == (
        "UserInitiated",
        "Task stopped by user",
    )


def test_what_nobody_listens_on_is_unhealthy_and_replaced(front):
    """The wrong container port: health checks fail, the event says so, the task goes."""
    front.lab.register("deaf", container(portMappings=[{"containerPort": 81, "hostPort": 0}]))
    wrong = [front.load_balancers[0] | {"containerPort": 81}]
    front.create_service(1, "deaf", "deaf", loadBalancers=wrong)
    group = f"(target-group {front.target_group})"

    def told():
        messages = front.lab.messages("deaf")
        return next((each for each in messages if "is unhealthy in" in each), None)

    message = front.lab.until(told)
    assert message.endswith(f"is unhealthy in {group} due to (reason Health checks failed)")
    task_id = re.search(r"\(task (\w+)\)", message)[1]
    task = front.lab.until(lambda: front.lab.task_if(task_id, "STOPPED"))
    assert task["stoppedReason"] == f"Task failed ELB health checks in {group}"
    started = [each for each in front.lab.messages("deaf") if "has started 1 tasks" in each]
    assert len(started) >= 2


def test_the_instances_must_let_the_load_balancer_in(fleet):
    """Without a rule for its security group its health checks time out."""
    front = load_balanced.front(fleet, f"web-{next(NAMES)}")
    try:
        fleet.register("web", container(portMappings=DYNAMIC))
        front.create_service(1, healthCheckGracePeriodSeconds=600)
        fleet.until(lambda: front.states()["unhealthy"])
        [health] = front.health().values()
        assert (health["Reason"], health["Description"]) == ("Target.Timeout", "Request timed out")
        assert front.visitor().get()[0] == 504
    finally:
        fleet.clear()
        front.delete()


def test_without_a_target_it_answers_503(front):
    """In AWS's short words."""
    status, body = front.visitor().get()
    assert status == 503
    assert "<center><h1>503 Service Temporarily Unavailable</h1></center>" in body


def test_nothing_answers_where_the_load_balancer_is_closed(front):
    """Another port has no listener; without an ingress rule no packet comes back."""
    assert "no listener on port 81" in front.lab.browse(front.name, 81)["hint"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}
    front.lab.ec2.revoke_security_group_ingress(GroupId=front.security_group, **rule)
    found = front.lab.browse(front.name, 80)
    assert (found["reason"], "lets TCP port 80 in" in found["hint"]) == ("timeout", True)


def test_two_services_by_path(front):
    """A rule of the listener sends one path to another target group."""
    elbv2 = front.lab.elbv2
    group = elbv2.create_target_group(
        Name=f"orders-{next(NAMES)}",
        Protocol="HTTP",
        Port=80,
        VpcId=front.lab.ec2.describe_vpcs()["Vpcs"][0]["VpcId"],
    )["TargetGroups"][0]["TargetGroupArn"]
    listener = elbv2.describe_listeners(LoadBalancerArn=front.arn)["Listeners"][0]["ListenerArn"]
    elbv2.create_rule(
        ListenerArn=listener,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/orders*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    front.create_service(1)
    other = [front.load_balancers[0] | {"targetGroupArn": group}]
    front.create_service(1, "orders", loadBalancers=other)
    front.lab.until(all_healthy(front, 1))
    front.lab.until(lambda: front.visitor().get("/orders/7")[0] == 200)
    first, second = (TASK.search(front.visitor().get(path)[1])[0] for path in ("/", "/orders/7"))
    assert first != second
    front.lab.clear()
    rule = elbv2.describe_rules(ListenerArn=listener)["Rules"][0]["RuleArn"]
    elbv2.delete_rule(RuleArn=rule)
    elbv2.delete_target_group(TargetGroupArn=group)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"containerName": "db"}, "The container db does not exist in the task definition."),
        ({"containerPort": 81}, "The container app did not have a container port 81 defined."),
    ],
)
def test_a_container_must_be_there(front, change, message):
    """Its name and its port stand in the task definition."""
    wrong = [front.load_balancers[0] | change]
    error = refused(front.create_service, loadBalancers=wrong)
    assert (error["Code"], error["Message"]) == ("InvalidParameterException", message)


def test_a_target_group_needs_a_listener(front):
    """One that no listener forwards to has no load balancer."""
    vpc = front.lab.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = front.lab.elbv2.create_target_group(Name="lonely", Protocol="HTTP", Port=80, VpcId=vpc)[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    wrong = [front.load_balancers[0] | {"targetGroupArn": group}]
    error = refused(front.create_service, loadBalancers=wrong)
    front.lab.elbv2.delete_target_group(TargetGroupArn=group)
    assert error["Message"] == (
        f"The target group with targetGroupArn {group} does not have an associated load balancer."
    )


def test_a_grace_period_needs_a_load_balancer(front):
    """AWS's words, for CreateService and UpdateService alike."""
    words = "Health check grace period is only valid for services configured to use load balancers"
    given = {"loadBalancers": [], "healthCheckGracePeriodSeconds": 30}
    assert refused(front.create_service, **given)["Message"] == words
    front.create_service(0, loadBalancers=[])
    error = refused(
        front.lab.ecs.update_service,
        cluster=walk.CLUSTER,
        service="web",
        healthCheckGracePeriodSeconds=30,
    )
    assert error["Message"] == words


@in_process_only
def test_a_terminated_instance_drains_and_is_not_registered_again(front):
    """While a machine ends, its target drains, and ECS leaves it so; then it is gone."""
    lab = front.lab
    (lost,) = walk.launch(lab.ec2, lab.ssm, lab.group, count=1)
    front.create_service(desired=3, placementConstraints=[{"type": "distinctInstance"}])
    lab.until(all_healthy(front, 3))
    before = registrations(lab)
    lab.ec2.terminate_instances(InstanceIds=[lost])
    (ending,) = (key for key in front.health() if key[0] == lost)
    assert front.health()[ending]["State"] == "draining"
    lab.pass_time(60)
    assert front.states() == {"healthy": 2}
    assert registrations(lab) == before


def test_a_service_survives_the_loss_of_its_target_group(front):
    """Its tasks run on and nothing is registered; each deployment says why, once, and waits."""
    lab = front.lab
    front.create_service(desired=2)
    lab.until(all_healthy(front, 2))
    before = registrations(lab)
    front.delete()
    lab.pass_time(60)
    lab.ecs.update_service(cluster=walk.CLUSTER, service="web", forceNewDeployment=True)
    lab.pass_time(60)
    assert registrations(lab) == before
    why = [text for text in lab.messages("web") if "failed to register targets" in text]
    message = (
        f"(service web) failed to register targets in (target-group {front.target_group}) "
        "with (error One or more target groups not found)"
    )
    assert why == [message, message]
    (service,) = lab.ecs.describe_services(cluster=walk.CLUSTER, services=["web"])["services"]
    assert service["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert service["runningCount"] >= 2
