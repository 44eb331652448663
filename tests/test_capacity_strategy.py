"""How a capacity provider strategy divides tasks."""

from ecs_tutorial.control_plane.capacity_strategy import dealt, next_provider


def item(name, weight=0, base=0):
    return {"capacityProvider": name, "weight": weight, "base": base}


def test_the_base_comes_first():
    """As many as the base says, before any weight counts."""
    strategy = [item("a", weight=1), item("b", weight=1, base=2)]
    assert next_provider(strategy, {"a": 0, "b": 1}) == "b"
    assert dealt(strategy, 4) == {"b": 3, "a": 1}


def test_weights_divide_what_the_base_leaves():
    """One on the first for each four on the second."""
    assert dealt([item("a", weight=1), item("b", weight=4)], 10) == {"a": 2, "b": 8}


def test_no_weight_no_task():
    """A provider of weight 0 gets its base and nothing more."""
    assert dealt([item("a", base=1), item("b", weight=1)], 5) == {"a": 1, "b": 4}


def test_what_runs_counts():
    """A task that has gone from a provider is started there again."""
    strategy = [item("a", weight=1), item("b", weight=1)]
    assert next_provider(strategy, {"a": 2, "b": 1}) == "b"
