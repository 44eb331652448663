"""What each answer of ECS must look like, held against botocore's model and against tables.

The model says which members there are and of which types. The tables say which of them ECS
sends in which state: a task that runs, a service behind a load balancer, an instance. They are
from the API's text, the examples of its reference and recorded answers. Nothing that is sent is
null, and ARNs, ids and times have AWS's forms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel, Shape

ARN = r"arn:aws:ecs:[a-z]{2}-[a-z]+-\d:\d{12}:"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
NAME = r"[A-Za-z0-9_-]{1,255}"
FORMS = {
    "clusterArn": rf"{ARN}cluster/{NAME}",
    "containerInstanceArn": rf"{ARN}container-instance/{NAME}/[0-9a-f]{{32}}",
    "serviceArn": rf"{ARN}service/{NAME}/{NAME}",
    "taskArn": rf"{ARN}task/{NAME}/[0-9a-f]{{32}}",
    "taskDefinitionArn": rf"{ARN}task-definition/{NAME}:\d+",
    "taskDefinition": rf"{ARN}task-definition/{NAME}:\d+",
    "containerArn": rf"{ARN}container/{NAME}/[0-9a-f]{{32}}/{UUID}",
    "capacityProviderArn": rf"{ARN}capacity-provider/{NAME}",
    "serviceDeploymentArn": rf"{ARN}service-deployment/{NAME}/{NAME}/[A-Za-z0-9_-]{{21}}",
    "taskSetArn": rf"{ARN}task-set/{NAME}/{NAME}/ecs-svc/\d{{16,19}}",
    "serviceRevisionArn": rf"{ARN}service-revision/{NAME}/{NAME}/\d{{16,19}}",
    # An agent that has no instance identity document, as outside EC2, has no such id.
    "ec2InstanceId": r"(i-[0-9a-f]{8,17})?",
    "runtimeId": r"[0-9a-f]{64}",
    "imageDigest": r"sha256:[0-9a-f]{64}",
    "agentHash": r"[0-9a-f]{7,8}",
    "dockerVersion": r"DockerVersion: \d.*",
    "stoppedReason": r"(?s).+",
    "reason": r"(?s).{1,1024}",
}
"""What a string member looks like, whichever structure it is in."""

FORMS_IN = {
    ("Deployment", "id"): r"ecs-svc/\d{16,19}",
    ("TaskSet", "id"): r"ecs-svc/\d{16,19}",
    ("ServiceEvent", "id"): UUID,
    ("Task", "cpu"): r"\d+",
    ("Task", "memory"): r"\d+",
    ("Container", "cpu"): r"\d+",
    ("Container", "memory"): r"\d+",
    ("TaskDefinition", "cpu"): r"\d+",
    ("TaskDefinition", "memory"): r"\d+",
}


@dataclass(frozen=True)
class Fields:
    """The members of a structure in one state: those it always has, and those it may have."""

    always: frozenset[str]
    maybe: frozenset[str] = frozenset()

    def __add__(self, other: Fields) -> Fields:
        return Fields(self.always | other.always, self.maybe | other.maybe)

    def objections(self, given: Mapping[str, Any]) -> Iterator[str]:
        if lacking := self.always - given.keys():
            yield f"lacks {', '.join(sorted(lacking))}"
        if strange := given.keys() - self.always - self.maybe:
            yield f"has {', '.join(sorted(strange))}, which AWS does not send then"


def fields(always: str, maybe: str = "") -> Fields:
    return Fields(frozenset(always.split()), frozenset(maybe.split()))


# --- tasks -----------------------------------------------------------------------------

TASK = fields(
    "attachments attributes clusterArn containers cpu createdAt desiredStatus enableExecuteCommand"
    " group healthStatus lastStatus launchType overrides tags taskArn taskDefinitionArn version",
    "memory startedBy capacityProviderName",
)
ON_AN_INSTANCE = fields("availabilityZone connectivity connectivityAt containerInstanceArn")
PULLED = fields("", "pullStartedAt pullStoppedAt")
RAN = fields("startedAt", "pullStartedAt pullStoppedAt")
ENDING = fields("stoppingAt stopCode stoppedReason")
# A container may end, and its agent say so, before the task has.
ENDED = fields("stoppedAt stoppingAt stoppedReason", "stopCode executionStoppedAt")


def task_fields(task: Mapping[str, Any]) -> Fields:
    """What a task has, by its last and its desired status."""
    status, wanted = task["lastStatus"], task["desiredStatus"]
    if status == "PROVISIONING":
        return TASK + (ENDING if wanted == "STOPPED" else fields(""))
    if status == "STOPPED":
        placed = ON_AN_INSTANCE if "containerInstanceArn" in task else fields("")
        return TASK + placed + ENDED + (RAN if "startedAt" in task else PULLED)
    ended = ENDING if wanted == "STOPPED" else fields("")
    early = fields("", "executionStoppedAt")
    return TASK + ON_AN_INSTANCE + (PULLED if status == "PENDING" else RAN) + ended + early


CONTAINER = fields(
    "containerArn cpu healthStatus image lastStatus name networkInterfaces taskArn",
    "memory memoryReservation",
)
CONTAINERS = {
    "PENDING": fields("", "imageDigest reason runtimeId"),
    "RUNNING": fields("networkBindings runtimeId", "imageDigest reason"),
    "STOPPED": fields("", "exitCode imageDigest networkBindings reason runtimeId"),
}


def container_fields(container: Mapping[str, Any]) -> Fields:
    return CONTAINER + CONTAINERS[container["lastStatus"]]


# --- services --------------------------------------------------------------------------

SERVICE = fields(
    "availabilityZoneRebalancing clusterArn createdAt createdBy deploymentConfiguration"
    " deployments desiredCount enableECSManagedTags enableExecuteCommand events loadBalancers"
    " pendingCount placementConstraints placementStrategy propagateTags runningCount"
    " schedulingStrategy serviceArn serviceName serviceRegistries status tags",
    "currentServiceDeployment currentServiceRevisions",
)
ROLLING = fields("taskDefinition", "deploymentController")
# Without a PRIMARY task set a service has no task definition; its health checks have a grace
# period only where one was given.
EXTERNAL = fields(
    "deploymentController roleArn taskSets", "healthCheckGracePeriodSeconds taskDefinition"
)
TASK_SET = fields(
    "clusterArn computedDesiredCount createdAt id loadBalancers pendingCount runningCount scale"
    " serviceArn serviceRegistries stabilityStatus stabilityStatusAt status tags taskDefinition"
    " taskSetArn updatedAt",
    "externalId",
)
BALANCED = fields("healthCheckGracePeriodSeconds roleArn")
DEPLOYMENT = fields(
    "createdAt desiredCount failedTasks id pendingCount rolloutState rolloutStateReason"
    " runningCount status taskDefinition updatedAt"
)
WHERE = {True: fields("capacityProviderStrategy"), False: fields("launchType")}


def service_fields(service: Mapping[str, Any]) -> Fields:
    """By its deployment controller; with a load balancer or without; by where its tasks run."""
    where = WHERE["capacityProviderStrategy" in service]
    if "taskSets" in service:
        return SERVICE + EXTERNAL + where
    balanced = BALANCED if service.get("loadBalancers") else fields("")
    return SERVICE + ROLLING + balanced + where


def task_set_fields(task_set: Mapping[str, Any]) -> Fields:
    return TASK_SET + WHERE["capacityProviderStrategy" in task_set]


def deployment_fields(deployment: Mapping[str, Any]) -> Fields:
    return DEPLOYMENT + WHERE["capacityProviderStrategy" in deployment]


# --- what else there is ----------------------------------------------------------------

CONTAINER_INSTANCE = fields(
    "agentConnected attachments attributes containerInstanceArn ec2InstanceId pendingTasksCount"
    " registeredAt registeredResources remainingResources runningTasksCount status tags version",
    "capacityProviderName healthStatus versionInfo",
)
CLUSTER = fields(
    "activeServicesCount capacityProviders clusterArn clusterName"
    " defaultCapacityProviderStrategy pendingTasksCount registeredContainerInstancesCount"
    " runningTasksCount settings statistics status tags",
    "configuration serviceConnectDefaults",
)
TASK_DEFINITION = fields(
    "compatibilities containerDefinitions family placementConstraints registeredAt registeredBy"
    " revision status taskDefinitionArn volumes",
    "cpu deregisteredAt ephemeralStorage executionRoleArn ipcMode memory networkMode pidMode"
    " proxyConfiguration requiresAttributes requiresCompatibilities runtimePlatform taskRoleArn",
)
CONTAINER_DEFINITION = fields(
    "environment essential image mountPoints name portMappings systemControls volumesFrom cpu",
    "command credentialSpecs dependsOn disableNetworking dnsSearchDomains dnsServers dockerLabels"
    " dockerSecurityOptions entryPoint environmentFiles extraHosts firelensConfiguration"
    " healthCheck hostname interactive links linuxParameters logConfiguration memory"
    " memoryReservation privileged pseudoTerminal readonlyRootFilesystem repositoryCredentials"
    " resourceRequirements restartPolicy secrets startTimeout stopTimeout ulimits user"
    " versionConsistency workingDirectory",
)

TABLES: dict[str, Callable[[Mapping[str, Any]], Fields]] = {
    "Task": task_fields,
    "Container": container_fields,
    "Service": service_fields,
    "Deployment": deployment_fields,
    "TaskSet": task_set_fields,
    "ServiceEvent": lambda event: fields("createdAt id message"),
    "ContainerInstance": lambda instance: CONTAINER_INSTANCE,
    "Resource": lambda resource: fields(
        "doubleValue integerValue longValue name type",
        "stringSetValue" if resource.get("type") == "STRINGSET" else "",
    ),
    "Cluster": lambda cluster: CLUSTER,
    "TaskDefinition": lambda definition: TASK_DEFINITION,
    "ContainerDefinition": lambda container: CONTAINER_DEFINITION,
    "NetworkBinding": lambda binding: fields("bindIP containerPort hostPort protocol"),
    "Failure": lambda failure: fields("reason", "arn detail"),
    "CapacityProvider": lambda provider: fields(
        "autoScalingGroupProvider capacityProviderArn name status tags",
        "updateStatus updateStatusReason type",
    ),
}

# --- the check -------------------------------------------------------------------------

NUMBER = (int, float)
TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": NUMBER,
    "double": NUMBER,
    "timestamp": NUMBER,
}
SOME_TIME = range(1_000_000_000, 5_000_000_000)
"""Seconds since 1970, from 2001 on."""


def refuse_strange_answer(model: OperationModel, http_response: Any, **_: Any) -> None:
    """A handler of botocore's ``after-call`` event: the answer on the wire, before it is read."""
    if model.output_shape is None or http_response.status_code != 200:
        return
    found = list(objections(json.loads(http_response.content or "{}"), model.output_shape))
    assert not found, f"{model.name} answers with what AWS does not: {'; '.join(found)}"


def objections(given: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """What is wrong with a part of an answer, each with the way to it."""
    expected = TYPES[shape.type_name]
    is_other = isinstance(given, bool) and shape.type_name != "boolean"
    if given is None or is_other or not isinstance(given, expected):
        yield f"{path or shape.name} is {given!r}, no {shape.type_name}"
        return
    yield from PARTS.get(shape.type_name, nothing_more)(given, shape, path)


def nothing_more(given: Any, shape: Shape, path: str) -> Iterator[str]:
    return iter(())


def of_structure(given: Mapping[str, Any], shape: Any, path: str) -> Iterator[str]:
    known = {m.serialization.get("name", name): m for name, m in shape.members.items()}
    for name, value in given.items():
        way = f"{path}.{name}".lstrip(".")
        if name not in known:
            yield f"{way} is no member of {shape.name}"
        else:
            yield from objections(value, known[name], way)
            yield from of_form(value, shape.name, name, way)
    if shape.name in TABLES:
        wrong = TABLES[shape.name](given).objections(given)
        yield from (f"{path} ({shape.name}) {each}" for each in wrong)


def of_form(value: Any, structure: str, name: str, path: str) -> Iterator[str]:
    form = FORMS_IN.get((structure, name)) or FORMS.get(name)
    if form and isinstance(value, str) and not re.fullmatch(form, value):
        yield f"{path} is {value!r}, which is not of its form"


def of_list(given: list[Any], shape: Any, path: str) -> Iterator[str]:
    for place, each in enumerate(given):
        yield from objections(each, shape.member, f"{path}[{place}]")


def of_map(given: Mapping[str, Any], shape: Any, path: str) -> Iterator[str]:
    for key, value in given.items():
        yield from objections(value, shape.value, f"{path}.{key}")


def of_string(given: str, shape: Any, path: str) -> Iterator[str]:
    if shape.enum and given not in shape.enum:
        yield f"{path} is {given!r}, none of {', '.join(shape.enum)}"


def of_timestamp(given: float, shape: Shape, path: str) -> Iterator[str]:
    if int(given) not in SOME_TIME:
        yield f"{path} is {given!r}, no time"


PARTS: dict[str, Callable[[Any, Any, str], Iterator[str]]] = {
    "structure": of_structure,
    "list": of_list,
    "map": of_map,
    "string": of_string,
    "timestamp": of_timestamp,
}
