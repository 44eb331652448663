"""Exercises of chapter 2: a cluster of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import (
    Outcome,
    cannot_be_checked,
    correct,
    judged,
    not_attempted,
    not_yet,
)

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


def the_account(ecs: Any, answer: object) -> Outcome:
    found = ecs.describe_clusters(clusters=["Wordpress"])["clusters"]
    if not found:
        return cannot_be_checked("There is no cluster Wordpress. Run this chapter's cells first.")
    _, _, service, region, account, thing = found[0]["clusterArn"].split(":")
    return judged(
        answer,
        account,
        expected="the twelve digits of an account",
        because="An ARN tells whose a thing is, also when somebody sends it to you in a mail.",
        otherwise={
            service: "That is the service of AWS.",
            region: "That is the region, one part too early.",
            thing: "That part names the thing itself.",
        },
    )


def what_failed(ecs: Any, answer: object) -> Outcome:
    told = ecs.describe_clusters(clusters=["Wordpress", "shiping"])
    failed = [each["arn"] for each in told["failures"]]
    return judged(
        answer,
        failed,
        expected="a list with one ARN",
        because="The call ends well whatever it could not find: a program has to look itself.",
        otherwise={
            str([each["clusterArn"] for each in told["clusters"]]): "That is what was found.",
            len(failed): "That says how many there are, and not which.",
            str(told["failures"]): "Each entry has more than the ARN in it: take the ARN out.",
        },
    )


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
    Exercise(
        key="2.2",
        title="whose cluster?",
        kind=Kind.READ,
        objective="Read an Amazon Resource Name (ARN) part by part",
        task="Take the account out of the ARN of your cluster. `cluster` holds its record.",
        minutes=2,
        cell="""\
arn = cluster["clusterArn"]
account = arn.split(":")[4]  # blank: a part of arn
exercise("2.2").check(account)""",
        because="Split at the colons, the account is the fifth part; Python counts from 0.",
        hints=('`arn.split(":")` gives a list of the parts.', "The table above counts them."),
        wrong=(
            Wrong('account = arn.split(":")[3]', "the region"),
            Wrong('account = arn.split(":")[5]', "names the thing"),
        ),
        second="account = 123456789012",
        check=the_account,
    ),
    Exercise(
        key="2.3",
        title="the list nobody reads",
        kind=Kind.FAULT,
        objective="Tell a failure, which comes inside an answer, from an error, which comes "
        "instead of one",
        task="This program describes two clusters, one of them misspelt, and ends well. Let it "
        "say which ARNs could not be looked up.",
        minutes=2,
        cell="""\
answer = ecs.describe_clusters(clusters=["Wordpress", "shiping"])
missing = [each["arn"] for each in answer["failures"]]  # blank: a list of ARNs
exercise("2.3").check(missing)""",
        because="The answer has two lists; what could not be looked up is in the second.",
        hints=(
            "Print `answer.keys()`.",
            'Each entry of `answer["failures"]` has an `"arn"` and a `"reason"`.',
        ),
        wrong=(
            Wrong('missing = [each["clusterArn"] for each in answer["clusters"]]', "was found"),
            Wrong('missing = len(answer["failures"])', "how many"),
            Wrong('missing = answer["failures"]', "more than the ARN"),
        ),
        second='missing = [cluster["clusterArn"].replace("Wordpress", "shiping")]',
        check=what_failed,
    ),
)
