"""ECR: repositories whose address is the lab's own, and images named by their content.

Which images a repository holds is asked here; what an image does is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from moto.core import utils
from moto.ecr.models import Image, Repository, ecr_backends
from moto.ecr.responses import ECRResponse

from ecs_tutorial.control_plane.moto_seams.seam import Seam

IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.localhost/"
    r"(?P<name>[^:@]+)(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
TOKEN_HOURS = 12


class EcrSeam(Seam):
    def _mend(self) -> None:
        self._wrap(Repository, "__init__", at_home)
        self._wrap(Image, "__init__", pushed_in_lab_time)
        self._replace(Image, "_create_digest", name_by_content)
        self._wrap(ECRResponse, "get_authorization_token", local_token)


def registry(account_id: str, region: str) -> str:
    # AWS: a registry's name ends in amazonaws.com; .localhost never leaves the machine (RFC 6761).
    return f"{account_id}.dkr.ecr.{region}.localhost"


def at_home(init: Callable[..., None]) -> Callable[..., None]:
    def create(repository: Repository, *args: Any, **kwargs: Any) -> None:
        init(repository, *args, **kwargs)
        host = registry(repository.registry_id, repository.region_name)
        repository.uri = f"{host}/{repository.name}"

    return create


def pushed_in_lab_time(init: Callable[..., None]) -> Callable[..., None]:
    def create(image: Image, *args: Any, **kwargs: Any) -> None:
        init(image, *args, **kwargs)
        image.image_pushed_at = int(utils.unix_time())

    return create


def name_by_content(image: Image) -> None:
    """The digest of an image is that of its manifest (OCI distribution specification)."""
    image._image_digest = f"sha256:{sha256(image.image_manifest.encode()).hexdigest()}"


def local_token(get: Callable[..., Any]) -> Callable[..., Any]:
    def get_authorization_token(response: ECRResponse) -> Any:
        answer = get(response)
        asked = response._get_param("registryIds") or [response.current_account]
        for account_id, token in zip(asked, answer.result["authorizationData"], strict=True):
            token["proxyEndpoint"] = f"https://{registry(account_id, response.region)}"
            token["expiresAt"] = utils.utcnow() + timedelta(hours=TOKEN_HOURS)
        return answer

    return get_authorization_token


def repository_has(image: str) -> bool:
    """Whether a repository of the lab holds the image of this full name.

    >>> repository_has("wordpress")
    False
    """
    named = IMAGE.fullmatch(image)
    if named is None or named["account"] not in ecr_backends:
        return False
    regions = ecr_backends[named["account"]]
    if not dict.__contains__(regions, named["region"]):
        return False
    repository = regions[named["region"]].repositories.get(named["name"])
    return repository is not None and any(is_named(each, named) for each in repository.images)


def is_named(image: Image, named: re.Match[str]) -> bool:
    if named["digest"]:
        return bool(image.get_image_digest() == named["digest"])
    return (named["tag"] or "latest") in image.image_tags
