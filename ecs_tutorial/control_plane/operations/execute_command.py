"""ExecuteCommand: refused as AWS refuses it where no agent for it runs."""

from __future__ import annotations

from ..ecs_backend import EcsBackend
from ..errors import EcsError, invalid_parameter
from .lookup import Answer, Params, active_cluster, task_arn


def execute_command(backend: EcsBackend, params: Params) -> Answer:
    """What AWS answers while the execute command agent of a task does not run."""
    store = active_cluster(backend, params)
    task = store.live.get(task_arn(backend, store, params["task"]))
    if task is None:
        raise invalid_parameter("The referenced task was not found.")
    container = params.get("container")
    if container and container not in {each.name for each in task.containers}:
        # AWS: the text is not confirmed.
        raise invalid_parameter(f"The container {container} is not one of the task's.")
    if not task.enable_execute_command:
        raise not_enabled()
    # AWS: opens a session of SSM with the container; no task of the lab has the agent for it.
    raise EcsError(
        "TargetNotConnectedException",
        "The execute command failed due to an internal error. Try again later.",
    )


def not_enabled() -> EcsError:
    return invalid_parameter(
        "The execute command failed because execute command was not enabled when the task was "
        "run or the execute command agent isn’t running. Wait and try again or run a new task "
        "with execute command enabled and try again."
    )
