"""CPUUtilization and MemoryUtilization of services, a data point a minute in CloudWatch.

Agents report what their tasks take; here it becomes percents of what the tasks reserve.
Where nothing is measured, a service's visitors can be declared by a tag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .model import Service, Task
from .moto_seams.cloudwatch import Datum, put_service_metrics

if TYPE_CHECKING:
    from .ecs_backend import EcsBackend

COLLECTED_AFTER = 5.0
"""Lab seconds in which all agents' reports of one minute arrive."""
DECLARED_LOAD = "simulated-cpu-units"
"""The tag of a service whose value is the CPU units that its visitors cost, all tasks together."""
# AWS: such a tag is a tag as any other; load comes from visitors.
UNITS_PER_PERCENT = 10.24


@dataclass(frozen=True)
class Sample:
    """What one task took in one minute: CPU units and MiB."""

    cpu: float
    memory: float
    task: Task
    is_simulated: bool


class ServiceMetrics:
    """The minute that is being collected, by service ARN."""

    def __init__(self, backend: EcsBackend) -> None:
        self._backend = backend
        self._samples: dict[str, list[Sample]] = {}

    def reported(self, report: Mapping[str, Any]) -> None:
        """Keep what an agent says; the first report of a minute waits for the others."""
        if not self._samples:
            self._backend.clock.call_later(COLLECTED_AFTER, self._publish)
        for entry in report["taskMetrics"]:
            store = self._backend.store_of_task(entry["taskArn"])
            task = store.live.get(entry["taskArn"]) if store else None
            kind, _, name = task.group.partition(":") if task else ("", "", "")
            if store and task and kind == "service":
                arn = self._backend.arn(f"service/{store.cluster.cluster_name}/{name}")
                sample = _sample(entry, task, report["metadata"]["simulated"])
                self._samples.setdefault(arn, []).append(sample)

    def _publish(self) -> None:
        minute = self._backend.clock.now().replace(second=0, microsecond=0) - timedelta(minutes=1)
        collected, self._samples = self._samples, {}
        for arn, samples in collected.items():
            store = self._backend.store_of_task(samples[0].task.task_arn)
            service = store.services.get(arn) if store else None
            if store and service:
                data = utilization(samples, declared_load(service))
                put_service_metrics(
                    (self._backend.account_id, self._backend.region_name),
                    (store.cluster.cluster_name, service.service_name),
                    minute,
                    data,
                )


def _sample(entry: Mapping[str, Any], task: Task, is_simulated: bool) -> Sample:
    containers = entry["containerMetrics"]
    cpu = sum(each["cpuStatsSet"]["sum"] for each in containers) * UNITS_PER_PERCENT
    memory = sum(each["memoryStatsSet"]["sum"] for each in containers)
    return Sample(cpu, memory, task, is_simulated)


def declared_load(service: Service) -> float:
    """The CPU units that a tag declares for all tasks of a service."""
    found = next((tag["value"] for tag in service.tags if tag["key"] == DECLARED_LOAD), "0")
    try:
        return max(float(found), 0.0)
    except ValueError:
        return 0.0


def utilization(samples: Sequence[Sample], load: float) -> list[Datum]:
    """Percents of what the tasks reserve, in a datum for CPU and one for memory.

    A declared load is shared by the simulated tasks; measured ones have their own.
    """
    simulated = sum(each.is_simulated for each in samples)
    share = load / simulated if simulated else 0.0
    cpu = [
        100 * (each.cpu + (share if each.is_simulated else 0.0)) / reserved
        for each in samples
        if (reserved := int(each.task.cpu))
    ]
    # AWS: what CPUUtilization is of a task that reserves none is not confirmed; here it has none.
    memory = [100 * each.memory / m for each in samples if (m := reserved_memory(each.task))]
    named = (("CPUUtilization", cpu), ("MemoryUtilization", memory))
    return [Datum(name, tuple(values)) for name, values in named if values]


def reserved_memory(task: Task) -> int:
    """The MiB of the task, or of its containers' limits or reservations."""
    own = sum(int(each.memory or each.memory_reservation or 0) for each in task.containers)
    return int(task.memory or own)
