"""SSM: public parameters in JSON, and Run Command that really asks an instance.

The instances and the shell on them come in as two callables; nothing of the data
plane is known here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ssm import models
from moto.ssm.exceptions import SSMException
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from ecs_tutorial.clock import Clock
from ecs_tutorial.control_plane.moto_seams.seam import Seam
from ecs_tutorial.control_plane.moto_seams.ssm_commands import Command, Invocation

DOCUMENT = "AWS-RunShellScript"
# AWS: how long a command is on its way differs; the agent is told at once.
DELIVERY_SECONDS = 0.5
RUN_SECONDS = 0.5
KEPT_SETTINGS = {
    "MaxConcurrency": "max_concurrency",
    "MaxErrors": "max_errors",
    "OutputS3BucketName": "output_s3_bucket_name",
    "OutputS3KeyPrefix": "output_s3_key_prefix",
    "OutputS3Region": "output_s3_region",
    "ServiceRole": "service_role_arn",
}


@dataclass(frozen=True)
class ManagedInstance:
    """An instance whose SSM agent answers."""

    instance_id: str
    account_id: str
    region: str
    ip_address: str
    computer_name: str
    registered_at: datetime
    platform_name: str = "Amazon Linux"
    platform_version: str = "2023"

    @classmethod
    def of(cls, host: Any) -> ManagedInstance:
        """As EC2 knows it."""
        where = (host.instance_id, host.account_id, host.region)
        return cls(*where, host.private_ip, host.private_dns_name, host.launch_time)


Run = Callable[[str, Sequence[str]], tuple[str, str, int]]
"""Runs the lines on an instance; gives what they wrote, their errors and the exit code."""


class SsmSeam(Seam):
    def __init__(
        self, clock: Clock, run: Run, managed: Callable[[], Sequence[ManagedInstance]]
    ) -> None:
        super().__init__()
        self._clock = clock
        self._run = run
        self._managed = managed

    def _mend(self) -> None:
        self._wrap(models, "convert_to_params", in_json)
        self._wrap(SimpleSystemManagerBackend, "get_parameters", in_order)
        self._replace(SimpleSystemManagerBackend, "send_command", self._sending())
        responses = SimpleSystemManagerResponse
        self._add(responses, "list_command_invocations", list_command_invocations)
        self._add(responses, "describe_instance_information", self._describing())

    def _sending(self) -> Callable[..., Command]:
        def send_command(backend: SimpleSystemManagerBackend, **request: Any) -> Command:
            targets = self._targets(backend, request)
            refuse_invalid(request)
            command = Command(
                document_name=request["document_name"],
                parameters=request["parameters"],
                requested=self._clock.now(),
                invocations=tuple(Invocation(instance_id) for instance_id in targets),
                targets=request["targets"],
                comment=request["comment"],
                timeout_seconds=request["timeout_seconds"] or 3600,
                settings={key: request[name] for key, name in KEPT_SETTINGS.items()},
            )
            cast("list[Command]", backend._commands).append(command)
            self._deliver(backend, command)
            return command

        return send_command

    def _deliver(self, backend: SimpleSystemManagerBackend, command: Command) -> None:
        def run(invocation: Invocation) -> None:
            if invocation.instance_id not in self._managed_by(backend):
                return invocation.never_arrive(self._clock.now())
            lines = command.parameters["commands"]
            output = self._run(invocation.instance_id, lines)
            return invocation.finish(self._clock.now(), *output)

        def start() -> None:
            for invocation in command.invocations:
                invocation.start(self._clock.now())
                self._clock.call_later(RUN_SECONDS, partial(run, invocation))

        self._clock.call_later(DELIVERY_SECONDS, start)

    def _managed_by(self, backend: SimpleSystemManagerBackend) -> dict[str, ManagedInstance]:
        place = (backend.account_id, backend.region_name)
        here = [each for each in self._managed() if (each.account_id, each.region) == place]
        return {each.instance_id: each for each in here}

    def _targets(
        self, backend: SimpleSystemManagerBackend, request: Mapping[str, Any]
    ) -> list[str]:
        """The ids asked for, which must all be managed, then those that the targets find."""
        managed = self._managed_by(backend)
        asked = [*request["instance_ids"], *ids_among(request["targets"])]
        unknown = [instance_id for instance_id in asked if instance_id not in managed]
        if unknown:
            raise SSMException(
                "InvalidInstanceId",
                f"Instances [[{', '.join(unknown)}]] not in a valid state "
                f"for account {backend.account_id}",
            )
        found = [each for each in tagged(backend, request["targets"]) if each in managed]
        return list(dict.fromkeys([*asked, *found]))

    def _describing(self) -> Callable[[SimpleSystemManagerResponse], ActionResult]:
        def describe_instance_information(response: SimpleSystemManagerResponse) -> ActionResult:
            managed = self._managed_by(response.ssm_backend)
            rows = [self._information(each) for _, each in sorted(managed.items())]
            kept = [row for row in rows if passes(row, filters_of(response))]
            return ActionResult({"InstanceInformationList": kept})

        return describe_instance_information

    def _information(self, instance: ManagedInstance) -> dict[str, Any]:
        return {
            "InstanceId": instance.instance_id,
            "PingStatus": "Online",
            "LastPingDateTime": self._clock.now(),
            "AgentVersion": "3.3.2299.0",
            "IsLatestVersion": True,
            "PlatformType": "Linux",
            "PlatformName": instance.platform_name,
            "PlatformVersion": instance.platform_version,
            "ResourceType": "EC2Instance",
            "IPAddress": instance.ip_address,
            "ComputerName": instance.computer_name,
            "RegistrationDate": instance.registered_at,
        }


def in_json(convert: Callable[..., list[dict[str, Any]]]) -> Callable[..., list[dict[str, Any]]]:
    """AWS keeps a structure as JSON text; moto gives Python's way to write it."""

    def convert_to_params(tree: dict[str, Any]) -> list[dict[str, Any]]:
        return [{**each, "Value": as_text(each["Value"])} for each in convert(tree)]

    return convert_to_params


def as_text(value: object) -> object:
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else value


def in_order(get: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The parameters in the order asked for; moto has the order of a set."""

    def get_parameters(backend: SimpleSystemManagerBackend, names: list[str]) -> dict[str, Any]:
        found = get(backend, names)
        return {name: found[name] for name in names if name in found}

    return get_parameters


def refuse_invalid(request: Mapping[str, Any]) -> None:
    if request["document_name"] != DOCUMENT:
        # AWS: many documents exist, and one's own; the code is right, the text not confirmed.
        raise SSMException(
            "InvalidDocument", f"Document with name {request['document_name']} does not exist."
        )
    if not request["parameters"].get("commands"):
        raise SSMException("InvalidParameters", "The parameter commands is required.")


def ids_among(targets: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        each for target in targets if target["Key"] == "InstanceIds" for each in target["Values"]
    ]


def tagged(backend: SimpleSystemManagerBackend, targets: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ids of the instances that carry all the tags among the targets."""
    wanted = {each["Key"]: each["Values"] for each in targets if each["Key"].startswith("tag:")}
    if not wanted:
        return []
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    reservations = ec2.all_reservations(filters=wanted)
    return [instance.id for each in reservations for instance in each.instances]


def list_command_invocations(response: SimpleSystemManagerResponse) -> ActionResult:
    instance_id = response._get_param("InstanceId")
    details = bool(response._get_param("Details"))
    kept = response.ssm_backend.list_commands(response._get_param("CommandId"), None)
    listed = [
        command.listed(invocation, details)
        for command in cast("list[Command]", kept)
        for invocation in command.invocations
        if instance_id in (None, invocation.instance_id)
    ]
    return ActionResult({"CommandInvocations": listed})


def filters_of(response: SimpleSystemManagerResponse) -> dict[str, list[str]]:
    given = response._get_param("Filters") or []
    older = response._get_param("InstanceInformationFilterList") or []
    return {
        **{each["Key"]: each["Values"] for each in given},
        **{each["key"]: each["valueSet"] for each in older},
    }


def passes(row: Mapping[str, Any], filters: Mapping[str, list[str]]) -> bool:
    """Whether a managed instance is among those asked for; other filters let all through."""
    columns = {"InstanceIds": "InstanceId", "PlatformTypes": "PlatformType"}
    return all(
        str(row[columns.get(key, key)]) in values
        for key, values in filters.items()
        if columns.get(key, key) in row
    )
