"""The AMIs that AWS publishes, registered one by one when they are asked for.

moto knows 1,300 a region from its data files. Each gets ids from a stream of its own,
so that it does not matter who asks first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from moto.core.parse import default_timestamp_parser
from moto.ec2.models import amis
from moto.ec2.models.amis import Ami, AmiBackend
from moto.utilities.utils import load_resource

from ecs_tutorial.control_plane.moto_seams.seam import Seam
from ecs_tutorial.control_plane.moto_seams.seeds import drawing_from


@dataclass(frozen=True)
class AmiFacts:
    """What an instance gets from its AMI; the versions are empty if it has no ECS agent."""

    image_id: str
    name: str
    is_ecs_optimized: bool
    agent_version: str = ""
    agent_hash: str = ""
    docker_version: str = ""


class AmiCatalogue(Seam):
    def _mend(self) -> None:
        self._replace(AmiBackend, "_load_amis", lambda backend: None)
        self._wrap(AmiBackend, "describe_images", registering)


def registering(describe: Callable[..., list[Ami]]) -> Callable[..., list[Ami]]:
    def describe_images(
        backend: Any,
        ami_ids: list[str] | None = None,
        filters: dict[str, Any] | None = None,
        exec_users: list[str] | None = None,
        owners: list[str] | None = None,
    ) -> list[Ami]:
        wanted = ami_ids or (filters or {}).get("image-id")
        register(backend, wanted or catalogue(backend.region_name))
        images = describe(backend, ami_ids, filters, exec_users, owners)
        return sorted(images, key=lambda ami: str(ami.id))

    return describe_images


def register(backend: Any, image_ids: Collection[str]) -> None:
    known = catalogue(backend.region_name)
    for image_id in [image_ids] if isinstance(image_ids, str) else image_ids:
        present = image_id in backend.amis or image_id in backend.deleted_amis
        if image_id in known and not present:
            with drawing_from("ami", image_id):
                backend.amis[image_id] = published(backend, known[image_id])


def published(backend: Any, record: Mapping[str, Any]) -> Ami:
    created = created_at(record)
    fields = {**record, "owner_alias": "amazon", "creation_date": created}
    ami = Ami(backend, **fields)
    ami.ebs_snapshot.start_time = created
    return ami


def created_at(record: Mapping[str, Any]) -> datetime:
    """When an AMI was made: from its record, else from the date in its name.

    >>> created_at({"name": "al2023-ami-ecs-hvm-2023.0.20260922-kernel-6.1-x86_64"})
    datetime.datetime(2026, 9, 22, 0, 0)
    """
    given = record.get("creation_date")
    if given:
        return given if isinstance(given, datetime) else default_timestamp_parser(given)
    # AWS: the creation date is an exact time; moto's list has none for these AMIs.
    dated = re.search(r"20[12]\d[01]\d[0-3]\d", record.get("name") or "")
    return datetime.strptime(dated.group() if dated else "20200101", "%Y%m%d")


@cache
def catalogue(region: str) -> Mapping[str, Mapping[str, Any]]:
    """The records of the AMIs published in a region, by image id."""
    records = list(amis.AMIS)
    for folder in ("latest_amis", "ecs/optimized_amis"):
        records += resource(f"ec2/resources/{folder}/{region}.json") or []
    return {record["ami_id"]: record for record in records}


@cache
def ecs_optimized(region: str) -> Mapping[str, Mapping[str, Any]]:
    """What the public SSM parameters say of the ECS-optimized AMIs, by image id."""
    tree = resource(f"ssm/resources/ecs/optimized_amis/{region}.json") or {}
    return {value["image_id"]: value for value in described_images(tree)}


def described_images(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key, value in tree.items():
        if key == "Value" and isinstance(value, dict) and "ecs_agent_version" in value:
            yield value
        elif isinstance(value, dict):
            yield from described_images(value)


def resource(path: str) -> Any:
    try:
        return load_resource(path)
    except FileNotFoundError:
        return None


def ami_facts(backend: Any, image_id: str) -> AmiFacts:
    """The facts of an AMI; one made from an instance has those of the instance's AMI."""
    own = backend.amis.get(image_id)
    if own is not None and own.instance_id:
        source = ami_facts(backend, own.instance.image_id)
        return AmiFacts(**{**vars(source), "image_id": image_id, "name": own.name})
    described = ecs_optimized(backend.region_name).get(image_id)
    if described is None:
        return AmiFacts(image_id, own.name if own else "", is_ecs_optimized=False)
    version = described["ecs_agent_version"]
    return AmiFacts(
        image_id,
        described["image_name"],
        is_ecs_optimized=True,
        agent_version=version,
        agent_hash=agent_hash(version),
        docker_version=described["ecs_runtime_version"].removeprefix("Docker version "),
    )


def agent_hash(agent_version: str) -> str:
    # AWS: the hash is that of the commit which the agent was built from.
    return hashlib.sha256(agent_version.encode()).hexdigest()[:8]
