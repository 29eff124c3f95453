"""What a run hands down to the runs below it."""

import pytest

from eventflow.runs import DEFAULTS, Inherited


@pytest.mark.parametrize(
    "config", [{}, {"tags": []}, {"metadata": {}}, {"run_name": "n", "run_id": "i"}, {"callbacks": []}]
)
def test_what_says_nothing_makes_nothing_new(config):
    assert DEFAULTS.extend(config) is DEFAULTS


def test_tags_come_in_order_each_once():
    inherited = Inherited(("a", "b")).extend({"tags": ["c", "b", "c", "d"]})
    assert inherited.tags == ("a", "b", "c", "d")


def test_the_lowest_level_wins():
    inherited = Inherited(metadata={"m": 1, "n": 1}).extend({"metadata": {"n": 2}})
    assert inherited.metadata == {"m": 1, "n": 2}
    inherited = Inherited(configurable={"c": 1, "d": 1}).extend({"configurable": {"d": 2}})
    assert inherited.configurable == {"c": 1, "d": 2}


def test_limits():
    inherited = DEFAULTS.extend({"max_concurrency": 2, "recursion_limit": 3})
    assert (inherited.max_concurrency, inherited.recursion_limit) == (2, 3)
    below = inherited.extend({"tags": ["t"]})
    assert (below.max_concurrency, below.recursion_limit) == (2, 3)
    assert (DEFAULTS.max_concurrency, DEFAULTS.recursion_limit) == (None, 25)


def test_unknown_keys_are_configurable_values():
    """As in LangChain; what stands in `configurable` wins."""
    inherited = DEFAULTS.extend({"user": "u1", "thread": 1, "configurable": {"thread": 2}})
    assert inherited.configurable == {"user": "u1", "thread": 2}


def test_some_configurable_values_are_shown_in_metadata():
    inherited = DEFAULTS.extend({"configurable": {"model": "m", "checkpoint_ns": "c", "thread_id": "t"}})
    assert inherited.metadata == {"model": "m", "checkpoint_ns": "c"}
    assert DEFAULTS.extend({"configurable": {"model": 5}}).metadata == {}
    assert DEFAULTS.extend({"configurable": {"model": "m"}, "metadata": {"model": "n"}}).metadata == {
        "model": "n"
    }


def test_it_is_never_changed_in_place():
    first = Inherited(("a",), {"m": 1}, {"c": 1})
    first.extend({"tags": ["b"], "metadata": {"n": 1}, "configurable": {"d": 1}})
    assert (first.tags, first.metadata, first.configurable) == (("a",), {"m": 1}, {"c": 1})
