"""Images that were pushed to a real registry, and ECR's records of them.

A push goes past ECR's API: before ECR tells of a repository, what is new in the registry
is put into its records, and what ECR deletes is taken from the registry. Where the
registry runs is not known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from moto.core.exceptions import ServiceException
from moto.ecr.models import ECRBackend, Image, Repository

from ecs_tutorial.lab_error import LabError

Method = Callable[..., Any]
# AWS: the error names the layers that are missing.
NO_LAYERS = "The repository does not have the layers of this image: push the image first."


class EcrError(ServiceException):
    """An error of the ECR API: ``EcrError(code, message)``."""


class Manifest(Protocol):
    """What a registry keeps under a tag."""

    @property
    def content(self) -> str: ...

    @property
    def media_type(self) -> str: ...


class ImageRegistry(Protocol):
    """A registry that Docker pushes to."""

    @property
    def address(self) -> str: ...

    @property
    def token(self) -> str: ...

    def tags(self, repository: str) -> tuple[str, ...]: ...

    def manifest(self, repository: str, tag: str) -> Manifest | None: ...

    def put(self, repository: str, tag: str, content: str, media_type: str) -> bool: ...

    def remove(self, repository: str, tag: str) -> None: ...


FindRegistry = Callable[[], ImageRegistry | None]
"""The lab's registry, None where images are records only; LabError if it cannot run."""


def found(find: FindRegistry) -> ImageRegistry | None:
    """The registry, or ECR's error with the reason why there is none."""
    try:
        return find()
    except LabError as error:
        raise EcrError("ServerException", str(error)) from error


class PushedImages:
    """ECR's operations on images, with a registry behind them that others push to."""

    def __init__(self, find: FindRegistry) -> None:
        self._find = find

    def reading(self, operation: Method) -> Method:
        """Take in what was pushed, then read."""

        def read(backend: ECRBackend, repository_name: str, *args: Any, **kwargs: Any) -> Any:
            self._take_in(backend, repository_name)
            return operation(backend, repository_name, *args, **kwargs)

        return read

    def deleting(self, operation: Method) -> Method:
        """Take in what was pushed, delete, and take from the registry what ECR has no more."""

        def delete(backend: ECRBackend, repository_name: str, *args: Any, **kwargs: Any) -> Any:
            pushed = self._take_in(backend, repository_name)
            answer = operation(backend, repository_name, *args, **kwargs)
            self._let_go(backend.repositories.get(repository_name), repository_name, pushed)
            return answer

        return delete

    def putting(self, operation: Method) -> Method:
        """Record an image, and give it its tag in the registry, which must have its layers."""

        def put(backend: ECRBackend, repository_name: str, *args: Any, **kwargs: Any) -> Any:
            image: Image = operation(backend, repository_name, *args, **kwargs)
            if registry := found(self._find):
                kind = image.image_manifest_media_type or ""
                if not registry.put(repository_name, image.image_tag, image.image_manifest, kind):
                    backend.repositories[repository_name].images.remove(image)
                    raise EcrError("LayersNotFoundException", NO_LAYERS)
            return image

        return put

    # AWS: only a repository that was created takes a push, and each region has its own; the
    # lab's registry takes any, has one for all regions, and ECR tells of those created.
    def _take_in(self, backend: ECRBackend, name: str) -> tuple[str, ...]:
        """Record what is in the registry; the tags that are there."""
        registry = found(self._find) if name in backend.repositories else None
        if registry is None:
            return ()
        tags = registry.tags(name)
        for tag in tags:
            manifest = registry.manifest(name, tag)
            if manifest is not None:
                record(backend.repositories[name], tag, manifest)
        return tags

    def _let_go(self, repository: Repository | None, name: str, pushed: tuple[str, ...]) -> None:
        kept = (
            {tag for image in repository.images for tag in image.image_tags} if repository else ()
        )
        registry = self._find() if pushed else None
        for tag in pushed:
            if registry and tag not in kept:
                registry.remove(name, tag)


def record(repository: Repository, tag: str, manifest: Manifest) -> None:
    """Have a repository hold what was pushed; an image that loses its tag stays, untagged."""
    had_it = next((image for image in repository.images if tag in image.image_tags), None)
    if had_it:
        # AWS: a push to a tag that an IMMUTABLE repository has is refused; the lab's registry
        # takes it, and ECR keeps telling of the first image.
        if had_it.image_manifest == manifest.content or repository.is_tag_immutable():
            return
        had_it.remove_tag(tag)
    same = (image for image in repository.images if image.image_manifest == manifest.content)
    if image := next(same, None):
        image.update_tag(tag)
    else:
        owner, kind = repository.account_id, manifest.media_type
        repository.images.append(Image(owner, tag, manifest.content, repository.name, kind))
