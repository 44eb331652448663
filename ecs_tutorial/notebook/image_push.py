"""An image pushed to a repository of ECR, with the token that ECR gives.

Where containers are simulated nothing is sent, and ECR gets the record that a push ends
with, made from the plan of the build.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from ecs_tutorial import engine
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.notebook.build_progress import Progress
from ecs_tutorial.notebook.dockerfile import Layer
from ecs_tutorial.notebook.image_build import SIMULATED

if TYPE_CHECKING:
    from docker import APIClient

SIMULATED_HOST = ".localhost/"
"""In the address of a repository that nothing can be pushed to."""
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
SIMULATED_SIZES = {"FROM": 29_000_000, "RUN": 90_000_000}
"""About what Debian's layer and that of Apache, PHP and WordPress weigh, compressed."""
SIMULATED_FILE = 500


def push(tag: str, repository_uri: str, authorization: Mapping[str, Any]) -> None:
    """Send an image to a repository, under the tag that it has here.

    Args:
        tag: the image's name here, ``wordpress:tutorial``.
        repository_uri: the repository's address, as ECR gives it.
        authorization: one of ``authorizationData`` of ``get_authorization_token``.

    Raises:
        LabError: nothing was sent; the message says why.
    """
    progress = Progress(f"Pushing {tag}", 100)
    progress.show()
    if SIMULATED_HOST in repository_uri:
        sent = _record(tag, repository_uri.partition("/")[2])
        progress.end("Nothing is sent while containers are simulated.")
    else:
        with closing(engine.connect()) as client:
            sent = _push(client, tag, repository_uri, authorization, progress)
    print(f"Sent: {sent}")


def version(tag: str) -> str:
    """The part of an image's name that it has in any repository.

    >>> version("wordpress:tutorial"), version("localhost:5000/wordpress")
    ('tutorial', 'latest')
    """
    from docker.utils import parse_repository_tag

    return parse_repository_tag(tag)[1] or "latest"


def _push(
    client: APIClient,
    tag: str,
    uri: str,
    authorization: Mapping[str, Any],
    progress: Progress,
) -> str:
    from docker.errors import APIError

    user, _, token = base64.b64decode(authorization["authorizationToken"]).decode().partition(":")
    sizes: dict[str, tuple[int, int]] = {}
    try:
        client.login(user, token, registry=authorization["proxyEndpoint"], reauth=True)
        client.tag(tag, uri, version(tag))
        login = {"username": user, "password": token}
        for message in client.push(uri, version(tag), stream=True, decode=True, auth_config=login):
            if "error" in message:
                raise LabError(f"{tag} was not sent: {message['error']}")
            _follow(message, sizes, progress)
    except APIError as error:
        progress.end("It failed.", failed=True)
        raise LabError(f"{tag} was not sent: {error.explanation}") from None
    except LabError:
        progress.end("It failed.", failed=True)
        raise
    progress.end("Done.")
    return f"{tag}, and the registry has it now."


def _follow(
    message: Mapping[str, Any], sizes: dict[str, tuple[int, int]], progress: Progress
) -> None:
    detail = message.get("progressDetail") or {}
    if detail.get("total"):
        sizes[message["id"]] = (detail["current"], detail["total"])
    done, total = (sum(each) for each in zip(*sizes.values(), strict=True)) if sizes else (0, 0)
    if message.get("status"):
        share = min(99, 100 * done // total) if total else 0
        progress.move(share, f"{message.get('id', '')} {message['status']}")


def _record(tag: str, repository: str) -> str:
    """What a push ends with, without one: ECR's record of the image, from the plan."""
    import boto3

    if tag not in SIMULATED:
        raise LabError(f"There is no image {tag} here: build it first.")
    ecr = boto3.client("ecr")
    manifest = simulated_manifest(SIMULATED[tag])
    with suppress(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=version(tag))
    return "nothing, containers are simulated. ECR has a record of it, made from the plan."


def simulated_manifest(steps: Iterable[Layer]) -> str:
    """A manifest with a layer for each step that has files; the same steps give the same one."""
    layers = [_blob(LAYER, step.text, _simulated_size(step)) for step in steps if _has_files(step)]
    config = _blob(CONFIG, "\n".join(step.text for step in steps), 3000)
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
    return json.dumps(document, indent=3)


def _has_files(step: Layer) -> bool:
    return step.kind != "settings"


def _simulated_size(step: Layer) -> int:
    return SIMULATED_SIZES.get(step.instruction, SIMULATED_FILE)


def _blob(kind: str, content: str, size: int) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
    return {"mediaType": kind, "size": size, "digest": digest}
