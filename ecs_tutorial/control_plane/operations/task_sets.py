"""CreateTaskSet, DescribeTaskSets, UpdateTaskSet, UpdateServicePrimaryTaskSet, DeleteTaskSet.

For services whose deployment controller is EXTERNAL. They change what is wanted; the scheduler
computes how many tasks that makes, and starts and stops them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..client_tokens import Known
from ..ecs_backend import EcsBackend
from ..errors import EcsError, invalid_parameter, service_not_active, service_not_found
from ..model import Deployment, Service, TaskDefinition, TaskSet
from ..responses import without
from ..service_records import with_task_set
from ..service_responses import task_set_response
from ..store import ClusterStore
from .capacity_strategies import strategy_of, where_it_runs
from .lookup import (
    Answer,
    Params,
    active_cluster,
    find_service,
    given_tags,
    missing,
    refuse_what_is_not_for_ec2,
    usable_definition,
)
from .service_load_balancers import load_balancing
from .service_requests import refuse_other_launch_types

MOST_TASK_SETS = 5
IDENTIFIER = re.compile(r"(arn:aws:ecs:[^/]+:task-set/[^/]+/[^/]+/)?ecs-svc/\d+")


def create_task_set(backend: EcsBackend, params: Params) -> Answer:
    """Add a task set to a service, unless a request with this client token has already."""
    store = active_cluster(backend, params)
    service = steered_from_outside(backend, store, params)
    if known := made_before(backend, service, params):
        return answered(store, service, known, ("TAGS",))
    if len(service.task_sets) >= MOST_TASK_SETS:
        raise invalid_parameter(
            f"{MOST_TASK_SETS} deployments exist on the service. Unable to create new TaskSet "
            "since this exceeds the maximum limit."
        )
    task_set = new_task_set(backend, store, service, params)
    store.put_service(replace(service, task_sets=(*service.task_sets, task_set)))
    if token := token_of(service, params):
        request = without(params, "clientToken")
        known_as = Known(request, (task_set.task_set_arn,), backend.clock.now())
        backend.client_tokens.keep(token, known_as)
    backend.look_soon(store)
    return answered(store, service, task_set, ("TAGS",))


def token_of(service: Service, params: Params) -> str | None:
    """The client token with the service that it belongs to."""
    token = params.get("clientToken")
    return f"{service.service_arn} {token}" if token else None


def made_before(backend: EcsBackend, service: Service, params: Params) -> TaskSet | None:
    """The task set that a request with this client token has made, if it is still there."""
    known = backend.client_tokens.find(token_of(service, params), backend.clock.now())
    if known is None:
        return None
    if known.request != without(params, "clientToken"):
        # AWS: the error and its text are not confirmed; the model has no ConflictException here.
        raise invalid_parameter("The client token belongs to another request of CreateTaskSet.")
    return next((each for each in service.task_sets if each.task_set_arn in known.made), None)


def new_task_set(
    backend: EcsBackend, store: ClusterStore, service: Service, params: Params
) -> TaskSet:
    """The task set that a request asks for; how many tasks it has is computed later."""
    refuse_other_launch_types(params)
    refuse_what_is_not_for_ec2(params)
    runs_on = where_it_runs(strategy_of(backend, store, params))
    definition = usable_definition(backend, params["taskDefinition"])
    now, new_id = backend.clock.now(), f"ecs-svc/{backend.new_number()}"
    return TaskSet(
        task_set_arn=task_set_arn(backend, store, service, new_id),
        deployment=Deployment(
            id=new_id,
            status="ACTIVE",
            task_definition=definition.task_definition_arn,
            desired_count=0,
            created_at=now,
            updated_at=now,
            rollout_state="COMPLETED",
            **runs_on,
        ),
        scale=scale_of(params.get("scale") or {}),
        stability_status_at=now,
        external_id=params.get("externalId"),
        load_balancers=load_balancers_of(backend, definition, params),
        service_registries=tuple(params.get("serviceRegistries") or ()),
        tags=given_tags(params),
    )


def scale_of(given: Mapping[str, Any]) -> float:
    """A percentage; a task set that was given none runs nothing."""
    value = float(given.get("value") or 0.0)
    if not 0.0 <= value <= 100.0:
        # AWS: the text is not confirmed; the range is the API's.
        raise invalid_parameter("Scale value must be between 0.0 and 100.0.")
    return value


def load_balancers_of(
    backend: EcsBackend, definition: TaskDefinition, params: Params
) -> tuple[Any, ...]:
    if len(params.get("loadBalancers") or ()) > 1:
        # AWS: the text is not confirmed; that there is one at most is documented.
        raise invalid_parameter("A task set can have at most 1 load balancer.")
    given = {"loadBalancers": params.get("loadBalancers")}
    found: tuple[Any, ...] = load_balancing(backend, definition, given).get("load_balancers", ())
    return found


# --- those that are there ---------------------------------------------------------------


def describe_task_sets(backend: EcsBackend, params: Params) -> Answer:
    """Task sets by id or ARN; unknown ones as failures."""
    store = active_cluster(backend, params)
    service = steered_from_outside(backend, store, params)
    names = list(params.get("taskSets") or ())
    if not names:
        raise invalid_parameter("TaskSets cannot be empty.")
    known = {each.id: each for each in service.task_sets}
    asked = [task_set_id(name) for name in names]
    include = params.get("include") or ()
    there = [known[each] for each in asked if each in known]
    return {
        "taskSets": [task_set_response(store, service, each, include) for each in there],
        # AWS: whether the failure of an id has an ARN made of it is not confirmed.
        "failures": [
            missing(task_set_arn(backend, store, service, each))
            for each in asked
            if each not in known
        ],
    }


def task_set_arn(backend: EcsBackend, store: ClusterStore, service: Service, set_id: str) -> str:
    cluster, name = store.cluster.cluster_name, service.service_name
    return backend.arn(f"task-set/{cluster}/{name}/{set_id}")


def update_task_set(backend: EcsBackend, params: Params) -> Answer:
    """Another scale: how many tasks that makes is computed at the scheduler's next look."""
    store = active_cluster(backend, params)
    service = steered_from_outside(backend, store, params)
    present = found(service, params["taskSet"])
    refuse_draining(present)
    changed = replace(present, scale=scale_of(params["scale"]))
    return put(backend, store, service, unsettled(backend, changed))


def update_service_primary_task_set(backend: EcsBackend, params: Params) -> Answer:
    """Make one task set PRIMARY; what it runs is from then on what the service shows."""
    store = active_cluster(backend, params)
    service = steered_from_outside(backend, store, params)
    chosen = found(service, params["primaryTaskSet"])
    refuse_draining(chosen)
    for each in service.task_sets:
        if each.status == "PRIMARY":
            service = with_task_set(service, replace(each, status="ACTIVE"))
    return put(backend, store, showing(service, chosen), touched(backend, chosen, "PRIMARY"))


def showing(service: Service, primary: TaskSet | None) -> Service:
    """The service with what its PRIMARY task set runs, or without any."""
    # AWS: the fields of a task set are null without a PRIMARY one, the launch type excepted.
    runs = primary.deployment if primary else None
    return replace(
        service,
        task_definition=runs.task_definition if runs else "",
        launch_type=runs.launch_type if runs else "EC2",
        capacity_provider_strategy=runs.capacity_provider_strategy if runs else None,
        load_balancers=primary.load_balancers if primary else (),
    )


def delete_task_set(backend: EcsBackend, params: Params) -> Answer:
    """Begin to drain a task set that is scaled to zero, or any by ``force``."""
    store = active_cluster(backend, params)
    service = steered_from_outside(backend, store, params)
    present = found(service, params["taskSet"])
    if not params.get("force"):
        refuse_to_delete(present)
    if present.status == "PRIMARY":
        service = showing(service, None)
    emptied = replace(present, computed_desired_count=0)
    return put(backend, store, service, unsettled(backend, touched(backend, emptied, "DRAINING")))


def refuse_to_delete(task_set: TaskSet) -> None:
    if task_set.status == "PRIMARY":
        raise invalid_parameter("Primary TaskSet cannot be deleted")
    if task_set.scale > 0:
        # AWS: the text is not confirmed; that force is needed then is documented.
        raise invalid_parameter("The task set cannot be deleted while it is scaled above 0.")


# --- what they have in common --------------------------------------------------------------


def steered_from_outside(backend: EcsBackend, store: ClusterStore, params: Params) -> Service:
    """The service of a request, if it can have task sets."""
    service = find_service(backend, store, params["service"])
    if service is None:
        raise service_not_found()
    if service.status != "ACTIVE":
        raise service_not_active()
    if not service.is_external:
        raise invalid_parameter(
            "Amazon ECS only supports task set management on services configured to use external "
            "deployment controllers."
        )
    return service


def task_set_id(name: str) -> str:
    """The id of a task set that is named by its id or ARN."""
    if not IDENTIFIER.fullmatch(name):
        raise invalid_parameter("Task Set Identifier is invalid")
    return "ecs-svc/" + name.rsplit("/", 1)[-1]


def found(service: Service, name: str) -> TaskSet:
    wanted = task_set_id(name)
    task_set = next((each for each in service.task_sets if each.id == wanted), None)
    if task_set is None:
        # AWS: the text is not confirmed.
        raise EcsError("TaskSetNotFoundException", "The specified task set was not found.")
    return task_set


def refuse_draining(task_set: TaskSet) -> None:
    if task_set.status == "DRAINING":
        # AWS: the error and its text are not confirmed.
        raise invalid_parameter("The specified task set is DRAINING.")


def touched(backend: EcsBackend, task_set: TaskSet, status: Any) -> TaskSet:
    deployment = replace(task_set.deployment, updated_at=backend.clock.now())
    return replace(task_set, status=status, deployment=deployment)


def unsettled(backend: EcsBackend, task_set: TaskSet) -> TaskSet:
    """It has to find its balance anew."""
    changed = touched(backend, task_set, task_set.status)
    now = changed.deployment.updated_at
    return replace(changed, stability_status="STABILIZING", stability_status_at=now)


def put(backend: EcsBackend, store: ClusterStore, service: Service, task_set: TaskSet) -> Answer:
    store.put_service(with_task_set(service, task_set))
    backend.look_soon(store)
    return answered(store, service, task_set)


def answered(
    store: ClusterStore, service: Service, task_set: TaskSet, include: tuple[str, ...] = ()
) -> Answer:
    return {"taskSet": task_set_response(store, service, task_set, include)}
