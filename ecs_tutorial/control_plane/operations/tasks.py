"""RunTask, StartTask, StopTask, DescribeTasks, ListTasks."""

from __future__ import annotations

from dataclasses import replace

from moto.moto_api._internal import mock_random

from ..capacity_strategy import dealt
from ..client_tokens import Known
from ..container_definition_rules import LEAST_MEMORY
from ..ecs_backend import EcsBackend
from ..errors import EcsError, client_exception, invalid_parameter
from ..model import ContainerInstance, Json, Task, TaskDefinition
from ..placement import Rejection, Request, explain, place, unfit
from ..responses import page, task_response, without
from ..room import Room
from ..store import ClusterStore
from ..task_records import needs_of, new_task
from ..task_tags import tags_of_run
from .capacity_strategies import Strategy, strategy_of
from .lookup import (
    Answer,
    Params,
    active_cluster,
    find_service,
    given_tags,
    instance_arn,
    last_part,
    missing,
    placement_constraints,
    placement_strategy,
    refuse_what_is_not_for_ec2,
    task_arn,
    usable_definition,
)

MOST_COPIES = 10
LONGEST_OVERRIDES = 8192
LEAST_OVERRIDE = {"cpu": 0, "memory": LEAST_MEMORY, "memoryReservation": LEAST_MEMORY}


def run_task(backend: EcsBackend, params: Params) -> Answer:
    """Place ``count`` copies, unless a request with this client token has already."""
    store, token = active_cluster(backend, params), params.get("clientToken")
    known = backend.client_tokens.find(token, backend.clock.now())
    if known is None:
        answer = run_once(backend, store, params)
        if token:
            arns = tuple(task["taskArn"] for task in answer["tasks"])
            request = without(params, "clientToken")
            backend.client_tokens.keep(token, Known(request, arns, backend.clock.now()))
        return answer
    if known.request != without(params, "clientToken"):
        # AWS: the text is not confirmed.
        raise EcsError(
            "ConflictException", "The client token belongs to another request of RunTask."
        )
    there = [task for arn in known.made if (task := store.task(arn))]
    return {"tasks": [task_response(each, ("TAGS",)) for each in there], "failures": []}


def run_once(backend: EcsBackend, store: ClusterStore, params: Params) -> Answer:
    """Place ``count`` copies; those that find no instance come back as failures."""
    definition = usable_definition(backend, params["taskDefinition"])
    refuse_what_the_lab_has_not(params, definition)
    count = checked_count(params)
    request = placement_request(definition, params)
    requests = divided(request, strategy_of(backend, store, params), count)
    if not store.instances and request in requests:
        raise invalid_parameter("No Container Instances were found in your cluster.")
    tasks, failures, room = [], [], Room(store.snapshot())
    managed = backend.capacity.managed()
    refuse_too_many_waiting(backend, store, sum(r.capacity_provider in managed for r in requests))
    for each in requests:
        provider = each.capacity_provider
        if provider in managed:
            unplaced = placed(backend, store, definition, None, params)
            tasks.append(backend.capacity.wait(store, unplaced, each))
        elif arn := place(room, each, mock_random):
            task = placed(backend, store, definition, store.instances[arn], params)
            tasks.append(replace(task, capacity_provider_name=provider))
            room.take(arn, each.needs, each.group)
        else:
            failures += [failure(rejection) for rejection in explain(room, each)]
            if provider and not failures:
                # AWS: what a provider without instances and without managed scaling gives is
                # not confirmed.
                arn = backend.arn(f"capacity-provider/{provider}")
                failures.append({"arn": arn, "reason": "RESOURCE:*"})
    begin(backend, store, [task for task in tasks if task.container_instance_arn])
    return {
        "tasks": [task_response(each, ("TAGS",)) for each in tasks],
        "failures": _once(failures),
    }


def refuse_too_many_waiting(backend: EcsBackend, store: ClusterStore, more: int) -> None:
    if more > backend.capacity.provisioning_left(store):
        raise client_exception("Tasks provisioning capacity limit exceeded.")


def divided(request: Request, strategy: Strategy, count: int) -> list[Request]:
    """A request for each copy, of the capacity provider that a strategy gives it."""
    if not strategy:
        return [request] * count
    shares = dealt(strategy, count)
    providers = [name for name, copies in shares.items() for _ in range(copies)]
    return [replace(request, capacity_provider=provider) for provider in providers]


def failure(rejection: Rejection) -> Answer:
    return {"arn": rejection.container_instance_arn, "reason": rejection.reason}


def _once(failures: list[Answer]) -> list[Answer]:
    """One failure for each instance looked at, however many copies asked."""
    return list({(each["arn"], each["reason"]): each for each in failures}.values())


def begin(backend: EcsBackend, store: ClusterStore, tasks: list[Task]) -> None:
    """Keep the tasks and tell their agents, once nothing can be wrong with any of them."""
    for task in tasks:
        store.put_task(task)
    backend.sessions.push(tasks)


def placement_request(definition: TaskDefinition, params: Params) -> Request:
    check_overrides(definition, params)
    return Request(
        definition=definition,
        group=params.get("group") or f"family:{definition.family}",
        constraints=placement_constraints(params),
        strategies=placement_strategy(params),
        overridden=needs_of(definition, params.get("overrides")),
    )


def checked_count(params: Params) -> int:
    count = params.get("count")
    count = 1 if count is None else int(count)
    if not 1 <= count <= MOST_COPIES:
        # AWS: the text is not confirmed; the limit of 10 is the API's.
        raise invalid_parameter("Task count must be between 1 and 10.")
    return count


def refuse_what_the_lab_has_not(params: Params, definition: TaskDefinition) -> None:
    """Say plainly what would run on AWS and does not run here, and what no EC2 task can have."""
    given_tags(params)
    if params.get("propagateTags") == "SERVICE":
        # AWS: the text is not confirmed; the refusal is the API's.
        raise invalid_parameter("propagateTags can be TASK_DEFINITION only for a single task.")
    if (params.get("launchType") or "EC2") != "EC2":
        # AWS: runs FARGATE and EXTERNAL too; the lab runs EC2 only.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab runs the EC2 launch type only. Leave launchType out or set it to EC2.",
        )
    if definition.network_mode == "awsvpc":
        # AWS: gives each awsvpc task a network interface; the lab has bridge networking only.
        raise EcsError(
            "UnsupportedFeatureException",
            "This lab runs tasks in networkMode bridge only, not awsvpc.",
        )
    refuse_what_is_not_for_ec2(params)


def start_task(backend: EcsBackend, params: Params) -> Answer:
    """Start a task on each named instance, unless that instance has no room for it."""
    store = active_cluster(backend, params)
    definition = usable_definition(backend, params["taskDefinition"])
    refuse_what_the_lab_has_not(params, definition)
    names = params["containerInstances"]
    if not 1 <= len(names) <= MOST_COPIES:
        raise invalid_parameter("Container instances must be between 1 and 10.")
    request = placement_request(definition, params)
    tasks, failures, room = [], [], Room(store.snapshot())
    for arn in (instance_arn(backend, store, name) for name in names):
        reason = unfit(room, request, arn) if arn in store.instances else "MISSING"
        if reason:
            failures.append({"arn": arn, "reason": reason})
        else:
            tasks.append(placed(backend, store, definition, store.instances[arn], params))
            room.take(arn, request.needs, request.group)
    begin(backend, store, tasks)
    return {"tasks": [task_response(each, ("TAGS",)) for each in tasks], "failures": failures}


def placed(
    backend: EcsBackend,
    store: ClusterStore,
    definition: TaskDefinition,
    instance: ContainerInstance | None,
    params: Params,
) -> Task:
    return new_task(
        backend,
        store,
        definition=definition,
        instance=instance,
        task_id=mock_random.uuid4().hex,
        group=params.get("group") or f"family:{definition.family}",
        started_by=params.get("startedBy"),
        overrides=params.get("overrides"),
        enable_execute_command=bool(params.get("enableExecuteCommand")),
        tags=tags_of_run(store.cluster, definition, params),
    )


def check_overrides(definition: TaskDefinition, params: Params) -> None:
    """Refuse overrides that no task could have, before anything is placed."""
    overrides = params.get("overrides") or {}
    if len(str(overrides)) > LONGEST_OVERRIDES:
        raise invalid_parameter("Overrides cannot be longer than 8192 characters.")
    refuse_unknown_containers(definition, params)
    for each in overrides.get("containerOverrides") or ():
        refuse_sizes(each)
        if not all(pair.get("name") for pair in each.get("environment") or ()):
            # AWS: the text is not confirmed.
            raise invalid_parameter("Environment variables of an override need a name.")


def refuse_sizes(override: Json) -> None:
    for setting, least in LEAST_OVERRIDE.items():
        given = override.get(setting)
        if given is not None and given < least:
            # AWS: the text is not confirmed; the limits are those of a container definition.
            raise invalid_parameter(
                f"Invalid '{setting}' override for container '{override['name']}'."
            )


def refuse_unknown_containers(definition: TaskDefinition, params: Params) -> None:
    known = {each["name"] for each in definition.container_definitions}
    given = (params.get("overrides") or {}).get("containerOverrides") or ()
    for name in (each.get("name") for each in given):
        if name not in known:
            # AWS: the text is not confirmed.
            raise client_exception(
                f"Override for container named {name} is not a container in the TaskDefinition."
            )


def stop_task(backend: EcsBackend, params: Params) -> Answer:
    """Wish a task stopped; the answer shows it as it is at this moment."""
    store = active_cluster(backend, params)
    task = store.task(task_arn(backend, store, params["task"]))
    if task is None:
        # AWS: the text is not confirmed.
        raise invalid_parameter("The referenced task was not found.")
    if task.last_status != "STOPPED":
        reason = params.get("reason") or "Task stopped by user"
        task = backend.stop(store, task, reason, "UserInitiated")
        backend.sessions.push([task])
        backend.look_soon(store)
    return {"task": task_response(task)}


def describe_tasks(backend: EcsBackend, params: Params) -> Answer:
    store = active_cluster(backend, params)
    names = params.get("tasks") or ()
    if not names:
        raise invalid_parameter("Tasks cannot be empty.")
    if len(names) > 100:
        raise invalid_parameter("Tasks cannot have more than 100 elements.")
    found = {arn: store.task(arn) for arn in (task_arn(backend, store, name) for name in names)}
    include = params.get("include") or ()
    return {
        "tasks": [task_response(task, include) for task in found.values() if task],
        "failures": [missing(arn) for arn, task in found.items() if task is None],
    }


def list_tasks(backend: EcsBackend, params: Params) -> Answer:
    """Task ARNs, newest last, narrowed by every filter given."""
    store = active_cluster(backend, params)
    wanted = {name: narrowed_to(backend, store, params, name) for name in params if name in FILTERS}
    status = params.get("desiredStatus") or "RUNNING"
    keys = frozenset({*wanted.values(), ("desiredStatus", status)})
    return page(store.listed(keys), params, "taskArns")


FILTERS = ("serviceName", "family", "containerInstance", "startedBy", "launchType")


def narrowed_to(
    backend: EcsBackend, store: ClusterStore, params: Params, name: str
) -> tuple[str, str]:
    """What a task must have that passes one filter of ListTasks, as the index names it."""
    value = params[name]
    if name == "serviceName":
        if find_service(backend, store, value) is None:
            raise EcsError("ServiceNotFoundException", "Service not found.")
        return "group", f"service:{last_part(value)}"
    if name == "containerInstance":
        return name, instance_arn(backend, store, value)
    return name, value
