"""The cluster query language: what an expression selects."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cluster_states import definition, instance, task
from hypothesis import given
from hypothesis import strategies as st

from ecs_tutorial.control_plane.query_language import InvalidExpressionError, matches, parse

MACHINE = instance(
    "1234",
    "us-east-1a",
    attributes={
        "ecs.instance-type": "t3.medium",
        "stack": "prod",
        "slots": "10",
        "com.amazonaws.ecs.capability.privileged-container": None,
    },
    version_info={"agentVersion": "1.107.0"},
    registered_at=datetime(2026, 1, 1, 12, 0, tzinfo=UTC),
)
OF = definition()
TASKS = (
    task("1", "1234", OF, "service:web"),
    task("2", "1234", OF, "family:batch"),
    task("3", "1234", OF, "family:batch", last_status="PENDING"),
)


def selects(expression, machine=MACHINE, tasks=TASKS):
    return matches(expression, machine, tasks)


@pytest.mark.parametrize(
    "expression",
    [
        "attribute:ecs.instance-type == t3.medium",
        "attribute:ecs.instance-type equals 't3.medium'",
        'attribute:stack != "test"',
        "attribute:stack not_equals test",
        "attribute:slots > 9",
        "attribute:slots greater_than 9.5",
        "attribute:slots >= 10",
        "attribute:slots greater_than_equal 10",
        "attribute:slots < 11",
        "attribute:slots less_than 100",
        "attribute:slots <= 10",
        "attribute:slots less_than_equal 10",
        "attribute:stack exists",
        "attribute:com.amazonaws.ecs.capability.privileged-container exists",
        "attribute:rack !exists",
        "attribute:rack not_exists",
        "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
        "ec2InstanceId in ['i-1234']",
        "attribute:stack !in [test,dev]",
        "attribute:stack not_in [test]",
        "attribute:ecs.instance-type =~ t3.*",
        "attribute:ecs.instance-type matches t(2|3).medium",
        "attribute:ecs.instance-type =~ 't3[.](small|medium)'",
        "attribute:ecs.instance-type !~ g2.*",
        "attribute:ecs.instance-type not_matches t3",
    ],
)
def test_every_operator_and_its_name(expression):
    """Each operator works by its sign and by its word; a negative one turns it round."""
    assert selects(expression)
    assert not selects(f"not({expression})")
    assert not selects(f"!{expression}")


@pytest.mark.parametrize(
    "expression",
    [
        "agentConnected == true",
        "agentVersion >= 1.14.0",
        "agentVersion < 1.200.0",
        "agentVersion == 1.107.0",
        "ec2InstanceId == i-1234",
        "registeredAt > 2025-12-31",
        "registeredAt < 2026-01-01T12:00:01",
        "registeredAt == 2026-01-01T12:00:00+00:00",
        "runningTasksCount == 2",
        "runningTasksCount > 1",
        "task:group == service:web",
        "task:group == family:batch",
        "task:group =~ service:.*",
        "task:group exists",
    ],
)
def test_every_subject(expression):
    """Dates, versions and numbers compare as such; only RUNNING tasks are counted."""
    assert selects(expression)


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("agentConnected == false", False),
        ("agentVersion == 1.107", False),
        ("attribute:stack == Prod", False),
        ("attribute:rack == 1", False),
        ("attribute:rack != 1", True),
        ("attribute:rack =~ .*", False),
        ("attribute:ecs.instance-type =~ medium", False),
        ("task:group == service:db", False),
        ("task:group != service:web", False),
        ("task:group != service:db", True),
        ("not(task:group == service:db)", True),
    ],
)
def test_what_is_not_so(expression, selected):
    """Patterns match the whole value; a negative operator is the opposite of its positive."""
    assert selects(expression) is selected


def test_an_instance_without_tasks():
    """No task: the count is 0 and no group exists."""
    assert selects("runningTasksCount == 0 and task:group !exists", tasks=())


def test_an_agent_that_named_no_version():
    """A version that is not known does not exist."""
    assert selects("agentVersion not_exists", instance("new"))


def test_tasks_may_be_given_as_an_iterator():
    """Two subjects may look at the tasks, although an iterator serves only once."""
    assert selects("runningTasksCount == 2 and task:group == service:web", tasks=iter(TASKS))


def test_tasks_are_not_asked_for_without_need():
    """An expression about attributes leaves the tasks alone."""

    def costly():
        raise AssertionError("the tasks were looked at")
        yield

    assert selects("attribute:stack == prod", tasks=costly())


TRUE, FALSE = "attribute:stack exists", "attribute:rack exists"


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        (f"{TRUE} or {FALSE} and {FALSE}", True),
        (f"({TRUE} or {FALSE}) and {FALSE}", False),
        (f"{TRUE} || {FALSE} && {FALSE}", True),
        (f"not {FALSE} and {TRUE}", True),
        (f"not ({FALSE} or {TRUE})", False),
        (f"!{FALSE} && !!{TRUE}", True),
        (f"(({TRUE}))and({TRUE})", True),
    ],
)
def test_and_binds_closer_than_or(expression, selected):
    """The usual order: not, and, or; parentheses above all; words and signs mix."""
    assert selects(expression) is selected


LITERALS = st.recursive(
    st.sampled_from([(TRUE, True), (FALSE, False)]),
    lambda inner: st.one_of(
        inner.map(lambda e: (f"not ({e[0]})", not e[1])),
        st.tuples(inner, inner).map(
            lambda p: (f"({p[0][0]}) and ({p[1][0]})", p[0][1] and p[1][1])
        ),
        st.tuples(inner, inner).map(lambda p: (f"({p[0][0]}) || ({p[1][0]})", p[0][1] or p[1][1])),
    ),
    max_leaves=8,
)


@given(LITERALS)
def test_nested_expressions_mean_what_python_would(expression):
    """However deep, an expression has the truth of its parts."""
    text, truth = expression
    assert selects(text) is truth


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "attribute:stack",
        "attribute:stack = prod",
        "attribute:stack ==",
        "stack == prod",
        "attribute:stack in prod",
        "attribute:stack in []",
        "attribute:stack == prod and",
        "(attribute:stack == prod",
        "attribute:stack == prod attribute:stack == prod",
        "attribute:stack =~ '['",
        "attribute:stack == '" + "x" * 2000 + "'",
    ],
)
def test_what_cannot_be_read_is_refused(expression):
    """What is no expression is an InvalidExpressionError, known before any instance is seen."""
    with pytest.raises(InvalidExpressionError):
        parse(expression)


@given(st.text(alphabet="attribute:stack =!<>~()[]'\"&|not1, ", max_size=40))
def test_any_text_is_read_or_refused(text):
    """Nothing but InvalidExpressionError comes out of any text."""
    with suppress(InvalidExpressionError):
        assert selects(text) in (True, False)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "((a|a))*b",
        "(a?){30}b",
        ".*.*.*.*.*b",
        "a?" * 30,
        "(a|a)" * 25,
        "a" * 129,
        "(?=a)b",
    ],
)
def test_a_pattern_that_could_take_for_ever_is_refused(pattern):
    """Too many combinations to try are refused before one is tried."""
    with pytest.raises(InvalidExpressionError, match="a pattern"):
        parse(f"attribute:stack =~ '{pattern}'")


@pytest.mark.parametrize(
    "pattern", ["pr(o|a)d", "(?:pr)+od", "[(+*]*.*|prod", r"\w{4}", "p.*d|q.*|.*x.*"]
)
def test_usual_patterns_are_bounded(pattern):
    """Groups, classes, repetitions and alternatives in usual numbers are read."""
    assert selects(f"attribute:stack =~ '{pattern}'")


def test_a_value_longer_than_ecs_allows_matches_no_pattern():
    """128 characters match, 129 do not."""
    for length, fits in ((128, True), (129, False)):
        machine = instance("1", attributes={"long": "a" * length})
        assert selects("attribute:long =~ a.*", machine) is fits
