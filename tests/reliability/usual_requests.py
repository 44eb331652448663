"""Requests as learners and agents write them, with what the lab has filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Known = Callable[..., Any]

STEERED = "steered"
DOCUMENT = '{"instanceId": "i-0123456789abcdef0", "region": "us-east-1"}'
ON_A_PORT = [{"containerPort": 80, "hostPort": 80}]
DYNAMIC = [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}]


def register_task_definition(known: Known) -> dict[str, Any]:
    container = {
        "name": "app",
        "image": known("image"),
        "cpu": known("cpu"),
        "memory": known("memory"),
        "essential": True,
        "portMappings": known("portMappings"),
        "environment": [{"name": "A", "value": "1"}],
        "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 5},
    }
    side = {
        "name": "side",
        "image": "busybox",
        "memory": 32,
        "essential": False,
        "links": ["app:web"],
        "dependsOn": [{"containerName": "app", "condition": "START"}],
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
        "command": ["sleep", "600"],
    }
    return {
        "family": known("family"),
        "containerDefinitions": [container, side],
        "volumes": [{"name": "data"}],
        "placementConstraints": [
            {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}
        ],
        "tags": [{"key": "who", "value": "walk"}],
    }


def run_task(known: Known) -> dict[str, Any]:
    return {
        "cluster": known("cluster"),
        "taskDefinition": known("taskDefinition"),
        "count": 2,
        "placementStrategy": [{"type": "spread", "field": "instanceId"}],
        "placementConstraints": [{"type": "memberOf", "expression": "agentConnected == true"}],
        "overrides": {
            "containerOverrides": [
                {"name": "app", "memory": 48, "environment": [{"name": "B", "value": "2"}]}
            ]
        },
        "startedBy": "walk",
        "tags": [{"key": "k", "value": "v"}],
    }


def start_task(known: Known) -> dict[str, Any]:
    return {
        "cluster": known("cluster"),
        "taskDefinition": known("taskDefinition"),
        "containerInstances": [known("containerInstance", "none")],
    }


def create_service(known: Known) -> dict[str, Any]:
    return {
        "cluster": known("cluster"),
        "serviceName": known("serviceName"),
        "taskDefinition": known("taskDefinition"),
        "desiredCount": known("desiredCount"),
        "placementStrategy": [{"type": "binpack", "field": "memory"}],
        "deploymentConfiguration": {
            "minimumHealthyPercent": 50,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    }


def create_balanced_service(known: Known) -> dict[str, Any]:
    balancer = {
        "targetGroupArn": known("targetGroupArn"),
        "containerName": "app",
        "containerPort": 80,
    }
    return {**create_service(known), "loadBalancers": [balancer], "placementStrategy": []}


def create_daemon(known: Known) -> dict[str, Any]:
    wanted = create_service(known)
    del wanted["desiredCount"], wanted["placementStrategy"], wanted["deploymentConfiguration"]
    return {**wanted, "schedulingStrategy": "DAEMON"}


def update_service(known: Known) -> dict[str, Any]:
    return {
        "cluster": known("cluster"),
        "service": known("service", "none"),
        "desiredCount": known("desiredCount"),
        "taskDefinition": known("taskDefinition"),
        "forceNewDeployment": True,
    }


def in_steered(**others: Any) -> Callable[[Known], dict[str, Any]]:
    """A request about the service whose deployment controller is EXTERNAL."""

    def request(known: Known) -> dict[str, Any]:
        found = {name: value(known) if callable(value) else value for name, value in others.items()}
        return {"cluster": known("cluster"), "service": STEERED, **found}

    return request


def scale(known: Known) -> dict[str, Any]:
    return {"value": known("percent"), "unit": "PERCENT"}


def task_set(known: Known) -> Any:
    return known("taskSet", "ecs-svc/1")


def report(known: Known) -> dict[str, Any]:
    change = {"containerName": "app", "status": "STOPPED", "exitCode": 1, "runtimeId": "0" * 64}
    return {
        "cluster": known("cluster"),
        "task": known("task", "none"),
        "status": known("status"),
        "containers": [change],
        "executionStoppedAt": 1790000000.5,
    }


def register_container_instance(known: Known) -> dict[str, Any]:
    return {
        "cluster": known("cluster"),
        "instanceIdentityDocument": DOCUMENT,
        "instanceIdentityDocumentSignature": "",
        "totalResources": [
            {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 900},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375"]},
            {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
        ],
        "attributes": [{"name": "ecs.os-type", "value": "linux"}],
        "versionInfo": {"agentVersion": "1.107.0"},
    }


def in_cluster(*members: str, **others: Any) -> Callable[[Known], dict[str, Any]]:
    """A request that names a cluster and things in it; plural members are lists of one."""

    def request(known: Known) -> dict[str, Any]:
        named = {
            each: [known(each, "none")] if each.endswith("s") else known(each, "none")
            for each in ("cluster", *members)
        }
        return {**named, **others}

    return request


def tagged(**others: Any) -> Callable[[Known], dict[str, Any]]:
    return lambda known: {"resourceArn": known("resourceArn", "none"), **others}


def put_attributes(known: Known) -> dict[str, Any]:
    attribute = {"name": "stack", "value": "prod", "targetId": known("containerInstance", "none")}
    return {"cluster": known("cluster"), "attributes": [attribute]}


USUAL: dict[str, Callable[[Known], dict[str, Any]]] = {
    "RegisterTaskDefinition": register_task_definition,
    "RunTask": run_task,
    "StartTask": start_task,
    "CreateService": lambda known: known("aService")(known),
    "UpdateService": update_service,
    "CreateTaskSet": in_steered(taskDefinition=lambda known: known("taskDefinition"), scale=scale),
    "DescribeTaskSets": in_steered(taskSets=lambda known: [task_set(known)], include=["TAGS"]),
    "UpdateTaskSet": in_steered(taskSet=task_set, scale=scale),
    "UpdateServicePrimaryTaskSet": in_steered(primaryTaskSet=task_set),
    "DeleteTaskSet": in_steered(taskSet=task_set, force=True),
    "SubmitTaskStateChange": report,
    "RegisterContainerInstance": register_container_instance,
    "PutAttributes": put_attributes,
    "DeleteAttributes": put_attributes,
    "ListAttributes": in_cluster(targetType="container-instance"),
    "StopTask": in_cluster("task", reason="enough"),
    "DescribeTasks": in_cluster("tasks", include=["TAGS"]),
    "DescribeServices": in_cluster("services", include=["TAGS"]),
    "DescribeContainerInstances": in_cluster("containerInstances", include=["TAGS"]),
    "DescribeTaskDefinition": lambda known: {"taskDefinition": known("taskDefinition")},
    "UpdateContainerInstancesState": lambda known: {
        **in_cluster("containerInstances")(known),
        "status": known("instanceStatus"),
    },
    "DeleteService": in_cluster("service", force=True),
    "ListTasks": in_cluster("serviceName", maxResults=3),
    "ListServices": in_cluster(maxResults=2),
    "ListContainerInstances": in_cluster(filter="attribute:stack == prod or runningTasksCount > 0"),
    "DescribeClusters": lambda known: {
        "clusters": [known("cluster")],
        "include": ["STATISTICS", "TAGS", "SETTINGS", "CONFIGURATIONS", "ATTACHMENTS"],
    },
    "TagResource": tagged(tags=[{"key": "k", "value": "v"}]),
    "UntagResource": tagged(tagKeys=["k"]),
    "ListTagsForResource": tagged(),
}
"""The usual request of an operation; the others are made from the model alone."""

VALUES: dict[str, tuple[Any, ...]] = {
    "image": ("nginx", "busybox", "wordpress", "no-such-image:1", "exit-1"),
    "cpu": (0, 10, 256, 4096),
    "memory": (32, 64, 128, 9000),
    "portMappings": ([], DYNAMIC, ON_A_PORT),
    "desiredCount": (0, 1, 2, 3, 5),
    "percent": (0.0, 12.5, 50.0, 100.0, 101.0),
    "family": ("app", "web", "batch"),
    "familyPrefix": ("app", "we"),
    "serviceName": ("one", "two", "three", "four"),
    "status": ("RUNNING", "STOPPED", "PENDING"),
    "instanceStatus": ("ACTIVE", "ACTIVE", "DRAINING"),
    "aService": (create_service, create_service, create_balanced_service, create_daemon),
    "containerName": ("app", "side"),
    "expression": ("attribute:ecs.os-type == linux", "((", "a == b and"),
    "filter": ("agentConnected == true", "registeredAt > 2020-01-01", "attribute:x exists"),
    "maxResults": (1, 5, 100),
    "identity": (DOCUMENT,),
}
"""Values that mean something under these names, whatever the lab has."""
