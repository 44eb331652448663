"""A lab that is played again: the same things, with the same ids, at the same lab times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import boto3
import pytest
import walk
from deaths import look
from surroundings import enter_fence

from ecs_tutorial.journal_entries import Entry, NoJournal, Sent
from ecs_tutorial.lab import LocalEcs
from ecs_tutorial.served import comeback, journal
from ecs_tutorial.served.comeback import Begun, Comparison
from ecs_tutorial.served.dispatcher import Dispatcher
from ecs_tutorial.served.journal import Kept, SqliteJournal, UnusableJournalError

SENT = Sent("POST", "http://127.0.0.1/", {}, b"")


class Clients:
    """boto3 in this process."""

    def __init__(self) -> None:
        for service in ("ecs", "ec2", "iam", "ssm", "ecr", "elbv2"):
            setattr(self, service, boto3.client(service))


@pytest.fixture(scope="module", autouse=True)
def fence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        enter_fence(patch, tmp_path_factory.mktemp("fence"))
        patch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
        yield


@contextmanager
def lab(folder: Path) -> Iterator[tuple[LocalEcs, Begun]]:
    """A lab that keeps a journal, or comes back from it; it is left as a lab that dies leaves."""
    local = LocalEcs()
    local.install()
    begun = comeback.begin(folder, local, Dispatcher())
    try:
        yield local, begun
    finally:
        local.stop()
        begun.close(forget=False)


def build(aws: Clients) -> str:
    """A cluster with two instances and a service behind a load balancer; gives a task's id."""
    aws.ecs.create_cluster(clusterName=walk.CLUSTER)
    walk.make_role(aws.iam)
    group = walk.open_port_80(aws.ec2)
    walk.launch(aws.ec2, aws.ssm, group)
    with pytest.raises(aws.ecs.exceptions.ClientException):
        aws.ecs.register_task_definition(family="app", containerDefinitions=[])
    subnets = [each["SubnetId"] for each in aws.ec2.describe_subnets()["Subnets"][:2]]
    vpc = aws.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    balancer = aws.elbv2.create_load_balancer(Name="web", Subnets=subnets, SecurityGroups=[group])
    targets = aws.elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)
    arn = targets["TargetGroups"][0]["TargetGroupArn"]
    aws.elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        **{"Protocol": "HTTP", "Port": 80},
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    aws.ecs.register_task_definition(**walk.TASK_DEFINITION)
    aws.ecs.create_service(
        **{"cluster": walk.CLUSTER, "serviceName": "wordpress", "taskDefinition": "wordpress"},
        desiredCount=2,
        loadBalancers=[{"targetGroupArn": arn, "containerName": "wordpress", "containerPort": 80}],
    )
    aws.ecs.get_waiter("services_stable").wait(
        cluster=walk.CLUSTER, services=["wordpress"], WaiterConfig=walk.QUICK
    )
    build_task_sets(aws)
    return arn


def build_task_sets(aws: Clients) -> None:
    """A service that others deploy, with two task sets, one of them PRIMARY and one emptied."""
    aws.ecs.register_task_definition(
        family="api", containerDefinitions=[{"name": "api", "image": "nginx", "memory": 64}]
    )
    external = {"deploymentController": {"type": "EXTERNAL"}, "desiredCount": 1}
    aws.ecs.create_service(cluster=walk.CLUSTER, serviceName="api", **external)
    named = {"cluster": walk.CLUSTER, "service": "api"}
    wish = {**named, "taskDefinition": "api", "scale": {"value": 100.0, "unit": "PERCENT"}}
    old, new = (
        aws.ecs.create_task_set(**wish, clientToken=token)["taskSet"]["id"] for token in "ab"
    )
    aws.ecs.update_service_primary_task_set(**named, primaryTaskSet=new)
    aws.ecs.update_task_set(**named, taskSet=old, scale={"value": 0.0, "unit": "PERCENT"})


def test_a_lab_comes_back_with_all_it_held_at_the_same_lab_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After a walk while the clock ran by itself: ids, times, events, targets, what comes next."""
    with lab(tmp_path) as (local, begun):
        assert begun.words is None
        local.run_in_wall_time(speed=100)
        with local.patient():
            targets = build(Clients())
        local._ticker.stop()
        now = local.clock.now()
        before = seen(local, targets)
    with lab(tmp_path) as (local, begun):
        assert "is back as it was" in (begun.words or "")
        assert "was answered in other words" not in caplog.text
        local.play_to(now)
        assert seen(local, targets) == before


def seen(local: LocalEcs, targets: str) -> tuple[object, ...]:
    """What reads show while the clock stands still, and the id that would come next."""
    aws = Clients()
    with local.playing(NoJournal()):
        health = aws.elbv2.describe_target_health(TargetGroupArn=targets)
        return look(aws), health["TargetHealthDescriptions"], own_id()


def own_id() -> str:
    """The id that the store of ECS would give next."""
    from ecs_tutorial.control_plane import ecs_api
    from ecs_tutorial.lab import ACCOUNT, REGION

    stream = ecs_api.backend(ACCOUNT, REGION)._ids
    state = stream.getstate()
    try:
        return ecs_api.backend(ACCOUNT, REGION).new_id()
    finally:
        stream.setstate(state)


def test_a_journal_that_comes_out_otherwise_is_set_aside(tmp_path: Path) -> None:
    """It lacks a write, which no file's check can see: the lab begins empty and says why."""
    with lab(tmp_path):
        for name in ("one", "two", "three"):
            boto3.client("ecs").create_cluster(clusterName=name)
    with closing(reopened(tmp_path)) as file:
        second, third = (each.number for each in list(file.entries())[1:])
        file._file.execute("DELETE FROM entries WHERE number = ?", (second,))
        file._file.execute("UPDATE entries SET number = ? WHERE number = ?", (second, third))
    with lab(tmp_path) as (_, begun):
        assert "ecs:CreateCluster number 3" in (begun.words or "")
        assert "The file is now lab.journal.set-aside-1." in (begun.words or "")
        assert boto3.client("ecs").list_clusters()["clusterArns"] == []
        boto3.client("ecs").create_cluster(clusterName="new")
    with lab(tmp_path) as (_, begun):
        assert len(boto3.client("ecs").list_clusters()["clusterArns"]) == 1


def reopened(folder: Path) -> SqliteJournal:
    return SqliteJournal(journal.in_folder(folder), LocalEcs().clock.now, comeback.versions())


def test_a_lab_that_died_while_it_was_built_begins_empty(tmp_path: Path) -> None:
    """Nobody was told that it is there; the chapter's start builds it anew."""
    with lab(tmp_path) as (_, begun):
        assert begun.journal
        begun.journal.remember("building", 4)
        boto3.client("ecs").create_cluster(clusterName="half")
    with lab(tmp_path) as (_, begun):
        assert (begun.words, boto3.client("ecs").list_clusters()["clusterArns"]) == (None, [])


def test_a_reset_lab_is_forgotten(tmp_path: Path) -> None:
    """What was in it before does not come back."""
    with lab(tmp_path) as (local, _):
        boto3.client("ecs").create_cluster(clusterName="gone")
        local.reset()
        boto3.client("ecs").create_cluster(clusterName="here")
    with lab(tmp_path):
        assert [each.rpartition("/")[2] for each in clusters()] == ["here"]


def clusters() -> list[str]:
    return boto3.client("ecs").list_clusters()["clusterArns"]


def test_a_lab_with_real_containers_keeps_none_and_says_so(tmp_path: Path) -> None:
    """What a lab before it held stays a file."""
    assert comeback.begin_real(tmp_path) == Begun(None)
    journal.in_folder(tmp_path).write_text("before")
    assert "removed when it ends" in (comeback.begin_real(tmp_path).words or "")
    assert (tmp_path / "lab.journal.set-aside-1").read_text() == "before"


# --- what is compared ---------------------------------------------------------------------

WRITE = Entry("ecs", "RunTask", 1, "200 aa", SENT)
OTHER = Entry("ec2", "CreateKeyPair", 1, "200 aa", SENT)
REPORT = Entry("ecs", "SubmitTaskStateChange", 1, '["task/1"]')


def compared(expected: list[Entry], happened: list[Entry]) -> None:
    kept = [Kept(number, LocalEcs().clock.now(), each) for number, each in enumerate(expected, 1)]
    comparison = Comparison(kept)
    for each in happened:
        comparison.add(each)
    comparison.must_be_at(len(expected))


def test_the_same_again_is_no_difference() -> None:
    compared([WRITE, REPORT, OTHER], [WRITE, REPORT, OTHER])


def test_another_services_answer_may_have_other_words(caplog: pytest.LogCaptureFixture) -> None:
    """A key pair's key cannot be made twice; the log has it."""
    compared([OTHER], [Entry("ec2", "CreateKeyPair", 1, "200 bb", SENT)])
    assert "was answered in other words" in caplog.text


@pytest.mark.parametrize(
    ("expected", "happened", "words"),
    [
        ([WRITE], [Entry("ecs", "RunTask", 1, "200 bb", SENT)], "Instead came ecs:RunTask"),
        ([OTHER], [Entry("ec2", "CreateKeyPair", 1, "400 aa", SENT)], r"Instead.*\(400 aa\)"),
        ([WRITE], [Entry("ecs", "RunTask", 2, "200 aa", SENT)], "number 2"),
        ([REPORT], [Entry("ecs", "SubmitTaskStateChange", 1, '["task/2"]')], "task/2"),
        ([WRITE, REPORT], [WRITE], "Entry 2.*did not happen again"),
        ([WRITE], [WRITE, REPORT], "After the last entry came ecs:SubmitTaskStateChange"),
        ([REPORT, WRITE], [WRITE, REPORT], "Entry 1"),
    ],
)
def test_what_came_out_otherwise_is_said(
    expected: list[Entry], happened: list[Entry], words: str
) -> None:
    """Another answer of ECS, another outcome, another report, one too few or too many."""
    with pytest.raises(UnusableJournalError, match=words):
        compared(expected, happened)
