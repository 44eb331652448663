"""A walk during which the lab's process is killed, and whether what it had answered is there.

``python tests/deaths.py`` kills it at 200 random moments and prints the seed; the default suite
kills it at a few chosen ones (``test_death.py``). What is known of a lab is a set of facts: what
its answers promised, and what reads have shown. After each death all of them must hold.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import walk
from botocore.config import Config
from botocore.exceptions import ClientError

from ecs_tutorial import access_key
from ecs_tutorial.journal_entries import Entry
from ecs_tutorial.lab import REGION
from ecs_tutorial.served import compaction, journal, server

ROOT = Path(__file__).resolve().parent.parent
SPEED = 50.0
COMPACTED_EVERY = 20
"""Entries: a lab that dies early has compacted its journal too, many times."""
PATIENCE = 120.0
AGAIN = ("AlreadyExists", "Duplicate", "LimitExceeded", "not idempotent", "DeleteConflict")
"""What AWS says to a request whose first answer was lost."""
PRELOADED = ["warm_lab"]
INSTANCE = ("pending", "running")
TASK = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING")
ORDER = {"instance": INSTANCE, "task": (*TASK, "DEPROVISIONING", "STOPPED")}
"""The states of what goes on by itself."""

Facts = dict[tuple[str, str], Any]


class LostError(AssertionError):
    """Something that the lab had answered is not there after its death."""


def serve(line: list[str], log: str, forgets: int | None) -> None:
    """The lab's program, in a process of its own; ``forgets`` is an entry that it does not keep."""
    sys.stderr = open(log, "a", encoding="utf-8", buffering=1)  # noqa: SIM115
    compaction.EVERY = COMPACTED_EVERY
    if forgets is not None:
        forget(forgets)
    sys.exit(server.main(line))


def forget(number: int) -> None:
    """Let the journal lose one write, as if it were not written before the answer."""
    writes = itertools.count(1)
    add = journal.SqliteJournal.add

    def lossy(self: journal.SqliteJournal, entry: Entry) -> None:
        if entry.sent is None or next(writes) != number:
            add(self, entry)

    journal.SqliteJournal.add = lossy  # type: ignore[method-assign]


class LabProcess:
    """A served lab that can be killed and started again where its clients look for it.

    Its processes are forked from one that has imported all that a lab imports.
    """

    def __init__(self, folder: Path, forgets: int | None = None) -> None:
        self.folder = folder
        self._forgets = forgets
        self._ports = ["0"]
        self._forks = multiprocessing.get_context("forkserver")
        self._forks.set_forkserver_preload(PRELOADED)
        self.seconds: list[float] = []
        self.start()

    def start(self) -> None:
        line = ["--folder", str(self.folder), "--notebooks", str(ROOT / "notebooks")]
        line += ["--speed", str(SPEED), "--port", *self._ports]
        log = self.folder / "lab.log"
        began = time.monotonic()
        self.process = self._forks.Process(target=serve, args=(line, str(log), self._forgets))
        self.process.start()
        while (record := self._record()).get("pid") != self.process.pid:
            assert self.process.is_alive(), log.read_text()
            time.sleep(0.02)
        self.seconds.append(time.monotonic() - began)
        self._ports = [str(record["port"])]

    def _record(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "lab.json").read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    def has_died(self) -> bool:
        self.process.join(1)
        return not self.process.is_alive()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


class Client:
    """boto3 on the lab, which it finds again after a death, and a moment for one."""

    def __init__(self, lab: LabProcess) -> None:
        once = Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE)
        self._lab = lab
        self._left: int | None = None
        self._kill: Callable[[], None] = lab.kill
        session = boto3.Session(access_key.ID, access_key.of(lab.folder).secret, region_name=REGION)
        for service in ("ecs", "ec2", "iam", "ssm", "ecr", "elbv2"):
            made = session.client(service, endpoint_url=lab.endpoint, config=once)
            made.meta.events.register("before-send", self._sent)
            setattr(self, service, made)

    def dies_during(self, requests: int, after: float) -> None:
        """The lab is killed a moment after this many more requests were sent."""
        self._left, self._after = requests, after

    def _sent(self, **_: Any) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._left = None
                threading.Timer(self._after, self._kill).start()


# --- what is known ----------------------------------------------------------------------


def look(aws: Any) -> Facts:
    """All facts that reads show."""
    facts: Facts = {}
    for found in (_ec2, _iam, _others, _clusters):
        facts.update(found(aws))
    return facts


def _ec2(aws: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    for reservation in aws.ec2.describe_instances()["Reservations"]:
        for each in reservation["Instances"]:
            yield ("instance", each["InstanceId"]), each["State"]["Name"]
            yield ("address", each["InstanceId"]), each["PrivateIpAddress"]
    for each in aws.ec2.describe_security_groups()["SecurityGroups"]:
        ports = [rule.get("FromPort") for rule in each["IpPermissions"]]
        yield ("security group", each["GroupId"]), (each["GroupName"], ports)


def _iam(aws: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    for each in aws.iam.list_roles()["Roles"]:
        name = each["RoleName"]
        policies = aws.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        yield ("role", name), (each["RoleId"], [policy["PolicyArn"] for policy in policies])
    for each in aws.iam.list_instance_profiles()["InstanceProfiles"]:
        roles = [role["RoleName"] for role in each["Roles"]]
        yield ("profile", each["InstanceProfileName"]), (each["InstanceProfileId"], roles)


def _others(aws: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    for each in aws.ecr.describe_repositories()["repositories"]:
        name = each["repositoryName"]
        images = aws.ecr.describe_images(repositoryName=name)["imageDetails"]
        told = [(it["imageDigest"], str(it["imagePushedAt"])) for it in images]
        yield ("repository", name), told
    for each in aws.ssm.describe_parameters()["Parameters"]:
        if not each["Name"].startswith("/aws/"):
            yield ("parameter", each["Name"]), each["Version"]
    for each in aws.elbv2.describe_target_groups()["TargetGroups"]:
        yield ("target group", each["TargetGroupArn"]), each["Port"]
    for arn in aws.ecs.list_task_definitions()["taskDefinitionArns"]:
        yield ("definition", arn), "ACTIVE"


def _clusters(aws: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    arns = aws.ecs.list_clusters()["clusterArns"]
    for each in aws.ecs.describe_clusters(clusters=arns, include=["TAGS"])["clusters"]:
        tags = sorted((tag["key"], tag["value"]) for tag in each["tags"])
        yield ("cluster", each["clusterArn"]), (each["status"], tags)
        yield from _in_cluster(aws.ecs, each["clusterArn"])


def _in_cluster(ecs: Any, cluster: str) -> Iterator[tuple[tuple[str, str], Any]]:
    if arns := ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]:
        found = ecs.describe_container_instances(cluster=cluster, containerInstances=arns)
        for each in found["containerInstances"]:
            mine = [it["value"] for it in each["attributes"] if it["name"] == "stack"]
            told = (each["ec2InstanceId"], str(each["registeredAt"]), mine)
            yield ("container instance", each["containerInstanceArn"]), told
    if arns := ecs.list_services(cluster=cluster)["serviceArns"]:
        for each in ecs.describe_services(cluster=cluster, services=arns)["services"]:
            told = (each["desiredCount"], each["taskDefinition"], str(each["createdAt"]))
            yield ("service", each["serviceArn"]), told
            for deployment in each["deployments"]:
                if deployment["status"] == "PRIMARY":
                    yield ("deployment", each["serviceArn"]), deployment["id"]
            yield from ((("event", it["id"]), it["message"]) for it in each["events"])
    stopped = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    if arns := ecs.list_tasks(cluster=cluster)["taskArns"] + stopped:
        for each in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]:
            yield ("task", each["taskArn"]), each["lastStatus"]
            told = (each["taskDefinitionArn"], each["containerInstanceArn"], each["createdAt"])
            yield ("task's place", each["taskArn"]), told


def lost(known: Facts, seen: Facts) -> list[str]:
    """What is known and does not hold any more."""
    # An hour after its end ECS forgets a task.
    forgotten = {name for (kind, name), value in known.items() if value == "STOPPED"}
    return [
        f"{kind} {name}: {seen.get((kind, name), 'nothing')} after {value}"
        for (kind, name), value in known.items()
        if not holds(kind, value, seen.get((kind, name)))
        and not (name in forgotten and (kind, name) not in seen)
    ]


def holds(kind: str, before: Any, now: Any) -> bool:
    """Whether a fact still holds; a request whose answer was lost may have added to it."""
    if now is None:
        return False
    if kind in ORDER:
        return ORDER[kind].index(now) >= ORDER[kind].index(before)
    if isinstance(before, tuple):
        return all(holds("", *pair) for pair in zip(before, now, strict=True))
    if isinstance(before, list):
        return set(before) <= set(now)
    return bool(now >= before if isinstance(before, int) else now == before)


# --- a walk -----------------------------------------------------------------------------

Step = Callable[[Any, int], Facts]
"""One write; gives the facts that its answer promises."""


def create_cluster(aws: Any, turn: int) -> Facts:
    made = aws.ecs.create_cluster(clusterName=f"walk-{turn}")["cluster"]
    return {("cluster", made["clusterArn"]): ("ACTIVE", [])}


def tag_cluster(aws: Any, turn: int) -> Facts:
    arn = f"arn:aws:ecs:us-east-1:123456789012:cluster/walk-{turn}"
    aws.ecs.tag_resource(resourceArn=arn, tags=[{"key": "turn", "value": str(turn)}])
    return {("cluster", arn): ("ACTIVE", [("turn", str(turn))])}


def create_role(aws: Any, turn: int) -> Facts:
    made = aws.iam.create_role(
        RoleName=f"walk-{turn}", AssumeRolePolicyDocument=json.dumps(walk.TRUST)
    )["Role"]
    return {("role", made["RoleName"]): (made["RoleId"], [])}


def attach_policy(aws: Any, turn: int) -> Facts:
    aws.iam.attach_role_policy(RoleName=f"walk-{turn}", PolicyArn=walk.POLICY)
    made = aws.iam.get_role(RoleName=f"walk-{turn}")["Role"]
    return {("role", made["RoleName"]): (made["RoleId"], [walk.POLICY])}


def create_profile(aws: Any, turn: int) -> Facts:
    aws.iam.create_instance_profile(InstanceProfileName=f"walk-{turn}")
    return {}


def fill_profile(aws: Any, turn: int) -> Facts:
    name = f"walk-{turn}"
    aws.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return {}


def create_group(aws: Any, turn: int) -> Facts:
    made = aws.ec2.create_security_group(GroupName=f"walk-{turn}", Description="HTTP")
    return {("security group", made["GroupId"]): (f"walk-{turn}", [])}


def run_instances(aws: Any, turn: int) -> Facts:
    ami = aws.ssm.get_parameter(Name=walk.AMI)["Parameter"]["Value"]
    made = aws.ec2.run_instances(
        **{"ImageId": ami, "InstanceType": "t3.medium", "MinCount": 2, "MaxCount": 2},
        IamInstanceProfile={"Name": f"walk-{turn}"},
        UserData=f"#!/bin/bash\necho ECS_CLUSTER=walk-{turn} >> /etc/ecs/ecs.config\n",
    )["Instances"]
    return {("instance", each["InstanceId"]): "pending" for each in made}


def put_image(aws: Any, turn: int) -> Facts:
    aws.ecr.create_repository(repositoryName=f"walk-{turn}")
    return {("repository", f"walk-{turn}"): []}


def push_image(aws: Any, turn: int) -> Facts:
    manifest = {"schemaVersion": 2, "config": {"size": turn}}
    manifest["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json"
    name = f"walk-{turn}"
    aws.ecr.put_image(repositoryName=name, imageManifest=json.dumps(manifest), imageTag="1")
    found = aws.ecr.describe_images(repositoryName=name)["imageDetails"][0]
    return {("repository", name): [(found["imageDigest"], str(found["imagePushedAt"]))]}


def put_parameter(aws: Any, turn: int) -> Facts:
    aws.ssm.put_parameter(Name=f"/walk/{turn}", Value="x", Type="String", Overwrite=True)
    return {}


def register_definition(aws: Any, turn: int) -> Facts:
    made = aws.ecs.register_task_definition(
        family=f"walk-{turn}",
        containerDefinitions=[{"name": "app", "image": "nginx", "memory": 64}],
    )["taskDefinition"]
    return {("definition", made["taskDefinitionArn"]): "ACTIVE"}


def until_registered(aws: Any, turn: int) -> Facts:
    def registered() -> bool:
        found = aws.ecs.list_container_instances(cluster=f"walk-{turn}", status="ACTIVE")
        return len(found["containerInstanceArns"]) >= 2

    until(registered)
    return {}


def create_service(aws: Any, turn: int) -> Facts:
    name = f"walk-{turn}"
    made = aws.ecs.create_service(
        cluster=name, serviceName=name, taskDefinition=name, desiredCount=2
    )["service"]
    told = (made["desiredCount"], made["taskDefinition"], str(made["createdAt"]))
    return {("service", made["serviceArn"]): told}


def run_task(aws: Any, turn: int) -> Facts:
    name = f"walk-{turn}"
    made = aws.ecs.run_task(cluster=name, taskDefinition=name, count=2)["tasks"]
    return {("task", each["taskArn"]): each["lastStatus"] for each in made}


def until_stable(aws: Any, turn: int) -> Facts:
    def stable() -> bool:
        name = f"walk-{turn}"
        service = aws.ecs.describe_services(cluster=name, services=[name])["services"][0]
        return service["runningCount"] == service["desiredCount"]

    until(stable)
    return {}


def update_service(aws: Any, turn: int) -> Facts:
    name = f"walk-{turn}"
    made = aws.ecs.update_service(cluster=name, service=name, desiredCount=3)["service"]
    told = (made["desiredCount"], made["taskDefinition"], str(made["createdAt"]))
    return {("service", made["serviceArn"]): told}


def stop_task(aws: Any, turn: int) -> Facts:
    name = f"walk-{turn}"
    arn = aws.ecs.list_tasks(cluster=name, serviceName=name)["taskArns"][0]
    made = aws.ecs.stop_task(cluster=name, task=arn)["task"]
    return {("task", made["taskArn"]): made["lastStatus"]}


def put_attribute(aws: Any, turn: int) -> Facts:
    name = f"walk-{turn}"
    arn = aws.ecs.list_container_instances(cluster=name)["containerInstanceArns"][0]
    stack = {"name": "stack", "value": "prod", "targetId": arn}
    aws.ecs.put_attributes(cluster=name, attributes=[stack])
    return {}


def kill_container(aws: Any, turn: int) -> Facts:
    """What a container dies of is a request, too: a shell's, on its instance."""
    cluster = f"walk-{turn}"
    arn = aws.ecs.list_container_instances(cluster=cluster)["containerInstanceArns"][0]
    found = aws.ecs.describe_container_instances(cluster=cluster, containerInstances=[arn])
    host = found["containerInstances"][0]["ec2InstanceId"]
    kill = {"commands": ["docker kill $(docker ps -q | head -1)"]}
    aws.ssm.send_command(InstanceIds=[host], DocumentName="AWS-RunShellScript", Parameters=kill)
    return {}


def create_target_group(aws: Any, turn: int) -> Facts:
    vpc = aws.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = aws.elbv2.create_target_group(
        Name=f"walk-{turn}", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance"
    )["TargetGroups"][0]
    return {("target group", made["TargetGroupArn"]): 80}


STEPS: tuple[Step, ...] = (
    *(create_cluster, tag_cluster, create_role, attach_policy, create_profile, fill_profile),
    *(create_group, run_instances, put_image, push_image, put_parameter, register_definition),
    *(until_registered, create_service, run_task, until_stable, update_service, put_attribute),
    *(stop_task, kill_container, create_target_group, register_definition, until_stable),
)


def until(holds_now: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds_now():
        assert time.monotonic() < deadline, holds_now.__qualname__
        time.sleep(0.05)


class Walk:
    """Steps against a lab that may die, and what is known of it."""

    def __init__(self, lab: LabProcess) -> None:
        self.lab = lab
        self.aws = Client(lab)
        self.known: Facts = {}
        self.deaths = 0

    def step(self, step: Step, turn: int) -> bool:
        """Do a step; whether the lab lived."""
        try:
            self._do(step, turn)
            self.known.update(look(self.aws))
            return True
        except Exception:
            # Half an answer is none, in whatever words botocore says so.
            if self.lab.has_died():
                return False
            raise

    def _do(self, step: Step, turn: int) -> None:
        try:
            self.known.update(step(self.aws, turn))
        except ClientError as error:
            # A step is sent again if its answer was lost; it may have been done all the same.
            if not any(words in str(error) for words in AGAIN):
                raise

    def come_back(self) -> None:
        """The lab is started again, and all that is known must hold."""
        self.deaths += 1
        self.lab.start()
        missing = lost(self.known, look(self.aws))
        if missing:
            raise LostError("\n".join([f"after death {self.deaths}:", *missing]))


@contextmanager
def walking(forgets: int | None = None) -> Iterator[Walk]:
    with tempfile.TemporaryDirectory() as folder:
        lab = LabProcess(Path(folder), forgets)
        try:
            yield Walk(lab)
        finally:
            lab.kill()


def random_deaths(count: int, rng: random.Random) -> Iterator[Walk]:
    """Walks one after the other, each of which is killed again and again; yields at each death."""

    def soon(going: Walk) -> None:
        requests = rng.choice([rng.randint(1, 3), rng.randint(1, 60)])
        going.aws.dies_during(requests, rng.uniform(0, 0.03))

    deaths = 0
    while deaths < count:
        with walking() as going:
            for step in STEPS:
                soon(going)
                while not going.step(step, 1):
                    going.come_back()
                    deaths += 1
                    yield going
                    if deaths == count:
                        return
                    soon(going)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    facts, seconds, began = 0, [], time.monotonic()
    for number, going in enumerate(random_deaths(options.moments, random.Random(options.seed)), 1):
        facts += len(going.known)
        seconds.append(going.lab.seconds[-1])
        if number % 10 == 0:
            print(f"{number} deaths, nothing lost", flush=True)
    middle = sorted(seconds)[len(seconds) // 2]
    print(
        f"{options.moments} deaths at random moments, {facts} facts looked at after them, nothing "
        f"lost; back after {middle:.1f} s in the middle, {max(seconds):.1f} s at most; "
        f"{time.monotonic() - began:.0f} s in all, load {os.getloadavg()[0]:.0f}."
    )


if __name__ == "__main__":
    main()
