"""Task sets: services whose deployments others steer, part by part."""

import load_balanced
import pytest
import walk
from botocore.exceptions import ClientError
from labs import container

NAMED = {"cluster": walk.CLUSTER, "service": "web"}


@pytest.fixture
def web(fleet):
    """A service of four tasks with the deployment controller EXTERNAL, still without a task set."""
    fleet.ecs.create_service(
        cluster=walk.CLUSTER,
        serviceName="web",
        desiredCount=4,
        deploymentController={"type": "EXTERNAL"},
    )
    yield fleet
    fleet.ecs.delete_service(**NAMED, force=True)
    fleet.until(lambda: fleet.service("web")["status"] == "INACTIVE")


def create(lab, scale=None, family="web", **wish):
    given = {} if scale is None else {"scale": {"value": scale, "unit": "PERCENT"}}
    definition = lab.register(family, container())
    return lab.ecs.create_task_set(**NAMED, taskDefinition=definition, **given, **wish)["taskSet"]


def described(lab, task_set, **wish):
    answer = lab.ecs.describe_task_sets(**NAMED, taskSets=[task_set["id"]], **wish)
    return answer["taskSets"][0] if answer["taskSets"] else None


def steady(lab, task_set):
    """The task set, once it has reached a steady state."""

    def found():
        now = described(lab, task_set)
        return now if now["stabilityStatus"] == "STEADY_STATE" else None

    return lab.until(found)


def primary(lab, task_set):
    chosen = {"primaryTaskSet": task_set["taskSetArn"]}
    return lab.ecs.update_service_primary_task_set(**NAMED, **chosen)["taskSet"]


def scaled(lab, task_set, value):
    scale = {"value": value, "unit": "PERCENT"}
    return lab.ecs.update_task_set(**NAMED, taskSet=task_set["id"], scale=scale)["taskSet"]


def delete(lab, task_set, **wish):
    return lab.ecs.delete_task_set(**NAMED, taskSet=task_set["id"], **wish)["taskSet"]


def messages(lab):
    return [event["message"] for event in reversed(lab.service("web")["events"])]


def code(refused):
    return refused.value.response["Error"]["Code"]


def test_a_service_without_task_sets_runs_nothing(web):
    """It says who deploys it, and neither has deployments nor a task definition."""
    web.pass_time(30)
    service = web.service("web")
    assert service["deploymentController"] == {"type": "EXTERNAL"}
    assert service["taskSets"] == service["deployments"] == service["events"] == []
    assert service["launchType"] == "EC2"
    assert "taskDefinition" not in service
    assert web.tasks("web") == []


def test_a_task_set_runs_its_share_of_the_service(web):
    """30 % of four tasks are two, rounded up; each says which task set it was started by."""
    made = create(web, 30.0, externalId="release-7")
    assert (made["status"], made["stabilityStatus"]) == ("ACTIVE", "STABILIZING")
    assert made["externalId"] == "release-7"
    now = steady(web, made)
    assert (now["computedDesiredCount"], now["runningCount"], now["pendingCount"]) == (2, 2, 0)
    tasks = web.tasks("web")
    assert [task["startedBy"] for task in tasks] == [made["id"]] * 2
    assert {task["taskDefinitionArn"] for task in tasks} == {made["taskDefinition"]}
    assert web.service("web")["runningCount"] == 2


def test_the_events_name_the_task_set(web):
    """As recorded on AWS: computed, started, steady; then the service is steady."""
    made = create(web, 25.0)
    web.until(lambda: messages(web)[-1:] == ["(service web) has reached a steady state."])
    [task] = web.tasks("web")
    task_id = task["taskArn"].rsplit("/", 1)[1]
    assert messages(web) == [
        f"(service web) updated computedDesiredCount for taskSet {made['id']} to 1.",
        f"(service web, taskSet {made['id']}) has started 1 tasks: (task {task_id}).",
        f"(service web, taskSet {made['id']}) updated state to STEADY_STATE.",
        "(service web) has reached a steady state.",
    ]


def test_without_a_scale_nothing_runs_until_there_is_one(web):
    """Zero percent is a steady state; another scale begins to stabilize."""
    made = create(web)
    assert made["scale"] == {"value": 0.0, "unit": "PERCENT"}
    assert steady(web, made)["computedDesiredCount"] == 0
    answer = scaled(web, made, 50.0)
    assert (answer["stabilityStatus"], answer["scale"]["value"]) == ("STABILIZING", 50.0)
    assert steady(web, made)["runningCount"] == 2
    scaled(web, made, 25.0)
    assert steady(web, made)["runningCount"] == 1


def test_two_task_sets_stand_side_by_side(web):
    """One gives way to the other as somebody scales them; the PRIMARY is what the service shows."""
    old, new = create(web, 100.0, "old"), create(web, 25.0, "new")
    assert primary(web, old)["status"] == "PRIMARY"
    assert steady(web, old)["runningCount"] == 4
    assert steady(web, new)["runningCount"] == 1
    assert web.service("web")["taskDefinition"] == old["taskDefinition"]
    scaled(web, new, 100.0)
    primary(web, new)
    assert steady(web, new)["runningCount"] == 4
    sets = {each["id"]: each["status"] for each in web.service("web")["taskSets"]}
    assert sets == {old["id"]: "ACTIVE", new["id"]: "PRIMARY"}
    assert web.service("web")["taskDefinition"] == new["taskDefinition"]
    delete(web, old, force=True)
    web.until(lambda: described(web, old) is None)
    assert [task["startedBy"] for task in web.tasks("web")] == [new["id"]] * 4


def test_the_service_s_desired_count_is_shared_out_anew(web):
    """UpdateService changes it, and each task set follows by its scale."""
    first, second = create(web, 50.0, "first"), create(web, 100.0, "second")
    assert steady(web, first)["runningCount"] == 2
    assert steady(web, second)["runningCount"] == 4
    web.ecs.update_service(**NAMED, desiredCount=1)
    web.until(lambda: len(web.tasks("web")) == 2)
    assert steady(web, first)["computedDesiredCount"] == 1
    assert steady(web, second)["computedDesiredCount"] == 1


def test_a_task_that_ends_is_replaced_in_its_task_set(web):
    """Which is not steady until then."""
    made = create(web, 25.0)
    steady(web, made)
    [before] = web.tasks("web")
    web.ecs.stop_task(cluster=walk.CLUSTER, task=before["taskArn"])
    web.stopped(before["taskArn"])
    [after] = web.until(lambda: web.tasks("web"))
    assert after["taskArn"] != before["taskArn"]
    assert after["startedBy"] == made["id"]
    assert steady(web, made)["runningCount"] == 1


def test_a_deleted_task_set_drains(web):
    """DRAINING while its tasks stop, then gone."""
    made = create(web, 50.0)
    steady(web, made)
    answer = delete(web, made, force=True)
    assert (answer["status"], answer["computedDesiredCount"]) == ("DRAINING", 0)
    web.until(lambda: described(web, made) is None)
    assert web.tasks("web") == []
    assert web.service("web")["taskSets"] == []


def test_a_task_set_that_serves_is_deleted_by_force_only(web):
    """One that is scaled above zero, and the PRIMARY one."""
    made = create(web, 25.0)
    with pytest.raises(ClientError, match="scaled above 0") as refused:
        delete(web, made)
    assert code(refused) == "InvalidParameterException"
    scaled(web, made, 0.0)
    primary(web, made)
    with pytest.raises(ClientError, match="Primary TaskSet cannot be deleted"):
        delete(web, made)
    delete(web, made, force=True)
    web.until(lambda: described(web, made) is None)
    assert "taskDefinition" not in web.service("web")


def test_a_service_with_task_sets_is_deleted_by_force_only(web):
    """With every task of every task set."""
    steady(web, create(web, 50.0))
    web.ecs.update_service(**NAMED, desiredCount=0)
    with pytest.raises(ClientError, match="cannot be stopped while deployments are active"):
        web.ecs.delete_service(**NAMED)
    web.ecs.delete_service(**NAMED, force=True)
    web.until(lambda: web.service("web")["status"] == "INACTIVE")
    with pytest.raises(ClientError) as refused:
        web.ecs.describe_task_sets(**NAMED, taskSets=["ecs-svc/1"])
    assert code(refused) == "ServiceNotActiveException"
    web.ecs.create_service(
        cluster=walk.CLUSTER, serviceName="web", deploymentController={"type": "EXTERNAL"}
    )


def test_the_same_client_token_makes_one_task_set(web):
    """Another request with it is refused."""
    wish = {"taskDefinition": web.register("web", container()), "clientToken": "once"}
    first = web.ecs.create_task_set(**NAMED, **wish)["taskSet"]
    assert web.ecs.create_task_set(**NAMED, **wish)["taskSet"]["id"] == first["id"]
    with pytest.raises(ClientError, match="client token"):
        web.ecs.create_task_set(**NAMED, **wish, externalId="other")
    assert len(web.service("web")["taskSets"]) == 1


def test_a_service_has_five_task_sets(web):
    """And no sixth."""
    for _ in range(5):
        create(web)
    with pytest.raises(ClientError, match="5 deployments exist on the service") as refused:
        create(web)
    assert code(refused) == "InvalidParameterException"


def test_a_task_set_is_behind_its_own_load_balancer(web):
    """Its tasks are registered there, it is steady once they are healthy, and it drains."""
    front = load_balanced.front(web, "web-set")
    load_balanced.let_in(web, front.security_group)
    web.register("balanced", container(portMappings=load_balanced.DYNAMIC))
    made = web.ecs.create_task_set(
        **NAMED,
        taskDefinition="balanced",
        loadBalancers=front.load_balancers,
        scale={"value": 50.0, "unit": "PERCENT"},
    )["taskSet"]
    assert steady(web, made)["loadBalancers"] == front.load_balancers
    assert front.states() == {"healthy": 2}
    assert front.visitor().get()[0] == 200
    assert web.service("web")["loadBalancers"] == []
    primary(web, made)
    assert web.service("web")["loadBalancers"] == front.load_balancers
    delete(web, made, force=True)
    web.until(lambda: described(web, made) is None, 600)
    assert f"(service web, taskSet {made['id']}) has begun draining connections on 2 tasks." in (
        messages(web)
    )
    web.until(lambda: not front.states())
    front.delete()


def test_tags_are_told_when_asked_for(web):
    """By DescribeTaskSets with TAGS, and by what takes any ARN."""
    made = create(web, tags=[{"key": "team", "value": "red"}])
    assert made["tags"] == [{"key": "team", "value": "red"}]
    assert described(web, made)["tags"] == []
    arn = made["taskSetArn"]
    web.ecs.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "test"}])
    web.ecs.untag_resource(resourceArn=arn, tagKeys=["team"])
    expected = [{"key": "stage", "value": "test"}]
    assert web.ecs.list_tags_for_resource(resourceArn=arn)["tags"] == expected
    assert described(web, made, include=["TAGS"])["tags"] == expected


def test_unknown_task_sets(web):
    """A failure where many are asked for, an error where one is to be changed."""
    arn = web.service("web")["serviceArn"].replace(":service/", ":task-set/") + "/ecs-svc/1"
    answer = web.ecs.describe_task_sets(**NAMED, taskSets=[arn])
    assert answer["taskSets"] == []
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]
    for call in (primary, delete):
        with pytest.raises(ClientError) as refused:
            call(web, {"id": "ecs-svc/1", "taskSetArn": arn})
        assert code(refused) == "TaskSetNotFoundException"
    with pytest.raises(ClientError, match="TaskSets cannot be empty"):
        web.ecs.describe_task_sets(**NAMED)
    with pytest.raises(ClientError, match="Task Set Identifier is invalid"):
        web.ecs.describe_task_sets(**NAMED, taskSets=["web"])


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"taskDefinition": "web"}, "TaskDefinition must be blank"),
        ({"launchType": "EC2"}, "LaunchType must be blank"),
        ({"schedulingStrategy": "DAEMON"}, "daemon scheduling strategy"),
        (
            {
                "deploymentConfiguration": {
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True}
                }
            },
            "circuit breaker needs the ECS deployment controller",
        ),
    ],
)
def test_what_such_a_service_is_not_told(fleet, wish, says):
    """What to run is said to its task sets."""
    with pytest.raises(ClientError, match=says) as refused:
        fleet.ecs.create_service(
            cluster=walk.CLUSTER,
            serviceName="api",
            deploymentController={"type": "EXTERNAL"},
            **wish,
        )
    assert code(refused) == "InvalidParameterException"


@pytest.mark.parametrize(
    "wish", [{"taskDefinition": "web"}, {"forceNewDeployment": True}, {"loadBalancers": [{}]}]
)
def test_update_service_begins_no_deployment(web, wish):
    """Neither with another task definition nor by force."""
    with pytest.raises(ClientError, match="with an EXTERNAL deployment controller") as refused:
        web.ecs.update_service(**NAMED, **wish)
    assert code(refused) == "InvalidParameterException"


def test_rolling_deployments_have_no_task_sets(fleet):
    """All five operations say so."""
    definition = fleet.register("api", container())
    fleet.create_service("api", definition)
    named, scale = {"cluster": walk.CLUSTER, "service": "api"}, {"value": 1.0, "unit": "PERCENT"}
    one = {**named, "taskSet": "ecs-svc/1"}
    calls = (
        lambda: fleet.ecs.create_task_set(**named, taskDefinition=definition),
        lambda: fleet.ecs.describe_task_sets(**named, taskSets=["ecs-svc/1"]),
        lambda: fleet.ecs.update_task_set(**one, scale=scale),
        lambda: fleet.ecs.update_service_primary_task_set(**named, primaryTaskSet="ecs-svc/1"),
        lambda: fleet.ecs.delete_task_set(**one),
    )
    for call in calls:
        with pytest.raises(ClientError, match="external deployment controllers") as refused:
            call()
        assert code(refused) == "InvalidParameterException"


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"scale": {"value": 101.0, "unit": "PERCENT"}}, "InvalidParameterException"),
        ({"launchType": "FARGATE"}, "UnsupportedFeatureException"),
        ({"taskDefinition": "nobody"}, "ClientException"),
        ({"service": "nobody"}, "ServiceNotFoundException"),
        ({"cluster": "nobody"}, "ClusterNotFoundException"),
    ],
)
def test_a_task_set_that_cannot_be(web, wish, error):
    """Each with the error of its model."""
    request = {**NAMED, "taskDefinition": web.register("web", container()), **wish}
    with pytest.raises(ClientError) as refused:
        web.ecs.create_task_set(**request)
    assert code(refused) == error
    assert web.service("web")["taskSets"] == []
