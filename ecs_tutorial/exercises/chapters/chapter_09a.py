"""Exercises of chapter 9a: rules, health, draining, and what holds what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, judged, not_attempted, not_yet

CLUSTER, SOON = "shop", "/soon"


def _group(elbv2: Any, name: str) -> Any:
    return elbv2.describe_target_groups(Names=[name])["TargetGroups"][0]


def _soon_rules(elbv2: Any) -> list[Any]:
    """The rules that some path with the exercise's word falls under."""
    [balancer] = elbv2.describe_load_balancers(Names=[CLUSTER])["LoadBalancers"]
    [listener] = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    return [rule for rule in rules if any(SOON in path for path in _paths(rule))]


def _paths(rule: Any) -> list[str]:
    return [
        value
        for condition in rule["Conditions"]
        for value in condition.get("PathPatternConfig", condition).get("Values", ())
    ]


def a_page_that_says_soon(elbv2: Any) -> Outcome:
    rules = _soon_rules(elbv2)
    if not rules:
        return not_attempted()
    paths, action = _paths(rules[0]), rules[0]["Actions"][0]["Type"]
    seen = f"a rule for {', '.join(paths)} with the action {action}"
    expected = f"a rule for {SOON} with the action fixed-response"
    if action != "fixed-response":
        words = "Such a rule still sends visitors to the tasks."
        return not_yet(words, seen=seen, expected=expected)
    if not {SOON, f"{SOON}*"} & set(paths):
        return not_yet("That pattern wants something behind it.", seen=seen, expected=expected)
    return correct("No task is needed for it: the load balancer answers by itself.")


def no_page_that_says_soon(elbv2: Any) -> Iterator[str]:
    for rule in _soon_rules(elbv2):
        elbv2.delete_rule(RuleArn=rule["RuleArn"])
        yield f"the rule for {', '.join(_paths(rule))}"


def passes_to_be_well_again(elbv2: Any, answer: object) -> Outcome:
    group = _group(elbv2, "pages")
    return judged(
        answer,
        group["HealthyThresholdCount"],
        expected="a number of checks in a row",
        because="It stands in `HealthyThresholdCount` and is counted in a row.",
        otherwise={
            group["UnhealthyThresholdCount"]: "So many failures make a target unhealthy.",
            1: "One is enough for a new target only.",
        },
    )


def what_names_nothing(ecs: Any, answer: object) -> Outcome:
    definition = ecs.describe_task_definition(taskDefinition="shop")["taskDefinition"]
    names = [container["name"] for container in definition["containerDefinitions"]]
    return judged(
        answer,
        "containerName" if "shop" not in names else "containerPort",
        expected="one of the three names in the dictionary",
        because=f"The container is called {names[0]}; `shop` is the family and the cluster.",
        otherwise={
            "containerPort": "The definition has a port mapping for port 80.",
            "targetGroupArn": "The target group exists, and a listener forwards to it.",
        },
    )


EXERCISES = (
    Exercise(
        key="9a.1",
        title="back soon",
        kind=Kind.COMPLETE,
        objective="Create a load balancer with a listener and a target group, and name what "
        "forwards to what.",
        task="Visitors who ask for `/soon` are to read *Back soon*, from the load balancer itself. "
        "Write the rule; its parts are there.",
        minutes=2,
        cell="""\
elb = boto3.client("elbv2")
at = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"][0]
mine = {"ListenerArn": at["ListenerArn"], "Priority": 5}
words = {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "Back soon"}
says = [{"Type": "fixed-response", "FixedResponseConfig": words}]
soon = [{"Field": "path-pattern", "Values": ["/soon"]}]
elb.create_rule(**mine, Conditions=soon, Actions=says)  # blank: one call
exercise("9a.1").check()""",
        because="A rule has conditions and actions; a fixed response needs no target.",
        hints=(
            "The call is `elb.create_rule`.",
            "It takes what is in `mine`, and `Conditions` and `Actions` beside it.",
        ),
        wrong=(
            Wrong(
                'elb.create_rule(**mine, Conditions=[{"Field": "path-pattern", '
                '"Values": ["/soon/*"]}], Actions=says)',
                "wants something behind it",
            ),
            Wrong(
                "elb.create_rule(**mine, Conditions=soon, "
                'Actions=[{"Type": "forward", "TargetGroupArn": pages}])',
                "still sends visitors",
            ),
        ),
        second='elb.create_rule(ListenerArn=at["ListenerArn"], Priority=7, Actions=says, '
        'Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/soon*"]}}])',
        check=a_page_that_says_soon,
        tidy=no_page_that_says_soon,
    ),
    Exercise(
        key="9a.2",
        title="well again",
        kind=Kind.READ,
        objective="Read the health of targets and the settings behind it.",
        task="A target was unhealthy. How many checks in a row must it pass until it gets requests "
        "again? Read it from the target group.",
        minutes=1,
        cell="""\
group = elb.describe_target_groups(TargetGroupArns=[pages])["TargetGroups"][0]
answer = group["HealthyThresholdCount"]  # blank: a number
exercise("9a.2").check(answer)""",
        because="The names of the two thresholds say what they lead to.",
        hints=(
            "Show `group` and look for *Threshold*.",
            "There are two of them; the question is about becoming healthy.",
        ),
        wrong=(
            Wrong('answer = group["UnhealthyThresholdCount"]', "make a target unhealthy"),
            Wrong("answer = 1", "for a new target only"),
        ),
        second="answer = 5",
        check=passes_to_be_well_again,
    ),
    Exercise(
        key="9a.3",
        title="a service refused",
        kind=Kind.FAULT,
        objective="Put a service behind a target group, with dynamic host ports.",
        task='A colleague gives `create_service` the load balancer `{"targetGroupArn": pages, '
        '"containerName": "shop", "containerPort": 80}` for the family `shop`, and ECS refuses. '
        "Which of the three names nothing that exists?",
        minutes=2,
        cell="""\
recipe = ecs.describe_task_definition(taskDefinition="shop")["taskDefinition"]
answer = "containerName"  # blank: one of the three
exercise("9a.3").check(answer)""",
        because="The name has to stand in the task definition, letter by letter.",
        hints=(
            "Compare the dictionary with `recipe`.",
            'Look at `recipe["containerDefinitions"][0]["name"]`.',
        ),
        wrong=(
            Wrong('answer = "containerPort"', "has a port mapping"),
            Wrong('answer = "targetGroupArn"', "a listener forwards to it"),
        ),
        second='answer = "containername"',
        check=what_names_nothing,
    ),
)
