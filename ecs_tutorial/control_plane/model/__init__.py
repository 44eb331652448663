"""The control plane's vocabulary: frozen records named as the ECS API names them.

Every field that ECS answers with carries the API's name in snake_case, so that a
record is also what a response is made of. ``None`` means that the response has no
such key. Nothing here changes a record; the store replaces it.
"""

from .cluster_state import MOST_PROVISIONING, ClusterState, RegisteredTarget
from .clusters import Cluster, ContainerInstance
from .resources import Json, Port, Resources
from .services import CircuitBreaker, Deployment, Service, ServiceEvent, TaskSet
from .task_definitions import TaskDefinition
from .tasks import Container, NetworkBinding, StopCode, Task, TaskStatus

__all__ = [
    "MOST_PROVISIONING",
    "CircuitBreaker",
    "Cluster",
    "ClusterState",
    "Container",
    "ContainerInstance",
    "Deployment",
    "Json",
    "NetworkBinding",
    "Port",
    "RegisteredTarget",
    "Resources",
    "Service",
    "ServiceEvent",
    "StopCode",
    "Task",
    "TaskDefinition",
    "TaskSet",
    "TaskStatus",
]
