"""Exercises of chapter 4: a definition of one's own, a revision foretold, ports that clash."""

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

SHOP, TWINS = "shop", "twins"


def _containers(ecs: Any, family: str) -> list[Any] | None:
    """The containers of a family's newest revision in use."""
    found = ecs.list_task_definitions(familyPrefix=family, sort="DESC")["taskDefinitionArns"]
    if not found:
        return None
    told = ecs.describe_task_definition(taskDefinition=found[0])["taskDefinition"]
    return list(told["containerDefinitions"])


def _deregister(ecs: Any, family: str) -> Iterator[str]:
    for arn in ecs.list_task_definitions(familyPrefix=family)["taskDefinitionArns"]:
        ecs.deregister_task_definition(taskDefinition=arn)
        yield f"the task definition {arn.rpartition('/')[2]}"


def a_shop_with_its_cache(ecs: Any) -> Outcome:
    containers = _containers(ecs, SHOP)
    if containers is None:
        return not_attempted()
    links = {each["name"]: [link.partition(":")[0] for link in each.get("links", ())]
             for each in containers}  # fmt: skip
    expected = "containers web and cache, and a link from web to cache"
    if set(links) != {"web", "cache"}:
        words = "The names are `web` and `cache`, both in one definition."
        return not_yet(words, seen=f"containers {', '.join(links)}", expected=expected)
    if links["cache"]:
        words = "The link belongs to the one who asks: `web` needs `cache`, not the other way."
        return not_yet(words, seen="a link from cache to web", expected=expected)
    if links["web"] != ["cache"]:
        words = "Without a link, `web` does not find its neighbour under any name."
        return not_yet(words, seen="two containers without a link", expected=expected)
    return correct("ECS starts `cache` first, and `web` finds it under that name.")


def no_shop(ecs: Any) -> Iterator[str]:
    yield from _deregister(ecs, SHOP)


def what_the_name_means_then(ecs: Any, answer: object) -> Outcome:
    found = ecs.list_task_definitions(familyPrefix="practice", sort="DESC")["taskDefinitionArns"]
    if len(found) < 2:
        return cannot_be_checked(
            "The family practice has fewer than two active revisions now. Run the chapter's "
            "cells from the first one up to here."
        )
    newest, next_one = (int(arn.rpartition(":")[2]) for arn in found[:2])
    return judged(
        answer,
        next_one,
        expected="the number of a revision that is still ACTIVE then",
        because="The newest that is active: inactive ones are passed over.",
        otherwise={
            newest: "That is the one that you would take out of use.",
            newest - 1: "That one is INACTIVE already, and a name never means such a one.",
            newest + 1: "Nothing is registered here, so no new number is given.",
        },
    )


def two_at_one_door(ecs: Any) -> Outcome:
    containers = _containers(ecs, TWINS)
    if containers is None:
        return not_attempted()
    ports = [port for each in containers for port in each.get("portMappings", ())]
    inside = sorted(port["containerPort"] for port in ports)
    expected = "two containers that both listen on 80 inside, registered in one definition"
    if len(containers) != 2:
        words = "The task is to have both containers."
        return not_yet(words, seen=f"{len(containers)} container", expected=expected)
    if inside != [80, 80]:
        words = "Both programs listen on port 80, and nobody changed them: mend the other side."
        seen = f"container ports {', '.join(map(str, inside)) or 'none'}"
        return not_yet(words, seen=seen, expected=expected)
    return correct("A port of a machine is given away once; inside, each container has its own.")


def no_twins(ecs: Any) -> Iterator[str]:
    yield from _deregister(ecs, TWINS)


EXERCISES = (
    Exercise(
        key="4.1",
        title="a shop and its cache",
        kind=Kind.COMPLETE,
        objective="Write a task definition of two containers that belong together",
        task="Register a family `shop` of two containers: `web` from the image `nginx` with 128 "
        "MiB, `cache` from `redis` with 64. `web` must find `cache` by its name.",
        minutes=3,
        cell="""\
web = {"name": "web", "image": "nginx", "memory": 128}
cache = {"name": "cache", "image": "redis", "memory": 64}
web["links"] = ["cache"]  # blank: a link, and one call
ecs.register_task_definition(family="shop", containerDefinitions=[web, cache])  # blank
exercise("4.1").check()""",
        because="The link stands with the container that needs the other one.",
        hints=(
            'A container\'s key `"links"` holds a list of names.',
            "The call has two parameters, `family` and `containerDefinitions`.",
        ),
        wrong=(
            Wrong(
                'ecs.register_task_definition(family="shop", containerDefinitions=[web, cache])',
                "under any name",
            ),
            Wrong(
                'cache["links"] = ["web"]\n'
                'ecs.register_task_definition(family="shop", containerDefinitions=[web, cache])',
                "not the other way",
            ),
            Wrong(
                'ecs.register_task_definition(family="shop", containerDefinitions=[web])',
                "both in one",
            ),
        ),
        second='wish = {"family": "shop", "containerDefinitions": [cache, web]}\n'
        'web |= {"links": ["cache:cache"]}\n'
        "ecs.register_task_definition(**wish)",
        check=a_shop_with_its_cache,
        tidy=no_shop,
    ),
    Exercise(
        key="4.2",
        title="which one then?",
        kind=Kind.PREDICT,
        objective="Predict which revision a task will use",
        task="Suppose that you now took `practice:3` out of use as well. Which revision would "
        "`practice` mean then, without a number?",
        minutes=1,
        cell="""\
revision = 1  # blank: a number
exercise("4.2").check(revision)""",
        because="2 is INACTIVE since before, 3 would be; the newest active one is 1.",
        hints=("Which revisions are ACTIVE now?", "Revision 2 is not among them."),
        wrong=(
            Wrong("revision = 2", "INACTIVE already"),
            Wrong("revision = 3", "take out of use"),
            Wrong("revision = 4", "no new number"),
        ),
        second="""\
active = ecs.list_task_definitions(familyPrefix="practice")["taskDefinitionArns"]
revision = min(int(arn.rpartition(":")[2]) for arn in active)""",
        check=what_the_name_means_then,
    ),
    Exercise(
        key="4.3",
        title="two at one door",
        kind=Kind.FAULT,
        objective="Tell which mistakes are found on registering and which only later",
        task="`one` and `two` shall be the containers of a family `twins`. Registered as they are, "
        "ECS refuses. Mend one of them, and register both.",
        minutes=2,
        cell="""\
door = {"containerPort": 80, "hostPort": 80}
one = {"name": "one", "image": "nginx", "memory": 64, "portMappings": [door]}
two = one | {"name": "two", "portMappings": [door]}
two["portMappings"] = [{"containerPort": 80, "hostPort": 8080}]  # blank: mend and register
ecs.register_task_definition(family="twins", containerDefinitions=[one, two])  # blank
exercise("4.3").check()""",
        because="Two containers of a task are on one machine, and its port 80 exists once.",
        hints=(
            "Try to register them, and look the message up in the table above.",
            "A `hostPort` is the machine's, a `containerPort` the container's own.",
        ),
        wrong=(
            Wrong(
                'two["portMappings"] = []\n'
                'ecs.register_task_definition(family="twins", containerDefinitions=[one, two])',
                "mend the other side",
            ),
            Wrong(
                'ecs.register_task_definition(family="twins", containerDefinitions=[one])',
                "to have both",
            ),
        ),
        second="""\
for each in (one, two):
    each["portMappings"] = [{"containerPort": 80}]
ecs.register_task_definition(family="twins", containerDefinitions=[two, one])""",
        check=two_at_one_door,
        tidy=no_twins,
    ),
)
