"""Which rule of a listener a request falls under."""

import pytest

from ecs_tutorial.data_plane.listener_rules import (
    Asked,
    actions_for,
    holds,
    like,
    matches_code,
    target_groups_of,
)
from ecs_tutorial.load_balancers import Listener, Rule


def condition(field, config, *values):
    return {"Field": field, f"{config}Config": {"Values": list(values)}}


def header(name, *values):
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": values}}


SHOP = "a.shop.example:80"


@pytest.mark.parametrize(
    ("given", "asked", "expected"),
    [
        (condition("path-pattern", "PathPattern", "/api/*"), Asked(target="/api/v1?x=1"), True),
        (condition("path-pattern", "PathPattern", "/api/*"), Asked(target="/apis"), False),
        ({"Field": "path-pattern", "Values": ["/old"]}, Asked(target="/old"), True),
        (condition("host-header", "HostHeader", "*.Shop.example"), Asked(host=SHOP), True),
        (condition("host-header", "HostHeader", "shop.example"), Asked(host="x.example"), False),
        (condition("http-request-method", "HttpRequestMethod", "POST", "PUT"), Asked("PUT"), True),
        (condition("http-request-method", "HttpRequestMethod", "POST"), Asked("GET"), False),
        (
            header("X-A", "b*"),
            Asked(headers={"x-a": "bc"}),
            True,
        ),
        (
            header("X-A", "*"),
            Asked(),
            False,
        ),
        (
            condition("query-string", "QueryString", {"Key": "v", "Value": "2"}),
            Asked(target="/?a=1&v=2"),
            True,
        ),
        (condition("query-string", "QueryString", {"Value": "2"}), Asked(target="/?a=1"), False),
        (condition("source-ip", "SourceIp", "0.0.0.0/0"), Asked(), False),
    ],
)  # fmt: skip
def test_a_condition_holds_or_not(given, asked, expected):
    """Each kind of condition, with the values in either form that the API takes."""
    assert holds(given, asked) is expected


def test_the_first_rule_whose_conditions_all_hold_counts():
    """In the order of the listener; the default rule has no conditions."""
    api = condition("path-pattern", "PathPattern", "/api/*")
    post = condition("http-request-method", "HttpRequestMethod", "POST")
    listener = Listener(
        80,
        (
            Rule((api, post), ({"Type": "both"},)),
            Rule((api,), ({"Type": "api"},)),
            Rule((), ({"Type": "default"},)),
        ),
    )
    found = [
        actions_for(listener, Asked(method, target=path))[0]["Type"]
        for method, path in (("POST", "/api/x"), ("GET", "/api/x"), ("GET", "/"))
    ]
    assert found == ["both", "api", "default"]


def test_a_question_mark_stands_for_one_character():
    """And no other character means anything but itself."""
    assert like("/v1.0", "/v?.0")
    assert not like("/v10", "/v?.0")


def test_target_groups_by_their_weights():
    """One with weight 2 gets two of three turns, one with weight 0 none."""
    action = {
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": [
                {"TargetGroupArn": "blue", "Weight": 2},
                {"TargetGroupArn": "green", "Weight": 1},
                {"TargetGroupArn": "off", "Weight": 0},
            ]
        },
    }
    assert target_groups_of(action) == ["blue", "blue", "green"]
    assert target_groups_of({"Type": "forward", "TargetGroupArn": "blue"}) == ["blue"]


@pytest.mark.parametrize(
    ("status", "codes", "expected"),
    [(200, "200", True), (301, "200", False), (301, "200-399", True), (204, "200,204", True)],
)
def test_the_codes_of_a_health_check(status, codes, expected):
    """One, a list, or a range."""
    assert matches_code(status, codes) is expected
