"""CreateService, UpdateService, DeleteService, DescribeServices, ListServices.

They change what is wanted; the scheduler starts and stops the tasks.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..ecs_backend import EcsBackend
from ..errors import (
    EcsError,
    client_exception,
    invalid_parameter,
    service_not_active,
    service_not_found,
)
from ..model import Deployment, Service, TaskSet
from ..responses import page
from ..service_responses import service_response
from ..store import ClusterStore
from .capacity_strategies import changed_strategy
from .lookup import (
    Answer,
    Params,
    active_cluster,
    find_service,
    missing,
    placement_constraints,
    placement_strategy,
    service_arn,
    usable_definition,
)
from .service_load_balancers import changed_grace, refuse_other_load_balancers
from .service_requests import (
    changed_echo,
    circuit_breaker,
    desired_count,
    new_service,
    percents,
    refuse_external,
    refuse_of_a_daemon,
    refuse_of_task_sets,
    refuse_what_the_lab_has_not,
)

SERVICE_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
DESCRIBED_AT_ONCE = 10
LISTED_AT_ONCE = 10


def create_service(backend: EcsBackend, params: Params) -> Answer:
    """Create a service; the same call again answers with the service that is there."""
    store = active_cluster(backend, params)
    name = params["serviceName"]
    if not SERVICE_NAME.fullmatch(name):
        # AWS: the text is not confirmed.
        raise invalid_parameter("Invalid service name.")
    wanted = new_service(backend, store, params)
    present = store.services.get(wanted.service_arn)
    if present and present.status != "INACTIVE":
        return {"service": service_response(store, same_or_refused(present, wanted), ("TAGS",))}
    if not wanted.is_external:
        wanted = replace(wanted, deployments=(new_deployment(backend, wanted),))
    store.put_service(wanted)
    backend.look_soon(store)
    return {"service": service_response(store, wanted, ("TAGS",))}


def same_or_refused(present: Service, wanted: Service) -> Service:
    """The service that is there, if the request asks for exactly that one."""
    if present.status == "DRAINING":
        raise invalid_parameter("Unable to Start a service that is still Draining.")
    if request_of(present) != request_of(wanted):
        raise invalid_parameter("Creation of service was not idempotent.")
    return present


def request_of(service: Service) -> tuple[Any, ...]:
    return (
        service.task_definition,
        service.desired_count,
        service.minimum_healthy_percent,
        service.maximum_percent,
        service.circuit_breaker,
        service.placement_constraints,
        service.placement_strategy,
        service.scheduling_strategy,
        service.capacity_provider_strategy,
        service.load_balancers,
        service.role_arn,
        service.health_check_grace_period_seconds,
        service.deployment_controller,
    )


def new_deployment(backend: EcsBackend, service: Service) -> Deployment:
    deployment_id, now = f"ecs-svc/{backend.new_number()}", backend.clock.now()
    return Deployment(
        id=deployment_id,
        status="PRIMARY",
        task_definition=service.task_definition,
        desired_count=service.desired_count,
        created_at=now,
        updated_at=now,
        launch_type=service.launch_type,
        capacity_provider_strategy=service.capacity_provider_strategy,
        rollout_state_reason=f"ECS deployment {deployment_id} in progress.",
    )


def update_service(backend: EcsBackend, params: Params) -> Answer:
    """Change what is wanted; another task definition, or force, begins a deployment."""
    store = active_cluster(backend, params)
    present = found(backend, store, params["service"])
    if present.status != "ACTIVE":
        raise service_not_active()
    if present.is_external:
        return update_external_service(backend, store, present, params)
    refuse_other_load_balancers(present, params)
    refuse_what_the_lab_has_not(params)
    refuse_external(params)
    wanted = replace(
        changed(backend, present, params), **changed_strategy(backend, store, present, params)
    )
    if rolls_out(present, wanted, params):
        older = tuple(replace(each, status="ACTIVE") for each in present.deployments)
        wanted = replace(wanted, deployments=(new_deployment(backend, wanted), *older))
    store.put_service(wanted)
    backend.look_soon(store)
    return {"service": service_response(store, wanted)}


def update_external_service(
    backend: EcsBackend, store: ClusterStore, present: Service, params: Params
) -> Answer:
    """What is not a matter of task sets; their desired counts follow from the service's."""
    refuse_of_task_sets(params)
    store.put_service(changed(backend, present, params))
    backend.look_soon(store)
    return {"service": service_response(store, store.services[present.service_arn])}


def changed(backend: EcsBackend, service: Service, params: Params) -> Service:
    """``service`` with everything that the request names; the rest stays."""
    if service.scheduling_strategy == "DAEMON":
        refuse_of_a_daemon(params)
    definition = params.get("taskDefinition")
    minimum, maximum = percents(params, service.minimum_healthy_percent, service.maximum_percent)
    desired = desired_count(params, service.desired_count)
    newest = (
        replace(each, desired_count=desired, updated_at=backend.clock.now())
        for each in service.deployments[:1]
    )
    return replace(
        service,
        task_definition=usable_definition(backend, definition).task_definition_arn
        if definition
        else service.task_definition,
        desired_count=desired,
        minimum_healthy_percent=minimum,
        maximum_percent=maximum,
        circuit_breaker=circuit_breaker(params, service.circuit_breaker),
        placement_constraints=service.placement_constraints
        if params.get("placementConstraints") is None
        else placement_constraints(params),
        placement_strategy=service.placement_strategy
        if params.get("placementStrategy") is None
        else placement_strategy(params),
        deployments=(*newest, *service.deployments[1:]),
        health_check_grace_period_seconds=changed_grace(service, params),
        echoed=changed_echo(service, params),
    )


def rolls_out(present: Service, wanted: Service, params: Params) -> bool:
    return bool(params.get("forceNewDeployment")) or (
        wanted.task_definition != present.task_definition
    )


def found(backend: EcsBackend, store: ClusterStore, name: str) -> Service:
    service = find_service(backend, store, name)
    if service is None:
        raise service_not_found()
    return service


def delete_service(backend: EcsBackend, params: Params) -> Answer:
    """Begin to drain a service whose desired count is 0, or any by ``force``."""
    store = active_cluster(backend, params)
    service = found(backend, store, params["service"])
    if service.status == "INACTIVE":
        # AWS: not confirmed, only that ServiceNotActiveException is no error of this operation.
        raise service_not_found()
    if service.desired_count > 0 and not params.get("force"):
        raise invalid_parameter("The service cannot be stopped while it is scaled above 0.")
    refuse_to_delete_with_task_sets(service, params)
    draining = replace(
        service,
        status="DRAINING",
        desired_count=0,
        deployments=tuple(replace(each, desired_count=0) for each in service.deployments),
        task_sets=tuple(map(drained, service.task_sets)),
    )
    store.put_service(draining)
    backend.look_soon(store)
    return {"service": service_response(store, draining)}


def refuse_to_delete_with_task_sets(service: Service, params: Params) -> None:
    if service.task_sets and not params.get("force"):
        # AWS: that this text, which was seen, is the one of task sets is not confirmed.
        raise invalid_parameter("The service cannot be stopped while deployments are active.")


def drained(task_set: TaskSet) -> TaskSet:
    return replace(
        task_set, status="DRAINING", computed_desired_count=0, stability_status="STABILIZING"
    )


def describe_services(backend: EcsBackend, params: Params) -> Answer:
    store = active_cluster(backend, params)
    names = params.get("services") or ()
    if not names:
        raise client_exception("Services cannot be empty.")
    if len(names) > DESCRIBED_AT_ONCE:
        raise invalid_parameter("Services cannot have more than 10 elements.")
    arns = [service_arn(backend, store, name) for name in names]
    include = params.get("include") or ()
    return {
        "services": [
            service_response(store, store.services[arn], include)
            for arn in arns
            if arn in store.services
        ],
        "failures": [missing(arn) for arn in arns if arn not in store.services],
    }


def list_services(backend: EcsBackend, params: Params) -> Answer:
    """ARNs of the ACTIVE services, ten at a time unless asked otherwise."""
    store = active_cluster(backend, params)
    chosen = [
        arn
        for arn, service in store.services.items()
        if service.status == "ACTIVE"
        and params.get("launchType") in (None, service.launch_type)
        and params.get("schedulingStrategy") in (None, service.scheduling_strategy)
    ]
    return page(sorted(chosen), params, "serviceArns", LISTED_AT_ONCE)


def list_services_by_namespace(backend: EcsBackend, params: Params) -> Answer:
    """No service of the lab is in a namespace of Cloud Map."""
    # AWS: the text is not confirmed; lists the services of Service Connect.
    raise EcsError("NamespaceNotFoundException", "The specified namespace was not found.")
