"""Exercises of chapter 12: your own application, what it needs, built by hand."""

from __future__ import annotations

from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_yet

ORDER = ("cluster", "load balancer", "target group", "listener", "service")


def megabytes_of_the_image(ecr: Any, answer: object) -> Outcome:
    [found] = ecr.describe_images(repositoryName="capstone")["imageDetails"]
    size = found["imageSizeInBytes"]
    return judged(
        answer,
        round(size / 1_000_000),
        expected="whole megabytes, of a million bytes each",
        because="So much each machine fetches, once; the base is most of it.",
        otherwise={size: "Those are bytes.", round(size / 1000): "Those are thousands of bytes."},
    )


def an_order_of_building(answer: object) -> Outcome:
    given = (
        tuple(str(each).strip().casefold() for each in answer)
        if isinstance(answer, list | tuple)
        else ()
    )
    expected = f"a list of these, in some order: {', '.join(sorted(ORDER))}"
    if sorted(given) != sorted(ORDER):
        return not_yet("Use each of the five once.", seen=f"{answer!r}", expected=expected)
    place = {name: given.index(name) for name in given}
    for first, later, words in BEFORE:
        if place[first] > place[later]:
            return not_yet(words, seen=" → ".join(given), expected=expected)
    return correct("What is named by others comes first. The service names nearly everything.")


BEFORE = (
    ("cluster", "service", "A service is created in a cluster that is there."),
    ("load balancer", "listener", "A listener is created at a load balancer."),
    ("target group", "listener", "A listener's action names the target group."),
    ("listener", "service", "ECS wants a target group that a load balancer already uses."),
)


def where_the_load_balancer_knocks(elbv2: Any, answer: object) -> Outcome:
    groups = elbv2.describe_target_groups(Names=["by-hand"])["TargetGroups"]
    arn = groups[0]["TargetGroupArn"]
    targets = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    ports = sorted(each["Target"]["Port"] for each in targets)
    return judged(
        answer if answer in ports else str(answer),
        answer if answer in ports else ports[0],
        expected="the port of one of the targets",
        because="The agent found it free; it is mapped to the container's port 80.",
        otherwise={
            80: "There the container listens, and the load balancer towards its visitors.",
            0: "That asks for any free port. Which one was it?",
        },
    )


EXERCISES = (
    Exercise(
        key="12.1",
        title="what a machine fetches",
        kind=Kind.READ,
        objective="Take an application from its Dockerfile to a repository, and prove that it is "
        "there.",
        task="How large is your image in the registry? Give whole megabytes, of a million bytes "
        "each.",
        minutes=1,
        cell="""\
details = ecr.describe_images(repositoryName="capstone")["imageDetails"][0]
answer = round(details["imageSizeInBytes"] / 1_000_000)  # blank: a number, made from details
exercise("12.1").check(answer)""",
        because="ECR counts compressed layers; on the machine the image is larger.",
        hints=("Show `details` and look for *Size*.", "It is counted in bytes; divide and round."),
        wrong=(
            Wrong('answer = details["imageSizeInBytes"]', "Those are bytes"),
            Wrong('answer = round(details["imageSizeInBytes"] / 1000)', "thousands of bytes"),
        ),
        second='answer = (details["imageSizeInBytes"] + 500_000) // 1_000_000',
        check=megabytes_of_the_image,
    ),
    Exercise(
        key="12.2",
        title="in which order?",
        kind=Kind.DESIGN,
        objective="Name what a service behind a load balancer needs, in an order that AWS accepts.",
        task="Put these five in an order in which AWS refuses none of them: `cluster`, `listener`, "
        "`load balancer`, `service`, `target group`.",
        minutes=2,
        cell="""\
order = ["cluster", "target group", "load balancer", "listener", "service"]  # blank: five names
exercise("12.2").check(order)""",
        because="Cluster, target group and load balancer name nothing; any order will do for them.",
        hints=("Which of them names two others?", "What has ECS asked of the target group?"),
        wrong=(
            Wrong(
                'order = ["service", "cluster", "target group", "load balancer", "listener"]',
                "a cluster that is there",
            ),
            Wrong(
                'order = ["cluster", "target group", "listener", "load balancer", "service"]',
                "created at a load balancer",
            ),
            Wrong(
                'order = ["cluster", "load balancer", "listener", "target group", "service"]',
                "action names the target group",
            ),
            Wrong(
                'order = ["cluster", "target group", "load balancer", "service", "listener"]',
                "already uses",
            ),
            Wrong('order = ["cluster", "service"]', "each of the five"),
        ),
        second='order = ("load balancer", "target group", "listener", "cluster", "service")',
        check=an_order_of_building,
    ),
    Exercise(
        key="12.3",
        title="where it knocks",
        kind=Kind.READ,
        objective="Check each step with the API alone.",
        task="At which port of a machine does the load balancer reach a task? Read it for one of "
        "the targets.",
        minutes=1,
        cell="""\
health = elb.describe_target_health(TargetGroupArn=pages)["TargetHealthDescriptions"]
answer = health[0]["Target"]["Port"]  # blank: a port, out of health
exercise("12.3").check(answer)""",
        because="The service scheduler has registered each task with the port that it got.",
        hints=("Show `health`.", "A target is a machine and a port: look at `Target`."),
        wrong=(
            Wrong("answer = 80", "There the container listens"),
            Wrong("answer = 0", "any free port"),
        ),
        second='answer = health[-1]["Target"]["Port"]',
        check=where_the_load_balancer_knocks,
    ),
)
