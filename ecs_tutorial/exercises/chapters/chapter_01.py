"""Exercises of chapter 1: names of images, and a repository of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet

SHOP = "shop"
FULL = "docker.io/grafana/grafana:latest"


def in_full(answer: object) -> Outcome:
    return judged(
        answer,
        FULL,
        expected="registry/repository:tag, with nothing left out",
        because="Without a registry it is Docker Hub's, without a tag it is latest.",
        otherwise={
            "docker.io/library/grafana/grafana:latest": "Under library are the official images "
            "only, those with a single name.",
            "docker.io/grafana/grafana": "One part is still left out: which version?",
            "grafana/grafana:latest": "One part is still left out: which registry?",
        },
    )


def _repository(ecr: Any) -> Any:
    try:
        return ecr.describe_repositories(repositoryNames=[SHOP])["repositories"][0]
    except ecr.exceptions.RepositoryNotFoundException:
        return None


def a_shelf_with_fixed_labels(ecr: Any) -> Outcome:
    found = _repository(ecr)
    if found is None:
        return not_attempted()
    if found["imageTagMutability"] == "IMMUTABLE":
        return correct("Now `shop:42` means one image for ever; a push under the tag is refused.")
    return not_yet(
        "In this repository a tag can be moved to another image.",
        seen=f"a repository {SHOP} whose tags are {found['imageTagMutability']}",
        expected=f"a repository {SHOP} whose tags are IMMUTABLE",
    )


def delete_the_shelf(ecr: Any) -> Iterator[str]:
    if _repository(ecr):
        ecr.delete_repository(repositoryName=SHOP, force=True)
        yield f"the repository {SHOP}"


def by_its_digest(ecr: Any, answer: object) -> Outcome:
    address = ecr.describe_repositories(repositoryNames=["wordpress"])["repositories"][0]
    uri = address["repositoryUri"]
    image = ecr.describe_images(repositoryName="wordpress")["imageDetails"][0]
    return judged(
        answer,
        f"{uri}@{image['imageDigest']}",
        expected="the address of the repository, a sign, and the digest",
        because="Whoever names an image like this gets the same bytes today and in a year.",
        otherwise={
            f"{uri}:{image['imageDigest']}": "A colon stands before a tag. A digest has another "
            "sign before it.",
            f"{uri}:{image['imageTags'][0]}": "That is the name with its tag, and a tag may be "
            "moved.",
            image["imageDigest"]: "That says which image, and not where it is.",
        },
    )


EXERCISES = (
    Exercise(
        key="1.1",
        title="a name in full",
        kind=Kind.READ,
        objective="Write an image's short name out in full",
        task="A colleague runs `grafana/grafana`. Write the name out, with all that is filled in.",
        minutes=1,
        cell="""\
answer = "docker.io/grafana/grafana:latest"  # blank: the whole name between quotes
exercise("1.1").check(answer)""",
        because="The first part has no dot, so it is no registry; and no tag was given.",
        hints=("Two parts are missing.", "See how `amazon/amazon-ecs-agent` is filled in above."),
        wrong=(
            Wrong('answer = "docker.io/library/grafana/grafana:latest"', "official images"),
            Wrong('answer = "docker.io/grafana/grafana"', "which version"),
            Wrong('answer = "grafana/grafana:latest"', "which registry"),
        ),
        second='answer = "/".join(["docker.io", "grafana", "grafana"]) + ":latest"',
        check=in_full,
    ),
    Exercise(
        key="1.2",
        title="labels that stay",
        kind=Kind.COMPLETE,
        objective="Create a repository in Amazon ECR",
        task="Make a repository `shop` in which a tag can never be moved to another image.",
        minutes=2,
        cell="""\
# The client `ecr` is there already.
ecr.create_repository(repositoryName="shop", imageTagMutability="IMMUTABLE")  # blank: one call
exercise("1.2").check()""",
        because="Unless told otherwise, a repository is MUTABLE.",
        hints=(
            "`create_repository` has a second parameter; the answer above shows its name.",
            "The parameter is `imageTagMutability`; the value is in capitals.",
        ),
        wrong=(Wrong('ecr.create_repository(repositoryName="shop")', "can be moved"),),
        second="""\
ecr.create_repository(repositoryName="shop")
ecr.put_image_tag_mutability(repositoryName="shop", imageTagMutability="IMMUTABLE")""",
        check=a_shelf_with_fixed_labels,
        tidy=delete_the_shelf,
    ),
    Exercise(
        key="1.3",
        title="the name that never changes",
        kind=Kind.COMPLETE,
        objective="Create a repository in Amazon ECR, push an image to it, and find the image's "
        "digest and size",
        task="Put together the name of your image with its digest in place of its tag. "
        "`repository` and `found` have the parts.",
        minutes=2,
        cell="""\
uri, digest = repository["repositoryUri"], found["imageDigest"]
name = f"{uri}@{digest}"  # blank: made of uri and digest
exercise("1.3").check(name)""",
        because="A digest is joined with @, a tag with a colon.",
        hints=(
            "The step about names shows one with a digest.",
            "Between address and digest stands @.",
        ),
        wrong=(
            Wrong('name = f"{uri}:{digest}"', "another sign"),
            Wrong('name = f"{uri}:tutorial"', "may be moved"),
            Wrong("name = digest", "not where it is"),
        ),
        second='name = "@".join([uri, digest])',
        check=by_its_digest,
    ),
)
