"""Exercises of chapter 3: a badge, what fits on the machines, a boot script with two faults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet

SPARE = "spare"
WANTED = 1500
"""MiB of one task in the exercise about room."""


def _profile(iam: Any) -> Any:
    try:
        return iam.get_instance_profile(InstanceProfileName=SPARE)["InstanceProfile"]
    except iam.exceptions.NoSuchEntityException:
        return None


def _role(iam: Any) -> Any:
    try:
        return iam.get_role(RoleName=SPARE)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None


def a_badge_with_a_role_in_it(iam: Any) -> Outcome:
    profile, expected = _profile(iam), f"an instance profile {SPARE} that holds the role {SPARE}"
    if profile is None:
        if _role(iam) is None:
            return not_attempted()
        words = "An EC2 instance cannot wear a role directly: it needs the wrapper too."
        return not_yet(words, seen=f"a role {SPARE} and no instance profile", expected=expected)
    inside = [role["RoleName"] for role in profile["Roles"]]
    if inside == [SPARE]:
        return correct("Three calls: the role, the wrapper, and the one into the other.")
    words = "The wrapper and its role are two things until you put the one into the other."
    seen = f"an instance profile {SPARE} that holds {', '.join(inside) or 'no role'}"
    return not_yet(words, seen=seen, expected=expected)


def take_the_badge_apart(iam: Any) -> Iterator[str]:
    profile = _profile(iam)
    if profile:
        for role in profile["Roles"]:
            iam.remove_role_from_instance_profile(
                InstanceProfileName=SPARE, RoleName=role["RoleName"]
            )
        iam.delete_instance_profile(InstanceProfileName=SPARE)
        yield f"the instance profile {SPARE}"
    if _role(iam):
        iam.delete_role(RoleName=SPARE)
        yield f"the role {SPARE}"


def _memory(ecs: Any) -> list[int]:
    arns = ecs.list_container_instances(cluster="Wordpress")["containerInstanceArns"]
    found = ecs.describe_container_instances(cluster="Wordpress", containerInstances=arns)
    parts = [part for each in found["containerInstances"] for part in each["registeredResources"]]
    return [part["integerValue"] for part in parts if part["name"] == "MEMORY"]


def how_many_fit(ecs: Any, answer: object) -> Outcome:
    memory = _memory(ecs)
    return judged(
        answer,
        sum(each // WANTED for each in memory),
        expected="a number of tasks, on all machines together",
        because="Two on each machine. What is left over on one is of no use to the other.",
        otherwise={
            sum(memory) // WANTED: "A task is never split over two machines.",
            memory[0] // WANTED: "That is what fits on one machine.",
        },
        else_="Divide what one machine registered by what one task asks for.",
    )


def a_script_that_joins(ecs: Any, answer: object) -> Outcome:
    script = str(answer)
    named = re.search(r"ECS_CLUSTER=(\S+)", script)
    clusters = [arn.rpartition("/")[2] for arn in ecs.list_clusters()["clusterArns"]]
    expected = "a bash script that writes the name of a cluster that is there"
    if not script.startswith("#!"):
        words = "The text has to begin with the line that says what it is a script for."
        return not_yet(words, seen="a text that is run by nobody", expected=expected)
    if named is None or named[1] not in clusters:
        words = "Compare the name with those of `ecs.list_clusters()`, letter by letter."
        name = named[1] if named else "none"
        return not_yet(words, seen=f"a script with the cluster {name}", expected=expected)
    if "/etc/ecs/ecs.config" not in script:
        words = "The agent reads its settings from one file only; the script has to write there."
        return not_yet(words, seen="a setting that no agent reads", expected=expected)
    return correct("With a machine like this you would have lost that hour twice over.")


EXERCISES = (
    Exercise(
        key="3.1",
        title="a second badge",
        kind=Kind.COMPLETE,
        objective="Create an instance profile that lets an agent call ECS",
        task="Make a role `spare` with the trust policy in `trust`, an instance profile of the "
        "same name, and put the one into the other. (Leave the policies out.)",
        minutes=3,
        cell="""\
badge = {"InstanceProfileName": "spare"}
policy = json.dumps(trust)
iam.create_role(RoleName="spare", AssumeRolePolicyDocument=policy)  # blank: three calls
iam.create_instance_profile(**badge)  # blank
iam.add_role_to_instance_profile(**badge, RoleName="spare")  # blank
exercise("3.1").check()""",
        because="Without the third call the profile is empty, and the agent may do nothing.",
        hints=(
            "All three calls stand in the two cells above.",
            "`iam.create_role`, `iam.create_instance_profile`, `iam.add_role_to_…`.",
        ),
        wrong=(
            Wrong(
                'iam.create_role(RoleName="spare", AssumeRolePolicyDocument=policy)\n'
                "iam.create_instance_profile(**badge)",
                "holds no role",
            ),
            Wrong(
                'iam.create_role(RoleName="spare", AssumeRolePolicyDocument=policy)',
                "cannot wear a role directly",
            ),
        ),
        second="""\
iam.create_instance_profile(InstanceProfileName="spare")
iam.create_role(RoleName="spare", AssumeRolePolicyDocument=policy, Description="A second one")
iam.add_role_to_instance_profile(InstanceProfileName="spare", RoleName="spare")""",
        check=a_badge_with_a_role_in_it,
        tidy=take_the_badge_apart,
    ),
    Exercise(
        key="3.2",
        title="how many fit?",
        kind=Kind.PREDICT,
        objective="Read what an instance has registered and what of it remains",
        task="A task asks for 1500 MiB. How many such tasks fit on your two machines together, "
        "when nothing else runs there?",
        minutes=2,
        cell="""\
# On each machine 3911 MiB are registered.
number = 4  # blank: a number
exercise("3.2").check(number)""",
        because="3911 divided by 1500 is 2 and something, on each of two machines.",
        hints=("First look at one machine alone.", "Half a task does not run anywhere."),
        wrong=(
            Wrong("number = 5", "never split"),
            Wrong("number = 2", "on one machine"),
            Wrong("number = 7", "Divide what one"),
        ),
        second="number = sum(3911 // 1500 for machine in arns)",
        check=how_many_fit,
    ),
    Exercise(
        key="3.3",
        title="two faults in one line",
        kind=Kind.FAULT,
        objective="Find out why an instance that runs is not in its cluster",
        task="A colleague's machine does not arrive. Its user data is in `script`, and has two "
        "faults. Write the text as it should be.",
        minutes=2,
        cell="""\
script = "echo ECS_CLUSTER=WordPress >> /etc/ecs/ecs.config"
mended = "#!/bin/bash\\n" + script.replace("WordPress", "Wordpress")  # blank: the mended text
exercise("3.3").check(mended)""",
        because="Without the first line nothing is run; with the wrong name nothing is joined.",
        hints=(
            "Compare it with the user data of this chapter, from the first sign on.",
            "One line is missing, and one letter is too large.",
        ),
        wrong=(
            Wrong('mended = script.replace("WordPress", "Wordpress")', "has to begin"),
            Wrong('mended = "#!/bin/bash\\n" + script', "letter by letter"),
            Wrong(
                'mended = "#!/bin/bash\\necho ECS_CLUSTER=Wordpress >> /etc/ecs.config"',
                "one file only",
            ),
        ),
        second='mended = "#!/bin/sh\\necho ECS_CLUSTER=Wordpress > /etc/ecs/ecs.config\\n"',
        check=a_script_that_joins,
    ),
)
