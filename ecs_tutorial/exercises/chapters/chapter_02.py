"""Exercises of chapter 2: a cluster of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, not_attempted, not_yet

SHIPPING = "shipping"


def _active(ecs: Any) -> list[str]:
    """The names of the clusters in use that are meant to be the exercise's."""
    names = [arn.rpartition("/")[2] for arn in ecs.list_clusters()["clusterArns"]]
    return [name for name in names if name.casefold() == SHIPPING]


def a_cluster_called_shipping(ecs: Any) -> Outcome:
    found = _active(ecs)
    if SHIPPING in found:
        return correct("One call was enough: a cluster is an entry in the books of ECS.")
    if not found:
        return not_attempted()
    return not_yet(
        "Names of clusters are case-sensitive: to ECS these are two different names.",
        seen=f"a cluster {found[0]}, ACTIVE",
        expected=f"a cluster {SHIPPING}, ACTIVE",
    )


def delete_it(ecs: Any) -> Iterator[str]:
    for name in _active(ecs):
        ecs.delete_cluster(cluster=name)
        yield f"the cluster {name}"


EXERCISES = (
    Exercise(
        key="2.1",
        title="a cluster of your own",
        kind=Kind.COMPLETE,
        objective="Create, describe, list and delete clusters with boto3 and with the AWS CLI",
        task="A second team moves in and wants a cluster called `shipping`. Make it.",
        minutes=2,
        cell="""\
# The client `ecs` is there already.
ecs.create_cluster(clusterName="shipping")  # blank: one call
exercise("2.1").check()""",
        because="The name is the one parameter that matters; everything else has a default.",
        hints=(
            "The call is the one with which you made `Wordpress`.",
            "Its parameter is called `clusterName`, with a capital N.",
        ),
        wrong=(Wrong('ecs.create_cluster(clusterName="Shipping")', "case-sensitive"),),
        second='boto3.client("ecs").create_cluster(**{"clusterName": "shipping"})',
        check=a_cluster_called_shipping,
        tidy=delete_it,
    ),
)
