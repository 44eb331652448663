"""ECR: repositories whose address is the lab's own, and images named by their content.

With a registry behind it, the address is that registry's and its token opens it. Which
images a repository holds is asked here; what an image does is not known.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from moto.core import utils
from moto.ecr.models import ECRBackend, Image, Repository, ecr_backends
from moto.ecr.responses import ECRResponse

from ecs_tutorial.control_plane.moto_seams.pushed_images import FindRegistry, PushedImages, found
from ecs_tutorial.control_plane.moto_seams.seam import Seam

IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.localhost/"
    r"(?P<name>[^:@]+)(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
TOKEN_HOURS = 12


READING = ("list_images", "describe_images", "batch_get_image")
DELETING = ("batch_delete_image", "delete_repository")


class EcrSeam(Seam):
    """Moto's ECR at home in the lab.

    Args:
        find_registry: the registry that takes pushes, None where there is none.
    """

    def __init__(self, find_registry: FindRegistry = lambda: None) -> None:
        super().__init__()
        self._find_registry = find_registry

    def _mend(self) -> None:
        self._wrap(Repository, "__init__", self._at_home)
        self._wrap(Image, "__init__", pushed_in_lab_time)
        self._replace(Image, "_create_digest", name_by_content)
        self._replace(Image, "get_image_size_in_bytes", size_of_layers)
        self._wrap(ECRResponse, "get_authorization_token", self._local_token)
        pushed = PushedImages(self._find_registry)
        for name in READING:
            self._wrap(ECRBackend, name, pushed.reading)
        for name in DELETING:
            self._wrap(ECRBackend, name, pushed.deleting)
        self._wrap(ECRBackend, "put_image", pushed.putting)

    def _at_home(self, init: Callable[..., None]) -> Callable[..., None]:
        def create(repository: Repository, *args: Any, **kwargs: Any) -> None:
            init(repository, *args, **kwargs)
            registry = found(self._find_registry)
            host = registry.address if registry else registry_name(repository)
            repository.uri = f"{host}/{repository.name}"

        return create

    def _local_token(self, get: Callable[..., Any]) -> Callable[..., Any]:
        def get_authorization_token(response: ECRResponse) -> Any:
            answer = get(response)
            asked = response._get_param("registryIds") or [response.current_account]
            registry = found(self._find_registry)
            for account_id, token in zip(asked, answer.result["authorizationData"], strict=True):
                token["proxyEndpoint"] = f"https://{host_name(account_id, response.region)}"
                token["expiresAt"] = utils.utcnow() + timedelta(hours=TOKEN_HOURS)
                if registry:
                    # AWS: the registry speaks HTTPS, and each call gets a token of its own that
                    # ends after 12 hours; the lab's is one for as long as the lab lives.
                    token["proxyEndpoint"] = f"http://{registry.address}"
                    login = f"AWS:{registry.token}".encode()
                    token["authorizationToken"] = b64encode(login).decode()
            return answer

        return get_authorization_token


def registry_name(repository: Repository) -> str:
    return host_name(repository.registry_id, repository.region_name)


def host_name(account_id: str, region: str) -> str:
    # AWS: a registry's name ends in amazonaws.com; .localhost never leaves the machine (RFC 6761),
    # and where containers are real, the name is the loopback address of the lab's registry.
    return f"{account_id}.dkr.ecr.{region}.localhost"


def pushed_in_lab_time(init: Callable[..., None]) -> Callable[..., None]:
    def create(image: Image, *args: Any, **kwargs: Any) -> None:
        init(image, *args, **kwargs)
        image.image_pushed_at = int(utils.unix_time())

    return create


def name_by_content(image: Image) -> None:
    """The digest of an image is that of its manifest (OCI distribution specification)."""
    image._image_digest = f"sha256:{sha256(image.image_manifest.encode()).hexdigest()}"


def size_of_layers(image: Image) -> int | None:
    # AWS: the size is that of the compressed layers; whether the small configuration beside
    # them counts is not confirmed.
    layers = json.loads(image.image_manifest).get("layers")
    return None if layers is None else sum(layer["size"] for layer in layers)


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
